-- What foreign keys from prospect to list and from phone to prospect would hold, a statement at a
-- time: looking every row up by itself and locking what was found was half the time of an import
-- (docs/decisions/0007-statement-level-keys.md).
ALTER TABLE prospect DROP CONSTRAINT prospect_organisation_id_list_id_fkey;
ALTER TABLE phone DROP CONSTRAINT phone_organisation_id_prospect_id_fkey;
-- This one would lock each prospect, which is locked already.
ALTER TABLE lease DROP CONSTRAINT lease_organisation_id_prospect_id_fkey;

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
