-- Call Activity: how long the prospect's own phone rang (RING-5).

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

-- What was there before.
UPDATE call_activity c SET rang_s = whole_seconds(l.created_at, coalesce(a.answered_at, a.ended_at))
FROM attempt a
LEFT JOIN leg l ON l.organisation_id = a.organisation_id AND l.id = a.leg_id
WHERE c.organisation_id = a.organisation_id AND c.attempt_id = a.id AND a.mode = 'click';
