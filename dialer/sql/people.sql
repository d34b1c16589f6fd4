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

-- name: create_user
INSERT INTO app_user (organisation_id, name, email, password_hash, role, extension, sip_secret, pin_hash,
                      phone_mode, caller_id, locale, created_at)
VALUES (%(organisation_id)s, %(name)s, %(email)s, %(password_hash)s, %(role)s, %(extension)s,
        %(sip_secret)s, %(pin_hash)s, %(phone_mode)s, %(caller_id)s, %(locale)s, %(now)s)
RETURNING id;

-- name: user
SELECT u.organisation_id, u.id, u.name, u.email, u.password_hash, u.role, u.extension, u.phone_mode,
       u.caller_id, u.locale, u.active, o.name AS organisation_name, o.time_zone
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE u.id = %(user_id)s;

-- name: user_by_email
-- Across organisations: an e-mail signs in to exactly one.
SELECT u.organisation_id, u.id, u.name, u.email, u.password_hash, u.role, u.extension, u.phone_mode,
       u.caller_id, u.locale, u.active, o.name AS organisation_name, o.time_zone
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE lower(u.email) = lower(%(email)s);

-- name: people
SELECT u.organisation_id, u.id, u.name, u.email, u.password_hash, u.role, u.extension, u.phone_mode,
       u.caller_id, u.locale, u.active, o.name AS organisation_name, o.time_zone
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE u.organisation_id = %(organisation_id)s AND u.active
ORDER BY lower(u.name), u.id;

-- name: set_password
UPDATE app_user SET password_hash = %(password_hash)s WHERE id = %(user_id)s RETURNING id;

-- name: set_locale
UPDATE app_user SET locale = %(locale)s WHERE id = %(user_id)s RETURNING id;

-- name: set_active
UPDATE app_user SET active = %(active)s WHERE id = %(user_id)s RETURNING organisation_id;

-- name: create_team
INSERT INTO team (organisation_id, name) VALUES (%(organisation_id)s, %(name)s) RETURNING id;

-- name: teams
SELECT t.organisation_id, t.id, t.name, count(m.user_id) AS members
FROM team t LEFT JOIN membership m ON m.organisation_id = t.organisation_id AND m.team_id = t.id
WHERE t.organisation_id = %(organisation_id)s
GROUP BY t.organisation_id, t.id, t.name ORDER BY lower(t.name), t.id;

-- name: join_team
-- Both must be of one organisation.
INSERT INTO membership (organisation_id, team_id, user_id)
SELECT t.organisation_id, t.id, u.id
FROM team t JOIN app_user u USING (organisation_id)
WHERE t.id = %(team_id)s AND u.id = %(user_id)s
ON CONFLICT DO NOTHING;

-- name: is_member
SELECT organisation_id FROM membership WHERE team_id = %(team_id)s AND user_id = %(user_id)s;

-- name: leave_team
DELETE FROM membership WHERE team_id = %(team_id)s AND user_id = %(user_id)s RETURNING organisation_id;
