-- CSV rows on their way to prospects.

-- name: find_list
-- The list and whether it is put away; no row means that it is not this organisation's, or a campaign's.
SELECT archived_at IS NOT NULL AS is_archived FROM list
WHERE organisation_id = %(organisation_id)s AND id = %(list_id)s AND kind <> 'campaign';

-- name: create_import
-- Nothing → queued; → running for a worker that begins at once.
INSERT INTO list_job (organisation_id, list_id, user_id, kind, file_name, state, mapping, keep_unmapped,
    file_token, file_size, file_hash, worker, created_at, alive_at)
VALUES (%(organisation_id)s, %(list_id)s, %(user_id)s, 'import', %(file_name)s,
    CASE WHEN %(worker)s::text IS NULL THEN 'queued' ELSE 'running' END, %(mapping)s, %(keep_unmapped)s,
    %(file_token)s, %(file_size)s, %(file_hash)s, %(worker)s, %(now)s, now())
RETURNING id;

-- name: add_custom_fields
-- Fields that the organisation does not have yet, after those it has.
INSERT INTO custom_field (organisation_id, label, position)
SELECT %(organisation_id)s, label,
    (SELECT coalesce(max(position), 0) FROM custom_field WHERE organisation_id = %(organisation_id)s) + place
FROM unnest(%(labels)s::text[]) WITH ORDINALITY AS new (label, place)
ORDER BY lower(label)
ON CONFLICT (organisation_id, lower(label)) DO NOTHING;

-- name: open_import
-- What an import that the worker has claimed is to do, and how far it is.
SELECT j.list_id, j.mapping, j.keep_unmapped, j.file_size, j.rows_done, j.error,
    j.cancel_asked_at IS NOT NULL AS is_cancelled, l.archived_at IS NOT NULL AS is_archived,
    l.phone_field, l.sort_by, l.sort_descending, o.country, o.time_zone, o.mandatory_phones,
    (SELECT coalesce(max(p.position), 0) FROM prospect p
     WHERE p.organisation_id = j.organisation_id AND p.list_id = j.list_id) AS last_position,
    (SELECT coalesce(jsonb_object_agg(c.label, c.kind), '{}') FROM custom_field c
     WHERE c.organisation_id = j.organisation_id) AS labels
FROM list_job j
JOIN list l ON l.organisation_id = j.organisation_id AND l.id = j.list_id
JOIN organisation o ON o.id = j.organisation_id
WHERE j.organisation_id = %(organisation_id)s AND j.id = %(job_id)s
  AND j.state = 'running' AND j.worker = %(worker)s;

-- name: expect_rows
-- How many rows there are at most, as far as is known before they are read.
UPDATE list_job SET rows_total = %(rows_total)s
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s;

-- name: commit_later
-- The transaction's commit does not wait for the disk: a server that fails loses batches with the note
-- that they were done, and the import goes on before them.
SET LOCAL synchronous_commit = off;

-- name: look_up
-- Ids for the rows, and the places (from 1) of those whose number the list has, and of those that are on
-- Do Not Call or in the parking lot. Scalar subqueries and OFFSET 0 leave the planner one way, number by
-- number through an index: on tables that grow faster than their statistics it would else read the whole
-- list for every batch, or every row (measured: minutes).
SELECT
    ARRAY(SELECT nextval('prospect_id_seq') FROM generate_series(1, %(rows)s)) AS ids,
    ARRAY(
        SELECT row.place FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS row (number, place)
        WHERE (
            SELECT true FROM (
                SELECT prospect_id, rank FROM phone
                WHERE phone.organisation_id = %(organisation_id)s AND phone.number = row.number
                OFFSET 0
            ) AS same
            WHERE same.rank = 1 AND %(list_id)s = (
                SELECT prospect.list_id FROM prospect
                WHERE prospect.organisation_id = %(organisation_id)s AND prospect.id = same.prospect_id
            )
            LIMIT 1
        )
    ) AS known,
    ARRAY(
        SELECT row.place FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS row (number, place)
        WHERE (SELECT true FROM do_not_call
               WHERE do_not_call.organisation_id = %(organisation_id)s AND do_not_call.number = row.number)
    ) AS do_not_call,
    ARRAY(
        SELECT row.place FROM unnest(%(numbers)s::text[]) WITH ORDINALITY AS row (number, place)
        WHERE (SELECT true FROM parking_lot
               WHERE parking_lot.organisation_id = %(organisation_id)s AND parking_lot.number = row.number
                 AND parking_lot.until > (now() AT TIME ZONE %(time_zone)s)::date)
    ) AS parking_lot;

-- name: copy_prospects
COPY prospect (organisation_id, id, list_id, import_id, status, excluded_by, position, account_name,
    first_name, last_name, email, region, postal_code, time_zone, custom, notes, sort_key) FROM STDIN;

-- name: copy_phones
COPY phone (organisation_id, prospect_id, rank, kind, number) FROM STDIN;

-- name: refuse_rows
INSERT INTO refused_row (organisation_id, import_id, line, reason, reason_values, raw)
SELECT %(organisation_id)s, %(job_id)s, line, reason, reason_values, raw
FROM unnest(%(lines)s::bigint[], %(reasons)s::text[], %(reason_values)s::jsonb[], %(raws)s::text[])
    AS refused (line, reason, reason_values, raw);

-- name: count_zones
-- More numbers of a kind in a zone, or fewer.
INSERT INTO list_zone AS z (organisation_id, list_id, kind, toll_free, domestic, time_zone, numbers)
SELECT %(organisation_id)s, %(list_id)s, kind, toll_free, domestic, time_zone, numbers
FROM unnest(%(kinds)s::text[], %(toll_free)s::boolean[], %(domestic)s::boolean[], %(zones)s::text[],
            %(numbers)s::bigint[]) AS more (kind, toll_free, domestic, time_zone, numbers)
ORDER BY kind, toll_free, domestic, time_zone
ON CONFLICT (organisation_id, list_id, kind, toll_free, domestic, time_zone)
DO UPDATE SET numbers = z.numbers + excluded.numbers;

-- name: count_batch
-- The rows from rows_done on are done. No row: it was cancelled, or another worker has done them.
UPDATE list_job
SET rows_done = rows_done + %(rows)s, accepted = accepted + %(accepted)s, refused = refused + %(refused)s,
    alive_at = now()
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running'
  AND worker = %(worker)s AND rows_done = %(rows_done)s AND cancel_asked_at IS NULL AND error IS NULL
RETURNING id;

-- name: finish_import
-- running → done, unless it was cancelled at the last moment.
UPDATE list_job SET state = 'done', rows_total = rows_done, ended_at = greatest(now(), created_at)
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running'
  AND worker = %(worker)s AND rows_done = %(rows_done)s AND cancel_asked_at IS NULL AND error IS NULL
RETURNING accepted;

-- name: begin_failing
-- From here on its prospects are taken out, also by another worker.
UPDATE list_job SET error = %(error)s, error_values = %(error_values)s, alive_at = now()
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running'
  AND worker = %(worker)s AND error IS NULL;

-- name: first_imported
SELECT coalesce(min(id), 0) AS id FROM prospect
WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND import_id = %(job_id)s;

-- name: untouched
-- Some of the import's prospects that nobody holds and nobody has called.
SELECT id FROM prospect
WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND import_id = %(job_id)s
  AND id > %(after)s AND status IN ('pool', 'excluded') AND attempts = 0
  AND NOT EXISTS (SELECT FROM attempt WHERE attempt.organisation_id = prospect.organisation_id
                  AND attempt.prospect_id = prospect.id)
ORDER BY id LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;

-- name: numbers_of
SELECT phone.kind, phone.number, prospect.time_zone FROM phone
JOIN prospect ON prospect.organisation_id = phone.organisation_id AND prospect.id = phone.prospect_id
WHERE phone.organisation_id = %(organisation_id)s AND phone.prospect_id = ANY(%(ids)s);

-- name: remove
DELETE FROM prospect WHERE organisation_id = %(organisation_id)s AND id = ANY(%(ids)s);

-- name: count_removed
-- No row: another worker does it.
UPDATE list_job SET accepted = accepted - %(removed)s, alive_at = now()
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s
RETURNING id;

-- name: what_stays
-- How a failed or cancelled import stands, once what could be taken out is out. The row stays ours.
SELECT error, error_values, accepted FROM list_job
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s
FOR NO KEY UPDATE;

-- name: end_failed
-- running → failed or, where nothing had gone wrong, cancelled; the last word is said of what stays.
UPDATE list_job
SET state = CASE WHEN error IS NULL THEN 'cancelled' ELSE 'failed' END,
    error = %(error)s, error_values = %(error_values)s, ended_at = greatest(now(), created_at)
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND state = 'running' AND worker = %(worker)s
RETURNING state;

-- name: ask_cancel
-- queued → cancelled where nothing is done yet; else the worker is asked to stop.
UPDATE list_job j
SET cancel_asked_at = coalesce(j.cancel_asked_at, now()),
    state = CASE WHEN j.state = 'queued' AND j.rows_done = 0 AND j.accepted = 0 THEN 'cancelled' ELSE j.state END,
    ended_at = CASE WHEN j.state = 'queued' AND j.rows_done = 0 AND j.accepted = 0
                    THEN greatest(now(), j.created_at) END
FROM app_user u
WHERE j.id = %(job_id)s AND j.kind IN ('import', 'reset') AND j.state IN ('queued', 'running')
  AND u.id = %(user_id)s AND u.organisation_id = j.organisation_id AND u.active
  AND u.role IN ('super_admin', 'admin', 'manager')
RETURNING j.organisation_id, j.list_id, j.kind, j.file_name, j.state;

-- name: job_of
-- A job as somebody who manages lists may see it.
SELECT j.state FROM list_job j JOIN app_user u ON u.organisation_id = j.organisation_id
WHERE j.id = %(job_id)s AND j.kind IN ('import', 'reset') AND u.id = %(user_id)s AND u.active
  AND u.role IN ('super_admin', 'admin', 'manager');

-- name: seen_before
-- Imports of a file with this content that brought something in or still may.
SELECT j.id, j.list_id, l.name AS list_name, j.file_name, j.created_at, j.state, u.name AS by
FROM list_job j
JOIN list l ON l.organisation_id = j.organisation_id AND l.id = j.list_id
LEFT JOIN app_user u ON u.organisation_id = j.organisation_id AND u.id = j.user_id
WHERE j.organisation_id = %(organisation_id)s AND j.file_hash = %(file_hash)s
  AND (j.state IN ('queued', 'running', 'done') OR j.accepted > 0)
ORDER BY j.id DESC LIMIT 20;

-- name: progress
SELECT id, list_id, file_name, state, accepted, refused, error, error_values, rows_done, rows_total,
    cancel_asked_at IS NOT NULL AS is_cancelled
FROM list_job
WHERE organisation_id = %(organisation_id)s AND id = %(job_id)s AND kind = 'import';

-- name: refused_page
SELECT line, reason, reason_values, raw FROM refused_row
WHERE organisation_id = (SELECT organisation_id FROM list_job WHERE id = %(job_id)s)
  AND import_id = %(job_id)s AND line > %(after)s
ORDER BY line LIMIT %(limit)s;

-- name: settle_prospects
-- After a large import: statistics for the planner, and no page is read twice to see that all may see it.
VACUUM (ANALYZE, SKIP_LOCKED) prospect;

-- name: settle_phones
VACUUM (ANALYZE, SKIP_LOCKED) phone;
