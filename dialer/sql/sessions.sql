-- name: may_dial
-- The list, if it is this user's to dial, and where the user's calls would be made:
-- on the node whose dialer was heard of last.
SELECT l.id, l.organisation_id, l.kind, u.extension, u.phone_mode,
    (SELECT n.name FROM node n ORDER BY n.heartbeat_at DESC LIMIT 1) AS node
FROM list l
JOIN app_user u ON u.organisation_id = l.organisation_id AND u.id = %(user_id)s AND u.active
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(list_id)s AND l.archived_at IS NULL
  AND EXISTS (SELECT 1 FROM list_user m WHERE m.organisation_id = l.organisation_id
              AND m.list_id = l.id AND m.user_id = u.id);

-- name: open_session
-- The user's time on the list, and its line in the queue: what is loaded into it (LPL-15).
WITH opened AS (
    INSERT INTO session (organisation_id, user_id, list_id, node, started_at)
    VALUES (%(organisation_id)s, %(user_id)s, %(list_id)s, %(node)s, %(at)s)
    RETURNING organisation_id, id, user_id, list_id, started_at
), told AS (
    INSERT INTO list_job (organisation_id, list_id, user_id, kind, file_name, state, session_id,
        created_at, alive_at)
    SELECT organisation_id, list_id, user_id, 'load', '', 'running', id, started_at, started_at FROM opened
)
SELECT id FROM opened;

-- name: in_flight
-- Calls of a list on this node that have no agent yet, and the node's other agents who could take them.
SELECT
    (SELECT count(*) FROM attempt t WHERE t.organisation_id = %(organisation_id)s
        AND t.list_id = %(list_id)s AND t.node = %(node)s
        AND t.state IN ('dialing', 'answered')) AS in_flight,
    (SELECT count(*) FROM agent a WHERE a.organisation_id = %(organisation_id)s
        AND a.list_id = %(list_id)s AND a.node = %(node)s AND a.state = 'ready'
        AND a.wanted IS NULL AND a.user_id <> %(user_id)s) AS others_ready;

-- name: unsaved_call
-- The call whose result the agent still owes.
SELECT id FROM attempt
WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND state = 'wrap_up';

-- name: number_of_attempt
SELECT number FROM attempt WHERE organisation_id = %(organisation_id)s AND id = %(attempt_id)s;

-- name: lock_attempt
SELECT a.id, a.state, a.prospect_id, a.list_id, a.number, p.attempts, l.max_attempts
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
WHERE a.organisation_id = %(organisation_id)s AND a.id = %(attempt_id)s AND a.user_id = %(user_id)s
FOR NO KEY UPDATE OF a;

-- name: end_attempt
-- wrap_up → ended, with the result that was chosen, or none, and what its notes add to those before.
-- The rule is power.ResultSaved.
UPDATE attempt a SET state = 'ended', result_id = %(result_id)s, saved_at = %(at)s, pending = '[]',
    notes = CASE
        WHEN %(notes)s::text IS NULL THEN ''
        WHEN starts_with(%(notes)s, p.notes) THEN btrim(substr(%(notes)s, length(p.notes) + 1), E' \n')
        ELSE %(notes)s
    END
FROM prospect p
WHERE a.organisation_id = %(organisation_id)s AND a.id = %(attempt_id)s AND a.state = 'wrap_up'
  AND p.organisation_id = a.organisation_id AND p.id = a.prospect_id
RETURNING a.id;

-- name: keep_event
INSERT INTO event (organisation_id, at, kind, attempt_id, user_id, data)
VALUES (%(organisation_id)s, %(at)s, %(kind)s, %(attempt_id)s, %(user_id)s, %(data)s);

-- name: call_results
SELECT id, label, effect, retry_after FROM call_result WHERE active ORDER BY position, id;

-- name: call_result
SELECT id, label, effect, retry_after FROM call_result
WHERE organisation_id = %(organisation_id)s AND id = %(result_id)s AND active;

-- name: open_call
SELECT a.id AS attempt_id, a.state, a.number, a.launched_at, a.answered_at, a.bridged_at, a.ended_at,
    p.id AS prospect_id, p.account_name, p.first_name, p.last_name, p.email, p.region, p.postal_code,
    p.time_zone, p.custom, p.notes, l.script, l.name AS list_name
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
WHERE a.user_id = %(user_id)s AND a.state IN ('bridging', 'talking', 'wrap_up');
