-- Campaigns, each with a list of its own (RING-1).

-- part: described
SELECT c.organisation_id, c.id, c.version, c.created_at, c.list_id, g.name AS group_name,
       c.name, c.group_id, c.most_rung, c.ring_s, c.press_s, c.active,
       l.calling_from, l.calling_until, l.ring_s AS lead_ring_s, l.script
FROM campaign c
JOIN distribution_group g ON g.organisation_id = c.organisation_id AND g.id = c.group_id
JOIN list l ON l.organisation_id = c.organisation_id AND l.id = c.list_id

-- name: overview
{described}
WHERE c.organisation_id = %(organisation_id)s
ORDER BY c.active DESC, lower(c.name), c.id;

-- name: campaign
{described}
WHERE c.id = %(campaign_id)s;

-- name: add
-- The campaign, and its list with it: nobody dials it in a session, so nothing of it is shared out.
WITH made AS (
    INSERT INTO list (organisation_id, name, kind, overnight_reset, calling_from, calling_until, ring_s,
                      script, created_by, created_at)
    VALUES (%(organisation_id)s, %(name)s, 'campaign', false, %(calling_from)s, %(calling_until)s,
            %(lead_ring_s)s, %(script)s, %(by)s, %(now)s)
    RETURNING organisation_id, id
)
INSERT INTO campaign (organisation_id, name, list_id, group_id, most_rung, ring_s, press_s, active, created_at)
SELECT organisation_id, %(name)s, id, %(group_id)s, %(most_rung)s, %(ring_s)s, %(press_s)s, %(active)s, %(now)s
FROM made
RETURNING id;

-- name: save
-- version → version + 1; no row: somebody was first.
UPDATE campaign
SET name = %(name)s, group_id = %(group_id)s, most_rung = %(most_rung)s, ring_s = %(ring_s)s,
    press_s = %(press_s)s, active = %(active)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(campaign_id)s AND version = %(version)s
RETURNING list_id;

-- name: save_list
UPDATE list
SET name = %(name)s, calling_from = %(calling_from)s, calling_until = %(calling_until)s,
    ring_s = %(lead_ring_s)s, script = %(script)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(list_id)s AND kind = 'campaign';
