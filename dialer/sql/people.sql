-- name: create_user
INSERT INTO app_user (organisation_id, name, email, password_hash, role, extension, sip_secret, pin_hash,
                      phone_mode, phone_kind, caller_id, locale, active, created_at)
VALUES (%(organisation_id)s, %(name)s, %(email)s, %(password_hash)s, %(role)s, %(extension)s,
        %(sip_secret)s, %(pin_hash)s, %(phone_mode)s, %(phone_kind)s, %(caller_id)s, %(locale)s,
        %(active)s, %(now)s)
RETURNING id;

-- name: user
SELECT u.organisation_id, u.id, u.name, u.email, u.password_hash, u.role, u.extension, u.phone_mode,
       u.phone_kind, u.caller_id, u.locale, u.active, u.takes_leads, o.name AS organisation_name, o.time_zone
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE u.id = %(user_id)s;

-- name: user_by_email
-- Across organisations: an e-mail signs in to exactly one.
SELECT u.organisation_id, u.id, u.name, u.email, u.password_hash, u.role, u.extension, u.phone_mode,
       u.phone_kind, u.caller_id, u.locale, u.active, u.takes_leads, o.name AS organisation_name, o.time_zone
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE lower(u.email) = lower(%(email)s);

-- name: people
SELECT u.organisation_id, u.id, u.name, u.email, u.password_hash, u.role, u.extension, u.phone_mode,
       u.phone_kind, u.caller_id, u.locale, u.active, u.takes_leads, o.name AS organisation_name, o.time_zone
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE u.organisation_id = %(organisation_id)s AND u.active
ORDER BY lower(u.name), u.id;

-- name: set_password
UPDATE app_user SET password_hash = %(password_hash)s WHERE id = %(user_id)s RETURNING organisation_id;

-- name: rehash_password
-- Only while it is still the password that was just checked.
UPDATE app_user SET password_hash = %(password_hash)s
WHERE id = %(user_id)s AND password_hash = %(was)s;

-- name: set_locale
UPDATE app_user SET locale = %(locale)s WHERE id = %(user_id)s RETURNING id;

-- name: set_pin
-- A new PIN forgives the guesses at the old one.
UPDATE app_user SET pin_hash = %(pin_hash)s, pin_failures = 0, pin_locked_until = NULL
WHERE id = %(user_id)s
RETURNING organisation_id;

-- name: password_hash
SELECT password_hash FROM app_user WHERE id = %(user_id)s AND active;

-- name: organisation
SELECT country FROM organisation WHERE id = %(organisation_id)s;

-- name: actor
-- Who asks, as of this moment.
SELECT role FROM app_user WHERE id = %(user_id)s AND active;
