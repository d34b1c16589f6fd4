-- A lead that nobody took in time, or that was withdrawn, was not taken by another: who listened is told so.

ALTER TABLE ring_leg
    ADD COLUMN gone text NOT NULL DEFAULT '',
    DROP CONSTRAINT ring_leg_outcome_check,
    ADD CONSTRAINT ring_leg_outcome_check CHECK (outcome IN ('won', 'too_late', 'stopped', 'withdrawn', 'rejected',
        'busy', 'no_answer', 'not_reachable', 'did_not_press', 'lost'));
COMMENT ON COLUMN ring_leg.gone IS 'What they hear when the lead is nobody''s any more to take: a media URI.';
