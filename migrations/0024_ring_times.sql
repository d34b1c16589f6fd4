-- Call Activity: how long the prospect's own phone rang, and legs of leads that were withdrawn (RING-5).

CREATE OR REPLACE FUNCTION keep_attempt_activity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rings_since timestamptz := NEW.launched_at;
BEGIN
    IF NEW.mode = 'click' THEN
        -- The agent's phone may have rung first; the prospect's is called when that is up, or never.
        SELECT created_at INTO rings_since FROM leg
        WHERE organisation_id = NEW.organisation_id AND id = NEW.leg_id;
    END IF;
    INSERT INTO call_activity (organisation_id, kind, attempt_id, prospect_id, user_id, by_name, phone, at,
        rang_s, talk_s, outcome, cause)
    VALUES (NEW.organisation_id, 'prospect', NEW.id, NEW.prospect_id, NEW.user_id,
        coalesce((SELECT name FROM app_user WHERE organisation_id = NEW.organisation_id AND id = NEW.user_id), ''),
        NEW.number, NEW.launched_at, whole_seconds(rings_since, coalesce(NEW.answered_at, NEW.ended_at)),
        whole_seconds(NEW.bridged_at, NEW.ended_at), NEW.outcome, coalesce(NEW.cause, 0))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION keep_ring_leg_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO call_activity (organisation_id, kind, ring_leg_id, prospect_id, user_id, by_name, phone, at,
        rang_s, talk_s, outcome, cause)
    SELECT NEW.organisation_id, 'agent', NEW.id, l.prospect_id, NEW.user_id, u.name, NEW.extension, NEW.started_at,
        CASE WHEN NEW.standing THEN 0
             ELSE whole_seconds(NEW.started_at, coalesce(NEW.answered_at, NEW.ended_at)) END,
        0,
        -- Nobody else took a lead that was withdrawn, or assigned by hand, while phones rang.
        CASE WHEN r.outcome = 'withdrawn' AND NEW.outcome IN ('stopped', 'too_late') THEN 'withdrawn'
             ELSE NEW.outcome END,
        coalesce(NEW.cause, 0)
    FROM ring r
    JOIN lead l ON l.organisation_id = r.organisation_id AND l.id = r.lead_id
    JOIN app_user u ON u.organisation_id = r.organisation_id AND u.id = NEW.user_id
    WHERE r.organisation_id = NEW.organisation_id AND r.id = NEW.ring_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- What was there before.
UPDATE call_activity c SET rang_s = whole_seconds(l.created_at, coalesce(a.answered_at, a.ended_at))
FROM attempt a
LEFT JOIN leg l ON l.organisation_id = a.organisation_id AND l.id = a.leg_id
WHERE c.organisation_id = a.organisation_id AND c.attempt_id = a.id AND a.mode = 'click';
UPDATE call_activity c SET outcome = 'withdrawn'
FROM ring_leg g
JOIN ring r ON r.organisation_id = g.organisation_id AND r.id = g.ring_id AND r.outcome = 'withdrawn'
WHERE c.organisation_id = g.organisation_id AND c.ring_leg_id = g.id AND c.outcome IN ('stopped', 'too_late');
