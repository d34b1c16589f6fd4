-- Call Activity: legs as they are shown, and what can be chosen among them (RING-5, RING-6).

-- name: legs
-- These legs as they are shown, in the order of the ids.
SELECT c.id, c.kind, c.prospect_id, btrim(p.first_name || ' ' || p.last_name) AS prospect, c.user_id, c.by_name AS by,
    c.phone, c.at, c.rang_s, c.talk_s, c.outcome, c.cause, c.attempt_id, k.label AS result,
    ARRAY(SELECT r.id FROM recording r WHERE r.organisation_id = c.organisation_id AND r.attempt_id = c.attempt_id
              AND r.deleted_at IS NULL
          ORDER BY r.started_at, r.id) AS recordings
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS w (id, position)
JOIN call_activity c ON c.organisation_id = %(organisation_id)s AND c.id = w.id
JOIN prospect p ON p.organisation_id = c.organisation_id AND p.id = c.prospect_id
LEFT JOIN attempt a ON a.organisation_id = c.organisation_id AND a.id = c.attempt_id
LEFT JOIN call_result k ON k.organisation_id = a.organisation_id AND k.id = a.result_id
ORDER BY w.position;

-- name: under_way
-- A prospect's legs that are not over yet, the newest first.
SELECT 'prospect' AS kind, a.user_id, coalesce(u.name, '') AS by, a.number AS phone, a.launched_at AS at, a.state
FROM attempt a
LEFT JOIN app_user u ON u.organisation_id = a.organisation_id AND u.id = a.user_id
WHERE a.organisation_id = %(organisation_id)s AND a.prospect_id = %(prospect_id)s AND a.ended_at IS NULL
  AND (%(own)s::bigint IS NULL OR a.user_id = %(own)s)
UNION ALL
SELECT 'agent', g.user_id, u.name, g.extension, g.started_at, g.state
FROM lead l
JOIN ring r ON r.organisation_id = l.organisation_id AND r.lead_id = l.id AND r.state <> 'over'
JOIN ring_leg g ON g.organisation_id = r.organisation_id AND g.ring_id = r.id AND g.ended_at IS NULL
JOIN app_user u ON u.organisation_id = g.organisation_id AND u.id = g.user_id
WHERE l.organisation_id = %(organisation_id)s AND l.prospect_id = %(prospect_id)s
  AND (%(own)s::bigint IS NULL OR g.user_id = %(own)s)
ORDER BY at DESC, by;

-- name: callers
-- Who has legs, by name; the first of each is found in the index, one after another.
WITH RECURSIVE caller AS (
    SELECT min(user_id) AS id FROM call_activity WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT (SELECT min(c.user_id) FROM call_activity c
            WHERE c.organisation_id = %(organisation_id)s AND c.user_id > f.id)
    FROM caller f WHERE f.id IS NOT NULL
)
SELECT u.id, u.name FROM caller f
JOIN app_user u ON u.organisation_id = %(organisation_id)s AND u.id = f.id
ORDER BY lower(u.name), u.id;

-- name: outcomes
-- The outcomes that occur, found in the index one after another.
WITH RECURSIVE found AS (
    SELECT min(outcome) AS outcome FROM call_activity WHERE organisation_id = %(organisation_id)s
    UNION ALL
    SELECT (SELECT min(c.outcome) FROM call_activity c
            WHERE c.organisation_id = %(organisation_id)s AND c.outcome > f.outcome)
    FROM found f WHERE f.outcome IS NOT NULL
)
SELECT outcome FROM found WHERE outcome IS NOT NULL ORDER BY outcome;

-- name: phones
-- Numbers and extensions that contain the digits, each once.
SELECT DISTINCT c.phone FROM call_activity c
WHERE c.organisation_id = %(organisation_id)s AND c.phone LIKE '%%' || %(digits)s || '%%'
  AND (%(own)s::bigint IS NULL OR c.user_id = %(own)s)
ORDER BY c.phone
LIMIT %(limit)s;
