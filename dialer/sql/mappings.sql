-- name: mappings
SELECT id, name, mapping FROM column_mapping
WHERE organisation_id = %(organisation_id)s
ORDER BY lower(name), id;

-- name: save
-- A mapping of the same name, upper and lower case alike, is replaced. Only for those who manage lists.
INSERT INTO column_mapping (organisation_id, name, mapping, created_by, created_at)
SELECT m.organisation_id, %(name)s, %(mapping)s, m.id, %(now)s
FROM app_user m
WHERE m.id = %(user_id)s AND m.active AND m.role IN ('super_admin', 'admin', 'manager')
ON CONFLICT (organisation_id, lower(name)) DO UPDATE
    SET name = excluded.name, mapping = excluded.mapping, created_by = excluded.created_by,
        created_at = excluded.created_at
RETURNING organisation_id, id;

-- name: named
SELECT c.id, c.name, c.mapping FROM column_mapping c
JOIN app_user m ON m.organisation_id = c.organisation_id
WHERE m.id = %(user_id)s AND lower(c.name) = lower(%(name)s);

-- name: delete
DELETE FROM column_mapping c USING app_user m
WHERE m.organisation_id = c.organisation_id AND m.id = %(user_id)s AND m.active
  AND m.role IN ('super_admin', 'admin', 'manager') AND c.id = %(mapping_id)s
RETURNING c.organisation_id, c.id, c.name, c.mapping;
