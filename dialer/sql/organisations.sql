-- name: create_organisation
INSERT INTO organisation (name, country, time_zone, created_at)
VALUES (%(name)s, %(country)s, %(time_zone)s, %(now)s)
RETURNING id, name, country, time_zone, lead_pool_sessions, import_queue, wrap_up_s;

-- name: add_call_result
INSERT INTO call_result (organisation_id, label, effect, retry_after, position)
VALUES (%(organisation_id)s, %(label)s, %(effect)s, %(retry_after)s, %(position)s);

-- name: organisations
SELECT id, name, country, time_zone, lead_pool_sessions, import_queue, wrap_up_s
FROM organisation ORDER BY lower(name), id;

-- name: organisation_by_name
SELECT id, name, country, time_zone, lead_pool_sessions, import_queue, wrap_up_s
FROM organisation WHERE lower(name) = lower(%(name)s);

-- name: organisation
SELECT id, name, country, time_zone, lead_pool_sessions, import_queue, wrap_up_s
FROM organisation WHERE id = %(organisation_id)s;
