-- Prompts that organisations have uploaded.

-- name: has_own
-- Whether the organisation has a prompt of its own here.
SELECT EXISTS (SELECT FROM own_prompt
               WHERE organisation_id = %(organisation_id)s AND prompt = %(prompt)s AND locale = %(locale)s) AS own;
