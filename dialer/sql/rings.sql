-- Rings: who could be rung, the ring itself, its legs.

-- name: candidates
-- Everybody of the organisation, or one of them, as dialer/ring_rules.py looks at them.
SELECT u.id AS user_id, u.name, u.role, u.active, u.extension, u.locale, u.states, u.languages, u.products,
    u.works_from, u.works_until, u.works_days, u.takes_leads, u.seen_at,
    u.phone_kind = 'browser' AND NOT EXISTS (
        SELECT 1 FROM browser_phone b WHERE b.organisation_id = u.organisation_id AND b.user_id = u.id
        AND b.until > now()) AS phone_closed,
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
WHERE u.organisation_id = %(organisation_id)s AND u.active AND (%(user_id)s::bigint IS NULL OR u.id = %(user_id)s)
ORDER BY u.id;

-- name: group_of_campaign
SELECT c.name, c.most_rung, c.ring_s, c.press_s, c.active, o.time_zone,
    g.team_ids, g.skills, g.states, g.languages, g.products
FROM campaign c
JOIN distribution_group g ON g.organisation_id = c.organisation_id AND g.id = c.group_id
JOIN organisation o ON o.id = c.organisation_id
WHERE c.organisation_id = %(organisation_id)s AND c.id = %(campaign_id)s;

-- name: waiting_leads
-- Leads to be rung for: the oldest of each campaign, then the second of each, and so on, so that a campaign with
-- many keeps no other waiting.
SELECT w.organisation_id, w.id AS lead_id, w.campaign_id, p.region, w.language, w.product
FROM (SELECT *, row_number() OVER (PARTITION BY organisation_id, campaign_id ORDER BY received_at, id) AS turn
      FROM lead WHERE state = 'waiting') w
JOIN prospect p ON p.organisation_id = w.organisation_id AND p.id = w.prospect_id
ORDER BY w.turn, w.received_at, w.id
LIMIT %(most)s;

-- name: lock_waiting_lead
-- The lead, if it still waits and nobody else looks at it; with what the dialing rules look at.
SELECT l.organisation_id, l.id AS lead_id, l.prospect_id, l.campaign_id, l.changed_at, l.language, l.product,
    p.region, o.agent_leg_caller_id
FROM lead l
JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
JOIN organisation o ON o.id = l.organisation_id
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(lead_id)s AND l.state = 'waiting'
FOR NO KEY UPDATE OF l SKIP LOCKED;

-- name: facts_of_prospect
SELECT * FROM dialing_facts WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s;

-- name: insert_ring
INSERT INTO ring (organisation_id, key, lead_id, node, state, press_s, due_at, started_at)
VALUES (%(organisation_id)s, %(key)s, %(lead_id)s, %(node)s, 'ringing', %(press_s)s, %(due_at)s, %(at)s)
RETURNING id;

-- name: insert_ring_leg
-- The agent's place in the ring, and the leg of a phone that is rung, before Asterisk hears of it.
WITH placed AS (
    INSERT INTO ring_leg (organisation_id, ring_id, user_id, leg_id, bridge_id, standing, in_session, extension,
        prompt, taken, gone, state, started_at, answered_at)
    VALUES (%(organisation_id)s, %(ring_id)s, %(user_id)s, %(leg_id)s, %(bridge_id)s, %(standing)s,
        %(in_session)s, %(extension)s, %(prompt)s, %(taken)s, %(gone)s, %(state)s, %(at)s, %(answered_at)s)
    RETURNING *
)
INSERT INTO leg (organisation_id, id, kind, user_id, node, endpoint, created_at, ring_id)
SELECT organisation_id, leg_id, 'agent', user_id, %(node)s, %(endpoint)s, started_at, ring_id FROM placed
WHERE NOT standing;

-- name: lock_ring
-- The ring with this key, kept until the transaction ends.
SELECT r.*, l.prospect_id, l.lost_rings FROM ring r
JOIN lead l ON l.organisation_id = r.organisation_id AND l.id = r.lead_id
WHERE r.key = %(key)s
FOR NO KEY UPDATE OF r;

-- name: legs_of_ring
SELECT * FROM ring_leg WHERE organisation_id = %(organisation_id)s AND ring_id = %(ring_id)s ORDER BY id;

-- name: save_ring
UPDATE ring SET state = %(state)s, outcome = %(outcome)s, winner_id = %(winner_id)s,
    attempt_id = coalesce(%(attempt_id)s, attempt_id), due_at = %(due_at)s, ended_at = %(ended_at)s
WHERE organisation_id = %(organisation_id)s AND id = %(ring_id)s;

-- name: save_ring_leg
-- The agent's place, and the end or the answer of the leg that was rung for it.
WITH saved AS (
    UPDATE ring_leg SET state = %(state)s, outcome = %(outcome)s, answered_at = %(answered_at)s,
        pressed_at = %(pressed_at)s, ended_at = %(ended_at)s, cause = %(cause)s
    WHERE organisation_id = %(organisation_id)s AND ring_id = %(ring_id)s AND user_id = %(user_id)s
)
UPDATE leg SET answered_at = coalesce(answered_at, %(answered_at)s),
    ended_at = CASE WHEN %(gone)s THEN coalesce(ended_at, %(ended_at)s) ELSE ended_at END,
    cause = coalesce(cause, %(cause)s)
WHERE organisation_id = %(organisation_id)s AND id = %(leg_id)s AND ring_id IS NOT NULL;

-- name: keep_event
INSERT INTO event (organisation_id, at, kind, user_id, data)
VALUES (%(organisation_id)s, %(at)s, %(kind)s, %(user_id)s, %(data)s);

-- name: key_of_ring
SELECT key FROM ring WHERE organisation_id = %(organisation_id)s AND id = %(ring_id)s;

-- name: open_rings
SELECT * FROM ring WHERE node = %(node)s AND state <> 'over' ORDER BY started_at;

-- name: due_rings
SELECT key, due_at FROM ring WHERE node = %(node)s AND state <> 'over' AND due_at <= %(now)s ORDER BY due_at;

-- name: withdrawals
-- Rings of leads that are to be withdrawn, or were given to somebody by hand.
SELECT r.key FROM ring r JOIN lead l ON l.organisation_id = r.organisation_id AND l.id = r.lead_id
WHERE r.node = %(node)s AND r.state = 'ringing' AND (l.withdraw_asked_at IS NOT NULL OR l.state <> 'ringing');

-- name: lock_agents
-- Changes nothing; the rows stay ours until the transaction ends, locked in the order of all who lock several.
SELECT a.*, o.wrap_up_s FROM agent a JOIN organisation o ON o.id = a.organisation_id
WHERE a.organisation_id = %(organisation_id)s AND a.user_id = ANY(%(user_ids)s)
ORDER BY a.user_id
FOR NO KEY UPDATE OF a;

-- name: rung_of
-- Those of the users whose ring is not over.
SELECT user_id FROM ring_leg
WHERE organisation_id = %(organisation_id)s AND user_id = ANY(%(user_ids)s) AND state <> 'over';

-- name: is_rung
-- Whether a ring of the user's is not over.
SELECT EXISTS (SELECT 1 FROM ring_leg WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s
               AND state <> 'over') AS rung;

-- name: winner
-- Who takes the lead, and what is needed to call it.
SELECT u.caller_id, u.locale, u.extension, o.agent_leg_caller_id, o.id AS organisation_id
FROM app_user u JOIN organisation o ON o.id = u.organisation_id
WHERE u.organisation_id = %(organisation_id)s AND u.id = %(user_id)s AND u.active;

-- name: ring_each_call
-- Somebody without a session took a lead: this one call is on the phone that was rung.
UPDATE agent SET phone_mode = 'ring_each_call'
WHERE organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND state = 'logged_out';

-- name: open_leads_session
INSERT INTO session (organisation_id, user_id, kind, node, started_at)
VALUES (%(organisation_id)s, %(user_id)s, 'leads', %(node)s, %(at)s)
RETURNING id;

-- name: launch_lead
-- pool, resting or follow_up → calling, for the agent who took the lead; on record before Asterisk hears of it.
WITH taken AS (
    UPDATE prospect SET status = 'calling', attempts = attempts + 1, resting_for = 'retry'
    WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s
      AND status IN ('pool', 'resting', 'follow_up')
    RETURNING organisation_id, id, list_id
)
INSERT INTO attempt (organisation_id, prospect_id, list_id, mode, node, number, caller_id, ring_s, record,
    drop_message, state, leg_id, agent_leg_id, bridge_id, recording_id, user_id, phone_mode, endpoint, due_at,
    pending, launched_at, dialed_for, tell)
SELECT organisation_id, id, list_id, 'ring_all', %(node)s, %(number)s, %(caller_id)s, %(ring_s)s, %(record)s,
    %(drop_message)s, 'dialing', %(leg_id)s, %(agent_leg_id)s, %(bridge_id)s, %(recording_id)s, %(user_id)s,
    %(phone_mode)s, %(endpoint)s, %(due_at)s, %(pending)s, %(at)s, %(session_id)s, %(tell)s
FROM taken
RETURNING id;

-- name: give_leg_to_call
-- The leg that was rung belongs to the call now.
UPDATE leg SET attempt_id = %(attempt_id)s WHERE organisation_id = %(organisation_id)s AND id = %(leg_id)s;
