-- name: attempts
-- Every attempt of the installation, as the books need it.
SELECT a.leg_id, a.outcome, r.label AS result, a.answered_at, a.bridged_at, a.ended_at
FROM attempt a
LEFT JOIN call_result r ON r.organisation_id = a.organisation_id AND r.id = a.result_id
ORDER BY a.launched_at;

-- name: progress
-- How far a list has been dialed. Busy: on the line, or waiting for the agent's call result.
-- Soon: prospects that will be dialed before the given time.
SELECT
    (SELECT count(*) FROM attempt a WHERE a.organisation_id = %(organisation_id)s
        AND a.list_id = %(list_id)s) AS attempts,
    (SELECT count(*) FROM attempt a WHERE a.organisation_id = %(organisation_id)s
        AND a.list_id = %(list_id)s AND a.bridged_at IS NOT NULL) AS connected,
    (SELECT count(*) FROM attempt a WHERE a.organisation_id = %(organisation_id)s
        AND a.list_id = %(list_id)s AND a.state = 'talking') AS talking,
    (SELECT count(*) FROM attempt a WHERE a.organisation_id = %(organisation_id)s
        AND a.list_id = %(list_id)s AND a.state <> 'ended') AS busy,
    (SELECT count(*) FROM prospect p WHERE p.organisation_id = %(organisation_id)s
        AND p.list_id = %(list_id)s AND (p.status IN ('pool', 'held', 'calling')
            OR (p.status = 'resting' AND p.not_before < %(before)s))) AS soon;
