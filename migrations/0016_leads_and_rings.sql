-- Leads, who is rung for them, and what became of each ring (RING-1 to RING-6).

-- A campaign's leads live in a list of its own, which nobody dials in a session.
ALTER TABLE list DROP CONSTRAINT list_kind_check,
    ADD CONSTRAINT list_kind_check CHECK (kind IN ('lead_pool', 'normal', 'campaign'));

-- Whom a campaign's leads may ring. Empty filters mean any; several are all to be met.
CREATE TABLE distribution_group (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 120),
    team_ids bigint[] NOT NULL DEFAULT '{}',
    -- {"skill": least level}
    skills jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(skills) = 'object'),
    states text[] NOT NULL DEFAULT '{}',
    languages text[] NOT NULL DEFAULT '{}',
    products text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX distribution_group_name ON distribution_group (organisation_id, lower(name));

CREATE TABLE campaign (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 120),
    -- Its leads: hours, script and the time a lead's phone rings are the list's.
    list_id bigint NOT NULL,
    group_id bigint NOT NULL,
    most_rung integer NOT NULL DEFAULT 10 CHECK (most_rung BETWEEN 1 AND 10),
    -- How long agents' phones ring, and how long who picked up may take to press 1 after that.
    ring_s integer NOT NULL DEFAULT 20 CHECK (ring_s BETWEEN 5 AND 60),
    press_s integer NOT NULL DEFAULT 15 CHECK (press_s BETWEEN 5 AND 60),
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, list_id) REFERENCES list,
    FOREIGN KEY (organisation_id, group_id) REFERENCES distribution_group
);
CREATE UNIQUE INDEX campaign_name ON campaign (organisation_id, lower(name));
CREATE UNIQUE INDEX campaign_list ON campaign (organisation_id, list_id);

-- A posted prospect. It is in exactly one place:
--   waiting    to be rung for            ringing     agents' phones ring
--   exception  nobody has it, see reason taken       an agent's, with an application
--   withdrawn  taken back by who posted it, or by a manager
CREATE TABLE lead (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    prospect_id bigint NOT NULL,
    campaign_id bigint NOT NULL,
    -- Who posted it: a token's name, or the form's.
    source text NOT NULL DEFAULT '',
    token_id bigint,
    language text NOT NULL DEFAULT '',
    product text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'ringing', 'exception', 'taken', 'withdrawn')),
    -- Why it is an exception: a rule of ring_rules.LeadException, or of dialing_rules.Rule.
    reason text,
    user_id bigint,
    -- How often it was rung for in vain because the dialer or Asterisk stopped.
    lost_rings integer NOT NULL DEFAULT 0,
    withdraw_asked_at timestamptz,
    received_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    UNIQUE (organisation_id, prospect_id),
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect,
    FOREIGN KEY (organisation_id, campaign_id) REFERENCES campaign,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user,
    CHECK ((state = 'exception') = (reason IS NOT NULL)),
    CHECK ((state = 'taken') = (user_id IS NOT NULL))
);
CREATE INDEX lead_waiting ON lead (received_at) WHERE state = 'waiting';
CREATE INDEX lead_withdrawing ON lead (organisation_id, id) WHERE withdraw_asked_at IS NOT NULL;
CREATE INDEX lead_newest ON lead (organisation_id, received_at DESC, id DESC);
CREATE INDEX lead_unassigned ON lead (organisation_id, received_at DESC, id DESC) WHERE state NOT IN ('taken', 'withdrawn');
CREATE INDEX lead_user ON lead (organisation_id, user_id, changed_at DESC) WHERE user_id IS NOT NULL;

-- Made in the transaction that names the agent, never before.
CREATE TABLE application (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    lead_id bigint NOT NULL,
    prospect_id bigint NOT NULL,
    -- The primary agent.
    user_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    UNIQUE (organisation_id, lead_id),
    FOREIGN KEY (organisation_id, lead_id) REFERENCES lead,
    FOREIGN KEY (organisation_id, prospect_id) REFERENCES prospect,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);

-- One ringing of agents for a lead.
CREATE TABLE ring (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- Names the ring's events in the dialer.
    key uuid NOT NULL UNIQUE,
    lead_id bigint NOT NULL,
    node text NOT NULL,
    state text NOT NULL CHECK (state IN ('ringing', 'closing', 'over')),
    outcome text CHECK (outcome IN ('taken', 'nobody_took', 'withdrawn', 'lost')),
    winner_id bigint,
    attempt_id bigint,
    press_s integer NOT NULL,
    due_at timestamptz,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, lead_id) REFERENCES lead,
    FOREIGN KEY (organisation_id, winner_id) REFERENCES app_user,
    FOREIGN KEY (organisation_id, attempt_id) REFERENCES attempt,
    CHECK ((ended_at IS NOT NULL) = (state = 'over')),
    CHECK ((outcome IS NOT NULL) = (state <> 'ringing')),
    CHECK ((winner_id IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'taken'))
);
-- One ring at a time for a lead.
CREATE UNIQUE INDEX ring_one_per_lead ON ring (organisation_id, lead_id) WHERE state = 'ringing';
CREATE INDEX ring_open ON ring (node) WHERE state <> 'over';
CREATE INDEX ring_lead ON ring (organisation_id, lead_id, started_at);

-- One agent in a ring.
CREATE TABLE ring_leg (
    organisation_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    ring_id bigint NOT NULL,
    user_id bigint NOT NULL,
    leg_id uuid NOT NULL,
    -- Where the agent would talk: the standing phone's bridge, or one to be made.
    bridge_id uuid NOT NULL,
    -- The phone was connected already: it hears the prompt at once and does not ring.
    standing boolean NOT NULL,
    -- In a session when rung: reserved for this ring.
    in_session boolean NOT NULL,
    extension text NOT NULL,
    -- What they hear until somebody takes the lead, and when it was not they: media URIs.
    prompt text NOT NULL DEFAULT '',
    taken text NOT NULL DEFAULT '',
    state text NOT NULL CHECK (state IN ('ringing', 'listening', 'released', 'over')),
    outcome text CHECK (outcome IN
        ('won', 'too_late', 'stopped', 'rejected', 'busy', 'no_answer', 'not_reachable', 'did_not_press', 'lost')),
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    pressed_at timestamptz,
    ended_at timestamptz,
    cause integer,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, ring_id) REFERENCES ring,
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user,
    CHECK ((ended_at IS NOT NULL) = (state = 'over')),
    CHECK ((state = 'over') <= (outcome IS NOT NULL))
);
-- Nobody is rung for two leads at a time.
CREATE UNIQUE INDEX ring_leg_one_per_user ON ring_leg (organisation_id, user_id) WHERE state <> 'over';
CREATE INDEX ring_leg_ring ON ring_leg (organisation_id, ring_id);
CREATE INDEX ring_leg_leg ON ring_leg (leg_id) WHERE state <> 'over';
CREATE INDEX ring_leg_last ON ring_leg (organisation_id, user_id, started_at DESC);

ALTER TABLE leg ADD COLUMN ring_id bigint;

ALTER TABLE attempt
    DROP CONSTRAINT attempt_mode_check,
    ADD CONSTRAINT attempt_mode_check CHECK (mode IN ('power', 'click', 'ring_all')),
    DROP CONSTRAINT attempt_state_check,
    ADD CONSTRAINT attempt_state_check CHECK (state IN ('dialing', 'answered', 'ringing_agent', 'bridging',
        'talking', 'dropping', 'telling', 'wrap_up', 'ended')),
    -- What the agent hears when a lead does not answer, by outcome; and the media being told.
    ADD COLUMN tell jsonb NOT NULL DEFAULT '{}';
DROP INDEX attempt_one_per_agent;
CREATE UNIQUE INDEX attempt_one_per_agent ON attempt (organisation_id, user_id)
    WHERE user_id IS NOT NULL AND state IN ('dialing', 'ringing_agent', 'bridging', 'talking', 'telling', 'wrap_up');

ALTER TABLE session
    DROP CONSTRAINT session_kind_check,
    -- leads: taking and calling the leads that are the user's own.
    ADD CONSTRAINT session_kind_check
        CHECK (kind IN ('pool', 'alone', 'follow_ups_not_due', 'follow_ups_past_due', 'leads'));

ALTER TABLE agent
    -- Rung for a lead, and for nothing else meanwhile.
    ADD COLUMN ring_id bigint,
    ADD FOREIGN KEY (organisation_id, ring_id) REFERENCES ring,
    ADD CHECK ((ring_id IS NOT NULL) <= (state = 'reserved')),
    DROP CONSTRAINT agent_check2,
    ADD CONSTRAINT agent_busy CHECK
        ((state IN ('reserved', 'on_call', 'on_hold', 'wrap_up')) = (num_nonnulls(attempt_id, ring_id) = 1));

-- When an open page of the panel was last heard of: who is signed in can be rung.
ALTER TABLE app_user ADD COLUMN seen_at timestamptz;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['distribution_group', 'campaign', 'lead', 'application', 'ring', 'ring_leg'] LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ringpool_panel', t);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY organisation ON %I TO ringpool_panel USING '
            '(organisation_id = nullif(current_setting(''ringpool.organisation_id'', true), '''')::bigint)', t);
    END LOOP;
END
$$;
