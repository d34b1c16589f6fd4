-- name: managed
-- The list, if the user may reset it.
SELECT l.organisation_id, l.name FROM list l
JOIN app_user m ON m.organisation_id = l.organisation_id
WHERE l.id = %(list_id)s AND l.archived_at IS NULL AND l.kind <> 'campaign' AND m.id = %(user_id)s AND m.active
  AND m.role IN ('super_admin', 'admin', 'manager');

-- name: can_be_reset
-- Whether the list has a prospect that a reset would make dialable again.
SELECT EXISTS (
    SELECT FROM prospect WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s
    AND status = 'resting'
) OR EXISTS (
    SELECT FROM prospect p
    LEFT JOIN call_result r ON r.organisation_id = p.organisation_id AND r.id = p.last_result_id
    WHERE p.organisation_id = %(organisation_id)s AND p.list_id = %(list_id)s AND p.status = 'done'
      AND coalesce(r.effect, '') NOT IN ('final', 'do_not_call', 'wrong_number')
) AS some;

-- name: queue
-- Nothing → queued; no row: an import or a reset of the list is open.
INSERT INTO list_job (organisation_id, list_id, user_id, kind, file_name, state)
VALUES (%(organisation_id)s, %(list_id)s, %(user_id)s, 'reset', '', 'queued')
ON CONFLICT (organisation_id, list_id) WHERE state IN ('queued', 'running') AND kind IN ('import', 'reset')
DO NOTHING
RETURNING id;

-- name: all_dialed
-- Lists that reset by themselves, of which nobody is left to be dialed.
SELECT l.id AS list_id FROM list l
JOIN list_tally t ON t.organisation_id = l.organisation_id AND t.list_id = l.id
WHERE l.organisation_id = %(organisation_id)s AND l.reset_by_itself AND l.archived_at IS NULL
GROUP BY l.id
HAVING coalesce(sum(t.prospects) FILTER (WHERE t.status IN ('pool', 'held', 'calling', 'resting')), 0) = 0
   AND sum(t.prospects) FILTER (WHERE t.status = 'done') > 0
ORDER BY l.id;

-- name: job
-- A reset that this worker does.
SELECT list_id, created_at AS asked_at, cancel_asked_at IS NOT NULL AS is_cancelled FROM list_job
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND kind = 'reset'
  AND state = 'running' AND worker = %(worker)s;

-- name: reset_some
-- done, resting → pool: the next of a list with this status, as if they had never been called. Final results
-- stay, and who was called since the reset was asked for. No row: there are no more. Rows are found again by
-- where they lie, since no statistics can be trusted on a list that was imported a moment ago.
WITH looked_at AS (
    SELECT ctid, time_zone, attempts, sort_key, position FROM prospect
    WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND status = %(status)s
      AND (time_zone, attempts, sort_key, position)
        > (%(time_zone)s, %(attempts)s::int, %(sort_key)s::bytea, %(position)s::bigint)
    ORDER BY time_zone, attempts, sort_key, position
    LIMIT %(count)s
), locked AS (
    SELECT ctid, id, status, last_result_id FROM prospect
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM looked_at))
    OFFSET 0
    FOR NO KEY UPDATE SKIP LOCKED
), reset AS (
    UPDATE prospect SET status = 'pool', attempts = 0, not_before = NULL, resting_for = 'retry'
    WHERE ctid = ANY(ARRAY(
        SELECT p.ctid FROM locked p
        WHERE p.status = %(status)s
          AND coalesce((SELECT r.effect FROM call_result r WHERE r.organisation_id = %(organisation_id)s
                        AND r.id = p.last_result_id), '') NOT IN ('final', 'do_not_call', 'wrong_number')
          AND (SELECT true FROM attempt a WHERE a.organisation_id = %(organisation_id)s
               AND a.prospect_id = p.id AND a.launched_at >= %(asked_at)s LIMIT 1) IS NULL))
    RETURNING id
)
SELECT time_zone, attempts, sort_key, position, (SELECT count(*) FROM reset) AS made_dialable
FROM looked_at
ORDER BY time_zone DESC, attempts DESC, sort_key DESC, position DESC LIMIT 1;

-- name: count_some
-- No row: another worker goes on with the reset.
UPDATE list_job SET accepted = accepted + %(made_dialable)s, alive_at = now()
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running'
  AND worker = %(worker)s
RETURNING id;

-- name: finish
-- running → done, cancelled.
UPDATE list_job SET state = %(state)s, ended_at = greatest(now(), created_at)
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running'
  AND worker = %(worker)s
RETURNING accepted;
