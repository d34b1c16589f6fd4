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
SELECT 'user:' || id AS subject, name FROM app_user
WHERE organisation_id = %(organisation_id)s AND 'user:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'team:' || id, name FROM team
WHERE organisation_id = %(organisation_id)s AND 'team:' || id = ANY (%(subjects)s)
UNION ALL
SELECT 'list:' || id, name FROM list
WHERE organisation_id = %(organisation_id)s AND 'list:' || id = ANY (%(subjects)s)
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
