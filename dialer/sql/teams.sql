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
