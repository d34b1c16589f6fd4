-- Prompts that organisations have uploaded.

-- name: has_own
-- Whether the organisation has a prompt of its own here.
SELECT EXISTS (SELECT FROM own_prompt
               WHERE organisation_id = %(organisation_id)s AND prompt = %(prompt)s AND locale = %(locale)s) AS own;

-- name: all_own
-- What there is in all organisations, for the nodes: they fetch what they lack.
SELECT organisation_id, prompt, locale, digest FROM own_prompt ORDER BY organisation_id, prompt, locale;

-- name: sound
SELECT seconds, narrow, wide FROM own_prompt
WHERE organisation_id = %(organisation_id)s AND prompt = %(prompt)s AND locale = %(locale)s;

-- name: own
-- An organisation's uploads, without their sound.
SELECT o.prompt, o.locale, o.file_name, o.seconds, o.uploaded_at, u.name AS by
FROM own_prompt o LEFT JOIN app_user u ON u.organisation_id = o.organisation_id AND u.id = o.user_id
WHERE o.organisation_id = %(organisation_id)s
ORDER BY o.prompt, o.locale;

-- name: one_own
-- Kept for the transaction: uploads of one prompt come one after another.
SELECT file_name, seconds FROM own_prompt
WHERE organisation_id = %(organisation_id)s AND prompt = %(prompt)s AND locale = %(locale)s
FOR UPDATE;

-- name: put
-- The organisation's own prompt is this one from now on.
INSERT INTO own_prompt (organisation_id, prompt, locale, file_name, seconds, narrow, wide, digest, user_id, uploaded_at)
VALUES (%(organisation_id)s, %(prompt)s, %(locale)s, %(file_name)s, %(seconds)s, %(narrow)s, %(wide)s, %(digest)s,
    %(user_id)s, %(now)s)
ON CONFLICT (organisation_id, prompt, locale) DO UPDATE SET file_name = excluded.file_name,
    seconds = excluded.seconds, narrow = excluded.narrow, wide = excluded.wide, digest = excluded.digest,
    user_id = excluded.user_id, uploaded_at = excluded.uploaded_at;

-- name: remove
-- The organisation hears Ringpool's own prompt again; no row where it had none.
DELETE FROM own_prompt
WHERE organisation_id = %(organisation_id)s AND prompt = %(prompt)s AND locale = %(locale)s
RETURNING file_name, seconds;
