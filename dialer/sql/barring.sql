-- name: lock_lists
-- Lists where one of the numbers is dialed for somebody who may still be: kept, so that nobody is
-- handed out there before it is done.
SELECT id FROM list
WHERE organisation_id = %(organisation_id)s AND id IN (
    SELECT p.list_id FROM phone ph
    JOIN prospect p ON p.organisation_id = ph.organisation_id AND p.id = ph.prospect_id
    WHERE ph.organisation_id = %(organisation_id)s AND ph.rank = 1 AND ph.number = ANY(%(numbers)s)
      AND p.status IN ('pool', 'held', 'resting', 'follow_up'))
ORDER BY id
FOR NO KEY UPDATE;

-- name: exclude
-- pool, held, resting, follow_up → excluded, and Do Not Call goes before the parking lot. Who is on
-- the line stays there: the number is looked at again when the call is settled.
WITH found AS (
    SELECT p.organisation_id, p.id FROM phone ph
    JOIN prospect p ON p.organisation_id = ph.organisation_id AND p.id = ph.prospect_id
    WHERE ph.organisation_id = %(organisation_id)s AND ph.rank = 1 AND ph.number = ANY(%(numbers)s)
      AND (p.status IN ('pool', 'held', 'resting', 'follow_up')
           OR p.excluded_by = 'parking_lot' AND %(excluded_by)s = 'do_not_call')
    ORDER BY p.id
    FOR NO KEY UPDATE OF p
), freed AS (
    DELETE FROM lease l USING found f
    WHERE l.organisation_id = f.organisation_id AND l.prospect_id = f.id
    RETURNING l.list_id, l.user_id
), moved AS (
    UPDATE prospect p SET status = 'excluded', excluded_by = %(excluded_by)s
    FROM found f WHERE p.organisation_id = f.organisation_id AND p.id = f.id
    RETURNING p.list_id
)
SELECT (SELECT count(*) FROM moved) AS prospects,
    ARRAY(SELECT DISTINCT list_id FROM moved ORDER BY 1) AS list_ids,
    ARRAY(SELECT DISTINCT list_id FROM freed ORDER BY 1) AS freed_list_ids,
    ARRAY(SELECT DISTINCT user_id FROM freed ORDER BY 1) AS user_ids;

-- name: put_back
-- excluded → where a prospect belongs whose number nothing bars any more; one that something else
-- bars stays, with that as its reason.
WITH found AS (
    SELECT p.organisation_id, p.id, p.list_id, p.attempts, p.not_before, p.last_result_id, ph.number
    FROM phone ph
    JOIN prospect p ON p.organisation_id = ph.organisation_id AND p.id = ph.prospect_id
    WHERE ph.organisation_id = %(organisation_id)s AND ph.rank = 1 AND ph.number = ANY(%(numbers)s)
      AND p.excluded_by IN ('do_not_call', 'parking_lot')
    ORDER BY p.id
    FOR NO KEY UPDATE OF p
), judged AS (
    SELECT f.*, l.max_attempts, r.effect,
        CASE
            WHEN EXISTS (SELECT 1 FROM do_not_call d
                         WHERE d.organisation_id = f.organisation_id AND d.number = f.number)
                THEN 'do_not_call'
            WHEN EXISTS (SELECT 1 FROM parking_lot k WHERE k.organisation_id = f.organisation_id
                         AND k.number = f.number AND k.until > %(today)s)
                THEN 'parking_lot'
            WHEN r.effect = 'wrong_number' THEN 'invalid_number'
        END AS bar
    FROM found f
    JOIN list l ON l.organisation_id = f.organisation_id AND l.id = f.list_id
    LEFT JOIN call_result r ON r.organisation_id = f.organisation_id AND r.id = f.last_result_id
), placed AS (
    SELECT j.*,
        CASE
            WHEN j.bar IS NOT NULL THEN 'excluded'
            WHEN j.effect = 'final' THEN 'done'
            WHEN EXISTS (SELECT 1 FROM follow_up u WHERE u.organisation_id = j.organisation_id
                         AND u.prospect_id = j.id AND u.done_at IS NULL)
                THEN 'follow_up'
            WHEN j.attempts >= j.max_attempts THEN 'done'
            WHEN j.not_before > coalesce(%(now)s::timestamptz, now()) THEN 'resting'
            ELSE 'pool'
        END AS status
    FROM judged j
), moved AS (
    UPDATE prospect p SET status = n.status, excluded_by = n.bar,
        not_before = CASE WHEN n.status IN ('resting', 'excluded') THEN p.not_before END,
        resting_for = CASE WHEN n.status IN ('resting', 'excluded') THEN p.resting_for ELSE 'retry' END
    FROM placed n WHERE p.organisation_id = n.organisation_id AND p.id = n.id
    RETURNING p.list_id, n.bar
)
SELECT count(*) FILTER (WHERE bar IS NULL) AS prospects,
    coalesce(array_agg(DISTINCT list_id), '{}') AS list_ids
FROM moved;
