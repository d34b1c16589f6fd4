-- Call Activity: every leg that is over, as one narrow row that is written once (RING-5, RING-6).

-- Two tables hold the legs, wide and often changed; this one is what people filter and sort.
CREATE TABLE call_activity (
    -- What has a fixed width comes first: a million rows are read faster so.
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    prospect_id bigint NOT NULL,
    rang_s integer NOT NULL,
    talk_s integer NOT NULL,
    -- Q.850; 0 where nobody said.
    cause integer NOT NULL,
    -- prospect: an attempt at the prospect; agent: an agent rung for a lead.
    kind text NOT NULL CHECK (kind IN ('prospect', 'agent')),
    outcome text NOT NULL,
    -- Number or extension.
    phone text NOT NULL,
    -- The agent's name, kept up to date: to be sorted by. Empty for nobody.
    by_name text NOT NULL,
    user_id bigint,
    attempt_id bigint,
    ring_leg_id bigint,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, ring_leg_id) REFERENCES ring_leg ON DELETE CASCADE,
    CHECK (num_nonnulls(attempt_id, ring_leg_id) = 1),
    CHECK ((kind = 'prospect') = (attempt_id IS NOT NULL))
);
-- A row for each leg.
CREATE UNIQUE INDEX call_activity_attempt ON call_activity (organisation_id, attempt_id)
    WHERE attempt_id IS NOT NULL;
CREATE UNIQUE INDEX call_activity_ring_leg ON call_activity (organisation_id, ring_leg_id)
    WHERE ring_leg_id IS NOT NULL;
CREATE INDEX call_activity_prospect ON call_activity (organisation_id, prospect_id, at);
CREATE INDEX call_activity_user ON call_activity (organisation_id, user_id, at, id);
-- One for each order: the page after a row begins where the index goes on.
CREATE INDEX call_activity_at ON call_activity (organisation_id, at, id);
CREATE INDEX call_activity_kind ON call_activity (organisation_id, kind, id);
CREATE INDEX call_activity_by_name ON call_activity (organisation_id, by_name, id);
CREATE INDEX call_activity_phone ON call_activity (organisation_id, phone, id);
CREATE INDEX call_activity_rang_s ON call_activity (organisation_id, rang_s, id);
CREATE INDEX call_activity_talk_s ON call_activity (organisation_id, talk_s, id);
CREATE INDEX call_activity_outcome ON call_activity (organisation_id, outcome, id);
CREATE INDEX call_activity_cause ON call_activity (organisation_id, cause, id);

CREATE FUNCTION whole_seconds(since timestamptz, until timestamptz) RETURNS integer
    LANGUAGE sql IMMUTABLE AS
    $$SELECT greatest(0, coalesce(floor(extract(epoch FROM until - since)), 0))::integer$$;

-- Every machine ends its attempts its own way; this is the one place that all of them pass.
CREATE FUNCTION keep_attempt_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO call_activity (organisation_id, kind, attempt_id, prospect_id, user_id, by_name, phone, at,
        rang_s, talk_s, outcome, cause)
    VALUES (NEW.organisation_id, 'prospect', NEW.id, NEW.prospect_id, NEW.user_id,
        coalesce((SELECT name FROM app_user WHERE organisation_id = NEW.organisation_id AND id = NEW.user_id), ''),
        NEW.number, NEW.launched_at, whole_seconds(NEW.launched_at, coalesce(NEW.answered_at, NEW.ended_at)),
        whole_seconds(NEW.bridged_at, NEW.ended_at), NEW.outcome, coalesce(NEW.cause, 0))
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER activity_ended AFTER UPDATE ON attempt
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION keep_attempt_activity();
CREATE TRIGGER activity_new AFTER INSERT ON attempt
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION keep_attempt_activity();

CREATE FUNCTION keep_ring_leg_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO call_activity (organisation_id, kind, ring_leg_id, prospect_id, user_id, by_name, phone, at,
        rang_s, talk_s, outcome, cause)
    SELECT NEW.organisation_id, 'agent', NEW.id, l.prospect_id, NEW.user_id, u.name, NEW.extension, NEW.started_at,
        CASE WHEN NEW.standing THEN 0
             ELSE whole_seconds(NEW.started_at, coalesce(NEW.answered_at, NEW.ended_at)) END,
        0, NEW.outcome, coalesce(NEW.cause, 0)
    FROM ring r
    JOIN lead l ON l.organisation_id = r.organisation_id AND l.id = r.lead_id
    JOIN app_user u ON u.organisation_id = r.organisation_id AND u.id = NEW.user_id
    WHERE r.organisation_id = NEW.organisation_id AND r.id = NEW.ring_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER activity_ended AFTER UPDATE ON ring_leg
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION keep_ring_leg_activity();
CREATE TRIGGER activity_new AFTER INSERT ON ring_leg
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION keep_ring_leg_activity();

CREATE FUNCTION rename_in_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE call_activity SET by_name = NEW.name
    WHERE organisation_id = NEW.organisation_id AND user_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER renamed AFTER UPDATE OF name ON app_user
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION rename_in_activity();

-- What was there before.
INSERT INTO call_activity (organisation_id, kind, attempt_id, prospect_id, user_id, by_name, phone, at,
    rang_s, talk_s, outcome, cause)
SELECT a.organisation_id, 'prospect', a.id, a.prospect_id, a.user_id, coalesce(u.name, ''), a.number, a.launched_at,
    whole_seconds(a.launched_at, coalesce(a.answered_at, a.ended_at)), whole_seconds(a.bridged_at, a.ended_at),
    a.outcome, coalesce(a.cause, 0)
FROM attempt a
LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.ended_at IS NOT NULL
ORDER BY a.ended_at;

GRANT SELECT, INSERT, UPDATE, DELETE ON call_activity TO ringpool_panel;
ALTER TABLE call_activity ENABLE ROW LEVEL SECURITY;
-- In a subquery: it is asked once a query, and not once for each of a million rows.
CREATE POLICY organisation ON call_activity TO ringpool_panel
    USING (organisation_id = (SELECT nullif(current_setting('ringpool.organisation_id', true), '')::bigint));
