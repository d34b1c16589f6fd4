-- name: issue
-- A new secret for the user's browser phone; the one before is worth nothing any more. No row: the
-- user has no extension, or a phone of another kind.
INSERT INTO browser_phone (organisation_id, user_id, secret, issued_at, until)
SELECT organisation_id, id, %(secret)s, now(), now() + %(lifetime)s
FROM app_user WHERE id = %(user_id)s AND active AND extension IS NOT NULL AND phone_kind = 'browser'
ON CONFLICT (organisation_id, user_id) DO UPDATE
    SET secret = excluded.secret, issued_at = excluded.issued_at, until = excluded.until
RETURNING (SELECT extension FROM app_user WHERE id = %(user_id)s) AS extension, secret, until;

-- name: keep
-- More time for the page that has this secret; no row: another page has the phone, or time is over.
UPDATE browser_phone SET until = now() + %(lifetime)s
WHERE user_id = %(user_id)s AND secret = %(secret)s AND until > now()
RETURNING until;

-- name: give_up
-- The page closes, or loads anew: the account ends soon, unless the next page takes it over.
UPDATE browser_phone SET until = least(until, now() + %(lifetime)s)
WHERE user_id = %(user_id)s AND secret = %(secret)s;
