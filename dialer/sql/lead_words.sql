-- Words by which leads are found.

-- name: said
-- What a prospect's lead is found by.
SELECT l.id AS lead_id, ARRAY[p.first_name, p.last_name, p.account_name, p.email] AS texts,
    ARRAY(SELECT n.number FROM phone n
          WHERE n.organisation_id = p.organisation_id AND n.prospect_id = p.id) AS numbers
FROM lead l
JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
WHERE l.organisation_id = %(organisation_id)s AND l.prospect_id = %(prospect_id)s;

-- name: keep
-- These words and no others.
WITH gone AS (
    DELETE FROM lead_word
    WHERE organisation_id = %(organisation_id)s AND lead_id = %(lead_id)s AND word <> ALL(%(words)s)
)
INSERT INTO lead_word (organisation_id, lead_id, word)
SELECT %(organisation_id)s, %(lead_id)s, word FROM unnest(%(words)s::text[]) AS word
ON CONFLICT DO NOTHING;
