-- name: overview
-- Every list that is not archived, with its counts, for those who manage lists. The counts are sums
-- of list_tally: no prospect is read. A campaign's list is the campaign's business.
SELECT l.id, l.name, l.kind, l.version, l.created_at, l.batch_size,
       coalesce(c.prospects, 0)::bigint AS prospects, coalesce(c.remaining, 0)::bigint AS remaining,
       coalesce(c.held, 0)::bigint AS held, coalesce(c.calling, 0)::bigint AS calling,
       coalesce(c.resting, 0)::bigint AS resting, coalesce(c.follow_up, 0)::bigint AS follow_up,
       coalesce(c.done, 0)::bigint AS done, coalesce(c.excluded, 0)::bigint AS excluded,
       coalesce(c.do_not_call, 0)::bigint AS do_not_call,
       coalesce(c.parking_lot, 0)::bigint AS parking_lot,
       coalesce(c.invalid_number, 0)::bigint AS invalid_number,
       (SELECT count(*) FROM list_user u
        JOIN app_user p ON p.organisation_id = u.organisation_id AND p.id = u.user_id AND p.active
        WHERE u.organisation_id = l.organisation_id AND u.list_id = l.id) AS users,
       ARRAY(SELECT p.name FROM session s
             JOIN app_user p ON p.organisation_id = s.organisation_id AND p.id = s.user_id
             WHERE s.organisation_id = l.organisation_id AND s.list_id = l.id AND s.ended_at IS NULL
             ORDER BY p.name) AS dialing,
       (SELECT jsonb_build_object('id', j.id, 'kind', j.kind, 'state', j.state, 'file_name', j.file_name,
                                  'accepted', j.accepted, 'refused', j.refused,
                                  'rows_done', j.rows_done, 'rows_total', j.rows_total,
                                  'cancelling', j.cancel_asked_at IS NOT NULL)
        FROM list_job j
        WHERE j.organisation_id = l.organisation_id AND j.list_id = l.id
          AND j.state IN ('queued', 'running') AND j.kind IN ('import', 'reset')) AS job
FROM list l
LEFT JOIN (
    SELECT organisation_id, list_id, sum(prospects) AS prospects,
           sum(prospects) FILTER (WHERE status IN ('pool', 'held', 'calling', 'resting')) AS remaining,
           sum(prospects) FILTER (WHERE status = 'held') AS held,
           sum(prospects) FILTER (WHERE status = 'calling') AS calling,
           sum(prospects) FILTER (WHERE status = 'resting') AS resting,
           sum(prospects) FILTER (WHERE status = 'follow_up') AS follow_up,
           sum(prospects) FILTER (WHERE status = 'done') AS done,
           sum(prospects) FILTER (WHERE status = 'excluded') AS excluded,
           sum(prospects) FILTER (WHERE excluded_by = 'do_not_call') AS do_not_call,
           sum(prospects) FILTER (WHERE excluded_by = 'parking_lot') AS parking_lot,
           sum(prospects) FILTER (WHERE excluded_by = 'invalid_number') AS invalid_number
    FROM list_tally
    WHERE organisation_id = (SELECT organisation_id FROM app_user WHERE id = %(user_id)s)
      AND (%(list_id)s::bigint IS NULL OR list_id = %(list_id)s)
    GROUP BY organisation_id, list_id
) c ON c.organisation_id = l.organisation_id AND c.list_id = l.id
WHERE EXISTS (SELECT FROM app_user m
              WHERE m.organisation_id = l.organisation_id AND m.id = %(user_id)s AND m.active
                AND m.role IN ('super_admin', 'admin', 'manager'))
  AND (%(list_id)s::bigint IS NULL OR l.id = %(list_id)s)
  AND l.archived_at IS NULL AND l.kind <> 'campaign'
ORDER BY l.created_at DESC, l.id DESC;

-- name: settings
SELECT l.organisation_id, l.version, l.name, l.kind, l.phone_field, l.sort_by, l.sort_descending, l.batch_size,
       l.retain_h, l.overnight_reset, l.calling_from, l.calling_until, l.max_attempts, l.ring_s,
       l.lines_per_agent, l.retry_busy, l.retry_no_answer, l.retry_machine, l.retry_failed, l.retry_dropped,
       l.reset_by_itself, l.script
FROM list l
WHERE l.id = %(list_id)s AND l.archived_at IS NULL AND l.kind <> 'campaign'
  AND EXISTS (SELECT FROM app_user m
              WHERE m.organisation_id = l.organisation_id AND m.id = %(user_id)s AND m.active
                AND m.role IN ('super_admin', 'admin', 'manager'));

-- name: create
-- Only those who manage lists: for anybody else no row comes back.
INSERT INTO list (organisation_id, name, kind, phone_field, sort_by, sort_descending, batch_size, retain_h,
                  overnight_reset, calling_from, calling_until, max_attempts, ring_s, lines_per_agent,
                  retry_busy, retry_no_answer, retry_machine, retry_failed, retry_dropped, reset_by_itself,
                  script, created_by, created_at)
SELECT m.organisation_id, %(name)s, %(kind)s, %(phone_field)s, %(sort_by)s, %(sort_descending)s,
       %(batch_size)s, %(retain_h)s, %(overnight_reset)s, %(calling_from)s, %(calling_until)s,
       %(max_attempts)s, %(ring_s)s, %(lines_per_agent)s, %(retry_busy)s, %(retry_no_answer)s,
       %(retry_machine)s, %(retry_failed)s, %(retry_dropped)s, %(reset_by_itself)s, %(script)s, m.id, %(now)s
FROM app_user m
WHERE m.id = %(user_id)s AND m.active AND m.role IN ('super_admin', 'admin', 'manager')
RETURNING organisation_id, id;

-- name: drop_empty
-- Takes back a list whose import came to nothing.
DELETE FROM list l
WHERE l.id = %(list_id)s AND l.kind <> 'campaign'
  AND NOT EXISTS (SELECT FROM prospect p
                  WHERE p.organisation_id = l.organisation_id AND p.list_id = l.id)
  AND EXISTS (SELECT FROM app_user m
              WHERE m.organisation_id = l.organisation_id AND m.id = %(user_id)s
                AND m.role IN ('super_admin', 'admin', 'manager'))
RETURNING l.organisation_id, l.name;

-- name: lock_managed
-- Lists are locked before agents.
SELECT l.organisation_id, l.version, l.name, l.kind, l.batch_size, l.overnight_reset, l.reset_by_itself, l.script
FROM list l
JOIN app_user m ON m.organisation_id = l.organisation_id
WHERE l.id = %(list_id)s AND l.archived_at IS NULL AND l.kind <> 'campaign' AND m.id = %(user_id)s AND m.active
  AND m.role IN ('super_admin', 'admin', 'manager')
FOR NO KEY UPDATE OF l;

-- name: edit
-- version → version + 1; no row: somebody was first.
UPDATE list SET name = %(name)s, batch_size = %(batch_size)s, overnight_reset = %(overnight_reset)s,
                reset_by_itself = %(reset_by_itself)s, script = %(script)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(list_id)s AND version = %(version)s
RETURNING version;

-- name: archive
-- Shown → archived, once.
UPDATE list SET archived_at = %(now)s, version = version + 1
WHERE organisation_id = %(organisation_id)s AND id = %(list_id)s AND version = %(version)s
  AND archived_at IS NULL
RETURNING version;

-- name: edits_since
-- Who changed what since the version that somebody has before them, oldest first.
SELECT a.at, u.name AS by, a.before, a.after
FROM audit a LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = %(organisation_id)s AND a.subject = %(subject)s AND a.action = 'list.edit'
  AND (a.after->>'version')::integer > %(version)s
ORDER BY a.id;

-- name: unassign_all
DELETE FROM list_assignment WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s;

-- name: assign_users
-- Somebody who is not active may stay assigned, but is not newly assigned.
INSERT INTO list_assignment (organisation_id, list_id, user_id)
SELECT organisation_id, %(list_id)s, id FROM app_user
WHERE organisation_id = %(organisation_id)s AND id = ANY(%(user_ids)s) AND (active OR id = ANY(%(had)s))
RETURNING user_id;

-- name: assign_teams
INSERT INTO list_assignment (organisation_id, list_id, team_id)
SELECT organisation_id, %(list_id)s, id FROM team
WHERE organisation_id = %(organisation_id)s AND id = ANY(%(team_ids)s)
RETURNING team_id;

-- name: assigned_ids
SELECT coalesce(array_agg(user_id ORDER BY user_id) FILTER (WHERE user_id IS NOT NULL), '{}') AS user_ids,
       coalesce(array_agg(team_id ORDER BY team_id) FILTER (WHERE team_id IS NOT NULL), '{}') AS team_ids
FROM list_assignment WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s;

-- name: user_ids
SELECT user_id FROM list_user WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s;

-- name: dialing
-- Who has a session on the list.
SELECT u.id, u.name FROM session s
JOIN app_user u ON u.organisation_id = s.organisation_id AND u.id = s.user_id
WHERE s.organisation_id = %(organisation_id)s AND s.list_id = %(list_id)s AND s.ended_at IS NULL
ORDER BY lower(u.name), u.id;

-- name: open_job
SELECT kind FROM list_job
WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s
  AND state IN ('queued', 'running') AND kind IN ('import', 'reset');

-- name: assigned
-- Who may dial the list, through whom, and how many prospects they hold.
SELECT u.id AS user_id, u.name, u.role,
       EXISTS (SELECT FROM list_assignment a WHERE a.organisation_id = l.organisation_id
                 AND a.list_id = l.list_id AND a.user_id = l.user_id) AS by_name,
       ARRAY(SELECT t.name FROM list_assignment a
             JOIN membership m ON m.organisation_id = a.organisation_id AND m.team_id = a.team_id
             JOIN team t ON t.organisation_id = a.organisation_id AND t.id = a.team_id
             WHERE a.organisation_id = l.organisation_id AND a.list_id = l.list_id
               AND m.user_id = l.user_id ORDER BY t.name) AS teams,
       (SELECT count(*) FROM lease e WHERE e.organisation_id = l.organisation_id
          AND e.list_id = l.list_id AND e.user_id = l.user_id) AS held,
       EXISTS (SELECT FROM session s WHERE s.organisation_id = l.organisation_id
                 AND s.list_id = l.list_id AND s.user_id = l.user_id AND s.ended_at IS NULL) AS dialing
FROM list_user l
JOIN app_user u ON u.organisation_id = l.organisation_id AND u.id = l.user_id AND u.active
WHERE l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s
ORDER BY lower(u.name), u.id;

-- name: zones
-- The list's numbers by kind and zone, as imports counted them.
SELECT kind, toll_free, time_zone, domestic, sum(numbers)::bigint AS numbers FROM list_zone
WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s AND numbers > 0
GROUP BY kind, toll_free, time_zone, domestic;

-- name: recent_calls
SELECT a.id, a.launched_at, a.state, a.outcome, a.answered_at, a.bridged_at, a.ended_at,
       p.account_name, p.first_name, p.last_name, a.number, u.name AS by, r.label AS result
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
LEFT JOIN call_result r ON r.organisation_id = a.organisation_id AND r.id = a.result_id
WHERE a.list_id = %(list_id)s AND a.organisation_id = %(organisation_id)s
ORDER BY a.launched_at DESC, a.id DESC
LIMIT %(limit)s;

-- name: imports_of
SELECT i.id, i.file_name, i.state, i.accepted, i.refused, i.error, i.error_values, i.created_at, i.ended_at, u.name AS by
FROM list_job i
LEFT JOIN app_user u ON u.organisation_id = i.organisation_id AND u.id = i.user_id
WHERE i.organisation_id = %(organisation_id)s AND i.list_id = %(list_id)s AND i.kind = 'import'
ORDER BY i.id DESC LIMIT 20;

-- name: my_lists
-- The lists assigned to a user by name or through a team.
SELECT l.id, l.name, l.kind, l.created_at,
       (SELECT coalesce(sum(t.prospects), 0)::bigint FROM list_tally t
        WHERE t.organisation_id = l.organisation_id AND t.list_id = l.id
          AND t.status IN ('pool', 'held', 'calling', 'resting')) AS remaining,
       (SELECT count(*) FROM session s WHERE s.organisation_id = l.organisation_id AND s.list_id = l.id
          AND s.ended_at IS NULL) AS dialing
FROM list l
JOIN list_user a ON a.organisation_id = l.organisation_id AND a.list_id = l.id
WHERE a.user_id = %(user_id)s AND l.archived_at IS NULL AND l.kind <> 'campaign'
ORDER BY lower(l.name), l.id;
