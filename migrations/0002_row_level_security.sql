-- The panel works under a role that sees one organisation: a forgotten WHERE
-- shows nothing. The dialer works as the tables' owner and serves them all.
DO $$
BEGIN
    CREATE ROLE ringpool_panel NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- roles belong to the whole server: another database made it
END
$$;

GRANT ringpool_panel TO CURRENT_USER;

DO $$
DECLARE
    t text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ringpool_panel', current_schema());
    FOR t IN
        SELECT c.table_name FROM information_schema.columns c
        JOIN information_schema.tables b USING (table_schema, table_name)
        WHERE c.table_schema = current_schema() AND c.column_name = 'organisation_id'
          AND b.table_type = 'BASE TABLE'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO ringpool_panel', t);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY organisation ON %I TO ringpool_panel USING '
            '(organisation_id = nullif(current_setting(''ringpool.organisation_id'', true), '''')::bigint)', t);
    END LOOP;
END
$$;

GRANT SELECT ON list_user, dialing_facts, node TO ringpool_panel;
GRANT SELECT, UPDATE ON organisation TO ringpool_panel;
ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY organisation ON organisation TO ringpool_panel
    USING (id = nullif(current_setting('ringpool.organisation_id', true), '')::bigint);

-- History and the audit log are written once.
REVOKE UPDATE, DELETE ON audit, agent_state, event FROM ringpool_panel;
