-- name: hold_wanted
-- Notes that the agent wants this prospect on hold, or back; the last word counts, the dialer acts.
UPDATE attempt SET hold_asked = %(hold)s
WHERE organisation_id = %(organisation_id)s AND id = %(attempt_id)s AND user_id = %(user_id)s
  AND state = 'talking'
RETURNING id;

-- name: take_holds
-- Conversations whose agents want their prospects on hold, or back; each is taken once.
WITH asked AS (
    SELECT organisation_id, id, hold_asked FROM attempt
    WHERE node = %(node)s AND hold_asked IS NOT NULL
    ORDER BY organisation_id, id
    FOR NO KEY UPDATE
)
UPDATE attempt a SET hold_asked = NULL FROM asked
WHERE a.organisation_id = asked.organisation_id AND a.id = asked.id
RETURNING a.leg_id, a.user_id, asked.hold_asked AS hold;
