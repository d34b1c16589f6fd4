-- Rings: who could be rung, the ring itself, its legs.

-- name: candidates
-- Everybody of the organisation as dialer/ring_rules.py looks at them.
SELECT u.id AS user_id, u.name, u.role, u.active, u.extension, u.locale, u.states, u.languages, u.products,
    u.works_from, u.works_until, u.works_days, u.seen_at,
    a.state AS agent_state, a.wanted, a.node, a.phone_mode, a.leg_id, a.bridge_id,
    ARRAY(SELECT m.team_id FROM membership m
          WHERE m.organisation_id = u.organisation_id AND m.user_id = u.id) AS team_ids,
    coalesce((SELECT jsonb_object_agg(s.skill, s.level) FROM user_skill s
              WHERE s.organisation_id = u.organisation_id AND s.user_id = u.id), '{}') AS skills,
    EXISTS (SELECT 1 FROM ring_leg r WHERE r.organisation_id = u.organisation_id AND r.user_id = u.id
            AND r.state <> 'over') AS rings,
    coalesce(c.state <> 'wrap_up', false) AS on_a_call,
    coalesce(c.state = 'wrap_up', false) AS owes_result,
    (SELECT max(r.started_at) FROM ring_leg r
     WHERE r.organisation_id = u.organisation_id AND r.user_id = u.id) AS last_rung_at
FROM app_user u
LEFT JOIN agent a ON a.organisation_id = u.organisation_id AND a.user_id = u.id
LEFT JOIN attempt c ON c.organisation_id = u.organisation_id AND c.user_id = u.id
    AND c.state IN ('dialing', 'ringing_agent', 'bridging', 'talking', 'telling', 'wrap_up')
WHERE u.organisation_id = %(organisation_id)s AND u.active
ORDER BY u.id;

-- name: group_of_campaign
SELECT c.name, c.most_rung, c.ring_s, c.press_s, c.active, o.time_zone,
    g.team_ids, g.skills, g.states, g.languages, g.products
FROM campaign c
JOIN distribution_group g ON g.organisation_id = c.organisation_id AND g.id = c.group_id
JOIN organisation o ON o.id = c.organisation_id
WHERE c.organisation_id = %(organisation_id)s AND c.id = %(campaign_id)s;
