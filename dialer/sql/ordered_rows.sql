-- Rows of {table} that an organisation puts in its own order.

-- name: drop
-- A call result that a call or a prospect has is held by their foreign keys.
DELETE FROM {table} WHERE organisation_id = %(organisation_id)s AND id = %(id)s;

-- name: place
UPDATE {table} r SET position = t.position
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS t (id, position)
WHERE r.organisation_id = %(organisation_id)s AND r.id = t.id;
