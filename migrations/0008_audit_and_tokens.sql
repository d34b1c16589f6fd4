-- The audit log's page, tokens for programs, and row-level security for the new tables since 0003.

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

-- As in 0002.
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
