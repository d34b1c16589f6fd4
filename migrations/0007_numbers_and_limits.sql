-- Numbers by their fields, Do Not Call and the parking lot with notes, and limits of the organisation's own.

-- A number's kind is the name of its field.
UPDATE phone SET kind = kind || '_phone' WHERE kind IN ('mobile', 'work');
ALTER TABLE phone ADD CHECK (kind IN ('phone', 'mobile_phone', 'work_phone'));
-- As before a plus sign and 6 to 15 digits; a regular expression takes four times as long.
ALTER TABLE phone DROP CONSTRAINT phone_number_check;
ALTER TABLE phone ADD CONSTRAINT phone_number_check
    CHECK (number = '+' || substr(number, 2)::bigint
           AND substr(number, 2)::bigint BETWEEN 100000 AND 999999999999999);

-- Attempts at a number within a day.
CREATE INDEX attempt_number ON attempt (organisation_id, number, launched_at);

ALTER TABLE do_not_call ADD COLUMN note text NOT NULL DEFAULT '';
CREATE INDEX do_not_call_newest ON do_not_call (organisation_id, added_at DESC, number DESC);
ALTER TABLE parking_lot
    ADD COLUMN note text NOT NULL DEFAULT '',
    ADD COLUMN added_by bigint,
    ADD COLUMN added_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX parking_lot_until ON parking_lot (organisation_id, until, number);

-- What the dialing rules look at, with the organisation's own limits.
DROP VIEW dialing_facts;
CREATE VIEW dialing_facts WITH (security_invoker = true) AS
SELECT p.organisation_id, p.id AS prospect_id, p.list_id, p.status, p.attempts, p.not_before, p.time_zone,
    p.excluded_by, li.calling_from, li.calling_until, li.max_attempts, li.ring_s,
    li.archived_at IS NOT NULL AS list_is_archived,
    o.record_calls, o.drop_message, ph.number,
    EXISTS (SELECT 1 FROM do_not_call d
            WHERE d.organisation_id = p.organisation_id AND d.number = ph.number) AS on_do_not_call,
    o.time_zone AS organisation_time_zone, o.calling_from AS organisation_calling_from,
    o.calling_until AS organisation_calling_until, o.attempts_per_day,
    -- The attempt at the number that has to be a day old before the next one is allowed.
    (SELECT t.launched_at FROM attempt t
     WHERE t.organisation_id = p.organisation_id AND t.number = ph.number
     ORDER BY t.launched_at DESC OFFSET o.attempts_per_day - 1 LIMIT 1) AS attempt_that_counts,
    (SELECT k.until FROM parking_lot k
     WHERE k.organisation_id = p.organisation_id AND k.number = ph.number) AS parked_until,
    EXISTS (SELECT 1 FROM attempt a
            WHERE a.organisation_id = p.organisation_id AND a.prospect_id = p.id
              AND a.state <> 'ended') AS on_a_call
FROM prospect p
JOIN list li ON li.organisation_id = p.organisation_id AND li.id = p.list_id
JOIN organisation o ON o.id = p.organisation_id
LEFT JOIN phone ph ON ph.organisation_id = p.organisation_id AND ph.prospect_id = p.id AND ph.rank = 1;
GRANT SELECT ON dialing_facts TO ringpool_panel;
