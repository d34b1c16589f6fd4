-- name: team_grid
-- Everybody with an open session on the list, with the prospects they were joined with in that session.
-- The rule is agent_metrics.Metrics.connects.
SELECT a.user_id, u.name, a.state, a.since, a.pause_reason, a.wanted, s.started_at AS session_started_at,
    (SELECT count(DISTINCT h.attempt_id) FROM agent_state h
     WHERE h.organisation_id = a.organisation_id AND h.session_id = a.session_id
       AND h.state = 'on_call') AS connects
FROM agent a
JOIN session s ON s.organisation_id = a.organisation_id AND s.id = a.session_id
JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.list_id = %(list_id)s
ORDER BY u.name, a.user_id;

-- name: who_may_see
-- Which of these users may see who dials the list: who manages lists, whose list it is, and who dials it at present.
SELECT u.id
FROM app_user u
WHERE u.id = ANY(%(user_ids)s) AND u.active AND (
    u.role = ANY(%(managing)s)
    OR EXISTS (SELECT FROM agent a
        WHERE a.organisation_id = u.organisation_id AND a.user_id = u.id AND a.list_id = %(list_id)s)
    OR EXISTS (SELECT FROM list_user x
        JOIN list l ON l.organisation_id = x.organisation_id AND l.id = x.list_id
        WHERE x.organisation_id = u.organisation_id AND x.user_id = u.id AND x.list_id = %(list_id)s
          AND l.archived_at IS NULL));
