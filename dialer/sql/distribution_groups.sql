-- Distribution groups: whom a campaign's leads may ring (RING-1).

-- part: described
SELECT g.organisation_id, g.id, g.version, g.created_at, g.name, g.team_ids, g.skills, g.states,
       g.languages, g.products,
       coalesce((SELECT array_agg(t.name ORDER BY lower(t.name), t.id) FROM team t
                 WHERE t.organisation_id = g.organisation_id AND t.id = ANY (g.team_ids)), '{}') AS teams,
       coalesce((SELECT array_agg(c.name ORDER BY lower(c.name), c.id) FROM campaign c
                 WHERE c.organisation_id = g.organisation_id AND c.group_id = g.id), '{}') AS campaigns
FROM distribution_group g

-- name: overview
{described}
WHERE g.organisation_id = %(organisation_id)s
ORDER BY lower(g.name), g.id;

-- name: group
{described}
WHERE g.id = %(group_id)s;

-- name: add
INSERT INTO distribution_group (organisation_id, name, team_ids, skills, states, languages, products)
VALUES (%(organisation_id)s, %(name)s, %(team_ids)s, %(skills)s, %(states)s, %(languages)s, %(products)s)
RETURNING id;

-- name: save
-- version → version + 1; no row: somebody was first.
UPDATE distribution_group
SET name = %(name)s, team_ids = %(team_ids)s, skills = %(skills)s, states = %(states)s,
    languages = %(languages)s, products = %(products)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(group_id)s AND version = %(version)s
RETURNING version;

-- name: lock_for_delete
-- A campaign that is about to be given this group waits, and then finds it gone.
SELECT organisation_id, id FROM distribution_group WHERE id = %(group_id)s FOR UPDATE;

-- name: keep_for_campaign
-- The group a campaign is given: it is not deleted meanwhile.
SELECT id FROM distribution_group
WHERE organisation_id = %(organisation_id)s AND id = %(group_id)s FOR KEY SHARE;

-- name: delete
DELETE FROM distribution_group WHERE organisation_id = %(organisation_id)s AND id = %(group_id)s;

-- name: keep_teams
-- The teams a group names: none of them is deleted meanwhile.
SELECT id FROM team
WHERE organisation_id = %(organisation_id)s AND id = ANY (%(team_ids)s) FOR SHARE;

-- name: of_team
-- Groups that name the team; without it one of them might mean everybody.
SELECT name FROM distribution_group
WHERE organisation_id = %(organisation_id)s AND %(team_id)s = ANY (team_ids)
ORDER BY lower(name), id;
