-- What is typed about a call before its result is saved.

-- name: own_open_call
-- The call, if it is this user's and its result is still to be saved; it cannot be saved meanwhile.
SELECT a.organisation_id, a.id FROM attempt a
WHERE a.user_id = %(user_id)s AND a.id = %(attempt_id)s AND a.state IN ('ringing_agent', 'dialing', 'bridging', 'talking', 'wrap_up')
FOR SHARE OF a;

-- name: begin
-- Nothing → an empty draft; nothing changes where there is one.
INSERT INTO call_draft (organisation_id, attempt_id, saved_at)
VALUES (%(organisation_id)s, %(attempt_id)s, %(at)s)
ON CONFLICT (organisation_id, attempt_id) DO NOTHING;

-- name: lock
SELECT fields FROM call_draft
WHERE organisation_id = %(organisation_id)s AND attempt_id = %(attempt_id)s
FOR UPDATE;

-- name: keep
UPDATE call_draft SET fields = %(fields)s, saved_at = %(at)s
WHERE organisation_id = %(organisation_id)s AND attempt_id = %(attempt_id)s;

-- name: of_call
SELECT fields FROM call_draft
WHERE organisation_id = %(organisation_id)s AND attempt_id = %(attempt_id)s;

-- name: take
-- The call has its result, or never gets one.
DELETE FROM call_draft WHERE organisation_id = %(organisation_id)s AND attempt_id = %(attempt_id)s
RETURNING fields;
