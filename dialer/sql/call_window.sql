-- What the Call Disposition window shows beside the call itself (LPS-4).

-- name: of_call
-- The user's open call, and whether they choose themselves whom they call.
SELECT a.organisation_id, a.prospect_id, p.list_id, p.custom, u.name AS agent_name,
    coalesce(s.kind, 'pool') <> 'pool' AS dials_alone
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
LEFT JOIN session s ON s.organisation_id = a.organisation_id AND s.user_id = a.user_id AND s.ended_at IS NULL
WHERE a.user_id = %(user_id)s AND a.id = %(attempt_id)s 
  AND a.state IN ('ringing_agent', 'dialing', 'bridging', 'talking', 'wrap_up');

-- name: phones
SELECT kind, number FROM phone
WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s ORDER BY rank;

-- name: custom_fields
SELECT label, kind FROM custom_field
WHERE organisation_id = %(organisation_id)s AND active ORDER BY position, id;

-- name: earlier_calls
SELECT a.id, a.launched_at, a.outcome, r.label AS result, u.name AS by, a.notes,
    CASE WHEN a.bridged_at IS NOT NULL THEN a.ended_at - a.bridged_at END AS talked,
    h.recordings, h.stored
FROM attempt a
JOIN app_user me ON me.organisation_id = a.organisation_id AND me.id = %(user_id)s
-- Those that the user may hear, as recordings.sql has it.
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(c.id ORDER BY c.started_at, c.id), '{}') AS recordings,
        coalesce(array_agg(c.id) FILTER (WHERE c.place <> 'folder'), '{}') AS stored
    FROM recording c
    WHERE c.organisation_id = a.organisation_id AND c.attempt_id = a.id AND c.deleted_at IS NULL
      AND (a.user_id = me.id OR c.user_id = me.id OR me.role IN ('super_admin', 'admin', 'manager'))
) h
LEFT JOIN call_result r ON r.organisation_id = a.organisation_id AND r.id = a.result_id
LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = %(organisation_id)s AND a.prospect_id = %(prospect_id)s AND a.id <> %(attempt_id)s
ORDER BY a.launched_at DESC
LIMIT 50;

-- name: referred_by
SELECT p.first_name, p.last_name, p.account_name, f.relation, f.created_at, u.name AS noted_by
FROM referral f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.from_prospect_id
LEFT JOIN app_user u ON u.organisation_id = f.organisation_id AND u.id = f.user_id
WHERE f.organisation_id = %(organisation_id)s AND f.prospect_id = %(prospect_id)s;
