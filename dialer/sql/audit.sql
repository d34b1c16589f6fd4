-- name: keep
INSERT INTO audit (organisation_id, at, user_id, action, subject, before, after)
VALUES (%(organisation_id)s, now(), %(user_id)s, %(action)s, %(subject)s, %(before)s, %(after)s);

-- name: last_change
-- Who changed the subject last.
SELECT u.name
FROM audit a LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = %(organisation_id)s AND a.subject = %(subject)s
ORDER BY a.at DESC, a.id DESC
LIMIT 1;

-- name: page
-- Newest first. Every filter has an index that ends in (at, id), so that no page reads more than it shows.
SELECT a.id, a.at, a.user_id, u.name AS user_name, a.action, a.subject, a.before, a.after
FROM audit a LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = %(organisation_id)s
  AND (%(user_id)s::bigint IS NULL OR a.user_id = %(user_id)s)
  AND (%(family)s::text IS NULL OR split_part(a.action, '.', 1) = %(family)s)
  AND (%(subjects)s::text[] IS NULL OR a.subject = ANY (%(subjects)s))
  AND a.at >= coalesce(%(since)s, '-infinity'::timestamptz)
  AND a.at < coalesce(%(until)s, 'infinity'::timestamptz)
  AND (a.at, a.id) < (coalesce(%(before_at)s, 'infinity'::timestamptz), coalesce(%(before_id)s, 0))
ORDER BY a.at DESC, a.id DESC
LIMIT %(limit)s;

-- name: at
SELECT at FROM audit WHERE organisation_id = %(organisation_id)s AND id = %(id)s;

-- name: families
-- The first of each family is found in the index, one after another: no row is read twice.
WITH RECURSIVE family AS (
    SELECT min(split_part(action, '.', 1)) AS name FROM audit WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT (SELECT min(split_part(a.action, '.', 1)) FROM audit a
            WHERE a.organisation_id = %(organisation_id)s AND split_part(a.action, '.', 1) > f.name)
    FROM family f WHERE f.name IS NOT NULL
)
SELECT name FROM family WHERE name IS NOT NULL;

-- name: names_of
-- What the subjects are called today.
SELECT subject, name FROM (
    SELECT organisation_id, 'user:' || id AS subject, name FROM app_user
    UNION ALL SELECT organisation_id, 'team:' || id, name FROM team
    UNION ALL SELECT organisation_id, 'list:' || id, name FROM list
    UNION ALL SELECT organisation_id, 'campaign:' || id, name FROM campaign
    UNION ALL SELECT organisation_id, 'distribution_group:' || id, name FROM distribution_group
    UNION ALL SELECT organisation_id, 'call_result:' || id, label FROM call_result
    UNION ALL SELECT organisation_id, 'custom_field:' || id, label FROM custom_field
    UNION ALL SELECT organisation_id, 'pause_reason:' || id, label FROM pause_reason
    UNION ALL SELECT organisation_id, 'contact_role:' || id, name FROM contact_role
    UNION ALL SELECT organisation_id, 'token:' || id, name FROM api_token
    UNION ALL SELECT organisation_id, 'mapping:' || id, name FROM column_mapping
    UNION ALL SELECT organisation_id, 'campaign:' || id, name FROM campaign
    UNION ALL SELECT organisation_id, 'webhook:' || id, url FROM webhook
    UNION ALL SELECT organisation_id, 'lead_form:' || id, name FROM lead_form
    UNION ALL SELECT id, 'organisation:' || id, name FROM organisation
) AS named
WHERE organisation_id = %(organisation_id)s AND subject = ANY (%(subjects)s);

-- name: subjects_named
-- Users, teams, lists, campaigns and groups whose name contains the text.
SELECT subject FROM (
    SELECT organisation_id, 'user:' || id AS subject, name FROM app_user
    UNION ALL SELECT organisation_id, 'team:' || id, name FROM team
    UNION ALL SELECT organisation_id, 'list:' || id, name FROM list
    UNION ALL SELECT organisation_id, 'campaign:' || id, name FROM campaign
    UNION ALL SELECT organisation_id, 'distribution_group:' || id, name FROM distribution_group
) AS named
WHERE organisation_id = %(organisation_id)s AND name ILIKE %(text)s
LIMIT 200;

-- name: authors
-- The first of each author is found in the index, one after another: no row is read twice.
WITH RECURSIVE author AS (
    SELECT min(user_id) AS id FROM audit WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT (SELECT min(a.user_id) FROM audit a
            WHERE a.organisation_id = %(organisation_id)s AND a.user_id > f.id)
    FROM author f WHERE f.id IS NOT NULL
)
SELECT u.id, u.name FROM author f
JOIN app_user u ON u.organisation_id = %(organisation_id)s AND u.id = f.id
ORDER BY lower(u.name), u.id;
