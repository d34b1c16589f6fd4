-- The records of Ringpool.
--
-- organisation_id leads every key, so that row-level security, and later a
-- distributed table, can cut along it. CHECKs and partial unique indexes hold
-- the invariants: a bug gets an error, never a bad row.

CREATE TABLE organisation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (btrim(name) <> ''),
    country text NOT NULL DEFAULT 'US' CHECK (country ~ '^[A-Z]{2}$'),
    time_zone text NOT NULL DEFAULT 'America/New_York',
    agent_leg_caller_id text NOT NULL DEFAULT '',
    lead_pool_sessions boolean NOT NULL DEFAULT true,
    import_queue boolean NOT NULL DEFAULT true,
    record_calls boolean NOT NULL DEFAULT true,
    wrap_up_s integer NOT NULL DEFAULT 30 CHECK (wrap_up_s BETWEEN 0 AND 3600),
    drop_message text NOT NULL DEFAULT 'sound:im-sorry,sound:vm-goodbye',
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Commands name an organisation in any case.
CREATE UNIQUE INDEX organisation_name ON organisation (lower(name));

CREATE TABLE app_user (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> ''),
    email text NOT NULL CHECK (email LIKE '%_@_%'),
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('super_admin', 'admin', 'manager', 'agent', 'dialing_agent')),
    extension text CHECK (extension ~ '^[0-9]{2,10}$'),
    sip_secret text,
    pin_hash text,
    -- Guesses at the PIN since it was last given right, and until when no more are heard.
    pin_failures integer NOT NULL DEFAULT 0,
    pin_locked_until timestamptz,
    phone_mode text NOT NULL DEFAULT 'stay_connected'
        CHECK (phone_mode IN ('stay_connected', 'ring_each_call')),
    phone_kind text NOT NULL DEFAULT 'sip' CHECK (phone_kind IN ('sip', 'browser')),
    caller_id text CHECK (caller_id ~ '^\+[0-9]{6,15}$'),
    locale text NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'sv')),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, id),
    CHECK ((extension IS NULL) = (sip_secret IS NULL))
);
-- One sign-in name and one SIP account name in the whole installation.
CREATE UNIQUE INDEX app_user_email ON app_user (lower(email));
CREATE UNIQUE INDEX app_user_extension ON app_user (extension);

CREATE TABLE team (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> ''),
    PRIMARY KEY (organisation_id, id),
    UNIQUE (organisation_id, name)
);

CREATE TABLE membership (
    organisation_id bigint NOT NULL,
    team_id bigint NOT NULL,
    user_id bigint NOT NULL,
    PRIMARY KEY (organisation_id, team_id, user_id),
    FOREIGN KEY (organisation_id, team_id) REFERENCES team ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE
);
CREATE INDEX membership_user ON membership (organisation_id, user_id);

CREATE TABLE list (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> ''),
    kind text NOT NULL DEFAULT 'lead_pool' CHECK (kind IN ('lead_pool', 'normal')),
    batch_size integer NOT NULL DEFAULT 20 CHECK (batch_size BETWEEN 1 AND 100000),
    retain_h integer NOT NULL DEFAULT 24 CHECK (retain_h BETWEEN 1 AND 8760),
    overnight_reset boolean NOT NULL DEFAULT true,
    -- Calling hours in the prospect's own local time; until before from runs over midnight.
    calling_from time NOT NULL DEFAULT '09:00',
    calling_until time NOT NULL DEFAULT '17:00',
    max_attempts integer NOT NULL DEFAULT 3 CHECK (max_attempts BETWEEN 1 AND 100),
    ring_s integer NOT NULL DEFAULT 25 CHECK (ring_s BETWEEN 15 AND 120),
    lines_per_agent numeric(4, 2) NOT NULL DEFAULT 1 CHECK (lines_per_agent BETWEEN 1 AND 10),
    retry_busy interval NOT NULL DEFAULT '10 minutes',
    retry_no_answer interval NOT NULL DEFAULT '2 hours',
    retry_machine interval NOT NULL DEFAULT '4 hours',
    retry_failed interval NOT NULL DEFAULT '30 minutes',
    retry_dropped interval NOT NULL DEFAULT '1 day',
    script text NOT NULL DEFAULT '',
    created_by bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, created_by) REFERENCES app_user,
    CHECK (calling_from <> calling_until)
);

CREATE TABLE list_assignment (
    organisation_id bigint NOT NULL,
    list_id bigint NOT NULL,
    user_id bigint,
    team_id bigint,
    FOREIGN KEY (organisation_id, list_id) REFERENCES list ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, team_id) REFERENCES team ON DELETE CASCADE,
    CHECK (num_nonnulls(user_id, team_id) = 1),
    UNIQUE NULLS NOT DISTINCT (organisation_id, list_id, user_id, team_id)
);

-- Who may dial which list: by name or through a team.
CREATE VIEW list_user WITH (security_invoker = true) AS
    SELECT organisation_id, list_id, user_id FROM list_assignment WHERE user_id IS NOT NULL
    UNION
    SELECT a.organisation_id, a.list_id, m.user_id
    FROM list_assignment a JOIN membership m USING (organisation_id, team_id);

CREATE TABLE list_import (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    list_id bigint NOT NULL,
    user_id bigint,
    file_name text NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    mapping jsonb NOT NULL DEFAULT '{}',
    accepted bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Set with every batch: a running import whose last sign of life is old was interrupted.
    alive_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, list_id) REFERENCES list ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user,
    CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'cancelled')))
);
-- One at a time into a list, or two could bring the same number.
CREATE UNIQUE INDEX list_import_one_open ON list_import (organisation_id, list_id)
    WHERE state IN ('queued', 'running');

CREATE TABLE refused_row (
    organisation_id bigint NOT NULL,
    import_id bigint NOT NULL,
    line bigint NOT NULL CHECK (line >= 1),
    reason text NOT NULL,
    raw text NOT NULL,
    PRIMARY KEY (organisation_id, import_id, line),
    FOREIGN KEY (organisation_id, import_id) REFERENCES list_import ON DELETE CASCADE
);

CREATE TABLE call_result (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    label text NOT NULL CHECK (btrim(label) <> ''),
    effect text NOT NULL
        CHECK (effect IN ('retry', 'follow_up', 'final', 'do_not_call', 'wrong_number')),
    retry_after interval CHECK (retry_after > interval '0'),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id),
    UNIQUE (organisation_id, label),
    CHECK ((retry_after IS NOT NULL) = (effect = 'retry'))
);

-- A prospect is in exactly one place:
--   pool      free for the next batch          held      leased to a user
--   calling   an attempt is not over           resting   waits for not_before
--   follow_up promised by a user               done      final result or attempts used up
--   excluded  Do Not Call or an unusable number
CREATE TABLE prospect (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    list_id bigint NOT NULL,
    -- Where it came from, null for one added by hand. No foreign key: imports go only with
    -- their list, and checking a million rows costs seconds.
    import_id bigint,
    position bigint NOT NULL,
    status text NOT NULL DEFAULT 'pool'
        CHECK (status IN ('pool', 'held', 'calling', 'resting', 'follow_up', 'done', 'excluded')),
    excluded_by text CHECK (excluded_by IN ('do_not_call', 'parking_lot', 'invalid_number')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    not_before timestamptz,
    account_name text NOT NULL DEFAULT '',
    first_name text NOT NULL DEFAULT '',
    last_name text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    region text NOT NULL DEFAULT '',
    postal_code text NOT NULL DEFAULT '',
    time_zone text NOT NULL,
    custom jsonb NOT NULL DEFAULT '{}',
    notes text NOT NULL DEFAULT '',
    last_outcome text,
    last_result_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, list_id) REFERENCES list ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, last_result_id) REFERENCES call_result,
    CHECK ((status = 'resting') <= (not_before IS NOT NULL)),
    CHECK ((status = 'excluded') = (excluded_by IS NOT NULL))
);
-- Fresh prospects first, then those tried least, in upload order.
CREATE INDEX prospect_pool ON prospect (organisation_id, list_id, attempts, position)
    WHERE status = 'pool';
CREATE INDEX prospect_resting ON prospect (not_before) WHERE status = 'resting';
CREATE INDEX prospect_list ON prospect (organisation_id, list_id, status);

CREATE TABLE phone (
    organisation_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    rank smallint NOT NULL DEFAULT 1 CHECK (rank >= 1),
    kind text NOT NULL DEFAULT 'phone',
    number text NOT NULL CHECK (number ~ '^\+[0-9]{6,15}$'),
    PRIMARY KEY (organisation_id, prospect_id, rank),
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect ON DELETE CASCADE
);
CREATE INDEX phone_number ON phone (organisation_id, number);

CREATE TABLE lease (
    organisation_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    list_id bigint NOT NULL,
    user_id bigint NOT NULL,
    -- The prospect's, copied: the next one to dial is found without sorting.
    attempts integer NOT NULL,
    position bigint NOT NULL,
    leased_at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > leased_at),
    PRIMARY KEY (organisation_id, prospect_id),
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);
CREATE INDEX lease_holder ON lease (organisation_id, list_id, user_id, attempts, position);
CREATE INDEX lease_until ON lease (until);

CREATE TABLE node (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]{1,40}$'),
    heartbeat_at timestamptz NOT NULL,
    asterisk_up boolean NOT NULL DEFAULT false
);

CREATE TABLE session (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    list_id bigint NOT NULL,
    node text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= started_at),
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user,
    FOREIGN KEY (organisation_id, list_id) REFERENCES list
);
CREATE UNIQUE INDEX session_one_open ON session (organisation_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX session_open_list ON session (node, organisation_id, list_id) WHERE ended_at IS NULL;

-- One try at a prospect. A final state (wrap_up, ended) has an end time; wrap_up
-- is over on the line and waits for the agent's call result.
CREATE TABLE attempt (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    prospect_id bigint NOT NULL,
    list_id bigint NOT NULL,
    mode text NOT NULL DEFAULT 'power' CHECK (mode IN ('power')),
    node text NOT NULL,
    number text NOT NULL,
    caller_id text NOT NULL DEFAULT '',
    ring_s integer NOT NULL,
    record boolean NOT NULL,
    drop_message text NOT NULL,
    state text NOT NULL CHECK (state IN
        ('dialing', 'answered', 'ringing_agent', 'bridging', 'talking', 'dropping', 'wrap_up', 'ended')),
    leg_id uuid NOT NULL UNIQUE,
    agent_leg_id uuid,
    bridge_id uuid,
    recording_id uuid,
    user_id bigint,
    phone_mode text,
    outcome text CHECK (outcome IN ('connected', 'hung_up', 'dropped', 'busy', 'no_answer', 'machine',
        'rejected', 'invalid', 'congested', 'failed', 'lost')),
    result_id bigint,
    cause integer,
    due_at timestamptz,
    pending jsonb NOT NULL DEFAULT '[]',
    hang_up_asked_at timestamptz,
    launched_at timestamptz NOT NULL,
    answered_at timestamptz,
    bridged_at timestamptz,
    ended_at timestamptz,
    saved_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect,
    FOREIGN KEY (organisation_id, list_id) REFERENCES list,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user,
    FOREIGN KEY (organisation_id, result_id) REFERENCES call_result,
    CHECK ((ended_at IS NOT NULL) = (state IN ('wrap_up', 'ended'))),
    CHECK ((outcome IS NOT NULL) >= (state IN ('wrap_up', 'ended'))),
    CHECK ((user_id IS NOT NULL) >= (state IN ('ringing_agent', 'bridging', 'talking', 'wrap_up'))),
    CHECK ((state = 'talking') <= (bridged_at IS NOT NULL))
);
CREATE UNIQUE INDEX attempt_one_per_prospect ON attempt (organisation_id, prospect_id)
    WHERE state <> 'ended';
CREATE UNIQUE INDEX attempt_one_per_agent ON attempt (organisation_id, user_id)
    WHERE state IN ('ringing_agent', 'bridging', 'talking', 'wrap_up');
CREATE INDEX attempt_open ON attempt (node) WHERE state NOT IN ('wrap_up', 'ended');
CREATE INDEX attempt_open_list ON attempt (organisation_id, list_id)
    WHERE state NOT IN ('wrap_up', 'ended');
CREATE INDEX attempt_due ON attempt (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX attempt_hang_up ON attempt (node) WHERE hang_up_asked_at IS NOT NULL;
CREATE INDEX attempt_prospect ON attempt (organisation_id, prospect_id, launched_at);
CREATE INDEX attempt_list ON attempt (organisation_id, list_id, launched_at);
CREATE INDEX attempt_user ON attempt (organisation_id, user_id, launched_at);

-- Every channel Ringpool ever made. The id is the channel's id in Asterisk.
CREATE TABLE leg (
    organisation_id bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('prospect', 'agent')),
    attempt_id bigint,
    user_id bigint,
    node text NOT NULL,
    endpoint text NOT NULL,
    created_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    cause integer,
    PRIMARY KEY (organisation_id, id),
    UNIQUE (id),
    FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user,
    CHECK ((kind = 'prospect') <= (attempt_id IS NOT NULL)),
    CHECK ((kind = 'agent') <= (user_id IS NOT NULL))
);
CREATE INDEX leg_attempt ON leg (organisation_id, attempt_id);
CREATE INDEX leg_open ON leg (node) WHERE ended_at IS NULL;

-- Where an agent is now; agent_state keeps every change.
CREATE TABLE agent (
    organisation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    state text NOT NULL DEFAULT 'logged_out' CHECK (state IN ('logged_out', 'connecting', 'ready',
        'reserved', 'on_call', 'on_hold', 'wrap_up', 'paused', 'phone_lost')),
    since timestamptz NOT NULL,
    pause_reason text NOT NULL DEFAULT '',
    wanted text CHECK (wanted IN ('pause', 'log_out')),
    phone_mode text NOT NULL CHECK (phone_mode IN ('stay_connected', 'ring_each_call')),
    phone_up boolean NOT NULL DEFAULT false,
    session_id bigint,
    list_id bigint,
    attempt_id bigint,
    node text,
    leg_id uuid,
    bridge_id uuid,
    phone_retry_at timestamptz,
    phone_tries integer NOT NULL DEFAULT 0,
    last_hand_over_at timestamptz,
    PRIMARY KEY (organisation_id, user_id),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, session_id) REFERENCES session,
    FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt,
    CHECK ((state = 'logged_out') = (session_id IS NULL)),
    CHECK ((session_id IS NULL) = (list_id IS NULL)),
    CHECK ((state IN ('reserved', 'on_call', 'on_hold', 'wrap_up')) = (attempt_id IS NOT NULL)),
    CHECK ((leg_id IS NULL) = (bridge_id IS NULL))
);
CREATE INDEX agent_ready ON agent (organisation_id, list_id, last_hand_over_at NULLS FIRST)
    WHERE state = 'ready';
CREATE INDEX agent_list ON agent (organisation_id, list_id);
CREATE INDEX agent_leg ON agent (leg_id);
CREATE INDEX agent_node ON agent (node) WHERE state <> 'logged_out' OR leg_id IS NOT NULL;

CREATE TABLE agent_state (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    session_id bigint,
    attempt_id bigint,
    state text NOT NULL,
    pause_reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE
);
CREATE INDEX agent_state_session ON agent_state (organisation_id, session_id, at);
CREATE INDEX agent_state_user ON agent_state (organisation_id, user_id, at);

CREATE TABLE recording (
    organisation_id bigint NOT NULL,
    id uuid NOT NULL,
    attempt_id bigint NOT NULL,
    user_id bigint NOT NULL,
    node text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);
CREATE INDEX recording_attempt ON recording (organisation_id, attempt_id);

CREATE TABLE follow_up (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    prospect_id bigint NOT NULL,
    user_id bigint NOT NULL,
    attempt_id bigint,
    due_at timestamptz NOT NULL,
    note text NOT NULL DEFAULT '',
    done_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);
CREATE INDEX follow_up_user ON follow_up (organisation_id, user_id, due_at) WHERE done_at IS NULL;

CREATE TABLE referral (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    from_prospect_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, from_prospect_id) REFERENCES prospect ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect ON DELETE CASCADE,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);

CREATE TABLE do_not_call (
    organisation_id bigint NOT NULL REFERENCES organisation,
    number text NOT NULL CHECK (number ~ '^\+[0-9]{6,15}$'),
    source text NOT NULL DEFAULT 'panel',
    added_by bigint,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, number)
);

CREATE TABLE parking_lot (
    organisation_id bigint NOT NULL REFERENCES organisation,
    number text NOT NULL CHECK (number ~ '^\+[0-9]{6,15}$'),
    until date NOT NULL,
    PRIMARY KEY (organisation_id, number)
);

-- What happened to a call, step by step, for people and for support.
CREATE TABLE event (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    attempt_id bigint,
    user_id bigint,
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (organisation_id, id)
);
CREATE INDEX event_attempt ON event (organisation_id, attempt_id);

CREATE TABLE audit (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    user_id bigint,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb,
    PRIMARY KEY (organisation_id, id)
);
CREATE INDEX audit_time ON audit (organisation_id, at);

-- What the dialing rules look at (dialer/dialing_rules.py), for every prospect.
CREATE VIEW dialing_facts WITH (security_invoker = true) AS
SELECT p.organisation_id, p.id AS prospect_id, p.list_id, p.status, p.attempts, p.not_before, p.time_zone,
    li.calling_from, li.calling_until, li.max_attempts, li.ring_s, o.record_calls, o.drop_message, ph.number,
    EXISTS (SELECT 1 FROM do_not_call d
            WHERE d.organisation_id = p.organisation_id AND d.number = ph.number) AS on_do_not_call,
    o.time_zone AS organisation_time_zone,
    (SELECT k.until FROM parking_lot k
     WHERE k.organisation_id = p.organisation_id AND k.number = ph.number) AS parked_until,
    EXISTS (SELECT 1 FROM attempt a
            WHERE a.organisation_id = p.organisation_id AND a.prospect_id = p.id
              AND a.state <> 'ended') AS on_a_call
FROM prospect p
JOIN list li ON li.organisation_id = p.organisation_id AND li.id = p.list_id
JOIN organisation o ON o.id = p.organisation_id
LEFT JOIN phone ph ON ph.organisation_id = p.organisation_id AND ph.prospect_id = p.id AND ph.rank = 1;
