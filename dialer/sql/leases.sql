-- name: commit_later
-- The transaction's commit does not wait for the disk. A server that fails loses a deal whole: its records
-- are in the pool again. Whoever dials one waits for the disk, and what was committed before is there then.
SET LOCAL synchronous_commit = off;

-- name: lock_list
-- One sharing-out of a list at a time. Lists are locked before attempts and agents.
SELECT l.batch_size, l.retain_h, l.sort_by, l.archived_at IS NOT NULL AS archived,
    l.calling_from, l.calling_until,
    o.calling_from AS organisation_calling_from, o.calling_until AS organisation_calling_until
FROM list l JOIN organisation o ON o.id = l.organisation_id
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(list_id)s
FOR NO KEY UPDATE OF l;

-- name: holdings
-- Undialed records by user, for everybody in session on the list who still may dial it.
SELECT a.user_id, count(l.prospect_id) AS held
FROM agent a
JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id AND u.active
LEFT JOIN lease l ON l.organisation_id = a.organisation_id AND l.list_id = a.list_id
    AND l.user_id = a.user_id
WHERE a.organisation_id = %(organisation_id)s AND a.list_id = %(list_id)s
  AND EXISTS (SELECT FROM list_user m WHERE m.organisation_id = a.organisation_id
              AND m.list_id = a.list_id AND m.user_id = a.user_id)
GROUP BY a.user_id;

-- name: zones_in_pool
-- The time zones of a list's pool, with the fewest attempts of each: one step of the index a zone.
WITH RECURSIVE zone AS (
    (SELECT time_zone, attempts FROM prospect
     WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
     ORDER BY time_zone, attempts LIMIT 1)
    UNION ALL
    SELECT following.time_zone, following.attempts FROM zone CROSS JOIN LATERAL (
        SELECT time_zone, attempts FROM prospect
        WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
          AND prospect.time_zone > zone.time_zone
        ORDER BY prospect.time_zone, prospect.attempts LIMIT 1
    ) AS following
)
SELECT time_zone, attempts FROM zone;

-- name: plan_once
-- What follows is planned once a connection, for any values, and along the indexes: planning a deal takes
-- longer than many a part of it. Nothing else may be left to the planner then: for any count it might sort
-- the whole pool, and a plan made while the table was small would read all of it when it is large.
SELECT set_config(name, value, true)
FROM (VALUES ('plan_cache_mode', 'force_generic_plan'), ('jit', 'off'),
             ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'), ('enable_sort', 'off'))
    AS setting (name, value);

-- name: plan_as_usual
SELECT set_config(name, NULL, true)
FROM unnest('{plan_cache_mode,jit,enable_seqscan,enable_bitmapscan,enable_sort}'::text[]) AS setting (name);

-- name: deal
-- pool → held by the users given, one record for each entry: of the open zones those tried least, in the
-- list's order. Where that is chance (pivots given) some after each pivot, and in the list's order only
-- what is missing then. Locked rows are somebody else's. Each session's load counts what it gets.
-- Rows are found again by where they lie, and their status asked behind OFFSET 0: on a table that grew
-- faster than its statistics the planner would else read the whole pool for it (measured: seconds).
WITH sample AS (
    -- The zone whose key comes first after a pivot is each zone as often as its share of the pool.
    SELECT DISTINCT next.ctid
    FROM unnest(%(pivots)s::bytea[]) AS pivot (sort_key) CROSS JOIN LATERAL (
        SELECT open.time_zone
        FROM unnest(%(least_tried)s::text[]) AS open (time_zone) CROSS JOIN LATERAL (
            SELECT prospect.sort_key FROM prospect
            WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
              AND prospect.time_zone = open.time_zone AND attempts = %(attempts)s
              AND prospect.sort_key >= pivot.sort_key
            ORDER BY prospect.sort_key LIMIT 1
        ) AS of_zone
        ORDER BY of_zone.sort_key LIMIT 1
    ) AS first CROSS JOIN LATERAL (
        SELECT prospect.ctid FROM prospect
        WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
          AND prospect.time_zone = first.time_zone AND attempts = %(attempts)s
          AND prospect.sort_key >= pivot.sort_key
        ORDER BY prospect.sort_key, position LIMIT %(after_each)s
    ) AS next
), bound AS (
    -- No later than this are as many as each zone's share of them would be: no zone is read any further.
    SELECT attempts, sort_key, position FROM (
        (SELECT of_zone.* FROM unnest(%(zones)s::text[]) AS open (time_zone) CROSS JOIN LATERAL (
            SELECT attempts, sort_key, position FROM prospect
            WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
              AND prospect.time_zone = open.time_zone
            ORDER BY attempts, sort_key, position OFFSET %(of_each)s - 1 LIMIT 1
        ) AS of_zone
        ORDER BY attempts DESC, sort_key DESC, position DESC LIMIT 1)
        UNION ALL
        SELECT 2147483647, decode(repeat('ff', 80), 'hex'), 9223372036854775807
    ) AS farthest
    LIMIT 1
), last AS (
    -- Where the last of them is: the index tells, and no row is read that is not dealt.
    SELECT attempts, sort_key, position FROM (
        SELECT of_zone.*
        FROM bound CROSS JOIN unnest(%(zones)s::text[]) AS open (time_zone) CROSS JOIN LATERAL (
            SELECT attempts, sort_key, position FROM prospect
            WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
              AND prospect.time_zone = open.time_zone
              AND (attempts, sort_key, position) <= (bound.attempts, bound.sort_key, bound.position)
            ORDER BY attempts, sort_key, position LIMIT %(count)s
        ) AS of_zone
        ORDER BY of_zone.attempts, of_zone.sort_key, of_zone.position LIMIT %(count)s
    ) AS nearest
    ORDER BY attempts DESC, sort_key DESC, position DESC LIMIT 1
), in_order AS (
    SELECT of_zone.ctid
    FROM last CROSS JOIN unnest(%(zones)s::text[]) AS open (time_zone) CROSS JOIN LATERAL (
        SELECT prospect.ctid, attempts, sort_key, position FROM prospect
        WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = 'pool'
          AND prospect.time_zone = open.time_zone
          AND (attempts, sort_key, position) <= (last.attempts, last.sort_key, last.position)
        ORDER BY attempts, sort_key, position LIMIT %(count)s
    ) AS of_zone
    ORDER BY of_zone.attempts, of_zone.sort_key, of_zone.position
), chosen AS (
    SELECT ctid FROM sample
    UNION ALL
    SELECT ctid FROM in_order WHERE ctid NOT IN (SELECT ctid FROM sample)
    LIMIT %(count)s
), locked AS (
    SELECT ctid, status FROM prospect WHERE ctid = ANY(ARRAY(SELECT ctid FROM chosen))
    OFFSET 0
    FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE prospect SET status = 'held'
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM locked WHERE status = 'pool'))
    RETURNING id, attempts, position,
        CASE WHEN %(random)s THEN substring(uuid_send(gen_random_uuid()) for 6) ELSE sort_key END AS sort_key
), dealt AS (
    INSERT INTO lease
        (organisation_id, prospect_id, list_id, user_id, attempts, sort_key, position, leased_at, until)
    SELECT %(organisation_id)s, id, %(list_id)s,
        (%(users)s::bigint[])[row_number() OVER (ORDER BY attempts, sort_key, position)],
        attempts, sort_key, position, %(now)s,
        %(now)s::timestamptz + make_interval(hours => %(retain_h)s)
    FROM taken
    RETURNING user_id
), loaded AS (
    UPDATE list_job job SET accepted = job.accepted + got.records
    FROM (SELECT user_id, count(*) AS records FROM dealt GROUP BY user_id) AS got
    JOIN agent ON agent.organisation_id = %(organisation_id)s AND agent.user_id = got.user_id
    WHERE job.organisation_id = %(organisation_id)s AND job.session_id = agent.session_id
      AND job.state = 'running'
)
SELECT count(*) AS dealt FROM dealt;

-- name: hand_over
-- held by nobody any more → held by the users given; each session's load counts what it gets.
WITH dealt AS (
    INSERT INTO lease
        (organisation_id, prospect_id, list_id, user_id, attempts, sort_key, position, leased_at, until)
    SELECT %(organisation_id)s, prospect_id, %(list_id)s, user_id, attempts, sort_key, position,
        %(now)s, %(now)s::timestamptz + make_interval(hours => %(retain_h)s)
    FROM unnest(%(prospect_ids)s::bigint[], %(user_ids)s::bigint[], %(attempts)s::int[],
                %(sort_keys)s::bytea[], %(positions)s::bigint[])
        AS record (prospect_id, user_id, attempts, sort_key, position)
    RETURNING user_id
)
UPDATE list_job job SET accepted = job.accepted + got.records
FROM (SELECT user_id, count(*) AS records FROM dealt GROUP BY user_id) AS got
JOIN agent ON agent.organisation_id = %(organisation_id)s AND agent.user_id = got.user_id
WHERE job.organisation_id = %(organisation_id)s AND job.session_id = agent.session_id
  AND job.state = 'running';

-- name: lift
-- The last of what a user holds is theirs no more. It stays held until it is dealt out or put back.
WITH chosen AS (
    SELECT l.organisation_id, l.prospect_id FROM lease l
    JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.user_id = %(user_id)s
    ORDER BY l.attempts DESC, l.sort_key DESC, l.position DESC
    LIMIT %(count)s
    FOR NO KEY UPDATE OF p SKIP LOCKED
)
DELETE FROM lease l USING chosen c
WHERE l.organisation_id = c.organisation_id AND l.prospect_id = c.prospect_id
RETURNING l.prospect_id, l.attempts, l.sort_key, l.position;

-- name: put_back
-- held → pool.
UPDATE prospect SET status = 'pool'
WHERE organisation_id = %(organisation_id)s AND id = ANY(%(prospect_ids)s) AND status = 'held';

-- name: shuffle
-- What a user holds of a list gets an order of its own.
UPDATE lease SET sort_key = substring(uuid_send(gen_random_uuid()) for 6)
WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND user_id = %(user_id)s;

-- name: without_right
-- Who holds records of the list, or is in session on it, and may not dial it (any more).
SELECT u.id AS user_id, u.active, bool_or(had.at_work) AS at_work
FROM (
    SELECT user_id, true AS at_work FROM agent
    WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s
    UNION
    SELECT user_id, false FROM lease WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s
) AS had
JOIN app_user u ON u.organisation_id = %(organisation_id)s AND u.id = had.user_id
WHERE NOT u.active OR NOT EXISTS (
    SELECT FROM list_user m
    JOIN list l ON l.organisation_id = m.organisation_id AND l.id = m.list_id AND l.archived_at IS NULL
    WHERE m.organisation_id = %(organisation_id)s AND m.list_id = %(list_id)s AND m.user_id = u.id)
GROUP BY u.id, u.active
ORDER BY u.id;

-- name: in_session_without_right
-- Lists with people in session who may not dial them and have not been told so, or cannot say anything
-- any more because their account is closed.
SELECT DISTINCT a.organisation_id, a.list_id FROM agent a
JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
WHERE a.state <> 'logged_out' AND CASE
    WHEN u.active AND l.archived_at IS NULL AND EXISTS (
        SELECT FROM list_user m WHERE m.organisation_id = a.organisation_id
        AND m.list_id = a.list_id AND m.user_id = a.user_id) THEN false
    ELSE a.wanted IS DISTINCT FROM 'log_out' OR (a.state = 'wrap_up' AND NOT u.active) END;

-- name: lists_past_time
-- Lists with records that were not dialed within the list's hours.
SELECT DISTINCT organisation_id, list_id FROM lease WHERE until <= %(now)s ORDER BY organisation_id, list_id;

-- name: expire
-- held → pool: records not dialed within the list's hours (LPL-4). Locked ones are being
-- dialed just now: whoever dials locks the prospect first and its lease after it.
WITH chosen AS (
    SELECT l.organisation_id, l.prospect_id FROM lease l
    JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.until <= %(now)s
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
-- resting → pool: the time of the next attempt has come, or the number may be called as often again.
WITH chosen AS (
    SELECT organisation_id, id FROM prospect
    WHERE status = 'resting' AND not_before <= %(now)s
    ORDER BY not_before LIMIT %(count)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE prospect p SET status = 'pool', not_before = NULL, resting_for = 'retry' FROM chosen c
WHERE p.organisation_id = c.organisation_id AND p.id = c.id
RETURNING p.id;
