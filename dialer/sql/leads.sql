-- Leads: posted, seen, moved by hand.

-- name: one_at_a_time
-- Changes nothing: another lead with the number for the same campaign waits until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('lead ' || %(campaign_id)s || ' ' || %(number)s, %(organisation_id)s));

-- name: campaign
-- The campaign that a lead comes into, kept as it is until the lead is in.
SELECT c.name, c.active AND l.archived_at IS NULL AS active, c.list_id, l.phone_field, o.country, o.time_zone,
    (SELECT coalesce(jsonb_object_agg(f.label, f.kind), '{}') FROM custom_field f
     WHERE f.organisation_id = c.organisation_id AND f.active) AS kinds
FROM campaign c
JOIN list l ON l.organisation_id = c.organisation_id AND l.id = c.list_id
JOIN organisation o ON o.id = c.organisation_id
WHERE c.organisation_id = %(organisation_id)s AND c.id = %(campaign_id)s
FOR SHARE OF c;

-- name: barred
-- Which of the numbers nobody may call, whether the dialed one is parked, and the lead that came with one
-- of them to the same campaign within a minute.
SELECT
    ARRAY(SELECT number FROM do_not_call
          WHERE organisation_id = %(organisation_id)s AND number = ANY(%(numbers)s)) AS do_not_call,
    EXISTS (SELECT FROM parking_lot
            WHERE organisation_id = %(organisation_id)s AND number = %(dialed)s
              AND until > (%(now)s::timestamptz AT TIME ZONE %(organisation_zone)s)::date) AS parked,
    (SELECT min(l.id) FROM phone p
     JOIN lead l ON l.organisation_id = p.organisation_id AND l.prospect_id = p.prospect_id
     WHERE p.organisation_id = %(organisation_id)s AND p.number = ANY(%(numbers)s)
       AND l.campaign_id = %(campaign_id)s AND l.state <> 'withdrawn'
       AND l.received_at > %(now)s::timestamptz - interval '1 minute') AS first_lead_id;

-- name: add_prospect
-- A prospect of its own in the campaign's list, in the order in which leads come.
INSERT INTO prospect (organisation_id, list_id, position, status, excluded_by, account_name, first_name,
    last_name, email, region, postal_code, time_zone, custom, notes)
VALUES (%(organisation_id)s, %(list_id)s, (extract(epoch FROM %(now)s::timestamptz) * 1000000)::bigint,
    CASE WHEN %(excluded_by)s::text IS NULL THEN 'pool' ELSE 'excluded' END, %(excluded_by)s,
    %(account_name)s, %(first_name)s, %(last_name)s, %(email)s, %(region)s, %(postal_code)s, %(time_zone)s,
    %(custom)s, %(notes)s)
RETURNING id;

-- name: add_phones
INSERT INTO phone (organisation_id, prospect_id, rank, kind, number)
SELECT %(organisation_id)s, %(prospect_id)s, rank, kind, number
FROM unnest(%(kinds)s::text[], %(numbers)s::text[]) WITH ORDINALITY AS given (kind, number, rank);

-- name: add
-- Nothing → waiting.
INSERT INTO lead (organisation_id, prospect_id, campaign_id, source, token_id, language, product, consent,
    received_at, changed_at)
VALUES (%(organisation_id)s, %(prospect_id)s, %(campaign_id)s,
    coalesce((SELECT t.name FROM api_token t
              WHERE t.organisation_id = %(organisation_id)s AND t.id = %(token_id)s), %(source)s),
    %(token_id)s, %(language)s, %(product)s, %(consent)s, %(now)s, %(now)s)
RETURNING id;

-- name: lock
-- The lead, kept where it is until the transaction ends; no row for who manages no lists.
SELECT l.state, l.withdraw_asked_at, u.name AS user_name, c.active AS campaign_active, c.name AS campaign_name
FROM lead l
JOIN campaign c ON c.organisation_id = l.organisation_id AND c.id = l.campaign_id
LEFT JOIN app_user u ON u.organisation_id = l.organisation_id AND u.id = l.user_id
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(lead_id)s
  AND EXISTS (SELECT FROM app_user m
              WHERE m.organisation_id = l.organisation_id AND m.id = %(by_id)s AND m.active
                AND m.role IN ('super_admin', 'admin', 'manager'))
FOR NO KEY UPDATE OF l;

-- name: ask_withdraw
-- The ring that goes on is to end, and the lead with it.
UPDATE lead SET withdraw_asked_at = coalesce(withdraw_asked_at, %(now)s)
WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND state = 'ringing';

-- part: takes_calls
organisation_id = %(organisation_id)s AND active AND role <> 'dialing_agent'

-- name: assignable
-- Who may be given a lead: they take calls, and their account is open.
SELECT id, name FROM app_user WHERE {takes_calls} ORDER BY role <> 'agent', lower(name), id;

-- name: assignee
-- One of them, whose account stays open until the transaction ends.
SELECT id FROM app_user WHERE {takes_calls} AND id = %(user_id)s FOR SHARE;

-- part: seen
l.id, l.prospect_id, l.campaign_id, c.name AS campaign_name, l.source, l.language, l.product, l.consent,
    l.state, l.reason, l.user_id, u.name AS user_name, a.id AS application_id, l.received_at, l.changed_at,
    l.withdraw_asked_at, p.first_name, p.last_name, p.account_name, p.region, p.time_zone, ph.number

-- part: around
JOIN campaign c ON c.organisation_id = l.organisation_id AND c.id = l.campaign_id
JOIN prospect p ON p.organisation_id = l.organisation_id AND p.id = l.prospect_id
LEFT JOIN phone ph ON ph.organisation_id = l.organisation_id AND ph.prospect_id = l.prospect_id AND ph.rank = 1
LEFT JOIN app_user u ON u.organisation_id = l.organisation_id AND u.id = l.user_id
LEFT JOIN application a ON a.organisation_id = l.organisation_id AND a.lead_id = l.id

-- part: wanted
l.organisation_id = %(organisation_id)s
  AND (%(campaign_id)s::bigint IS NULL OR l.campaign_id = %(campaign_id)s)
  AND (%(before_at)s::timestamptz IS NULL OR (l.received_at, l.id) < (%(before_at)s, %(before_id)s))

-- part: shown
SELECT {seen} FROM chosen JOIN lead l ON l.organisation_id = %(organisation_id)s AND l.id = chosen.id
{around}
ORDER BY l.received_at DESC, l.id DESC
LIMIT %(limit)s

-- name: page
-- Newest first, from the one before ``before`` on; by place, by campaign. The newest of each place, put together.
WITH chosen AS (
    SELECT found.id FROM unnest(%(states)s::text[]) AS place (state)
    CROSS JOIN LATERAL (
        SELECT l.id FROM lead l WHERE l.state = place.state AND {wanted}
        ORDER BY l.received_at DESC, l.id DESC LIMIT %(limit)s) AS found
)
{shown};

-- part: first_word
EXISTS (SELECT FROM lead_word w WHERE w.organisation_id = l.organisation_id AND w.lead_id = l.id
        AND w.word >= %(from_1)s AND w.word < %(to_1)s)

-- part: second_word
EXISTS (SELECT FROM lead_word w WHERE w.organisation_id = l.organisation_id AND w.lead_id = l.id
        AND w.word >= %(from_2)s AND w.word < %(to_2)s)

-- part: third_word
EXISTS (SELECT FROM lead_word w WHERE w.organisation_id = l.organisation_id AND w.lead_id = l.id
        AND w.word >= %(from_3)s AND w.word < %(to_3)s)

-- part: newest
l.state = ANY(%(states)s) AND {wanted} ORDER BY l.received_at DESC, l.id DESC LIMIT %(limit)s

-- name: search_one
-- As page, of those that have a word with this beginning.
WITH chosen AS (SELECT l.id FROM lead l WHERE {first_word} AND {newest})
{shown};

-- name: search_two
WITH chosen AS (SELECT l.id FROM lead l WHERE {first_word} AND {second_word} AND {newest})
{shown};

-- name: search_three
WITH chosen AS (SELECT l.id FROM lead l WHERE {first_word} AND {second_word} AND {third_word} AND {newest})
{shown};

-- name: search_any
-- As page, of those that have a word with one of two beginnings, or this id; null is none.
WITH found AS (
    SELECT w.lead_id FROM lead_word w
    WHERE w.organisation_id = %(organisation_id)s AND w.word >= %(from_1)s AND w.word < %(to_1)s
    UNION
    SELECT w.lead_id FROM lead_word w
    WHERE w.organisation_id = %(organisation_id)s AND w.word >= %(from_2)s AND w.word < %(to_2)s
    UNION
    SELECT %(id)s::bigint WHERE %(id)s IS NOT NULL
), chosen AS (
    SELECT l.id FROM found JOIN lead l ON l.organisation_id = %(organisation_id)s AND l.id = found.lead_id
    WHERE {newest}
)
{shown};

-- name: place_of
-- Where a page of leads goes on.
SELECT received_at FROM lead WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s;

-- name: one
SELECT {seen}, p.email, p.postal_code, p.custom, p.notes,
    (SELECT coalesce(jsonb_agg(jsonb_build_array(n.kind, n.number) ORDER BY n.rank), '[]') FROM phone n
     WHERE n.organisation_id = l.organisation_id AND n.prospect_id = l.prospect_id) AS phones
FROM lead l
{around}
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(lead_id)s;

-- name: rings
SELECT r.id, r.state, r.outcome, r.winner_id, u.name AS winner_name, r.started_at, r.ended_at
FROM ring r
LEFT JOIN app_user u ON u.organisation_id = r.organisation_id AND u.id = r.winner_id
WHERE r.organisation_id = %(organisation_id)s AND r.lead_id = %(lead_id)s
ORDER BY r.started_at DESC, r.id DESC;

-- name: legs
SELECT g.ring_id, g.id, g.user_id, u.name AS user_name, g.standing, g.state, g.outcome, g.started_at,
    g.answered_at, g.pressed_at, g.ended_at
FROM ring r
JOIN ring_leg g ON g.organisation_id = r.organisation_id AND g.ring_id = r.id
JOIN app_user u ON u.organisation_id = g.organisation_id AND u.id = g.user_id
WHERE r.organisation_id = %(organisation_id)s AND r.lead_id = %(lead_id)s
ORDER BY g.started_at, g.id;

-- name: calls
-- The calls to the lead's own phone, newest first.
SELECT t.id, t.mode, t.state, t.outcome, t.number, t.user_id, u.name AS user_name, t.launched_at, t.bridged_at,
    t.ended_at, r.label AS result
FROM lead l
JOIN attempt t ON t.organisation_id = l.organisation_id AND t.prospect_id = l.prospect_id
LEFT JOIN app_user u ON u.organisation_id = t.organisation_id AND u.id = t.user_id
LEFT JOIN call_result r ON r.organisation_id = t.organisation_id AND r.id = t.result_id
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(lead_id)s
ORDER BY t.launched_at DESC, t.id DESC LIMIT 50;

-- name: counts
-- How many leads are where, but for those that are done with.
SELECT state, count(*) AS leads FROM lead
WHERE organisation_id = %(organisation_id)s AND state IN ('waiting', 'ringing', 'exception')
GROUP BY state;

-- name: of_user
-- The user's own leads, the newest first, with how the last call to each went.
SELECT {seen}, p.status AS prospect_status, p.attempts, p.last_outcome, p.not_before, r.label AS last_result,
    p.notes, f.due_at AS promised_at,
    (SELECT max(t.launched_at) FROM attempt t WHERE t.organisation_id = l.organisation_id
       AND t.prospect_id = l.prospect_id) AS called_at
FROM lead l
{around}
LEFT JOIN call_result r ON r.organisation_id = p.organisation_id AND r.id = p.last_result_id
LEFT JOIN LATERAL (
    SELECT min(w.due_at) AS due_at FROM follow_up w
    WHERE w.organisation_id = l.organisation_id AND w.prospect_id = l.prospect_id AND w.user_id = l.user_id
      AND w.done_at IS NULL) f ON true
WHERE l.organisation_id = %(organisation_id)s AND l.user_id = %(user_id)s
  AND (%(before_at)s::timestamptz IS NULL OR (l.changed_at, l.id) < (%(before_at)s, %(before_id)s))
ORDER BY l.changed_at DESC, l.id DESC
LIMIT %(limit)s;

-- name: place_of_own
SELECT changed_at FROM lead
WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND user_id = %(user_id)s;

-- name: own
-- The prospect of a lead that is the user's.
SELECT organisation_id, prospect_id FROM lead WHERE id = %(lead_id)s AND user_id = %(user_id)s AND state = 'taken';

-- name: campaigns
SELECT c.id, c.name, c.active AND l.archived_at IS NULL AS active
FROM campaign c
JOIN list l ON l.organisation_id = c.organisation_id AND l.id = c.list_id
WHERE c.organisation_id = %(organisation_id)s
ORDER BY c.active DESC, lower(c.name), c.id;
