-- Recordings and who hears them (ORG-6, CMP-4).

-- name: may_hear
-- A recording that is complete, for managers, for who talked, and for who may dial its list.
SELECT c.organisation_id, c.id, p.first_name || ' ' || p.last_name AS name
FROM recording c
JOIN app_user u ON u.organisation_id = c.organisation_id AND u.id = %(user_id)s AND u.active
JOIN attempt a ON a.organisation_id = c.organisation_id AND a.id = c.attempt_id
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
WHERE c.id = %(recording_id)s AND a.state IN ('wrap_up', 'ended')
  AND (u.role IN ('super_admin', 'admin', 'manager') OR a.user_id = u.id OR c.user_id = u.id
       OR EXISTS (SELECT 1 FROM list_user m WHERE m.organisation_id = a.organisation_id
                  AND m.list_id = a.list_id AND m.user_id = u.id));

-- name: heard_lately
-- Whether the user's listening is in the log since the time.
SELECT 1 AS yes FROM audit
WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND action = 'recording.listen'
  AND subject = %(subject)s AND at > %(since)s
LIMIT 1;
