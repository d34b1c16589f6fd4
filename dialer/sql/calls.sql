-- name: lock_call
-- The attempt of a prospect's leg, kept until the transaction ends, with what settling it needs.
SELECT a.*, p.attempts AS prospect_attempts, l.max_attempts,
    -- When a lead is called again its agent says.
    CASE l.kind WHEN 'campaign' THEN interval '0' ELSE l.retry_busy END AS retry_busy,
    CASE l.kind WHEN 'campaign' THEN interval '0' ELSE l.retry_no_answer END AS retry_no_answer,
    CASE l.kind WHEN 'campaign' THEN interval '0' ELSE l.retry_machine END AS retry_machine,
    CASE l.kind WHEN 'campaign' THEN interval '0' ELSE l.retry_failed END AS retry_failed,
    CASE l.kind WHEN 'campaign' THEN interval '0' ELSE l.retry_dropped END AS retry_dropped,
    a.mode <> 'power' AND EXISTS (SELECT 1 FROM follow_up f WHERE f.organisation_id = a.organisation_id
        AND f.prospect_id = a.prospect_id AND f.done_at IS NULL) AS promised
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
JOIN list l ON l.organisation_id = a.organisation_id AND l.id = a.list_id
WHERE a.leg_id = %(leg_id)s
FOR NO KEY UPDATE OF a;

-- name: save_call
-- Saves the attempt with what is still to be sent, closes or answers its leg, keeps the event.
WITH saved AS (
    UPDATE attempt SET
        state = %(state)s, agent_leg_id = %(agent_leg_id)s, bridge_id = %(bridge_id)s,
        recording_id = %(recording_id)s, user_id = %(user_id)s, phone_mode = %(phone_mode)s,
        outcome = %(outcome)s, cause = %(cause)s, due_at = %(due_at)s, pending = %(pending)s,
        on_hold = %(on_hold)s,
        -- What was asked of one conversation is not asked of the next one, with another agent.
        hold_asked = CASE WHEN state = 'talking' AND %(state)s = 'talking' THEN hold_asked END,
        answered_at = %(answered_at)s, bridged_at = %(bridged_at)s, ended_at = %(ended_at)s,
        saved_at = %(saved_at)s
    WHERE organisation_id = %(organisation_id)s AND id = %(attempt_id)s
), leg_saved AS (
    UPDATE leg SET
        answered_at = coalesce(answered_at, %(leg_answered_at)s),
        ended_at = coalesce(ended_at, %(leg_ended_at)s),
        cause = coalesce(cause, %(leg_cause)s)
    WHERE organisation_id = %(organisation_id)s AND id = %(event_leg_id)s
      AND (%(leg_answered_at)s::timestamptz IS NOT NULL OR %(leg_ended_at)s::timestamptz IS NOT NULL)
)
INSERT INTO event (organisation_id, at, kind, attempt_id, user_id, data)
VALUES (%(organisation_id)s, %(at)s, %(kind)s, %(attempt_id)s, %(user_id)s, %(data)s);

-- name: insert_prospect_leg
INSERT INTO leg (organisation_id, id, kind, attempt_id, node, endpoint, created_at)
VALUES (%(organisation_id)s, %(leg_id)s, 'prospect', %(attempt_id)s, %(node)s, %(endpoint)s, %(at)s);

-- name: start_recording
INSERT INTO recording (organisation_id, id, attempt_id, user_id, node, started_at)
VALUES (%(organisation_id)s, %(recording_id)s, %(attempt_id)s, %(user_id)s, %(node)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: stop_recording
UPDATE recording SET ended_at = %(at)s
WHERE organisation_id = %(organisation_id)s AND id = %(recording_id)s AND ended_at IS NULL;

-- name: due_calls
-- Prospect legs of this node's calls whose deadline has passed.
SELECT leg_id, due_at FROM attempt WHERE node = %(node)s AND due_at <= %(now)s ORDER BY due_at LIMIT 1000;

-- name: waiting_calls
-- Prospect legs of answered calls without an agent, longest wait first.
SELECT leg_id FROM attempt WHERE node = %(node)s AND state = 'answered' ORDER BY answered_at;

-- name: open_calls
-- Everything of this node that is on the line or should be.
SELECT * FROM attempt WHERE node = %(node)s AND state NOT IN ('wrap_up', 'ended') ORDER BY launched_at;

-- name: call_of_agent
SELECT leg_id FROM attempt
WHERE organisation_id = %(organisation_id)s AND id = %(attempt_id)s AND state NOT IN ('wrap_up', 'ended');

-- name: leg
SELECT l.kind, a.leg_id AS call_leg_id, r.key AS ring_key
FROM leg l
LEFT JOIN attempt a ON a.organisation_id = l.organisation_id AND a.id = l.attempt_id
LEFT JOIN ring r ON r.organisation_id = l.organisation_id AND r.id = l.ring_id AND r.state <> 'over'
WHERE l.id = %(leg_id)s;

-- name: known_legs
SELECT id AS leg_id FROM leg WHERE id = ANY(%(leg_ids)s);

-- name: close_vanished_legs
-- A leg's end is kept by its call's own event where one is still to come.
UPDATE leg SET ended_at = %(at)s
WHERE node = %(node)s AND ended_at IS NULL AND NOT (id = ANY(%(living)s))
  AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.organisation_id = leg.organisation_id
                  AND a.leg_id = leg.id AND a.state NOT IN ('wrap_up', 'ended'))
  AND NOT EXISTS (SELECT 1 FROM agent g WHERE g.leg_id = leg.id);

-- name: hang_up_wanted
-- Notes that the agent wants this call's line cut; the dialer sends it.
UPDATE attempt SET hang_up_asked_at = %(at)s
WHERE organisation_id = %(organisation_id)s AND id = %(attempt_id)s AND user_id = %(user_id)s
  AND (state IN ('bridging', 'talking') OR mode <> 'power' AND state IN ('ringing_agent', 'dialing', 'telling'))
RETURNING id;

-- name: take_hang_ups
-- Calls that an agent wants to end; each is taken once.
UPDATE attempt SET hang_up_asked_at = NULL
WHERE node = %(node)s AND hang_up_asked_at IS NOT NULL
RETURNING leg_id, state;
