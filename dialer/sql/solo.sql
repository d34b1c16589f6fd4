-- name: desk
-- The open session of a user who dials alone or might: its kind, what was asked and refused, and whose
-- call is in hand.
SELECT s.organisation_id, s.id AS session_id, s.kind, s.list_id, s.started_at, d.one_after_another,
    d.wanted_at, d.wanted_prospect_id, d.refused_rule, d.refused_prospect_id, d.refused_until,
    t.prospect_id AS in_hand, concat_ws(' ', r.first_name, r.last_name) AS refused_name
FROM session s
JOIN agent a ON a.organisation_id = s.organisation_id AND a.session_id = s.id
LEFT JOIN attempt t ON t.organisation_id = a.organisation_id AND t.id = a.attempt_id
LEFT JOIN desk d ON d.organisation_id = s.organisation_id AND d.session_id = s.id
LEFT JOIN prospect r ON r.organisation_id = d.organisation_id AND r.id = d.refused_prospect_id
WHERE s.user_id = %(user_id)s AND s.ended_at IS NULL;

-- name: want
-- A call is asked for; what was asked for before gives way.
UPDATE desk SET wanted_at = %(at)s, wanted_prospect_id = %(prospect_id)s,
    refused_rule = NULL, refused_prospect_id = NULL, refused_until = NULL
WHERE organisation_id = %(organisation_id)s AND session_id = %(session_id)s;

-- name: set_one_after_another
UPDATE desk SET one_after_another = %(on)s,
    refused_rule = NULL, refused_prospect_id = NULL, refused_until = NULL
WHERE organisation_id = %(organisation_id)s AND session_id = %(session_id)s;

-- name: skip
-- The record comes last from here on.
INSERT INTO skipped (organisation_id, session_id, prospect_id, at)
VALUES (%(organisation_id)s, %(session_id)s, %(prospect_id)s, %(at)s)
ON CONFLICT (organisation_id, session_id, prospect_id) DO UPDATE SET at = excluded.at;

-- name: desks_waiting
-- Agents on this node who dial alone, are ready, and want a call.
SELECT a.organisation_id, a.user_id, a.list_id, a.session_id
FROM agent a
JOIN desk d ON d.organisation_id = a.organisation_id AND d.session_id = a.session_id
WHERE a.node = %(node)s AND a.state = 'ready' AND a.wanted IS NULL
  AND (d.wanted_at IS NOT NULL OR d.one_after_another)
ORDER BY d.wanted_at NULLS LAST, a.user_id;

-- name: take_wish
-- What the agent of this session wants, kept until the transaction ends.
SELECT d.one_after_another, d.wanted_at, d.wanted_prospect_id, s.kind, u.caller_id, u.extension,
    o.agent_leg_caller_id
FROM desk d
JOIN session s ON s.organisation_id = d.organisation_id AND s.id = d.session_id
JOIN app_user u ON u.organisation_id = d.organisation_id AND u.id = d.user_id
JOIN organisation o ON o.id = d.organisation_id
WHERE d.organisation_id = %(organisation_id)s AND d.session_id = %(session_id)s
FOR NO KEY UPDATE OF d;

-- name: answer_wish
-- A wish is granted, or refused for a rule; what stays on is one after another.
UPDATE desk SET wanted_at = NULL, wanted_prospect_id = NULL, refused_rule = %(rule)s,
    refused_prospect_id = %(prospect_id)s, refused_until = %(until)s
WHERE organisation_id = %(organisation_id)s AND session_id = %(session_id)s;

-- name: records
-- What an agent who dials alone may call in this session: first what comes first, skipped ones last.
-- Of a normal list what they hold; of follow-ups theirs that are promised, by the prospect's own date; of
-- leads theirs that are not done with, the newest first.
WITH own AS (
    SELECT l.prospect_id, NULL::timestamptz AS due_at, '' AS note, l.attempts, l.sort_key, l.position
    FROM lease l
    WHERE %(kind)s = 'alone' AND l.organisation_id = %(organisation_id)s AND l.list_id = %(list_id)s
      AND l.user_id = %(user_id)s
    UNION ALL
    SELECT f.prospect_id, f.due_at, f.note, 0, '', 0 FROM (
        SELECT DISTINCT ON (prospect_id) prospect_id, due_at, note FROM follow_up
        WHERE %(kind)s IN ('follow_ups_not_due', 'follow_ups_past_due')
          AND organisation_id = %(organisation_id)s AND user_id = %(user_id)s AND done_at IS NULL
        ORDER BY prospect_id, due_at
    ) f
    JOIN prospect p ON p.organisation_id = %(organisation_id)s AND p.id = f.prospect_id
        AND p.status = 'follow_up'
    WHERE ((f.due_at AT TIME ZONE p.time_zone)::date <= (%(now)s::timestamptz AT TIME ZONE p.time_zone)::date)
        = (%(kind)s = 'follow_ups_past_due')
    UNION ALL
    SELECT d.prospect_id, NULL, '', 0, '', -(extract(epoch FROM d.changed_at) * 1000)::bigint
    FROM lead d
    JOIN prospect p ON p.organisation_id = d.organisation_id AND p.id = d.prospect_id
        AND p.status NOT IN ('done', 'excluded', 'calling', 'follow_up')
    WHERE %(kind)s = 'leads' AND d.organisation_id = %(organisation_id)s AND d.user_id = %(user_id)s
), listed AS (
    SELECT own.*, k.at AS skipped_at FROM own
    LEFT JOIN skipped k ON k.organisation_id = %(organisation_id)s AND k.session_id = %(session_id)s
        AND k.prospect_id = own.prospect_id
    ORDER BY k.at NULLS FIRST, own.due_at NULLS FIRST, own.attempts, own.sort_key, own.position,
        own.prospect_id
    LIMIT %(limit)s
)
SELECT w.due_at, w.note, w.skipped_at, p.account_name, p.first_name, p.last_name, p.last_outcome,
    r.label AS last_result, li.name AS list_name, f.*
FROM listed w
JOIN prospect p ON p.organisation_id = %(organisation_id)s AND p.id = w.prospect_id
JOIN list li ON li.organisation_id = p.organisation_id AND li.id = p.list_id
JOIN dialing_facts f ON f.organisation_id = p.organisation_id AND f.prospect_id = p.id
LEFT JOIN call_result r ON r.organisation_id = p.organisation_id AND r.id = p.last_result_id
ORDER BY w.skipped_at NULLS FIRST, w.due_at NULLS FIRST, w.attempts, w.sort_key, w.position, w.prospect_id;

-- name: may_call
-- Whether the user may call this prospect alone: promised by them, held by them or free in the list of
-- the session, referred to them, or a lead of theirs. With what the rules look at.
SELECT f.*, pr.promised, ow.own_lead
FROM dialing_facts f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.prospect_id
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM follow_up u WHERE u.organisation_id = p.organisation_id
                   AND u.prospect_id = p.id AND u.user_id = %(user_id)s AND u.done_at IS NULL) AS promised
) pr
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT 1 FROM lead d WHERE d.organisation_id = p.organisation_id
                   AND d.prospect_id = p.id AND d.user_id = %(user_id)s) AS own_lead
) ow
WHERE f.organisation_id = %(organisation_id)s AND f.prospect_id = %(prospect_id)s
  AND CASE WHEN p.status = 'follow_up' THEN pr.promised
      ELSE NOT EXISTS (SELECT 1 FROM lease l WHERE l.organisation_id = p.organisation_id
                       AND l.prospect_id = p.id AND l.user_id <> %(user_id)s)
        AND (p.list_id = %(list_id)s
             OR EXISTS (SELECT 1 FROM lease l WHERE l.organisation_id = p.organisation_id
                        AND l.prospect_id = p.id AND l.user_id = %(user_id)s)
             OR EXISTS (SELECT 1 FROM referral r WHERE r.organisation_id = p.organisation_id
                        AND r.prospect_id = p.id AND r.user_id = %(user_id)s)
             OR ow.own_lead
             OR pr.promised)
      END;

-- name: lock_prospect
-- Changes nothing; whoever else would dial it passes it over.
SELECT status FROM prospect
WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s
FOR NO KEY UPDATE;

-- name: launch
-- held, pool, resting or follow_up → calling, for one agent; the attempt is on record before Asterisk
-- hears of it.
WITH taken AS (
    UPDATE prospect SET status = 'calling', attempts = attempts + 1, resting_for = 'retry'
    WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s
      AND status IN ('held', 'pool', 'resting', 'follow_up')
    RETURNING organisation_id, id, list_id
), released AS (
    DELETE FROM lease WHERE organisation_id = %(organisation_id)s AND prospect_id = %(prospect_id)s
)
INSERT INTO attempt (organisation_id, prospect_id, list_id, mode, node, number, caller_id, ring_s, record,
    drop_message, state, leg_id, agent_leg_id, bridge_id, user_id, phone_mode, endpoint, due_at, pending,
    launched_at, dialed_for)
SELECT organisation_id, id, list_id, 'click', %(node)s, %(number)s, %(caller_id)s, %(ring_s)s, %(record)s,
    %(drop_message)s, %(state)s, %(leg_id)s, %(agent_leg_id)s, %(bridge_id)s, %(user_id)s, %(phone_mode)s,
    %(endpoint)s, %(due_at)s, %(pending)s, %(at)s, %(session_id)s
FROM taken
RETURNING id;

-- name: follow_up_counts
-- How many of the user's promised calls are due today or earlier, by the prospect's own date, and later; and
-- their leads that are not done with.
SELECT
    count(DISTINCT p.id) FILTER (WHERE (f.due_at AT TIME ZONE p.time_zone)::date
        <= (%(now)s::timestamptz AT TIME ZONE p.time_zone)::date) AS past_due,
    count(DISTINCT p.id) FILTER (WHERE (f.due_at AT TIME ZONE p.time_zone)::date
        > (%(now)s::timestamptz AT TIME ZONE p.time_zone)::date) AS not_due,
    (SELECT count(*) FROM lead d
     JOIN prospect q ON q.organisation_id = d.organisation_id AND q.id = d.prospect_id
     WHERE d.user_id = %(user_id)s AND q.status NOT IN ('done', 'excluded', 'calling', 'follow_up')) AS leads
FROM (
    SELECT DISTINCT ON (organisation_id, prospect_id) organisation_id, prospect_id, due_at FROM follow_up
    WHERE user_id = %(user_id)s AND done_at IS NULL
    ORDER BY organisation_id, prospect_id, due_at
) f
JOIN prospect p ON p.organisation_id = f.organisation_id AND p.id = f.prospect_id AND p.status = 'follow_up';

-- name: last_unanswered
-- How the user's last call of the session ended, if nobody talked.
SELECT a.outcome, a.ended_at, p.first_name, p.last_name
FROM attempt a
JOIN prospect p ON p.organisation_id = a.organisation_id AND p.id = a.prospect_id
WHERE a.organisation_id = %(organisation_id)s AND a.user_id = %(user_id)s AND a.mode <> 'power'
  AND a.launched_at >= %(since)s
ORDER BY a.launched_at DESC
LIMIT 1;

-- name: closed_accounts
-- Who is in session on follow-ups though their account is closed, and was not sent away yet.
SELECT a.organisation_id, a.user_id FROM agent a
JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id AND NOT u.active
WHERE a.state <> 'logged_out' AND a.list_id IS NULL
  AND (a.wanted IS DISTINCT FROM 'log_out' OR a.state = 'wrap_up');
