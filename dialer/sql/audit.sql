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
SELECT 'user:' || id AS subject, name AS name FROM app_user
WHERE organisation_id = %(organisation_id)s AND 'user:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'team:' || id AS subject, name AS name FROM team
WHERE organisation_id = %(organisation_id)s AND 'team:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'list:' || id AS subject, name AS name FROM list
WHERE organisation_id = %(organisation_id)s AND 'list:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'call_result:' || id AS subject, label AS name FROM call_result
WHERE organisation_id = %(organisation_id)s AND 'call_result:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'custom_field:' || id AS subject, label AS name FROM custom_field
WHERE organisation_id = %(organisation_id)s AND 'custom_field:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'pause_reason:' || id AS subject, label AS name FROM pause_reason
WHERE organisation_id = %(organisation_id)s AND 'pause_reason:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'contact_role:' || id AS subject, name AS name FROM contact_role
WHERE organisation_id = %(organisation_id)s AND 'contact_role:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'token:' || id AS subject, name AS name FROM api_token
WHERE organisation_id = %(organisation_id)s AND 'token:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'mapping:' || id AS subject, name AS name FROM column_mapping
WHERE organisation_id = %(organisation_id)s AND 'mapping:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'organisation:' || id, name FROM organisation
WHERE id = %(organisation_id)s AND 'organisation:' || id = ANY (%(subjects)s);

-- name: subjects_named
-- Users, teams and lists whose name contains the text.
SELECT 'user:' || id AS subject FROM app_user
WHERE organisation_id = %(organisation_id)s AND name ILIKE %(text)s
UNION ALL
SELECT 'team:' || id FROM team
WHERE organisation_id = %(organisation_id)s AND name ILIKE %(text)s
UNION ALL
SELECT 'list:' || id FROM list
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
