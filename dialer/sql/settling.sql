-- name: settle
-- calling → wherever the outcome or the result sends it; out, if the number was barred during the call.
WITH bar AS (
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM do_not_call d WHERE d.organisation_id = %(organisation_id)s
                     AND d.number = %(number)s)
            THEN 'do_not_call'
        WHEN EXISTS (SELECT 1 FROM parking_lot k JOIN organisation o ON o.id = k.organisation_id
                     WHERE k.organisation_id = %(organisation_id)s AND k.number = %(number)s
                       AND k.until > (%(at)s::timestamptz AT TIME ZONE o.time_zone)::date)
            THEN 'parking_lot'
    END AS excluded_by
    WHERE %(status)s IN ('resting', 'follow_up', 'pool')
)
UPDATE prospect SET
    status = CASE WHEN (SELECT excluded_by FROM bar) IS NULL THEN %(status)s ELSE 'excluded' END,
    excluded_by = coalesce((SELECT excluded_by FROM bar), %(excluded_by)s), not_before = %(not_before)s,
    attempts = attempts - (%(uncounted)s::boolean)::int,
    last_outcome = CASE WHEN %(uncounted)s THEN last_outcome ELSE %(outcome)s END, last_result_id = coalesce(%(result_id)s, last_result_id),
    notes = coalesce(%(notes)s, notes)
WHERE organisation_id = %(organisation_id)s AND id = %(prospect_id)s AND status = 'calling';
