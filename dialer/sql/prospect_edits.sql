-- What agents correct of a prospect during its call.

-- name: lock
-- The prospect of a call, with what its zone and its place in the list's order come from.
SELECT p.account_name, p.first_name, p.last_name, p.email, p.region, p.postal_code, p.time_zone, p.custom,
    p.sort_key, p.list_id, l.sort_by, l.sort_descending, o.time_zone AS default_zone, o.country,
    (SELECT ph.number FROM phone ph WHERE ph.organisation_id = p.organisation_id AND ph.prospect_id = p.id
     ORDER BY ph.rank LIMIT 1) AS number,
    (SELECT coalesce(jsonb_object_agg(c.label, c.kind), '{}') FROM custom_field c
     WHERE c.organisation_id = p.organisation_id) AS kinds
FROM prospect p
JOIN list l ON l.organisation_id = p.organisation_id AND l.id = p.list_id
JOIN organisation o ON o.id = p.organisation_id
WHERE p.organisation_id = %(organisation_id)s AND p.id = %(prospect_id)s
FOR NO KEY UPDATE OF p;

-- name: save
-- New values of the fields; where it is dialed from stays.
UPDATE prospect SET account_name = %(account_name)s, first_name = %(first_name)s, last_name = %(last_name)s,
    email = %(email)s, region = %(region)s, postal_code = %(postal_code)s, time_zone = %(time_zone)s,
    custom = %(custom)s, sort_key = %(sort_key)s
WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s;
