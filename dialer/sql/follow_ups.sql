-- Promises: when a prospect is called again, by the user who talked with them (LPS-8).
--
-- A promise is a follow_up without done_at whose prospect waits in 'follow_up'. It is past due from the
-- morning of its day on, by the date where the prospect lives: that is the day that was promised. The
-- queries ask for it, so that it moves over by itself.

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

-- name: counts
SELECT count(*) FILTER (WHERE NOT t.past_due) AS not_due, count(*) FILTER (WHERE t.past_due) AS past_due
FROM follow_up f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.prospect_id AND p.status = 'follow_up'
CROSS JOIN LATERAL (
    SELECT (f.due_at AT TIME ZONE p.time_zone)::date <= (%(at)s::timestamptz AT TIME ZONE p.time_zone)::date
        AS past_due
) AS t
WHERE f.organisation_id = %(organisation_id)s AND f.user_id = %(user_id)s AND f.done_at IS NULL;

-- name: due
-- The user's promises of one of the two lists, those due first at the top.
SELECT f.id, f.prospect_id, p.list_id, l.name AS list_name, p.account_name, p.first_name, p.last_name,
    ph.number, p.time_zone, f.due_at, f.note
FROM follow_up f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.prospect_id AND p.status = 'follow_up'
JOIN list l ON l.organisation_id = p.organisation_id AND l.id = p.list_id
LEFT JOIN phone ph ON ph.organisation_id = p.organisation_id AND ph.prospect_id = p.id AND ph.rank = 1
CROSS JOIN LATERAL (
    SELECT (f.due_at AT TIME ZONE p.time_zone)::date <= (%(at)s::timestamptz AT TIME ZONE p.time_zone)::date
        AS past_due
) AS t
WHERE f.organisation_id = %(organisation_id)s AND f.user_id = %(user_id)s AND f.done_at IS NULL
  AND t.past_due = %(past_due)s
ORDER BY f.due_at, f.id
LIMIT %(limit)s;

-- name: open_of
-- What this user promised the prospect.
SELECT due_at, note FROM follow_up
WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s AND user_id = %(user_id)s
  AND done_at IS NULL;
