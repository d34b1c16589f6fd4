-- Forms that stand in web sites and post leads.

-- part: shown
f.id, f.organisation_id, f.campaign_id, c.name AS campaign_name, c.active AND l.archived_at IS NULL AS takes_leads,
    f.key, f.name, f.locale, f.origins, f.consent, f.active, f.version, f.created_at,
    -- but for custom fields that are no longer in use, which no lead may bring
    ARRAY(SELECT given.name FROM unnest(f.fields) WITH ORDINALITY AS given (name, place)
          WHERE given.name NOT LIKE 'custom:%%' OR EXISTS (
              SELECT FROM custom_field d
              WHERE d.organisation_id = f.organisation_id AND d.active AND 'custom:' || d.label = given.name)
          ORDER BY given.place) AS fields

-- part: around
FROM lead_form f
JOIN campaign c ON c.organisation_id = f.organisation_id AND c.id = f.campaign_id
JOIN list l ON l.organisation_id = c.organisation_id AND l.id = c.list_id

-- name: by_key
-- Across organisations: a key belongs to exactly one form.
SELECT {shown}
{around}
WHERE f.key = %(key)s AND f.active;

-- name: forms
SELECT {shown}
{around}
WHERE f.organisation_id = %(organisation_id)s AND (%(form_id)s::bigint IS NULL OR f.id = %(form_id)s)
ORDER BY lower(f.name), f.id;

-- name: campaign
SELECT id FROM campaign WHERE organisation_id = %(organisation_id)s AND id = %(campaign_id)s FOR SHARE;

-- name: custom_labels
SELECT label FROM custom_field WHERE organisation_id = %(organisation_id)s AND active ORDER BY position, id;

-- name: add
INSERT INTO lead_form (organisation_id, campaign_id, key, name, locale, fields, origins, consent, active, created_at)
VALUES (%(organisation_id)s, %(campaign_id)s, %(key)s, %(name)s, %(locale)s, %(fields)s, %(origins)s, %(consent)s,
    %(active)s, %(now)s)
RETURNING id;

-- name: lock
SELECT version, campaign_id, name, locale, fields, origins, consent, active FROM lead_form
WHERE organisation_id = %(organisation_id)s AND id = %(form_id)s
FOR NO KEY UPDATE;

-- name: edit
UPDATE lead_form SET campaign_id = %(campaign_id)s, name = %(name)s, locale = %(locale)s, fields = %(fields)s,
    origins = %(origins)s, consent = %(consent)s, active = %(active)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(form_id)s;

-- name: remove
DELETE FROM lead_form WHERE organisation_id = %(organisation_id)s AND id = %(form_id)s
RETURNING name;
