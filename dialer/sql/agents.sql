-- name: lock_agent
-- Changes nothing; the row stays ours until the transaction ends.
SELECT a.*, o.wrap_up_s FROM agent a JOIN organisation o ON o.id = a.organisation_id
WHERE a.organisation_id = %(organisation_id)s AND a.user_id = %(user_id)s
FOR NO KEY UPDATE OF a;

-- name: agent
SELECT a.*, o.wrap_up_s FROM agent a JOIN organisation o ON o.id = a.organisation_id
WHERE a.organisation_id = %(organisation_id)s AND a.user_id = %(user_id)s;

-- name: make_agent
-- A user's first time at work: logged out, as everybody begins.
INSERT INTO agent (organisation_id, user_id, since, phone_mode)
SELECT organisation_id, id, %(at)s, phone_mode FROM app_user
WHERE organisation_id = %(organisation_id)s AND id = %(user_id)s AND active
ON CONFLICT (organisation_id, user_id) DO UPDATE SET
    phone_mode = CASE WHEN agent.state = 'logged_out' THEN excluded.phone_mode ELSE agent.phone_mode END
RETURNING *;

-- name: save_agent
-- Saves the agent, and the change of state to the history when it is one.
WITH saved AS (
    UPDATE agent SET
        state = %(state)s, since = %(since)s, pause_reason = %(pause_reason)s, wanted = %(wanted)s,
        phone_up = %(phone_up)s, phone_up_at = %(phone_up_at)s, session_id = %(session_id)s, list_id = %(list_id)s,
        attempt_id = %(attempt_id)s, ring_id = %(ring_id)s, node = %(node)s, leg_id = %(leg_id)s, bridge_id = %(bridge_id)s,
        phone_retry_at = %(phone_retry_at)s, phone_tries = %(phone_tries)s,
        last_hand_over_at = %(last_hand_over_at)s, wrap_up_until = %(wrap_up_until)s
    WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s
)
INSERT INTO agent_state (organisation_id, user_id, session_id, attempt_id, state, pause_reason, at)
SELECT %(organisation_id)s, %(user_id)s, coalesce(%(session_id)s, %(session_before)s),
    %(attempt_id)s, %(state)s, %(pause_reason)s, %(since)s
WHERE %(changed)s;

-- name: reserve_agent
-- ready → reserved: the agent whose last hand-over is longest ago (LPS-3); no row means nobody is.
-- One who asked for a pause comes last. The rule is agents.Reserved.
WITH chosen AS (
    SELECT a.organisation_id, a.user_id FROM agent a
    WHERE a.organisation_id = %(organisation_id)s AND a.list_id = %(list_id)s
      AND a.node = %(node)s AND a.state = 'ready'
    ORDER BY a.wanted IS NOT NULL, a.last_hand_over_at NULLS FIRST, a.user_id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
), reserved AS (
    UPDATE agent a SET state = 'reserved', since = %(at)s, attempt_id = %(attempt_id)s,
        last_hand_over_at = %(at)s
    FROM chosen c
    WHERE a.organisation_id = c.organisation_id AND a.user_id = c.user_id
    RETURNING a.*
), kept AS (
    INSERT INTO agent_state (organisation_id, user_id, session_id, attempt_id, state, at)
    SELECT organisation_id, user_id, session_id, attempt_id, 'reserved', %(at)s FROM reserved
)
SELECT r.user_id, r.phone_mode, r.leg_id, r.bridge_id, u.extension, o.agent_leg_caller_id
FROM reserved r
JOIN app_user u ON u.organisation_id = r.organisation_id AND u.id = r.user_id
JOIN organisation o ON o.id = r.organisation_id;

-- name: phones_to_call
-- Stay-connected agents at work on this node whose phone has no leg and is due.
SELECT a.organisation_id, a.user_id, a.phone_tries, u.extension, o.agent_leg_caller_id
FROM agent a
JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
JOIN organisation o ON o.id = a.organisation_id
WHERE a.node = %(node)s AND a.state <> 'logged_out' AND a.leg_id IS NULL
  AND a.phone_mode = 'stay_connected' AND u.extension IS NOT NULL
  AND (a.phone_retry_at IS NULL OR a.phone_retry_at <= %(now)s)
FOR NO KEY UPDATE OF a SKIP LOCKED;

-- name: phones_to_release
-- Legs of agents who logged out.
SELECT organisation_id, user_id, leg_id, bridge_id FROM agent
WHERE node = %(node)s AND state = 'logged_out' AND leg_id IS NOT NULL;

-- name: phones_unheard_of
-- Legs that were to be made long ago and never came up.
SELECT a.leg_id, a.bridge_id FROM agent a JOIN leg l ON l.id = a.leg_id
WHERE a.node = %(node)s AND NOT a.phone_up AND l.created_at < %(called_before)s;

-- name: agent_by_leg
SELECT organisation_id, user_id, attempt_id FROM agent WHERE leg_id = %(leg_id)s;

-- name: insert_agent_leg
INSERT INTO leg (organisation_id, id, kind, attempt_id, user_id, node, endpoint, created_at)
VALUES (%(organisation_id)s, %(leg_id)s, 'agent', %(attempt_id)s, %(user_id)s, %(node)s,
    %(endpoint)s, %(at)s);

-- name: leg_answered
UPDATE leg SET answered_at = coalesce(answered_at, %(at)s) WHERE id = %(leg_id)s;

-- name: leg_ended
UPDATE leg SET ended_at = %(at)s, cause = %(cause)s WHERE id = %(leg_id)s AND ended_at IS NULL;

-- name: pausing
-- Lists on this node with agents who are ready but asked to go, and how many calls still need them.
SELECT a.organisation_id, a.list_id,
    array_agg(a.user_id ORDER BY a.last_hand_over_at NULLS FIRST, a.user_id)
        FILTER (WHERE a.wanted IS NOT NULL) AS going,
    count(*) FILTER (WHERE a.wanted IS NULL) AS staying,
    (SELECT count(*) FROM attempt t WHERE t.organisation_id = a.organisation_id
        AND t.list_id = a.list_id AND t.node = %(node)s AND t.mode = 'power'
        AND t.state IN ('dialing', 'answered')) AS in_flight
FROM agent a
WHERE a.node = %(node)s AND a.state = 'ready'
GROUP BY a.organisation_id, a.list_id
HAVING bool_or(a.wanted IS NOT NULL);

-- name: organisation_of
SELECT organisation_id FROM app_user WHERE id = %(user_id)s AND active;

-- name: close_session
-- The session ends with the log-out, and what was loaded into it is told.
WITH closed AS (
    UPDATE session SET ended_at = greatest(%(at)s, started_at)
    WHERE organisation_id = %(organisation_id)s AND id = %(session_id)s AND ended_at IS NULL
)
UPDATE list_job SET state = 'done', ended_at = greatest(%(at)s, created_at)
WHERE organisation_id = %(organisation_id)s AND session_id = %(session_id)s AND state = 'running';

-- name: never_at_work
SELECT phone_mode, created_at FROM app_user
WHERE organisation_id = %(organisation_id)s AND id = %(user_id)s AND active;

-- name: sip_accounts
-- A browser phone has an account only while a page keeps it.
SELECT u.extension, CASE u.phone_kind WHEN 'browser' THEN b.secret ELSE u.sip_secret END AS secret, u.name,
    u.phone_kind
FROM app_user u
LEFT JOIN browser_phone b ON b.organisation_id = u.organisation_id AND b.user_id = u.id AND b.until > now()
WHERE u.active AND u.extension IS NOT NULL AND (u.phone_kind <> 'browser' OR b.secret IS NOT NULL)
ORDER BY u.extension;

-- name: standing_phones
-- Legs that stay-connected agents of this node should be in, and what was recorded in each last.
SELECT a.user_id, a.leg_id, a.bridge_id, a.phone_up,
    a.state NOT IN ('reserved', 'on_call', 'on_hold') AS waits,
    (SELECT r.id FROM agent_state s
     JOIN recording r ON r.organisation_id = s.organisation_id AND r.attempt_id = s.attempt_id
     WHERE s.organisation_id = a.organisation_id AND s.user_id = a.user_id
     ORDER BY s.at DESC, r.started_at DESC LIMIT 1) AS last_recording_id
FROM agent a
WHERE a.node = %(node)s AND a.leg_id IS NOT NULL;

-- name: last_beat
SELECT heartbeat_at FROM node WHERE name = %(node)s;

-- name: beat
INSERT INTO node (name, heartbeat_at, asterisk_up) VALUES (%(node)s, %(now)s, %(asterisk_up)s)
ON CONFLICT (name) DO UPDATE SET heartbeat_at = excluded.heartbeat_at, asterisk_up = excluded.asterisk_up;

-- name: node_is_up
SELECT 1 AS up FROM node WHERE name = %(node)s AND asterisk_up AND heartbeat_at > %(since)s;

-- name: wrap_ups_due
-- Wrap-ups of this node's agents whose deadlines have passed.
SELECT organisation_id, user_id, wrap_up_until AS until FROM agent
WHERE node = %(node)s AND wrap_up_until <= %(now)s
ORDER BY wrap_up_until;
