-- Who is at the phone: extension and PIN, and which list they would dial.

-- name: charge_guess
-- A guess is counted before it is checked, so that guesses made at once all count. From the third
-- on, each locks for twice as long: 1 minute, 2, 4 … 60. No row: unknown, or locked.
UPDATE app_user
SET pin_failures = pin_failures + 1,
    pin_locked_until = CASE WHEN pin_failures >= 2
        THEN %(now)s + least(60, power(2, least(pin_failures, 20) - 2)) * interval '1 minute' END
WHERE extension = %(extension)s AND active AND (pin_locked_until IS NULL OR pin_locked_until <= %(now)s)
RETURNING organisation_id, id AS user_id, pin_hash;

-- name: forgive_guesses
UPDATE app_user SET pin_failures = 0, pin_locked_until = NULL WHERE id = %(user_id)s;

-- name: is_locked
SELECT EXISTS (
    SELECT FROM app_user WHERE extension = %(extension)s AND active AND pin_locked_until > %(now)s
) AS locked;

-- name: list_to_dial
-- The list dialed last, if it is still the user's; else the only one that is.
SELECT l.list_id, max(s.started_at) AS last_dialed, count(*) OVER () AS lists
FROM list_user l LEFT JOIN session s
    ON s.organisation_id = l.organisation_id AND s.list_id = l.list_id AND s.user_id = l.user_id
WHERE l.user_id = %(user_id)s
GROUP BY l.list_id
ORDER BY last_dialed DESC NULLS LAST
LIMIT 1;

-- name: is_at_work
SELECT EXISTS (SELECT FROM session WHERE user_id = %(user_id)s AND ended_at IS NULL) AS at_work;
