-- Requests by which leads were posted, for those that come again.

-- name: one_at_a_time
-- Changes nothing: the same request at the same moment waits until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('request ' || %(token_id)s || ' ' || %(key)s, %(organisation_id)s));

-- name: request
-- The lead that a request made within the last day.
SELECT r.body_hash, r.lead_id, l.prospect_id FROM lead_request r
JOIN lead l ON l.organisation_id = r.organisation_id AND l.id = r.lead_id
WHERE r.organisation_id = %(organisation_id)s AND r.token_id = %(token_id)s AND r.key = %(key)s
  AND r.at > %(now)s::timestamptz - interval '24 hours';

-- name: keep
-- An old request under this key gives way.
INSERT INTO lead_request (organisation_id, token_id, key, body_hash, lead_id, at)
VALUES (%(organisation_id)s, %(token_id)s, %(key)s, %(body_hash)s, %(lead_id)s, %(now)s)
ON CONFLICT (organisation_id, token_id, key) DO UPDATE SET
    body_hash = excluded.body_hash, lead_id = excluded.lead_id, at = excluded.at;

-- name: forget
-- Keys that stand for nothing any more.
DELETE FROM lead_request WHERE at <= %(now)s::timestamptz - interval '24 hours';
