-- What an agent's session comes to (LPS-10, LPS-11), and phones that drop at once (DIAL-9).

ALTER TABLE attempt
    -- The session it was dialed for: of the user who held the prospect, whoever then took the call.
    -- Null for attempts of before this was kept.
    ADD COLUMN dialed_for bigint,
    ADD FOREIGN KEY (organisation_id, dialed_for) REFERENCES session;
CREATE INDEX attempt_dialed_for ON attempt (organisation_id, dialed_for) WHERE dialed_for IS NOT NULL;

-- A user's newest session.
CREATE INDEX session_newest ON session (organisation_id, user_id, id);

-- Whom a session was joined with, without reading its other changes.
CREATE INDEX agent_state_connects ON agent_state (organisation_id, session_id, attempt_id)
    WHERE state = 'on_call';

ALTER TABLE agent
    -- Since when the standing phone is up.
    ADD COLUMN phone_up_at timestamptz,
    ADD CHECK (phone_up_at IS NULL OR phone_up);
