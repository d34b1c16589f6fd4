-- What an organisation's managers see and change of its users (ORG-5).

-- part: wanted
AND (%(search)s::text IS NULL OR u.name ILIKE %(search)s OR u.email ILIKE %(search)s
       OR u.extension ILIKE %(search)s)
  AND (%(role)s::text IS NULL OR u.role = %(role)s)
  AND (%(active)s::boolean IS NULL OR u.active = %(active)s)
  AND (%(team_id)s::bigint IS NULL OR EXISTS (
       SELECT FROM membership m WHERE m.organisation_id = u.organisation_id
         AND m.team_id = %(team_id)s AND m.user_id = u.id))

-- part: registration
SELECT u.organisation_id, u.id, u.version, u.name, u.email, u.role, u.extension, u.phone_mode,
       u.phone_kind, u.caller_id, u.locale, u.active, u.states, u.languages, u.products,
       u.works_from, u.works_until, u.works_days, u.takes_leads, u.created_at, u.pin_hash IS NOT NULL AS has_pin,
       coalesce((SELECT array_agg(m.team_id) FROM membership m
                 WHERE m.organisation_id = u.organisation_id AND m.user_id = u.id), '{}') AS team_ids,
       coalesce((SELECT jsonb_object_agg(k.skill, k.level) FROM user_skill k
                 WHERE k.organisation_id = u.organisation_id AND k.user_id = u.id), '{}') AS skills
FROM app_user u

-- name: page
SELECT u.id, u.name, u.email, u.role, u.extension, u.phone_mode, u.phone_kind, u.active,
       coalesce((SELECT array_agg(t.name ORDER BY lower(t.name), t.id)
                 FROM membership m JOIN team t ON t.organisation_id = m.organisation_id AND t.id = m.team_id
                 WHERE m.organisation_id = u.organisation_id AND m.user_id = u.id), '{}') AS teams,
       count(*) OVER () AS found
FROM app_user u
WHERE u.organisation_id = %(organisation_id)s
  {wanted}
ORDER BY lower(u.name), u.id
LIMIT %(limit)s OFFSET %(offset)s;

-- name: listing
-- The users as registered, in the order of their ids.
{registration}
WHERE u.organisation_id = %(organisation_id)s AND u.id > %(after_id)s
  {wanted}
ORDER BY u.id
LIMIT %(limit)s;

-- name: registered
{registration}
WHERE u.id = %(user_id)s;

-- name: lock_administrators
-- Whoever takes one away waits here, so that two cannot take away one another. FK checks go on.
SELECT id FROM app_user
WHERE organisation_id = %(organisation_id)s AND role IN ('admin', 'super_admin') AND active
ORDER BY id FOR NO KEY UPDATE;

-- name: take_version
-- The first to save wins; no row means somebody was first. Active is changed here already: who may
-- dial what is looked at before the rest is written.
UPDATE app_user SET version = version + 1, active = %(active)s
WHERE id = %(user_id)s AND version = %(version)s
RETURNING id;

-- name: save
-- A SIP secret lives as long as the extension; null leaves it as it is.
UPDATE app_user
SET name = %(name)s, email = %(email)s, role = %(role)s, extension = %(extension)s,
    sip_secret = CASE WHEN %(extension)s::text IS NOT NULL
                      THEN coalesce(%(sip_secret)s, sip_secret) END,
    phone_mode = %(phone_mode)s, phone_kind = %(phone_kind)s, caller_id = %(caller_id)s,
    locale = %(locale)s, states = %(states)s, languages = %(languages)s, products = %(products)s,
    works_from = %(works_from)s, works_until = %(works_until)s, works_days = %(works_days)s,
    takes_leads = %(takes_leads)s
WHERE id = %(user_id)s;

-- name: set_sip_secret
UPDATE app_user SET sip_secret = %(sip_secret)s, version = version + 1
WHERE id = %(user_id)s AND extension IS NOT NULL
RETURNING organisation_id;

-- name: sip_login
SELECT organisation_id, extension, sip_secret, phone_kind FROM app_user WHERE id = %(user_id)s AND active;

-- name: drop_skills
DELETE FROM user_skill WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s;

-- name: add_skills
INSERT INTO user_skill (organisation_id, user_id, skill, level)
SELECT %(organisation_id)s, %(user_id)s, s.skill, s.level
FROM unnest(%(skills)s::text[], %(levels)s::smallint[]) AS s (skill, level);

-- name: leave_other_teams
DELETE FROM membership
WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND team_id <> ALL (%(team_ids)s);

-- name: join_teams
INSERT INTO membership (organisation_id, team_id, user_id)
SELECT organisation_id, id, %(user_id)s FROM team
WHERE organisation_id = %(organisation_id)s AND id = ANY (%(team_ids)s)
ON CONFLICT DO NOTHING;

-- name: team_names
SELECT id, name FROM team
WHERE organisation_id = %(organisation_id)s AND id = ANY (%(team_ids)s) ORDER BY lower(name), id;

-- name: lists_of
SELECT list_id FROM list_user WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s;

-- name: known_words
-- Skills and filters in use, to be offered: the same thing is then written the same way.
SELECT 'skill' AS kind, array_agg(DISTINCT skill) AS words FROM user_skill
WHERE organisation_id = %(organisation_id)s
UNION ALL
SELECT kind, array_agg(DISTINCT word)
FROM app_user, LATERAL (
    SELECT 'states' AS kind, unnest(states) AS word
    UNION ALL SELECT 'languages', unnest(languages)
    UNION ALL SELECT 'products', unnest(products)) AS w
WHERE organisation_id = %(organisation_id)s
GROUP BY kind;
