-- What an agent's panel shows while a lead rings.

-- name: of_user
-- The lead of the user's newest ring leg: it rings, or it was decided a moment ago. Its number is not told.
WITH newest AS (
    SELECT organisation_id, ring_id, state, outcome, pressed_at FROM ring_leg
    WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s
    ORDER BY started_at DESC, id DESC LIMIT 1
)
SELECT n.ring_id, CASE WHEN n.state IN ('ringing', 'listening') THEN 'rings'
                       WHEN g.winner_id = %(user_id)s THEN 'mine' ELSE 'taken' END AS what,
       p.first_name, p.last_name, p.account_name, p.region AS state, d.product, c.name AS campaign
FROM newest n
JOIN ring g ON g.organisation_id = n.organisation_id AND g.id = n.ring_id
JOIN lead d ON d.organisation_id = g.organisation_id AND d.id = g.lead_id
JOIN prospect p ON p.organisation_id = d.organisation_id AND p.id = d.prospect_id
JOIN campaign c ON c.organisation_id = d.organisation_id AND c.id = d.campaign_id
LEFT JOIN ring_leg w ON w.organisation_id = g.organisation_id AND w.ring_id = g.id AND w.user_id = g.winner_id
WHERE n.state IN ('ringing', 'listening')
   OR w.pressed_at > now() - %(shown)s::interval
      AND (g.winner_id = %(user_id)s OR n.outcome IN ('too_late', 'stopped'));
