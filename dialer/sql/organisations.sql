-- name: create_organisation
INSERT INTO organisation (name, country, time_zone, agent_leg_caller_id, lead_pool_sessions, import_queue,
                          created_at)
VALUES (%(name)s, %(country)s, %(time_zone)s, %(agent_leg_caller_id)s, %(lead_pool_sessions)s,
        %(import_queue)s, %(now)s)
RETURNING id, name, country, time_zone, agent_leg_caller_id, lead_pool_sessions, import_queue, wrap_up_s,
          version, created_at;

-- name: add_call_result
INSERT INTO call_result (organisation_id, label, effect, retry_after, position)
VALUES (%(organisation_id)s, %(label)s, %(effect)s, %(retry_after)s, %(position)s);

-- name: organisations
SELECT id, name, country, time_zone, agent_leg_caller_id, lead_pool_sessions, import_queue, wrap_up_s,
       version, created_at
FROM organisation ORDER BY lower(name), id;

-- name: overview
SELECT o.id, o.name, o.country, o.time_zone, o.agent_leg_caller_id, o.lead_pool_sessions, o.import_queue,
       o.wrap_up_s, o.version, o.created_at,
       (SELECT count(*) FROM app_user u WHERE u.organisation_id = o.id AND u.active) AS users,
       (SELECT count(*) FROM list l WHERE l.organisation_id = o.id AND l.archived_at IS NULL
          AND l.kind <> 'campaign') AS lists
FROM organisation o ORDER BY lower(o.name), o.id;

-- name: organisation_by_name
SELECT id, name, country, time_zone, agent_leg_caller_id, lead_pool_sessions, import_queue, wrap_up_s,
       version, created_at
FROM organisation WHERE lower(name) = lower(%(name)s);

-- name: organisation
SELECT id, name, country, time_zone, agent_leg_caller_id, lead_pool_sessions, import_queue, wrap_up_s,
       version, created_at
FROM organisation WHERE id = %(organisation_id)s;

-- name: edit
-- The first to save wins; no row means somebody was first.
UPDATE organisation
SET version = version + 1, name = %(name)s, country = %(country)s, time_zone = %(time_zone)s,
    agent_leg_caller_id = %(agent_leg_caller_id)s, lead_pool_sessions = %(lead_pool_sessions)s,
    import_queue = %(import_queue)s
WHERE id = %(organisation_id)s AND version = %(version)s
RETURNING id;
