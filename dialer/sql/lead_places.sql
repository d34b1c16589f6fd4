-- A lead's moves from place to place, each guarded by the place it starts from.

-- name: begin_ringing
-- waiting → ringing.
UPDATE lead SET state = 'ringing', changed_at = %(at)s
WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND state = 'waiting'
RETURNING id;

-- name: take
-- waiting, ringing or exception → taken; no row means somebody was first, or it is to be withdrawn. The
-- application is made with it.
WITH taken AS (
    UPDATE lead SET state = 'taken', user_id = %(user_id)s, reason = NULL, changed_at = %(at)s
    WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND state = ANY(%(from_states)s)
      AND withdraw_asked_at IS NULL
    RETURNING organisation_id, id, prospect_id, user_id
)
INSERT INTO application (organisation_id, lead_id, prospect_id, user_id, created_at)
SELECT organisation_id, id, prospect_id, user_id, %(at)s FROM taken
RETURNING id;

-- name: make_exception
-- waiting or ringing → exception; withdrawn, where that was asked for while it rang.
UPDATE lead SET state = CASE WHEN withdraw_asked_at IS NULL THEN 'exception' ELSE 'withdrawn' END,
    reason = CASE WHEN withdraw_asked_at IS NULL THEN %(reason)s END, changed_at = %(at)s,
    withdraw_asked_at = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND state IN ('waiting', 'ringing')
RETURNING state;

-- name: withdraw
-- waiting, ringing or exception → withdrawn.
UPDATE lead SET state = 'withdrawn', reason = NULL, changed_at = %(at)s, withdraw_asked_at = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND state = ANY(%(from_states)s)
RETURNING id;

-- name: wait_again
-- ringing or exception → waiting: it is rung for anew; withdrawn, where that was asked for while it rang.
UPDATE lead SET state = CASE WHEN withdraw_asked_at IS NULL THEN 'waiting' ELSE 'withdrawn' END, reason = NULL,
    changed_at = %(at)s, withdraw_asked_at = NULL,
    lost_rings = CASE WHEN %(lost)s THEN lost_rings + 1 ELSE 0 END
WHERE organisation_id = %(organisation_id)s AND id = %(lead_id)s AND state = ANY(%(from_states)s)
RETURNING id;
