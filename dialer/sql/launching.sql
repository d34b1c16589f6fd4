-- name: snapshots
-- Every list that somebody dials on this node, or one of them: who is ready, what is in the air.
-- On a normal list nobody waits for calls: its agent asks for each.
SELECT a.organisation_id, a.list_id, l.lines_per_agent, l.kind = 'normal' AS alone,
    array_agg(a.user_id ORDER BY a.user_id) AS users,
    count(*) FILTER (WHERE a.state = 'ready' AND a.wanted IS NULL AND l.kind = 'lead_pool') AS ready,
    (SELECT count(*) FROM attempt t WHERE t.organisation_id = a.organisation_id AND t.list_id = a.list_id
        AND t.node = %(node)s AND t.mode = 'power' AND t.state IN ('dialing', 'answered')) AS in_flight
FROM agent a
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
WHERE a.node = %(node)s AND a.list_id IS NOT NULL
  AND a.list_id = coalesce(%(list_id)s::bigint, a.list_id)
GROUP BY a.organisation_id, a.list_id, l.lines_per_agent, l.kind;

-- name: waiting
-- Whether anything but new calls waits for this node's dialer: mostly nothing does. And the database's clock.
SELECT now() AS now,
    EXISTS (SELECT 1 FROM attempt WHERE node = %(node)s AND state = 'answered') AS calls,
    EXISTS (SELECT 1 FROM attempt WHERE node = %(node)s AND hang_up_asked_at IS NOT NULL) AS hang_ups,
    EXISTS (SELECT 1 FROM attempt WHERE node = %(node)s AND hold_asked IS NOT NULL) AS holds,
    EXISTS (SELECT 1 FROM recording WHERE node = %(node)s AND (pause_wanted <> paused OR pause_in_doubt)) AS recordings,
    EXISTS (SELECT 1 FROM agent WHERE node = %(node)s AND state = 'ready' AND wanted IS NOT NULL) AS pauses,
    EXISTS (SELECT 1 FROM agent a
            JOIN desk d ON d.organisation_id = a.organisation_id AND d.session_id = a.session_id
            WHERE a.node = %(node)s AND a.state = 'ready' AND a.wanted IS NULL
              AND (d.wanted_at IS NOT NULL OR d.one_after_another)) AS desks,
    EXISTS (SELECT 1 FROM agent WHERE node = %(node)s AND CASE state
            WHEN 'logged_out' THEN leg_id IS NOT NULL
            ELSE leg_id IS NULL AND phone_mode = 'stay_connected'
                AND (phone_retry_at IS NULL OR phone_retry_at <= %(now)s) END) AS phones,
    EXISTS (SELECT 1 FROM lead WHERE state = 'waiting') AS leads,
    EXISTS (SELECT 1 FROM ring r JOIN lead l ON l.organisation_id = r.organisation_id AND l.id = r.lead_id
            WHERE r.node = %(node)s AND r.state = 'ringing'
              AND (l.withdraw_asked_at IS NOT NULL OR l.state <> 'ringing')) AS withdrawals;

-- name: candidates
-- The next records of a lead pool list to dial: from whoever holds most, each holder's in the list's order.
WITH holder AS (
    SELECT l.user_id, a.session_id, count(*) AS held FROM lease l
    JOIN agent a ON a.organisation_id = l.organisation_id AND a.list_id = l.list_id AND a.user_id = l.user_id
    JOIN list li ON li.organisation_id = l.organisation_id AND li.id = l.list_id AND li.kind = 'lead_pool'
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s
    GROUP BY l.user_id, a.session_id
), turn AS (
    SELECT n.prospect_id, n.user_id, h.session_id, h.held - n.place AS left_then, n.attempts, n.sort_key, n.position
    FROM holder h CROSS JOIN LATERAL (
        SELECT l.prospect_id, l.user_id, l.attempts, l.sort_key, l.position,
            row_number() OVER (ORDER BY l.attempts, l.sort_key, l.position) AS place
        FROM lease l
        WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.user_id = h.user_id
        ORDER BY l.attempts, l.sort_key, l.position
        LIMIT %(count)s
    ) n
    ORDER BY left_then DESC, n.attempts, n.sort_key, n.position
    LIMIT %(count)s
)
SELECT t.user_id AS holder_id, t.session_id, f.*, u.caller_id
FROM turn t
JOIN prospect p ON p.organisation_id = %(organisation_id)s AND p.id = t.prospect_id
JOIN dialing_facts f ON f.organisation_id = p.organisation_id AND f.prospect_id = p.id
JOIN app_user u ON u.organisation_id = p.organisation_id AND u.id = t.user_id
ORDER BY t.left_then DESC, t.attempts, t.sort_key, t.position
FOR NO KEY UPDATE OF p SKIP LOCKED;

-- name: end_lease
DELETE FROM lease WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s;

-- name: put_aside
-- held → where the rule in the way sends it; one that somebody else dialed meanwhile stays theirs.
UPDATE prospect SET status = %(status)s, not_before = %(not_before)s, resting_for = %(resting_for)s,
    excluded_by = %(excluded_by)s
WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s AND status = 'held';

-- name: launch
-- held → calling; the attempt and its leg are on record before Asterisk hears of them, and the session of
-- the user who held the prospect.
WITH taken AS (
    UPDATE prospect SET status = 'calling', attempts = attempts + 1
    WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s AND status = 'held'
    RETURNING organisation_id, id
), released AS (
    DELETE FROM lease WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s
), placed AS (
    INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, caller_id, ring_s, record,
        drop_message, state, leg_id, due_at, pending, launched_at, dialed_for)
    SELECT organisation_id, id, %(list_id)s, %(node)s, %(number)s, %(caller_id)s, %(ring_s)s, %(record)s,
        %(drop_message)s, 'dialing', %(leg_id)s, %(due_at)s, %(pending)s, %(now)s,
        %(session_id)s
    FROM taken
    RETURNING organisation_id, id
)
INSERT INTO leg (organisation_id, id, kind, attempt_id, node, endpoint, created_at)
SELECT organisation_id, %(leg_id)s, 'prospect', id, %(node)s, %(endpoint)s, %(now)s FROM placed
RETURNING attempt_id;

-- name: facts_of_number
-- What the rules look at, for every prospect with this number.
SELECT f.*, l.name AS list_name, p.first_name, p.last_name, u.name AS held_by
FROM dialing_facts f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.prospect_id
JOIN list l ON l.organisation_id = f.organisation_id AND l.id = f.list_id
LEFT JOIN lease h ON h.organisation_id = f.organisation_id AND h.prospect_id = f.prospect_id
LEFT JOIN app_user u ON u.organisation_id = h.organisation_id AND u.id = h.user_id
WHERE f.organisation_id = %(organisation_id)s AND f.number = %(number)s
ORDER BY l.name, f.prospect_id;
