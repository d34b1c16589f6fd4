-- name: long_ones
-- Lists whose tally has more lines than it needs.
SELECT organisation_id, list_id FROM list_tally
GROUP BY organisation_id, list_id HAVING count(*) > %(lines)s;

-- name: fold
-- The lines of a list become one for each status. Those that others add meanwhile stay as they are, and
-- those that somebody else folds are left to them: each line counts once.
WITH taken AS (
    DELETE FROM list_tally WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM list_tally
        WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s
        FOR UPDATE SKIP LOCKED))
    RETURNING status, excluded_by, prospects
)
INSERT INTO list_tally (organisation_id, list_id, status, excluded_by, prospects)
SELECT %(organisation_id)s, %(list_id)s, status, excluded_by, sum(prospects) FROM taken
GROUP BY status, excluded_by HAVING sum(prospects) <> 0;
