-- name: may_dial
-- The list, if it is this user's to dial, and where the user's calls would be made:
-- on the node whose dialer was heard of last. And who dials it alone.
SELECT l.id, l.organisation_id, l.kind, u.extension, u.phone_mode,
    (SELECT n.name FROM node n ORDER BY n.heartbeat_at DESC LIMIT 1) AS node,
    (SELECT o.name FROM session s
     JOIN app_user o ON o.organisation_id = s.organisation_id AND o.id = s.user_id
     WHERE s.organisation_id = l.organisation_id AND s.list_id = l.id AND s.kind = 'alone'
       AND s.ended_at IS NULL) AS alone
FROM list l
JOIN app_user u ON u.organisation_id = l.organisation_id AND u.id = %(user_id)s AND u.active
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(list_id)s AND l.archived_at IS NULL
  AND l.kind <> 'campaign'
  AND EXISTS (SELECT 1 FROM list_user m WHERE m.organisation_id = l.organisation_id
              AND m.list_id = l.id AND m.user_id = u.id);

-- name: take_over
-- held → pool: what others hold of a list that one agent dials alone from now on. Locked ones are being
-- dialed or given back just now.
WITH chosen AS (
    SELECT l.organisation_id, l.prospect_id FROM lease l
    JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.user_id <> %(user_id)s
    FOR NO KEY UPDATE OF p SKIP LOCKED
), ended AS (
    DELETE FROM lease l USING chosen c
    WHERE l.organisation_id = c.organisation_id AND l.prospect_id = c.prospect_id
    RETURNING l.organisation_id, l.prospect_id
)
UPDATE prospect p SET status = 'pool'
FROM ended e WHERE p.organisation_id = e.organisation_id AND p.id = e.prospect_id AND p.status = 'held';

-- name: may_work
-- A user who dials no list, and where their calls would be made.
SELECT u.extension, (SELECT n.name FROM node n ORDER BY n.heartbeat_at DESC LIMIT 1) AS node
FROM app_user u
WHERE u.organisation_id = %(organisation_id)s AND u.id = %(user_id)s AND u.active;

-- name: open_session
-- The user's time on the list, and its line in the queue: what is loaded into it (LPL-15). Who dials
-- alone has a desk.
WITH opened AS (
    INSERT INTO session (organisation_id, user_id, list_id, kind, node, started_at)
    VALUES (%(organisation_id)s, %(user_id)s, %(list_id)s, %(kind)s, %(node)s, %(at)s)
    RETURNING organisation_id, id, user_id, list_id, kind, started_at
), told AS (
    INSERT INTO list_job (organisation_id, list_id, user_id, kind, file_name, state, session_id,
        created_at, alive_at)
    SELECT organisation_id, list_id, user_id, 'load', '', 'running', id, started_at, started_at FROM opened
    WHERE list_id IS NOT NULL
), seated AS (
    INSERT INTO desk (organisation_id, session_id, user_id)
    SELECT organisation_id, id, user_id FROM opened WHERE kind <> 'pool'
)
SELECT id FROM opened;

-- name: want_no_call
-- Who pauses wants none of the calls they asked for before.
UPDATE desk d SET wanted_at = NULL, wanted_prospect_id = NULL
FROM agent a
WHERE a.organisation_id = %(organisation_id)s AND a.user_id = %(user_id)s
  AND d.organisation_id = a.organisation_id AND d.session_id = a.session_id AND d.wanted_at IS NOT NULL;

-- name: in_flight
-- Calls of a list on this node that have no agent yet, and the node's other agents who could take them.
SELECT
    (SELECT count(*) FROM attempt t WHERE t.organisation_id = %(organisation_id)s
        AND t.list_id = %(list_id)s AND t.node = %(node)s AND t.mode = 'power'
        AND t.state IN ('dialing', 'answered')) AS in_flight,
    (SELECT count(*) FROM agent a WHERE a.organisation_id = %(organisation_id)s
        AND a.list_id = %(list_id)s AND a.node = %(node)s AND a.state = 'ready'
        AND a.wanted IS NULL AND a.user_id <> %(user_id)s) AS others_ready;

-- name: unsaved_call
-- The call whose result the agent still owes.
SELECT id FROM attempt
WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND state = 'wrap_up';

-- name: close_window
-- The window of a call that waits for its result is closed, once.
UPDATE attempt SET window_closed_at = coalesce(window_closed_at, %(at)s)
WHERE organisation_id = %(organisation_id)s AND id = %(attempt_id)s AND state = 'wrap_up';

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

-- name: is_promised
-- Whether the user owes the prospect a call.
SELECT EXISTS (SELECT 1 FROM follow_up
    WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s
      AND user_id = %(user_id)s AND done_at IS NULL) AS promised;

-- name: call_results
SELECT id, label, effect, retry_after FROM call_result WHERE active ORDER BY position, id;

-- name: call_result
SELECT id, label, effect, retry_after FROM call_result
WHERE organisation_id = %(organisation_id)s AND id = %(result_id)s AND active;

-- name: open_call
SELECT a.id AS attempt_id, a.state, a.number, a.launched_at, a.answered_at, a.bridged_at, a.ended_at,
    a.on_hold, a.window_closed_at, r.id IS NOT NULL AS recorded,
    -- While it is in doubt nobody is told that it is as they want it.
    coalesce(CASE WHEN r.pause_in_doubt THEN NOT r.pause_wanted ELSE r.paused END, false) AS recording_paused,
    NOT coalesce(r.pause_wanted, false) AS recording_wanted, b.started_at AS recording_paused_at,
    p.id AS prospect_id, p.account_name, p.first_name, p.last_name, p.email, p.region, p.postal_code,
    p.time_zone, p.custom, p.notes, l.script, l.name AS list_name
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
LEFT JOIN recording r ON r.organisation_id = a.organisation_id AND r.id = a.recording_id AND r.ended_at IS NULL
    AND a.state = 'talking'
LEFT JOIN recording_pause b ON b.organisation_id = r.organisation_id AND b.recording_id = r.id AND b.ended_at IS NULL
WHERE a.user_id = %(user_id)s AND (a.state IN ('bridging', 'talking', 'wrap_up')
    OR a.mode <> 'power' AND a.state IN ('ringing_agent', 'dialing', 'telling'));
