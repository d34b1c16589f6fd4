-- Dialing alone: normal lists and one's own follow-ups (LPS-1, LPS-8, LPS-12).

-- Sessions ------------------------------------------------------------------------------------

ALTER TABLE session
    -- pool: a share of a lead pool list; alone: a normal list, by nobody else; follow_ups_*: what the
    -- user promised, over all lists.
    ADD COLUMN kind text NOT NULL DEFAULT 'pool'
        CHECK (kind IN ('pool', 'alone', 'follow_ups_not_due', 'follow_ups_past_due')),
    ALTER COLUMN list_id DROP NOT NULL,
    ADD CHECK ((list_id IS NOT NULL) = (kind IN ('pool', 'alone')));
-- Of several who are on a normal list just now the first goes on.
UPDATE session s SET kind = 'alone' FROM list l
WHERE l.organisation_id = s.organisation_id AND l.id = s.list_id AND l.kind = 'normal'
  AND (s.ended_at IS NOT NULL OR NOT EXISTS (
      SELECT FROM session o WHERE o.organisation_id = s.organisation_id AND o.list_id = s.list_id
      AND o.ended_at IS NULL AND o.id < s.id));
-- A normal list is dialed by one agent alone.
CREATE UNIQUE INDEX session_alone ON session (organisation_id, list_id)
    WHERE kind = 'alone' AND ended_at IS NULL;

-- A session on follow-ups has no list.
ALTER TABLE agent DROP CONSTRAINT agent_check1, ADD CHECK ((session_id IS NULL) <= (list_id IS NULL));

-- What an agent who dials alone asks of the dialer, and what it answers. One row a session.
CREATE TABLE desk (
    organisation_id bigint NOT NULL,
    session_id bigint NOT NULL,
    user_id bigint NOT NULL,
    -- After Save & Go the next record is dialed by itself.
    one_after_another boolean NOT NULL DEFAULT false,
    -- A call is asked for: of this prospect, or of the next one. Asking twice is asking once.
    wanted_at timestamptz,
    wanted_prospect_id bigint,
    -- Why the last one that was asked for was not called, until another is.
    refused_rule text,
    refused_prospect_id bigint,
    refused_until timestamptz,
    PRIMARY KEY (organisation_id, session_id),
    FOREIGN KEY (organisation_id, session_id) REFERENCES session ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE,
    CHECK ((wanted_prospect_id IS NOT NULL) <= (wanted_at IS NOT NULL)),
    CHECK ((refused_prospect_id IS NOT NULL) <= (refused_rule IS NOT NULL))
);
INSERT INTO desk (organisation_id, session_id, user_id)
SELECT organisation_id, id, user_id FROM session WHERE kind = 'alone' AND ended_at IS NULL;

-- Records that an agent passed over in a session: they come last.
CREATE TABLE skipped (
    organisation_id bigint NOT NULL,
    session_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, session_id, prospect_id),
    FOREIGN KEY (organisation_id, session_id) REFERENCES session ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect ON DELETE CASCADE
);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['desk', 'skipped'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ringpool_panel', t);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY organisation ON %I TO ringpool_panel USING '
            '(organisation_id = nullif(current_setting(''ringpool.organisation_id'', true), '''')::bigint)', t);
    END LOOP;
END
$$;

-- Calls ---------------------------------------------------------------------------------------

ALTER TABLE attempt
    DROP CONSTRAINT attempt_mode_check,
    ADD CONSTRAINT attempt_mode_check CHECK (mode IN ('power', 'click')),
    DROP CONSTRAINT attempt_outcome_check,
    ADD CONSTRAINT attempt_outcome_check CHECK (outcome IN ('connected', 'hung_up', 'dropped', 'busy',
        'no_answer', 'machine', 'rejected', 'invalid', 'congested', 'failed', 'lost', 'cancelled', 'not_called')),
    -- Where the prospect is called, for a call that rings the agent first.
    ADD COLUMN endpoint text NOT NULL DEFAULT '';
-- An agent who dials alone is busy with the call from the launch on.
DROP INDEX attempt_one_per_agent;
CREATE UNIQUE INDEX attempt_one_per_agent ON attempt (organisation_id, user_id)
    WHERE user_id IS NOT NULL AND state IN ('dialing', 'ringing_agent', 'bridging', 'talking', 'wrap_up');

CREATE INDEX follow_up_prospect ON follow_up (organisation_id, prospect_id) WHERE done_at IS NULL;

-- A call that never reached the prospect's phone is no attempt at their number.
CREATE OR REPLACE VIEW dialing_facts WITH (security_invoker = true) AS
SELECT p.organisation_id, p.id AS prospect_id, p.list_id, p.status, p.attempts, p.not_before, p.time_zone,
    p.excluded_by, li.calling_from, li.calling_until, li.max_attempts, li.ring_s,
    li.archived_at IS NOT NULL AS list_is_archived,
    o.record_calls, o.drop_message, ph.number,
    EXISTS (SELECT 1 FROM do_not_call d
            WHERE d.organisation_id = p.organisation_id AND d.number = ph.number) AS on_do_not_call,
    o.time_zone AS organisation_time_zone, o.calling_from AS organisation_calling_from,
    o.calling_until AS organisation_calling_until, o.attempts_per_day,
    -- The attempt at the number that has to be a day old before the next one is allowed.
    (SELECT t.launched_at FROM attempt t
     WHERE t.organisation_id = p.organisation_id AND t.number = ph.number
       AND t.outcome IS DISTINCT FROM 'not_called'
     ORDER BY t.launched_at DESC OFFSET o.attempts_per_day - 1 LIMIT 1) AS attempt_that_counts,
    (SELECT k.until FROM parking_lot k
     WHERE k.organisation_id = p.organisation_id AND k.number = ph.number) AS parked_until,
    EXISTS (SELECT 1 FROM attempt a
            WHERE a.organisation_id = p.organisation_id AND a.prospect_id = p.id
              AND a.state <> 'ended') AS on_a_call
FROM prospect p
JOIN list li ON li.organisation_id = p.organisation_id AND li.id = p.list_id
JOIN organisation o ON o.id = p.organisation_id
LEFT JOIN phone ph ON ph.organisation_id = p.organisation_id AND ph.prospect_id = p.id AND ph.rank = 1;
