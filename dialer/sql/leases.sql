-- name: lock_list
-- One sharing-out of a list at a time.
SELECT batch_size, retain_h FROM list
WHERE organisation_id = %(organisation_id)s AND id = %(list_id)s
FOR NO KEY UPDATE;

-- name: holdings
-- Undialed records by user, for everybody in session on the list.
SELECT a.user_id, count(l.prospect_id) AS held
FROM agent a
LEFT JOIN lease l ON l.organisation_id = a.organisation_id AND l.list_id = a.list_id
    AND l.user_id = a.user_id
WHERE a.organisation_id = %(organisation_id)s AND a.list_id = %(list_id)s
GROUP BY a.user_id;

-- name: free
-- How many records the pool has, counted no further than at_most.
SELECT count(*) AS free FROM (
    SELECT 1 FROM prospect
    WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
    LIMIT %(at_most)s
) AS counted;

-- name: take_from_pool
-- pool → held, in the list's order; locked rows are somebody else's.
WITH chosen AS (
    SELECT organisation_id, id FROM prospect
    WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
    ORDER BY attempts, position
    LIMIT %(count)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE prospect p SET status = 'held'
FROM chosen c WHERE p.organisation_id = c.organisation_id AND p.id = c.id
RETURNING p.id, p.attempts, p.position;

-- name: lease
INSERT INTO lease (organisation_id, prospect_id, list_id, user_id, attempts, position, leased_at, until)
SELECT %(organisation_id)s, prospect_id, %(list_id)s, user_id, attempts, position,
    %(now)s, %(now)s::timestamptz + make_interval(hours => %(retain_h)s)
FROM unnest(%(prospect_ids)s::bigint[], %(user_ids)s::bigint[], %(attempts)s::int[], %(positions)s::bigint[])
    AS t (prospect_id, user_id, attempts, position);

-- name: take_back
-- held → pool: the last of what a user holds.
WITH chosen AS (
    SELECT l.organisation_id, l.prospect_id FROM lease l
    JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.user_id = %(user_id)s
    ORDER BY l.attempts DESC, l.position DESC
    LIMIT %(count)s
    FOR NO KEY UPDATE OF p SKIP LOCKED
), ended AS (
    DELETE FROM lease l USING chosen c
    WHERE l.organisation_id = c.organisation_id AND l.prospect_id = c.prospect_id
    RETURNING l.organisation_id, l.prospect_id
)
UPDATE prospect p SET status = 'pool'
FROM ended e WHERE p.organisation_id = e.organisation_id AND p.id = e.prospect_id AND p.status = 'held';

-- name: expire
-- held → pool: records not dialed within the list's hours (LPL-4). Locked ones are being
-- dialed just now: whoever dials locks the prospect first and its lease after it.
WITH chosen AS (
    SELECT l.organisation_id, l.prospect_id FROM lease l
    JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
    WHERE l.until <= %(now)s
    FOR NO KEY UPDATE OF p SKIP LOCKED
), ended AS (
    DELETE FROM lease l USING chosen c
    WHERE l.organisation_id = c.organisation_id AND l.prospect_id = c.prospect_id
    RETURNING l.organisation_id, l.prospect_id
)
UPDATE prospect p SET status = 'pool'
FROM ended e WHERE p.organisation_id = e.organisation_id AND p.id = e.prospect_id AND p.status = 'held'
RETURNING p.id;

-- name: wake
-- resting → pool: the time of the next attempt has come.
UPDATE prospect SET status = 'pool', not_before = NULL
WHERE status = 'resting' AND not_before <= %(now)s
RETURNING id;

-- name: snapshots
-- Every list that somebody dials on this node, or one of them: who is ready, what is in the air.
SELECT a.organisation_id, a.list_id, l.lines_per_agent,
    array_agg(a.user_id ORDER BY a.user_id) AS users,
    count(*) FILTER (WHERE a.state = 'ready' AND a.wanted IS NULL) AS ready,
    (SELECT count(*) FROM attempt t WHERE t.organisation_id = a.organisation_id AND t.list_id = a.list_id
        AND t.node = %(node)s AND t.state IN ('dialing', 'answered')) AS in_flight
FROM agent a
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
WHERE a.node = %(node)s AND a.list_id IS NOT NULL
  AND a.list_id = coalesce(%(list_id)s::bigint, a.list_id)
GROUP BY a.organisation_id, a.list_id, l.lines_per_agent;

-- name: waiting
-- Whether anything but new calls waits for this node's dialer: mostly nothing does.
SELECT
    EXISTS (SELECT 1 FROM attempt WHERE node = %(node)s AND state = 'answered') AS calls,
    EXISTS (SELECT 1 FROM attempt WHERE node = %(node)s AND hang_up_asked_at IS NOT NULL) AS hang_ups,
    EXISTS (SELECT 1 FROM agent WHERE node = %(node)s AND state = 'ready' AND wanted IS NOT NULL) AS pauses,
    EXISTS (SELECT 1 FROM agent WHERE node = %(node)s AND CASE state
            WHEN 'logged_out' THEN leg_id IS NOT NULL
            ELSE leg_id IS NULL AND phone_mode = 'stay_connected'
                AND (phone_retry_at IS NULL OR phone_retry_at <= %(now)s) END) AS phones;

-- name: candidates
-- The next records to dial: from whoever holds most, each holder's in the list's order.
WITH holder AS (
    SELECT l.user_id, count(*) AS held FROM lease l
    JOIN agent a ON a.organisation_id = l.organisation_id AND a.list_id = l.list_id AND a.user_id = l.user_id
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s
    GROUP BY l.user_id
), turn AS (
    SELECT n.prospect_id, n.user_id, h.held - n.place AS left_then, n.attempts, n.position
    FROM holder h CROSS JOIN LATERAL (
        SELECT l.prospect_id, l.user_id, l.attempts, l.position,
            row_number() OVER (ORDER BY l.attempts, l.position) AS place
        FROM lease l
        WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.user_id = h.user_id
        ORDER BY l.attempts, l.position
        LIMIT %(count)s
    ) n
    ORDER BY left_then DESC, n.attempts, n.position
    LIMIT %(count)s
)
SELECT t.user_id AS holder_id, f.*, u.caller_id
FROM turn t
JOIN prospect p ON p.organisation_id = %(organisation_id)s AND p.id = t.prospect_id
JOIN dialing_facts f ON f.organisation_id = p.organisation_id AND f.prospect_id = p.id
JOIN app_user u ON u.organisation_id = p.organisation_id AND u.id = t.user_id
ORDER BY t.left_then DESC, t.attempts, t.position
FOR NO KEY UPDATE OF p SKIP LOCKED;

-- name: end_lease
DELETE FROM lease WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s;

-- name: put_aside
-- held → where the rule in the way sends it; one that somebody else dialed meanwhile stays theirs.
UPDATE prospect SET status = %(status)s, not_before = %(not_before)s, excluded_by = %(excluded_by)s
WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s AND status = 'held';

-- name: launch
-- held → calling; the attempt and its leg are on record before Asterisk hears of them.
WITH taken AS (
    UPDATE prospect SET status = 'calling', attempts = attempts + 1
    WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s AND status = 'held'
    RETURNING organisation_id, id
), released AS (
    DELETE FROM lease WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s
), placed AS (
    INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, caller_id, ring_s, record,
        drop_message, state, leg_id, due_at, pending, launched_at)
    SELECT organisation_id, id, %(list_id)s, %(node)s, %(number)s, %(caller_id)s, %(ring_s)s, %(record)s,
        %(drop_message)s, 'dialing', %(leg_id)s, %(due_at)s, %(pending)s, %(now)s
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
