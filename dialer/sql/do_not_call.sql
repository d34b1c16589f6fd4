-- name: add
-- Returns the numbers that were not there before; in order, so that no two who add wait crosswise.
INSERT INTO do_not_call (organisation_id, number, source, note, added_by, added_at)
SELECT %(organisation_id)s, number, %(source)s, %(note)s, %(user_id)s, %(now)s
FROM unnest(%(numbers)s::text[]) AS n (number)
ORDER BY number
ON CONFLICT DO NOTHING
RETURNING number;

-- name: remove
DELETE FROM do_not_call
WHERE organisation_id = %(organisation_id)s AND number = ANY(%(numbers)s)
RETURNING number, source, note, added_at;

-- name: newest
-- A page of entries, those added last first; after the entry with this time and number.
SELECT d.number, d.source, d.note, d.added_at, u.name AS by
FROM do_not_call d
LEFT JOIN app_user u ON u.organisation_id = d.organisation_id AND u.id = d.added_by
WHERE d.organisation_id = %(organisation_id)s AND (d.added_at, d.number) < (%(at)s::timestamptz, %(number)s)
ORDER BY d.added_at DESC, d.number DESC
LIMIT %(limit)s;

-- name: beginning
-- A page of entries in the order of their numbers, from one to another, after the number given.
SELECT d.number, d.source, d.note, d.added_at, u.name AS by
FROM do_not_call d
LEFT JOIN app_user u ON u.organisation_id = d.organisation_id AND u.id = d.added_by
WHERE d.organisation_id = %(organisation_id)s
  AND d.number >= %(first)s AND d.number <= %(last)s AND d.number > %(after)s
ORDER BY d.number
LIMIT %(limit)s;

-- name: count
-- How many there are, counted no further than at_most.
SELECT count(*) AS numbers FROM (
    SELECT 1 FROM do_not_call WHERE organisation_id = %(organisation_id)s LIMIT %(at_most)s
) AS counted;

-- name: entry
SELECT d.number, d.source, d.note, d.added_at, u.name AS by
FROM do_not_call d
LEFT JOIN app_user u ON u.organisation_id = d.organisation_id AND u.id = d.added_by
WHERE d.organisation_id = %(organisation_id)s AND d.number = %(number)s;
