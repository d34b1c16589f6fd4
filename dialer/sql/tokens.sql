-- name: may_act
-- Who the token would act for: somebody active whom the admin may give one to, else no row.
SELECT a.organisation_id, a.id, a.name, a.role
FROM app_user by
JOIN app_user a ON a.organisation_id = by.organisation_id
WHERE by.id = %(by_id)s AND by.active AND by.role IN ('super_admin', 'admin')
  AND a.id = %(user_id)s AND a.active AND (a.role <> 'super_admin' OR by.role = 'super_admin')
FOR SHARE OF a;

-- name: create
INSERT INTO api_token (organisation_id, name, token_hash, scopes, user_id, created_at, expires_at)
VALUES (%(organisation_id)s, %(name)s, %(token_hash)s, %(scopes)s, %(user_id)s, %(now)s, %(expires_at)s)
RETURNING id;

-- name: tokens
-- For admins: what can still be used first, then what cannot, the newest first.
SELECT t.id, t.name, t.scopes, t.user_id, u.name AS user_name, u.active AS user_active, t.created_at,
       t.expires_at, t.last_used_at, t.revoked_at
FROM api_token t
JOIN app_user u ON u.organisation_id = t.organisation_id AND u.id = t.user_id
WHERE EXISTS (SELECT FROM app_user by
              WHERE by.organisation_id = t.organisation_id AND by.id = %(by_id)s AND by.active
                AND by.role IN ('super_admin', 'admin'))
ORDER BY t.revoked_at IS NOT NULL, t.id DESC;

-- name: revoke
-- From now on the token opens nothing; no row for one that is not there, or was revoked before.
UPDATE api_token t SET revoked_at = %(now)s
WHERE t.id = %(token_id)s AND t.revoked_at IS NULL
  AND EXISTS (SELECT FROM app_user by
              WHERE by.organisation_id = t.organisation_id AND by.id = %(by_id)s AND by.active
                AND by.role IN ('super_admin', 'admin'))
RETURNING t.organisation_id;

-- name: by_hash
-- Across organisations: a token belongs to exactly one.
SELECT t.organisation_id, t.id, t.scopes, t.user_id, t.last_used_at
FROM api_token t
JOIN app_user u ON u.organisation_id = t.organisation_id AND u.id = t.user_id
WHERE t.token_hash = %(token_hash)s AND t.revoked_at IS NULL AND u.active
  AND (t.expires_at IS NULL OR t.expires_at > %(now)s);

-- name: touch
-- Keeps when it was last used, to the minute: of requests side by side one writes.
UPDATE api_token SET last_used_at = %(now)s
WHERE organisation_id = %(organisation_id)s AND id = %(token_id)s
  AND (last_used_at IS NULL OR last_used_at <= %(now)s - interval '1 minute');
