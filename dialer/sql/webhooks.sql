-- Where organisations are told, and what they are told.

-- name: note
-- Nothing → waiting, for every address that wants to know; as the lead is in this transaction.
INSERT INTO webhook_delivery (organisation_id, webhook_id, event, lead_id, body, due_at, until, created_at)
SELECT w.organisation_id, w.id, %(event)s, l.id, jsonb_build_object(
    'type', %(event)s::text,
    'timestamp', to_char(l.changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'data', jsonb_build_object(
        'lead_id', l.id, 'prospect_id', l.prospect_id, 'campaign_id', l.campaign_id, 'source', l.source,
        'state', l.state, 'reason', l.reason, 'application_id', a.id,
        'agent', CASE WHEN u.id IS NOT NULL THEN jsonb_build_object('id', u.id, 'name', u.name) END))::text,
    now(), now() + %(tried_for)s, now()
FROM lead l
JOIN webhook w ON w.organisation_id = l.organisation_id AND w.active AND %(event)s = ANY(w.events)
LEFT JOIN app_user u ON u.organisation_id = l.organisation_id AND u.id = l.user_id
LEFT JOIN application a ON a.organisation_id = l.organisation_id AND a.lead_id = l.id
WHERE l.organisation_id = %(organisation_id)s AND l.id = %(lead_id)s
RETURNING id;

-- name: claim
-- An address to which nothing is on its way and something is due: ours until busy_until. Addresses take turns;
-- an organisation whose addresses do not answer has no more than its part of them under way.
WITH address AS (
    SELECT w.organisation_id, w.id FROM webhook w
    WHERE w.active AND (w.busy_until IS NULL OR w.busy_until < now())
      AND EXISTS (SELECT FROM webhook_delivery d WHERE d.organisation_id = w.organisation_id
                  AND d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= now())
      AND (SELECT count(*) FROM webhook b WHERE b.organisation_id = w.organisation_id
           AND b.busy_until >= now()) < %(at_once)s
    ORDER BY w.served_at NULLS FIRST, w.id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE webhook w SET busy_until = now() + %(busy_for)s, busy_by = %(worker)s, served_at = now()
FROM address a WHERE w.organisation_id = a.organisation_id AND w.id = a.id
RETURNING w.organisation_id, w.id AS webhook_id, w.url, w.secret;

-- name: next_due
-- The message of an address that is due longest. Asked once the address is ours: what was settled a moment
-- before is seen.
SELECT id AS delivery_id, key, body, tries, until FROM webhook_delivery
WHERE organisation_id = %(organisation_id)s AND webhook_id = %(webhook_id)s AND state = 'waiting' AND due_at <= now()
ORDER BY due_at, id LIMIT 1;

-- name: release
-- The address is free for its next message.
UPDATE webhook SET busy_until = NULL, busy_by = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(webhook_id)s AND busy_by = %(worker)s;

-- name: delivered
-- waiting → delivered.
UPDATE webhook_delivery SET state = 'delivered', tries = tries + 1, error = NULL, error_values = '{}', ended_at = %(at)s
WHERE organisation_id = %(organisation_id)s AND id = %(delivery_id)s AND state = 'waiting';

-- name: failed
-- waiting → given_up where there is no next try.
UPDATE webhook_delivery
SET state = CASE WHEN %(due_at)s::timestamptz IS NULL THEN 'given_up' ELSE 'waiting' END,
    tries = tries + 1, error = %(error)s, error_values = %(error_values)s,
    due_at = coalesce(%(due_at)s, due_at), ended_at = CASE WHEN %(due_at)s::timestamptz IS NULL THEN %(at)s::timestamptz END
WHERE organisation_id = %(organisation_id)s AND id = %(delivery_id)s AND state = 'waiting';

-- name: send_again
-- given_up → waiting: one message by hand, or all of an address.
UPDATE webhook_delivery SET state = 'waiting', tries = 0, due_at = now(), until = now() + %(tried_for)s, ended_at = NULL
WHERE organisation_id = %(organisation_id)s AND webhook_id = %(webhook_id)s AND state = 'given_up'
  AND (%(delivery_id)s::bigint IS NULL OR id = %(delivery_id)s)
RETURNING id;

-- name: send_waiting_now
-- What waits for its next try is tried at once.
UPDATE webhook_delivery SET due_at = now()
WHERE organisation_id = %(organisation_id)s AND webhook_id = %(webhook_id)s AND state = 'waiting' AND due_at > now()
  AND (%(delivery_id)s::bigint IS NULL OR id = %(delivery_id)s)
RETURNING id;

-- name: forget
-- Messages that have been over for a month.
DELETE FROM webhook_delivery WHERE state <> 'waiting' AND ended_at < %(now)s::timestamptz - interval '30 days';

-- name: addresses
-- With what waits, what was given up, and what went wrong last.
SELECT w.id, w.url, w.events, w.active, w.created_at, c.waiting, c.given_up, c.delivered_at, e.error, e.error_values
FROM webhook w
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.state = 'waiting') AS waiting,
        count(*) FILTER (WHERE d.state = 'given_up') AS given_up,
        (SELECT max(t.ended_at) FROM webhook_delivery t WHERE t.organisation_id = w.organisation_id
           AND t.webhook_id = w.id AND t.state = 'delivered') AS delivered_at
    FROM webhook_delivery d
    WHERE d.organisation_id = w.organisation_id AND d.webhook_id = w.id AND d.state <> 'delivered'
) c
LEFT JOIN LATERAL (
    SELECT d.error, d.error_values FROM webhook_delivery d
    WHERE d.organisation_id = w.organisation_id AND d.webhook_id = w.id AND d.error IS NOT NULL
    ORDER BY d.id DESC LIMIT 1
) e ON true
WHERE w.organisation_id = %(organisation_id)s AND (%(webhook_id)s::bigint IS NULL OR w.id = %(webhook_id)s)
ORDER BY w.id;

-- part: told
id, key, event, lead_id, state, tries, due_at, error, error_values, created_at, ended_at

-- part: of_address
organisation_id = %(organisation_id)s AND webhook_id = %(webhook_id)s

-- name: deliveries
-- The newest messages of an address; those that are not through first.
SELECT * FROM (
    (SELECT {told} FROM webhook_delivery WHERE {of_address} AND state <> 'delivered'
     ORDER BY id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT {told} FROM webhook_delivery WHERE {of_address} AND state = 'delivered'
     ORDER BY ended_at DESC LIMIT %(limit)s)
) AS newest
ORDER BY state = 'delivered', id DESC LIMIT %(limit)s;

-- name: add
INSERT INTO webhook (organisation_id, url, secret, events, created_at)
VALUES (%(organisation_id)s, %(url)s, %(secret)s, %(events)s, %(now)s)
RETURNING id;

-- name: one
SELECT id, url, events, active FROM webhook
WHERE organisation_id = %(organisation_id)s AND id = %(webhook_id)s
FOR NO KEY UPDATE;

-- name: edit
UPDATE webhook SET url = %(url)s, events = %(events)s, active = %(active)s
WHERE organisation_id = %(organisation_id)s AND id = %(webhook_id)s;

-- name: renew_secret
UPDATE webhook SET secret = %(secret)s WHERE organisation_id = %(organisation_id)s AND id = %(webhook_id)s
RETURNING id;

-- name: remove
DELETE FROM webhook WHERE organisation_id = %(organisation_id)s AND id = %(webhook_id)s
RETURNING url;
