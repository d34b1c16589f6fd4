-- Lead pools: sorting, sharing out by open calling hours, one queue for imports, loads and resets,
-- counts that do not read the list, and what an organisation sets up for itself.

-- Organisations -------------------------------------------------------------------------------

ALTER TABLE organisation
    -- Counts the edits: whoever saves over another's edit is told.
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    -- Phone columns that every list must bring, in order; the first is the default Phone Field.
    ADD COLUMN mandatory_phones text[] NOT NULL DEFAULT '{phone}'
        CHECK (cardinality(mandatory_phones) BETWEEN 1 AND 3
               AND mandatory_phones <@ '{phone,mobile_phone,work_phone}'::text[]),
    -- No list may call outside these hours, in the prospect's own local time; equal: any hour.
    ADD COLUMN calling_from time NOT NULL DEFAULT '08:00',
    ADD COLUMN calling_until time NOT NULL DEFAULT '21:00',
    -- Attempts at one number in 24 hours, over all lists.
    ADD COLUMN attempts_per_day integer NOT NULL DEFAULT 10 CHECK (attempts_per_day BETWEEN 1 AND 100),
    -- At this time of the organisation's own day held records that were not dialed go back (LPL-5).
    ADD COLUMN night_at time NOT NULL DEFAULT '03:00',
    -- The organisation's last day on which the night's duties were done.
    ADD COLUMN night_done_on date,
    ADD CHECK (agent_leg_caller_id = '' OR agent_leg_caller_id ~ '^\+[0-9]{6,15}$');

CREATE TABLE custom_field (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    -- The key in prospect.custom, and what people read.
    label text NOT NULL CHECK (btrim(label) <> '' AND length(label) <= 200),
    kind text NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'number', 'date')),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX custom_field_label ON custom_field (organisation_id, lower(label));

CREATE TABLE pause_reason (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    label text NOT NULL CHECK (btrim(label) <> '' AND length(label) <= 100),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX pause_reason_label ON pause_reason (organisation_id, lower(label));
-- What agents could choose from before; a new organisation begins with the same.
INSERT INTO pause_reason (organisation_id, label, position)
SELECT o.id, r.label, r.position
FROM organisation o CROSS JOIN unnest('{Break,Lunch,Meeting,Training,Paperwork,Other}'::text[])
    WITH ORDINALITY AS r (label, position);

-- Roles that a contact is assigned under (ASG-3); not what a user may do, which is app_user.role.
CREATE TABLE contact_role (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 100),
    short_name text NOT NULL CHECK (btrim(short_name) <> '' AND length(short_name) <= 12),
    position integer NOT NULL DEFAULT 0,
    active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (organisation_id, id)
);
CREATE UNIQUE INDEX contact_role_name ON contact_role (organisation_id, lower(name));
CREATE UNIQUE INDEX contact_role_short_name ON contact_role (organisation_id, lower(short_name));

-- Users ---------------------------------------------------------------------------------------

ALTER TABLE app_user
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    -- Distribution filters (ORG-5); empty means any.
    ADD COLUMN states text[] NOT NULL DEFAULT '{}',
    ADD COLUMN languages text[] NOT NULL DEFAULT '{}',
    ADD COLUMN products text[] NOT NULL DEFAULT '{}',
    -- Working hours in the organisation's zone; days as ISO weekdays, Monday 1. Both null: any hour.
    ADD COLUMN works_from time,
    ADD COLUMN works_until time,
    ADD COLUMN works_days smallint[] NOT NULL DEFAULT '{1,2,3,4,5,6,7}'
        CHECK (works_days <@ '{1,2,3,4,5,6,7}'::smallint[]),
    ADD CHECK ((works_from IS NULL) = (works_until IS NULL));

CREATE TABLE user_skill (
    organisation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    skill text NOT NULL CHECK (btrim(skill) <> '' AND length(skill) <= 60),
    level smallint NOT NULL CHECK (level BETWEEN 1 AND 10),
    PRIMARY KEY (organisation_id, user_id, skill),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user ON DELETE CASCADE
);

-- Lists ---------------------------------------------------------------------------------------

ALTER TABLE list
    DROP CONSTRAINT list_batch_size_check,
    ADD CONSTRAINT list_batch_size_check CHECK (batch_size BETWEEN 1 AND 1000000),
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    -- Which of a row's numbers is dialed.
    ADD COLUMN phone_field text NOT NULL DEFAULT 'phone'
        CHECK (phone_field IN ('phone', 'mobile_phone', 'work_phone')),
    -- upload, random, a standard field's name, or custom:LABEL (LPL-7).
    ADD COLUMN sort_by text NOT NULL DEFAULT 'upload' CHECK (sort_by <> ''),
    ADD COLUMN sort_descending boolean NOT NULL DEFAULT false,
    ADD COLUMN reset_by_itself boolean NOT NULL DEFAULT false,
    -- Out of sight, its prospects not dialed any more; the records stay.
    ADD COLUMN archived_at timestamptz;

CREATE TABLE column_mapping (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 120),
    -- Field name, or custom:LABEL → header.
    mapping jsonb NOT NULL,
    created_by bigint,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, created_by) REFERENCES app_user
);
CREATE UNIQUE INDEX column_mapping_name ON column_mapping (organisation_id, lower(name));

-- The queue: imports and resets are worked off by the importer, loads are told by the dialer.
ALTER TABLE list_import RENAME TO list_job;
ALTER INDEX list_import_one_open RENAME TO list_job_one_import;
ALTER TABLE list_job
    ADD COLUMN kind text NOT NULL DEFAULT 'import' CHECK (kind IN ('import', 'load', 'reset')),
    -- Where the file lies, below the folder of uploads; null for one that the command line reads itself.
    ADD COLUMN file_token text CHECK (file_token ~ '^[0-9a-f]{32}$'),
    ADD COLUMN file_size bigint,
    -- SHA-256 of the file: the same file twice is noticed.
    ADD COLUMN file_hash bytea,
    -- Rows of the file that are done, header not counted: where a restart goes on.
    ADD COLUMN rows_done bigint NOT NULL DEFAULT 0,
    -- How many there are, once known.
    ADD COLUMN rows_total bigint,
    ADD COLUMN keep_unmapped boolean NOT NULL DEFAULT true,
    ADD COLUMN cancel_asked_at timestamptz,
    ADD COLUMN session_id bigint,
    -- Who works on it: a restart of the same worker takes it up again at once.
    ADD COLUMN worker text;
DROP INDEX list_job_one_import;
CREATE UNIQUE INDEX list_job_one_open ON list_job (organisation_id, list_id)
    WHERE state IN ('queued', 'running') AND kind IN ('import', 'reset');
CREATE INDEX list_job_open ON list_job (created_at) WHERE state IN ('queued', 'running');
CREATE INDEX list_job_newest ON list_job (organisation_id, id DESC);
CREATE INDEX list_job_list ON list_job (organisation_id, list_id, id DESC) WHERE kind = 'import';
CREATE INDEX list_job_hash ON list_job (organisation_id, file_hash) WHERE file_hash IS NOT NULL;
CREATE UNIQUE INDEX list_job_load ON list_job (organisation_id, session_id) WHERE session_id IS NOT NULL;

-- Prospects -----------------------------------------------------------------------------------

-- What the list is sorted by, in bytes that compare as the values do (dialer/sort_keys.py);
-- empty for upload order.
ALTER TABLE prospect ADD COLUMN sort_key bytea NOT NULL DEFAULT '';
DROP INDEX prospect_pool;
DROP INDEX prospect_list;
-- Where a list's prospects are. In the pool fresh ones first, then those tried least; by zone, so that only
-- those where calls may be made now are read. One index for all: the planner has no second to take, whatever
-- it knows of a table that grows faster than its statistics.
CREATE INDEX prospect_place ON prospect
    (organisation_id, list_id, status, time_zone, attempts, sort_key, position);

ALTER TABLE lease ADD COLUMN sort_key bytea NOT NULL DEFAULT '';
DROP INDEX lease_holder;
CREATE INDEX lease_holder ON lease (organisation_id, list_id, user_id, attempts, sort_key, position);
-- Who gets records is at work, so an agent, so a user: asking again for each costs a tenth of a batch.
ALTER TABLE lease DROP CONSTRAINT lease_organisation_id_user_id_fkey;
-- Held below, a statement at a time: a key would lock each prospect, which is locked already.
ALTER TABLE lease DROP CONSTRAINT lease_organisation_id_prospect_id_fkey;
-- Index entries of those who left the pool are stepped over until they are swept away.
ALTER TABLE prospect SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20000);

-- How many prospects of a list are where. Every change adds a line, so that no two calls wait for
-- one another; the dialer folds the lines together now and then. The sum is always right.
CREATE TABLE list_tally (
    organisation_id bigint NOT NULL,
    list_id bigint NOT NULL,
    status text NOT NULL,
    excluded_by text,
    prospects bigint NOT NULL
);
CREATE INDEX list_tally_list ON list_tally (organisation_id, list_id);

-- Numbers of a list by kind and zone: only imports and people add to it.
CREATE TABLE list_zone (
    organisation_id bigint NOT NULL,
    list_id bigint NOT NULL,
    -- Which number of the row, and whether it is toll free.
    kind text NOT NULL,
    toll_free boolean NOT NULL,
    time_zone text NOT NULL,
    -- Whether the number is of the organisation's own country.
    domestic boolean NOT NULL,
    numbers bigint NOT NULL,
    PRIMARY KEY (organisation_id, list_id, kind, toll_free, domestic, time_zone),
    FOREIGN KEY (organisation_id, list_id) REFERENCES list ON DELETE CASCADE
);

CREATE FUNCTION tally_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO list_tally (organisation_id, list_id, status, excluded_by, prospects)
    SELECT organisation_id, list_id, status, excluded_by, count(*) FROM new_rows
    GROUP BY organisation_id, list_id, status, excluded_by;
    RETURN NULL;
END
$$;
CREATE FUNCTION tally_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO list_tally (organisation_id, list_id, status, excluded_by, prospects)
    SELECT organisation_id, list_id, status, excluded_by, -count(*) FROM old_rows
    GROUP BY organisation_id, list_id, status, excluded_by;
    RETURN NULL;
END
$$;
CREATE FUNCTION tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO list_tally (organisation_id, list_id, status, excluded_by, prospects)
    SELECT organisation_id, list_id, status, excluded_by, sum(n) FROM (
        SELECT organisation_id, list_id, status, excluded_by, -1 AS n FROM old_rows
        UNION ALL
        SELECT organisation_id, list_id, status, excluded_by, 1 FROM new_rows
    ) AS moved
    GROUP BY organisation_id, list_id, status, excluded_by HAVING sum(n) <> 0;
    RETURN NULL;
END
$$;
CREATE TRIGGER tally_new AFTER INSERT ON prospect
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_new();
CREATE TRIGGER tally_gone AFTER DELETE ON prospect
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_gone();
CREATE TRIGGER tally_moved AFTER UPDATE ON prospect
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_moved();
INSERT INTO list_tally (organisation_id, list_id, status, excluded_by, prospects)
SELECT organisation_id, list_id, status, excluded_by, count(*) FROM prospect
GROUP BY organisation_id, list_id, status, excluded_by;

-- What foreign keys from prospect to list and from phone to prospect would hold, a statement at a
-- time: looking every row up by itself and locking what was found was half the time of an import
-- (docs/decisions/0007-statement-level-keys.md).
ALTER TABLE prospect DROP CONSTRAINT prospect_organisation_id_list_id_fkey;
ALTER TABLE phone DROP CONSTRAINT phone_organisation_id_prospect_id_fkey;

CREATE FUNCTION prospect_needs_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT organisation_id, list_id FROM new_rows) AS n
        WHERE NOT EXISTS (SELECT FROM list l WHERE l.organisation_id = n.organisation_id AND l.id = n.list_id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a prospect names a list that is not there',
            TABLE = 'prospect', CONSTRAINT = 'prospect_needs_list';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION phone_needs_prospect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT organisation_id, prospect_id FROM new_rows) AS n
        -- A scalar subquery: one by one through the key, whatever the statistics say.
        WHERE (SELECT true FROM prospect p
               WHERE p.organisation_id = n.organisation_id AND p.id = n.prospect_id) IS NULL
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a phone names a prospect that is not there',
            TABLE = 'phone', CONSTRAINT = 'phone_needs_prospect';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION lease_needs_prospect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_rows AS n
        WHERE (SELECT true FROM prospect p
               WHERE p.organisation_id = n.organisation_id AND p.id = n.prospect_id) IS NULL
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a lease names a prospect that is not there',
            TABLE = 'lease', CONSTRAINT = 'lease_needs_prospect';
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION prospects_go_with_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM prospect p USING old_rows o WHERE p.organisation_id = o.organisation_id AND p.list_id = o.id;
    DELETE FROM list_tally t USING old_rows o WHERE t.organisation_id = o.organisation_id AND t.list_id = o.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION phones_go_with_prospect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM phone h USING old_rows o
    WHERE h.organisation_id = o.organisation_id AND h.prospect_id = o.id;
    DELETE FROM lease l USING old_rows o
    WHERE l.organisation_id = o.organisation_id AND l.prospect_id = o.id;
    RETURN NULL;
END
$$;
CREATE FUNCTION key_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE foreign_key_violation USING MESSAGE = format('a %s keeps what it belongs to', TG_TABLE_NAME),
        TABLE = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER needs_list AFTER INSERT ON prospect
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION prospect_needs_list();
CREATE TRIGGER needs_prospect AFTER INSERT ON phone
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION phone_needs_prospect();
CREATE TRIGGER needs_prospect AFTER INSERT ON lease
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION lease_needs_prospect();
CREATE TRIGGER prospects_go AFTER DELETE ON list
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION prospects_go_with_list();
CREATE TRIGGER phones_go AFTER DELETE ON prospect
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION phones_go_with_prospect();
CREATE TRIGGER prospect_key_is_fixed BEFORE UPDATE OF organisation_id, id, list_id ON prospect
    FOR EACH ROW WHEN ((OLD.organisation_id, OLD.id, OLD.list_id)
                       IS DISTINCT FROM (NEW.organisation_id, NEW.id, NEW.list_id))
    EXECUTE FUNCTION key_is_fixed();
CREATE TRIGGER phone_key_is_fixed BEFORE UPDATE OF organisation_id, prospect_id ON phone
    FOR EACH ROW WHEN ((OLD.organisation_id, OLD.prospect_id)
                       IS DISTINCT FROM (NEW.organisation_id, NEW.prospect_id))
    EXECUTE FUNCTION key_is_fixed();
CREATE TRIGGER lease_key_is_fixed BEFORE UPDATE OF organisation_id, prospect_id ON lease
    FOR EACH ROW WHEN ((OLD.organisation_id, OLD.prospect_id)
                       IS DISTINCT FROM (NEW.organisation_id, NEW.prospect_id))
    EXECUTE FUNCTION key_is_fixed();
CREATE TRIGGER list_key_is_fixed BEFORE UPDATE OF organisation_id, id ON list
    FOR EACH ROW WHEN ((OLD.organisation_id, OLD.id) IS DISTINCT FROM (NEW.organisation_id, NEW.id))
    EXECUTE FUNCTION key_is_fixed();

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

-- Do Not Call, parking lot, audit, tokens -----------------------------------------------------

ALTER TABLE do_not_call ADD COLUMN note text NOT NULL DEFAULT '';
CREATE INDEX do_not_call_newest ON do_not_call (organisation_id, added_at DESC, number DESC);
ALTER TABLE parking_lot
    ADD COLUMN note text NOT NULL DEFAULT '',
    ADD COLUMN added_by bigint,
    ADD COLUMN added_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX parking_lot_until ON parking_lot (organisation_id, until, number);

-- Newest first, by every filter of its page.
DROP INDEX audit_time;
CREATE INDEX audit_newest ON audit (organisation_id, at DESC, id DESC);
CREATE INDEX audit_user ON audit (organisation_id, user_id, at DESC, id DESC);
CREATE INDEX audit_family ON audit (organisation_id, split_part(action, '.', 1), at DESC, id DESC);
CREATE INDEX audit_subject ON audit (organisation_id, subject, at DESC, id DESC);

CREATE TABLE api_token (
    organisation_id bigint NOT NULL REFERENCES organisation,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 120),
    -- SHA-256 of the token, which is shown once.
    token_hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL CHECK (cardinality(scopes) >= 1),
    -- On whose behalf it acts.
    user_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (organisation_id, id),
    FOREIGN KEY (organisation_id, user_id) REFERENCES app_user
);

-- Row-level security, as for the tables before ------------------------------------------------

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['custom_field', 'pause_reason', 'contact_role', 'user_skill', 'column_mapping',
                             'list_tally', 'list_zone', 'api_token']
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ringpool_panel', t);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY organisation ON %I TO ringpool_panel USING '
            '(organisation_id = nullif(current_setting(''ringpool.organisation_id'', true), '''')::bigint)', t);
    END LOOP;
END
$$;

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
