-- Pools that are dialed in the list's order, by open calling hours, and counted without being read.

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
