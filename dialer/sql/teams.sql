-- name: create_team
INSERT INTO team (organisation_id, name) VALUES (%(organisation_id)s, %(name)s) RETURNING id;

-- name: teams
SELECT t.organisation_id, t.id, t.name, count(m.user_id) AS members
FROM team t LEFT JOIN membership m ON m.organisation_id = t.organisation_id AND m.team_id = t.id
WHERE t.organisation_id = %(organisation_id)s
GROUP BY t.organisation_id, t.id, t.name ORDER BY lower(t.name), t.id;

-- name: overview
SELECT t.id, t.name,
       (SELECT count(*) FROM membership m
        WHERE m.organisation_id = t.organisation_id AND m.team_id = t.id) AS members,
       coalesce((SELECT array_agg(l.name ORDER BY lower(l.name), l.id)
                 FROM list_assignment a JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
                 WHERE a.organisation_id = t.organisation_id AND a.team_id = t.id
                   AND l.archived_at IS NULL), '{}') AS lists
FROM team t
WHERE t.organisation_id = %(organisation_id)s
ORDER BY lower(t.name), t.id;

-- name: team
SELECT t.organisation_id, t.id, t.name,
       coalesce((SELECT array_agg(m.user_id) FROM membership m
                 WHERE m.organisation_id = t.organisation_id AND m.team_id = t.id), '{}') AS member_ids
FROM team t WHERE t.id = %(team_id)s;

-- name: lists_only_through
-- Lists that members of the team may dial through nothing else, and how many members.
SELECT l.id, l.name, count(m.user_id) AS members
FROM list_assignment a
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id AND l.archived_at IS NULL
LEFT JOIN membership m ON m.organisation_id = a.organisation_id AND m.team_id = a.team_id
    AND NOT EXISTS (
        SELECT FROM list_assignment o
        LEFT JOIN membership om ON om.organisation_id = o.organisation_id AND om.team_id = o.team_id
        WHERE o.organisation_id = a.organisation_id AND o.list_id = a.list_id
          AND o.team_id IS DISTINCT FROM a.team_id
          AND (o.user_id = m.user_id OR om.user_id = m.user_id))
WHERE a.team_id = %(team_id)s
GROUP BY l.id, l.name ORDER BY lower(l.name), l.id;

-- name: lists_of
SELECT list_id FROM list_assignment WHERE organisation_id = %(organisation_id)s AND team_id = %(team_id)s;

-- name: lock_team
-- Membership is changed by one at a time, so that the audit log says what was.
SELECT organisation_id, id, name FROM team WHERE id = %(team_id)s FOR NO KEY UPDATE;

-- name: members
SELECT u.id, u.name FROM membership m
JOIN app_user u ON u.organisation_id = m.organisation_id AND u.id = m.user_id
WHERE m.organisation_id = %(organisation_id)s AND m.team_id = %(team_id)s
ORDER BY lower(u.name), u.id;

-- name: join_team
-- Only users of the team's own organisation.
INSERT INTO membership (organisation_id, team_id, user_id)
SELECT organisation_id, %(team_id)s, id FROM app_user
WHERE organisation_id = %(organisation_id)s AND id = ANY (%(user_ids)s)
ON CONFLICT DO NOTHING
RETURNING user_id;

-- name: leave_team
DELETE FROM membership
WHERE organisation_id = %(organisation_id)s AND team_id = %(team_id)s AND user_id = ANY (%(user_ids)s)
RETURNING user_id;

-- name: how_many_are_here
SELECT count(*) AS n FROM app_user WHERE organisation_id = %(organisation_id)s AND id = ANY (%(user_ids)s);

-- name: rename
UPDATE team SET name = %(name)s WHERE id = %(team_id)s;

-- name: delete
-- Its memberships and assignments go with it.
DELETE FROM team WHERE id = %(team_id)s;

-- name: names
SELECT id, name FROM app_user WHERE id = ANY (%(user_ids)s) ORDER BY lower(name), id;
