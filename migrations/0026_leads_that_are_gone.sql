-- A lead that nobody took in time, or that was withdrawn, was not taken by another: who listened is told so.

ALTER TABLE ring_leg
    ADD COLUMN gone text NOT NULL DEFAULT '',
    DROP CONSTRAINT ring_leg_outcome_check,
    ADD CONSTRAINT ring_leg_outcome_check CHECK (outcome IN ('won', 'too_late', 'stopped', 'withdrawn', 'rejected',
        'busy', 'no_answer', 'not_reachable', 'did_not_press', 'lost'));
COMMENT ON COLUMN ring_leg.gone IS 'What they hear when the lead is nobody''s any more to take: a media URI.';

-- What was there before: nobody else took a lead that was withdrawn, or assigned by hand, while phones rang.
UPDATE ring_leg g SET outcome = 'withdrawn'
FROM ring r
WHERE r.organisation_id = g.organisation_id AND r.id = g.ring_id AND r.outcome = 'withdrawn'
  AND g.outcome IN ('stopped', 'too_late');
UPDATE call_activity c SET outcome = 'withdrawn'
FROM ring_leg g
JOIN ring r ON r.organisation_id = g.organisation_id AND r.id = g.ring_id AND r.outcome = 'withdrawn'
WHERE c.organisation_id = g.organisation_id AND c.ring_leg_id = g.id AND c.outcome IN ('stopped', 'too_late');
