-- People that a prospect named (LPS-7).

-- name: list_of_call
-- The list of the user's open call; lists are locked before attempts.
SELECT a.organisation_id, a.list_id FROM attempt a
WHERE a.user_id = %(user_id)s AND a.id = %(attempt_id)s AND a.state IN ('talking', 'wrap_up');

-- name: lock_call
-- The user's open call, kept until the referral is in.
SELECT a.id, a.prospect_id, l.phone_field, l.sort_by, l.sort_descending,
    o.country, o.time_zone
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
JOIN organisation o ON o.id = a.organisation_id
WHERE a.organisation_id = %(organisation_id)s AND a.user_id = %(user_id)s AND a.id = %(attempt_id)s
  AND a.state IN ('talking', 'wrap_up')
FOR SHARE OF a;

-- name: add_prospect
-- A prospect of its own at the end of the list.
INSERT INTO prospect (organisation_id, list_id, position, status, excluded_by, first_name, last_name,
    email, time_zone, notes, sort_key)
VALUES (%(organisation_id)s, %(list_id)s,
    (SELECT coalesce(max(position), 0) + 1 FROM prospect
     WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s),
    CASE WHEN %(excluded_by)s::text IS NULL THEN 'pool' ELSE 'excluded' END, %(excluded_by)s,
    %(first_name)s, %(last_name)s, %(email)s, %(zone)s, %(note)s, %(sort_key)s)
RETURNING id;

-- name: add_phone
INSERT INTO phone (organisation_id, prospect_id, rank, kind, number)
VALUES (%(organisation_id)s, %(prospect_id)s, 1, %(phone_field)s, %(number)s);

-- name: add
INSERT INTO referral (organisation_id, from_prospect_id, prospect_id, user_id, attempt_id, relation, created_at)
VALUES (%(organisation_id)s, %(from_prospect_id)s, %(prospect_id)s, %(user_id)s, %(attempt_id)s,
    %(relation)s, %(at)s);

-- name: of_prospect
-- Whom the prospect named so far, newest first.
SELECT f.prospect_id, p.first_name, p.last_name, f.relation, p.excluded_by, ph.number,
    f.attempt_id = %(attempt_id)s AS in_this_call
FROM referral f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.prospect_id
LEFT JOIN phone ph ON ph.organisation_id = p.organisation_id AND ph.prospect_id = p.id AND ph.rank = 1
WHERE f.organisation_id = %(organisation_id)s AND f.from_prospect_id = %(prospect_id)s
ORDER BY f.id DESC;
