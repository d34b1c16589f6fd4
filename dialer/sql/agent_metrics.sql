-- name: of_user
-- What the user's newest session comes to: one row a state that occurred in it. A state lasts until the
-- next change; the last one runs on (until is null). The order of changes is that of their ids, taken
-- under the agent's lock: a clock that was set back shortens a state to nothing, never below.
WITH newest AS (
    SELECT organisation_id, id, list_id, started_at FROM session
    WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s
    ORDER BY id DESC LIMIT 1
), dialed AS (
    SELECT count(*) AS dials FROM newest s
    JOIN attempt a ON a.organisation_id = s.organisation_id AND a.dialed_for = s.id
        AND a.outcome IS DISTINCT FROM 'not_called'
), change AS (
    SELECT h.id, h.state, h.attempt_id, greatest(s.started_at, max(h.at) OVER (ORDER BY h.id)) AS at
    FROM newest s
    JOIN agent_state h ON h.organisation_id = s.organisation_id AND h.session_id = s.id
), spell AS (
    SELECT state, attempt_id, at, lead(at) OVER (ORDER BY id) AS until FROM change
)
SELECT s.id AS session_id, s.list_id, s.started_at, d.dials, t.state, t.spent, t.since, t.connects
FROM newest s CROSS JOIN dialed d CROSS JOIN (
    SELECT state, coalesce(sum(until - at), interval '0') AS spent,
        max(at) FILTER (WHERE until IS NULL) AS since,
        count(DISTINCT attempt_id) AS connects
    FROM spell GROUP BY state
) t;
