-- name: add
-- Returns the numbers that were not there before; in order, so that no two who add wait crosswise.
INSERT INTO do_not_call (organisation_id, number, source, note, added_by, added_at)
SELECT %(organisation_id)s, number, %(source)s, %(note)s, %(user_id)s, %(now)s
FROM unnest(%(numbers)s::text[]) AS n (number)
ORDER BY number
ON CONFLICT DO NOTHING
RETURNING number;

-- name: listing
-- A page of entries, those added last first; after the entry with this time and number.
SELECT d.number, d.source, d.note, d.added_at, u.name AS by
FROM do_not_call d
LEFT JOIN app_user u ON u.organisation_id = d.organisation_id AND u.id = d.added_by
WHERE d.organisation_id = %(organisation_id)s AND (d.added_at, d.number) < (%(place)s::timestamptz, %(number)s)
ORDER BY d.added_at DESC, d.number DESC
LIMIT %(limit)s;
