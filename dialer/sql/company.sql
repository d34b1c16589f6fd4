-- name: settings
SELECT mandatory_phones, calling_from, calling_until, attempts_per_day, wrap_up_s, night_at, drop_message,
    record_calls, version
FROM organisation WHERE id = %(organisation_id)s;

-- name: begin_edit
-- version → version + 1, for an admin who saw the present one; the row stays ours until the end.
UPDATE organisation o SET version = o.version + 1
FROM app_user u
WHERE u.id = %(user_id)s AND u.active AND u.role IN ('super_admin', 'admin')
  AND u.organisation_id = o.id AND o.version = coalesce(%(version)s, o.version)
RETURNING o.id;

-- name: who_edits
SELECT o.id, o.country, o.time_zone, u.active AND u.role IN ('super_admin', 'admin') AS may
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE u.id = %(user_id)s;

-- name: save_settings
UPDATE organisation SET mandatory_phones = %(mandatory_phones)s, calling_from = %(calling_from)s,
    calling_until = %(calling_until)s, attempts_per_day = %(attempts_per_day)s, wrap_up_s = %(wrap_up_s)s,
    night_at = %(night_at)s, drop_message = %(drop_message)s, record_calls = %(record_calls)s
WHERE id = %(organisation_id)s;

-- name: let_go_on
-- resting → pool: who waits because their number was called as often as allowed, for a cap that is higher now;
-- a retry keeps its time. Whoever is locked is just being let go on, reset or barred.
WITH chosen AS (
    SELECT id FROM prospect
    WHERE organisation_id = %(organisation_id)s AND status = 'resting' AND resting_for = 'attempts_per_day'
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE prospect p SET status = 'pool', not_before = NULL, resting_for = 'retry' FROM chosen c
WHERE p.organisation_id = %(organisation_id)s AND p.id = c.id;

-- name: last_edit
-- The latest change of what Company Setup shows, but for single phone numbers.
SELECT a.at, u.name AS by FROM audit a
LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = %(organisation_id)s
  AND a.action = ANY(%(actions)s)
ORDER BY a.at DESC, a.id DESC LIMIT 1;

-- name: org_details
SELECT name, country, time_zone, agent_leg_caller_id, lead_pool_sessions, import_queue, created_at,
    ARRAY(SELECT u.name FROM app_user u
          WHERE u.organisation_id = o.id AND u.active AND u.role = 'super_admin'
          ORDER BY lower(u.name), u.id LIMIT 5) AS super_admins
FROM organisation o WHERE id = %(organisation_id)s;
