-- The queue of imports and resets, and the book of all that was done to lists.

-- name: claim
-- queued → running; also one whose worker has fallen silent.
WITH next AS (
    SELECT organisation_id, id FROM list_job
    WHERE kind IN ('import', 'reset')
      AND (state = 'queued' OR state = 'running' AND alive_at < now() - %(silent_for)s)
      AND (%(job_id)s::bigint IS NULL OR id = %(job_id)s)
    ORDER BY created_at, id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
UPDATE list_job j SET state = 'running', worker = %(worker)s, alive_at = now()
FROM next WHERE j.organisation_id = next.organisation_id AND j.id = next.id
RETURNING j.organisation_id, j.id AS job_id, j.list_id, j.kind, j.worker, j.file_token;

-- name: beat
UPDATE list_job SET alive_at = now()
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s;

-- name: put_back
-- running → queued.
UPDATE list_job SET state = 'queued', worker = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s
RETURNING id;

-- name: put_back_all
-- running → queued: what a worker of this name left behind.
UPDATE list_job SET state = 'queued', worker = NULL
WHERE state = 'running' AND worker = %(worker)s AND kind IN ('import', 'reset')
RETURNING id;

-- name: fail
-- running → failed.
UPDATE list_job SET state = 'failed', error = %(error)s, error_values = %(error_values)s, ended_at = greatest(now(), created_at)
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s
RETURNING id;

-- name: state
SELECT state FROM list_job WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s;

-- name: open_tokens
SELECT file_token FROM list_job WHERE state IN ('queued', 'running') AND file_token IS NOT NULL;

-- name: listing
-- Newest first, a page at a time; nothing for who does not manage lists.
SELECT j.id, j.kind, j.state, j.list_id, l.name AS list_name,
    l.archived_at IS NOT NULL AS is_archived, u.name AS by, j.file_name, j.file_size,
    j.rows_done, j.rows_total, j.accepted, j.refused, j.error, j.error_values, j.created_at, j.ended_at,
    j.cancel_asked_at IS NOT NULL AS is_cancelled
FROM app_user m
JOIN list_job j ON j.organisation_id = m.organisation_id
JOIN list l ON l.organisation_id = j.organisation_id AND l.id = j.list_id
LEFT JOIN app_user u ON u.organisation_id = j.organisation_id AND u.id = j.user_id
WHERE m.id = %(user_id)s AND m.active AND m.role IN ('super_admin', 'admin', 'manager')
  AND (%(kind)s::text IS NULL OR j.kind = %(kind)s)
  AND (%(state)s::text IS NULL OR j.state = %(state)s)
  AND (%(before_id)s::bigint IS NULL OR j.id < %(before_id)s)
ORDER BY j.id DESC LIMIT %(limit)s;
