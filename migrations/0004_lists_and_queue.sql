-- Lists that are sorted, edited and archived, and one queue for imports, loads and resets.

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
