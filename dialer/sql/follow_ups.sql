-- Promises: when a prospect is called again, by the user who talked with them (LPS-8).
--
-- A promise is a follow_up without done_at whose prospect waits in 'follow_up'. It is past due from the
-- morning of its day on, by the date where the prospect lives (solo.sql).

-- name: close
-- Open promises of the prospect → done: a call has its result, which says what comes next.
UPDATE follow_up SET done_at = %(at)s
WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s AND done_at IS NULL;

-- name: add
-- The promise that stands from now on; nothing, if the prospect went elsewhere (barred during the call).
INSERT INTO follow_up (organisation_id, prospect_id, user_id, attempt_id, due_at, note, created_at)
SELECT p.organisation_id, p.id, %(user_id)s, %(attempt_id)s, %(due_at)s, %(note)s, %(at)s
FROM prospect p
WHERE p.organisation_id = %(organisation_id)s AND p.id = %(prospect_id)s AND p.status = 'follow_up'
RETURNING id;

-- name: open_of
-- What this user promised the prospect.
SELECT due_at, note FROM follow_up
WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s AND user_id = %(user_id)s
  AND done_at IS NULL;
