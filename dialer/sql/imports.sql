-- CSV rows on their way to prospects.

-- name: create_import
-- Nothing → queued; no row means that the list is not this organisation's.
INSERT INTO list_job (organisation_id, list_id, user_id, file_name, state, mapping, created_at, alive_at)
SELECT list.organisation_id, list.id, %(user_id)s, %(file_name)s, 'queued', %(mapping)s, %(now)s, now()
FROM list WHERE list.organisation_id = %(organisation_id)s AND list.id = %(list_id)s
RETURNING id;

-- name: begin_import
-- queued → running.
UPDATE list_job SET state = 'running', alive_at = now()
FROM organisation
WHERE organisation.id = list_job.organisation_id AND list_job.organisation_id = %(organisation_id)s
  AND list_job.id = %(import_id)s AND list_job.state = 'queued'
RETURNING list_job.list_id, list_job.mapping, organisation.country, organisation.time_zone,
    (SELECT coalesce(max(position), 0) FROM prospect
     WHERE prospect.organisation_id = list_job.organisation_id
       AND prospect.list_id = list_job.list_id) AS last_position;

-- name: create_staging
-- A batch before it is checked against the list; gone with its transaction.
CREATE TEMPORARY TABLE import_row (
    position bigint NOT NULL,
    account_name text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    email text NOT NULL,
    region text NOT NULL,
    postal_code text NOT NULL,
    time_zone text NOT NULL,
    notes text NOT NULL,
    custom jsonb NOT NULL,
    phone text NOT NULL,
    mobile_phone text,
    work_phone text
) ON COMMIT DROP;

-- name: copy_batch
COPY import_row FROM STDIN;

-- name: drop_duplicates
-- Rows whose first number a prospect of the list has. Scalar subqueries and OFFSET 0 leave the planner
-- one way, number by number through phone_number: on tables that grow faster than their statistics
-- it would else read the whole list for every batch, or every row (measured: minutes).
DELETE FROM import_row
WHERE (
    SELECT true FROM (
        SELECT prospect_id, rank FROM phone
        WHERE phone.organisation_id = %(organisation_id)s AND phone.number = import_row.phone
        OFFSET 0
    ) AS same
    WHERE same.rank = 1 AND %(list_id)s = (
        SELECT prospect.list_id FROM prospect
        WHERE prospect.organisation_id = %(organisation_id)s AND prospect.id = same.prospect_id
    )
    LIMIT 1
)
RETURNING position;

-- name: move_batch
-- The batch becomes prospects in the pool; those on Do Not Call come in excluded.
WITH moved AS (
    INSERT INTO prospect (organisation_id, list_id, import_id, position, status, excluded_by,
        account_name, first_name, last_name, email, region, postal_code, time_zone, custom, notes,
        created_at)
    SELECT %(organisation_id)s, %(list_id)s, %(import_id)s, row.position,
        CASE WHEN listed.number IS NULL THEN 'pool' ELSE 'excluded' END,
        CASE WHEN listed.number IS NOT NULL THEN 'do_not_call' END,
        row.account_name, row.first_name, row.last_name, row.email, row.region, row.postal_code,
        row.time_zone, row.custom, row.notes, %(now)s
    FROM import_row AS row LEFT JOIN do_not_call AS listed
        ON listed.organisation_id = %(organisation_id)s AND listed.number = row.phone
    RETURNING id, position
)
INSERT INTO phone (organisation_id, prospect_id, rank, kind, number)
SELECT %(organisation_id)s, moved.id, phone.rank, phone.kind, phone.number
FROM moved JOIN import_row AS row USING (position)
CROSS JOIN LATERAL (VALUES
    (1::smallint, 'phone', row.phone), (2::smallint, 'mobile', row.mobile_phone),
    (3::smallint, 'work', row.work_phone)
) AS phone (rank, kind, number)
WHERE phone.number IS NOT NULL;

-- name: refuse_rows
INSERT INTO refused_row (organisation_id, import_id, line, reason, raw)
SELECT %(organisation_id)s, %(import_id)s, line, reason, raw
FROM unnest(%(lines)s::bigint[], %(reasons)s::text[], %(raws)s::text[]) AS refused (line, reason, raw);

-- name: count_batch
-- No row: the import was cancelled, or declared interrupted, meanwhile.
UPDATE list_job
SET accepted = accepted + %(accepted)s, refused = refused + %(refused)s, alive_at = now()
WHERE organisation_id = %(organisation_id)s AND id = %(import_id)s AND state = 'running'
RETURNING accepted, refused;

-- name: finish_import
-- running → done.
UPDATE list_job SET state = 'done', ended_at = greatest(now(), created_at)
WHERE organisation_id = %(organisation_id)s AND id = %(import_id)s AND state = 'running'
RETURNING accepted, refused;

-- name: fail_import
-- queued, running → failed.
UPDATE list_job SET state = 'failed', error = %(error)s, ended_at = greatest(now(), created_at)
WHERE organisation_id = %(organisation_id)s AND id = %(import_id)s AND state IN ('queued', 'running')
RETURNING list_id;

-- name: interrupted_imports
-- Queued or running with no sign of life.
SELECT organisation_id, id AS import_id FROM list_job
WHERE kind = 'import' AND state IN ('queued', 'running') AND alive_at < now() - %(silent_for)s
ORDER BY organisation_id, id;

-- name: remove_imported
-- Takes an import's prospects out again, but for those that somebody holds or has called.
WITH removed AS (
    DELETE FROM prospect
    WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND import_id = %(import_id)s
      AND status IN ('pool', 'excluded') AND attempts = 0
      AND NOT EXISTS (SELECT FROM attempt WHERE attempt.organisation_id = prospect.organisation_id
                      AND attempt.prospect_id = prospect.id)
      AND NOT EXISTS (SELECT FROM lease WHERE lease.organisation_id = prospect.organisation_id
                      AND lease.prospect_id = prospect.id)
    RETURNING id
)
SELECT count(*) AS removed FROM removed;

-- name: set_remaining
-- What a failed import left behind is what it accepted.
UPDATE list_job SET accepted = accepted - %(removed)s
WHERE organisation_id = %(organisation_id)s AND id = %(import_id)s
RETURNING accepted;

-- name: progress
SELECT id, list_id, file_name, state, accepted, refused, error FROM list_job
WHERE organisation_id = coalesce(%(organisation_id)s, organisation_id) AND id = %(import_id)s;

-- name: refused_page
SELECT line, reason, raw FROM refused_row
WHERE organisation_id = (SELECT organisation_id FROM list_job WHERE id = %(import_id)s)
  AND import_id = %(import_id)s AND line > %(after)s
ORDER BY line LIMIT %(limit)s;
