-- name: organisations
-- What says when the night of each has come.
SELECT id AS organisation_id, night_at, time_zone, night_done_on FROM organisation ORDER BY id;

-- name: done
-- The night's duties are done; no row means that another dialer was first.
UPDATE organisation SET night_done_on = %(day)s
WHERE id = %(organisation_id)s AND night_done_on IS NOT DISTINCT FROM %(done_on)s
RETURNING id;

-- name: lists_to_empty
-- Lists with an overnight reset of which somebody still holds what they got before the night.
SELECT DISTINCT e.list_id FROM lease e
JOIN list l ON l.organisation_id = e.organisation_id AND l.id = e.list_id AND l.overnight_reset
WHERE e.organisation_id = %(organisation_id)s AND e.leased_at < %(begins)s
ORDER BY e.list_id;

-- name: give_back
-- held → pool: records that were held before the night, some at a time. Locked ones are being dialed.
WITH chosen AS (
    SELECT l.organisation_id, l.prospect_id FROM lease l
    JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
    WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s AND l.leased_at < %(begins)s
    LIMIT %(count)s
    FOR NO KEY UPDATE OF p SKIP LOCKED
), ended AS (
    DELETE FROM lease l USING chosen c
    WHERE l.organisation_id = c.organisation_id AND l.prospect_id = c.prospect_id
    RETURNING l.organisation_id, l.prospect_id
)
UPDATE prospect p SET status = 'pool'
FROM ended e WHERE p.organisation_id = e.organisation_id AND p.id = e.prospect_id AND p.status = 'held';
