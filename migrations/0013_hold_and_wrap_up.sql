-- Hold, and a wrap-up that has a length (DIAL-6, DIAL-7, LPS-5).

ALTER TABLE attempt
    -- The prospect hears music, and neither hears the other.
    ADD COLUMN on_hold boolean NOT NULL DEFAULT false,
    -- What the agent last asked for and the dialer has not taken up: true to hold, false to take back.
    ADD COLUMN hold_asked boolean,
    -- When the agent closed the window without a result; until then it stays open.
    ADD COLUMN window_closed_at timestamptz,
    ADD CONSTRAINT attempt_on_hold CHECK (on_hold <= (state = 'talking'));
CREATE INDEX attempt_hold ON attempt (node) WHERE hold_asked IS NOT NULL;

-- Who is away with a result owed has closed its window: there was no other way to it before.
UPDATE attempt SET window_closed_at = ended_at FROM agent
WHERE agent.organisation_id = attempt.organisation_id AND agent.user_id = attempt.user_id
  AND attempt.state = 'wrap_up' AND agent.state = 'paused';

ALTER TABLE agent
    -- When the wrap-up is over; null for one that has no limit.
    ADD COLUMN wrap_up_until timestamptz,
    ADD CONSTRAINT agent_wrap_up CHECK ((wrap_up_until IS NOT NULL) <= (state = 'wrap_up'));
CREATE INDEX agent_wrap_up ON agent (node, wrap_up_until) WHERE wrap_up_until IS NOT NULL;
