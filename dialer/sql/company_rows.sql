-- name: custom_fields
-- Used: a list's file was read into it.
SELECT f.label, f.kind, f.active, f.id, f.position,
    EXISTS (SELECT 1 FROM list_job j
            WHERE j.organisation_id = f.organisation_id AND j.mapping ? ('custom:' || f.label)) AS used
FROM custom_field f
WHERE f.organisation_id = %(organisation_id)s
ORDER BY f.position, f.id;

-- name: custom_field_holds
-- Whether any prospect, list or saved mapping knows the field by its name. Reads prospects until it finds one.
SELECT EXISTS (SELECT 1 FROM list WHERE organisation_id = %(organisation_id)s
               AND sort_by = 'custom:' || %(label)s)
    OR EXISTS (SELECT 1 FROM column_mapping WHERE organisation_id = %(organisation_id)s
               AND mapping ? ('custom:' || %(label)s))
    OR EXISTS (SELECT 1 FROM prospect WHERE organisation_id = %(organisation_id)s
               AND custom ? %(label)s) AS holds;

-- name: add_custom_field
INSERT INTO custom_field (organisation_id, label, kind, active, position)
VALUES (%(organisation_id)s, %(label)s, %(kind)s, %(active)s, %(position)s)
RETURNING id;

-- name: save_custom_field
UPDATE custom_field SET label = %(label)s, kind = %(kind)s, active = %(active)s
WHERE organisation_id = %(organisation_id)s AND id = %(id)s;

-- name: call_results
SELECT label, effect, retry_after, active, id, position FROM call_result
WHERE organisation_id = %(organisation_id)s
ORDER BY position, id;

-- name: add_call_result
INSERT INTO call_result (organisation_id, label, effect, retry_after, active, position)
VALUES (%(organisation_id)s, %(label)s, %(effect)s, %(retry_after)s, %(active)s, %(position)s)
RETURNING id;

-- name: save_call_result
UPDATE call_result SET label = %(label)s, effect = %(effect)s, retry_after = %(retry_after)s,
    active = %(active)s
WHERE organisation_id = %(organisation_id)s AND id = %(id)s;

-- name: pause_reasons
SELECT label, active, id, position FROM pause_reason
WHERE organisation_id = %(organisation_id)s
ORDER BY position, id;

-- name: add_pause_reason
INSERT INTO pause_reason (organisation_id, label, active, position)
VALUES (%(organisation_id)s, %(label)s, %(active)s, %(position)s)
RETURNING id;

-- name: save_pause_reason
UPDATE pause_reason SET label = %(label)s, active = %(active)s
WHERE organisation_id = %(organisation_id)s AND id = %(id)s;

-- name: contact_roles
SELECT name, short_name, active, id, position FROM contact_role
WHERE organisation_id = %(organisation_id)s
ORDER BY position, id;

-- name: add_contact_role
INSERT INTO contact_role (organisation_id, name, short_name, active, position)
VALUES (%(organisation_id)s, %(name)s, %(short_name)s, %(active)s, %(position)s)
RETURNING id;

-- name: save_contact_role
UPDATE contact_role SET name = %(name)s, short_name = %(short_name)s, active = %(active)s
WHERE organisation_id = %(organisation_id)s AND id = %(id)s;
