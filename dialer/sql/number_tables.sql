-- Do Not Call and the parking lot, each with one column that the other lacks.

-- name: remove
DELETE FROM {table}
WHERE organisation_id = %(organisation_id)s AND number = ANY(%(numbers)s)
RETURNING number, {own}, note, added_at;

-- name: beginning
-- A page of entries in the order of their numbers, from one to another, after the number given.
SELECT n.number, n.{own}, n.note, n.added_at, u.name AS by
FROM {table} n
LEFT JOIN app_user u ON u.organisation_id = n.organisation_id AND u.id = n.added_by
WHERE n.organisation_id = %(organisation_id)s
  AND n.number >= %(first)s AND n.number <= %(last)s AND n.number > %(after)s
ORDER BY n.number
LIMIT %(limit)s;

-- name: count
-- How many there are, counted no further than at_most.
SELECT count(*) AS numbers FROM (
    SELECT 1 FROM {table} WHERE organisation_id = %(organisation_id)s LIMIT %(at_most)s
) AS counted;
