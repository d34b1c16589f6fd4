-- name: add
-- A number that is parked already gets the new date and note.
INSERT INTO parking_lot (organisation_id, number, until, note, added_by, added_at)
SELECT %(organisation_id)s, number, until, %(note)s, %(user_id)s, %(now)s
FROM unnest(%(numbers)s::text[], %(untils)s::date[]) AS n (number, until)
ORDER BY number
ON CONFLICT (organisation_id, number) DO UPDATE SET until = excluded.until, note = excluded.note,
    added_by = excluded.added_by, added_at = excluded.added_at
RETURNING number, xmax = 0 AS is_new;

-- name: take_due
-- Numbers whose date has come, some at a time.
WITH due AS (
    SELECT organisation_id, number FROM parking_lot
    WHERE organisation_id = %(organisation_id)s AND until <= %(today)s
    ORDER BY number
    LIMIT %(limit)s
    FOR UPDATE
)
DELETE FROM parking_lot k USING due d
WHERE k.organisation_id = d.organisation_id AND k.number = d.number
RETURNING k.number;

-- name: listing
-- A page of entries, those that come back first; after the entry with this date and number.
SELECT k.number, k.until, k.note, k.added_at, u.name AS by
FROM parking_lot k
LEFT JOIN app_user u ON u.organisation_id = k.organisation_id AND u.id = k.added_by
WHERE k.organisation_id = %(organisation_id)s AND (k.until, k.number) > (%(place)s::date, %(number)s)
ORDER BY k.until, k.number
LIMIT %(limit)s;
