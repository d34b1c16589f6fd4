-- Who has a page of the panel open: they can be rung for leads.

-- name: seen
-- An open page was heard of, and has not been for a while. A row that somebody is just changing is left alone:
-- the page speaks again soon.
-- is_back: nobody had heard of this user for long enough to count as gone.
WITH found AS (
    SELECT organisation_id, id, seen_at FROM app_user
    WHERE organisation_id = %(organisation_id)s AND id = %(user_id)s
      AND CASE WHEN seen_at IS NULL THEN %(anew)s ELSE seen_at <= now() - %(every)s::interval END
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE app_user u SET seen_at = now() FROM found f
WHERE u.organisation_id = f.organisation_id AND u.id = f.id
RETURNING f.seen_at IS NULL OR f.seen_at < now() - %(within)s::interval AS is_back;

-- name: gone
-- Signed out: not there until a page speaks again.
UPDATE app_user SET seen_at = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(user_id)s AND seen_at IS NOT NULL
RETURNING id;

-- name: take_leads
-- version → version + 1; no row: it was so already.
UPDATE app_user SET takes_leads = %(on)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(user_id)s AND takes_leads <> %(on)s
RETURNING id;
