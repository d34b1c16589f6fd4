"""What the database itself refuses: a bug gets an error, never a bad row."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from dialing_floor import Floor
from psycopg.types.json import Jsonb

from dialer.db import Connection, Database, Tenant

COPY = """
    INSERT INTO {table} OVERRIDING SYSTEM VALUE
    SELECT (jsonb_populate_record(t, %(other)s::jsonb)).* FROM {table} t WHERE {where}
"""


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


def copy(floor: Floor, table: str, where: str, **other: Any) -> None:
    """Insert a row again by hand, with other values."""
    with floor.db.transaction() as connection:
        connection.execute(
            COPY.format(table=table, where=where),
            {"other": Jsonb(other)},
        )


def test_a_prospect_has_one_live_attempt(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.ring()
    with pytest.raises(psycopg.errors.UniqueViolation, match="attempt_one_per_prospect"):
        copy(floor, "attempt", "true", id=999, leg_id="00000000-0000-0000-0000-000000000001")


def test_an_agent_has_one_live_call(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.talk()
    other = floor.value("SELECT id FROM prospect WHERE status <> 'calling' LIMIT 1")
    again = {"id": 999, "leg_id": "00000000-0000-0000-0000-000000000001", "prospect_id": other}
    with pytest.raises(psycopg.errors.UniqueViolation, match="attempt_one_per_agent"):
        copy(floor, "attempt", "true", **again)
    floor.hang_up(leg_id)
    with pytest.raises(psycopg.errors.UniqueViolation, match="attempt_one_per_agent"):
        copy(floor, "attempt", "true", **again)


def test_a_user_has_one_open_session(floor: Floor) -> None:
    floor.at_work("Ana")
    with pytest.raises(psycopg.errors.UniqueViolation, match="session_one_open"):
        copy(floor, "session", "true", id=999)


def test_a_prospect_is_leased_once(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    with pytest.raises(psycopg.errors.UniqueViolation):
        copy(floor, "lease", "position = 1", user_id=floor.max_id)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE attempt SET state = 'ended'",
        "UPDATE attempt SET ended_at = now()",
        "UPDATE attempt SET state = 'ended', ended_at = now(), outcome = NULL",
        "UPDATE attempt SET user_id = NULL",
        "UPDATE attempt SET bridged_at = NULL",
        "UPDATE attempt SET state = 'asleep'",
        "UPDATE agent SET attempt_id = NULL WHERE state = 'on_call'",
        "UPDATE agent SET state = 'logged_out'",
        "UPDATE agent SET session_id = NULL, list_id = NULL",
        "UPDATE agent SET leg_id = NULL",
        "UPDATE agent SET wrap_up_until = now()",
        "UPDATE attempt SET state = 'bridging', on_hold = true",
        "UPDATE prospect SET status = 'resting', not_before = NULL",
        "UPDATE prospect SET status = 'excluded'",
        "UPDATE prospect SET excluded_by = 'do_not_call'",
        "UPDATE prospect SET attempts = -1",
        "UPDATE list SET calling_until = calling_from",
        "UPDATE list SET ring_s = 5",
        "UPDATE lease SET until = leased_at",
        "UPDATE leg SET attempt_id = NULL WHERE kind = 'prospect'",
        "UPDATE leg SET user_id = NULL WHERE kind = 'agent'",
        "UPDATE session SET ended_at = started_at - interval '1 s'",
        "UPDATE phone SET number = '2145550001'",
        "UPDATE call_result SET retry_after = NULL",
    ],
)
def test_a_row_that_makes_no_sense_is_refused(calling_floor: Floor, change: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        calling_floor.do(change)


@pytest.fixture(scope="module")
def calling_floor(server_url: str, template_database: str) -> Any:
    """One floor with a call in progress for all the refusals: each leaves it as it was."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE refusals TEMPLATE {template_database}")
        database = Database(psycopg.conninfo.make_conninfo(server_url, dbname="refusals"))
        floor = Floor(database)
        floor.at_work("Ana")
        floor.talk()
        floor.check()
        yield floor
        database.close()
        connection.execute("DROP DATABASE refusals WITH (FORCE)")


# -- row-level security ----------------------------------------------------------------------------------

EVERYTHING = """
    INSERT INTO team (organisation_id, name) VALUES (%(o)s, 'North');
    INSERT INTO membership (organisation_id, team_id, user_id)
        SELECT %(o)s, (SELECT id FROM team WHERE organisation_id = %(o)s), %(u)s;
    INSERT INTO list_job (organisation_id, list_id, file_name, state)
        VALUES (%(o)s, %(l)s, 'spring.csv', 'queued');
    INSERT INTO refused_row (organisation_id, import_id, line, reason, raw)
        SELECT %(o)s, id, 2, 'no number', '' FROM list_job WHERE organisation_id = %(o)s;
    INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%(o)s, '+12145559999', now());
    INSERT INTO parking_lot (organisation_id, number, until) VALUES (%(o)s, '+12145559999', '2030-01-01');
    INSERT INTO audit (organisation_id, action, subject) VALUES (%(o)s, 'changed', 'a list');
    INSERT INTO custom_field (organisation_id, label) VALUES (%(o)s, 'Plan');
    INSERT INTO contact_role (organisation_id, name, short_name) VALUES (%(o)s, 'Closer', 'CL');
    INSERT INTO user_skill (organisation_id, user_id, skill, level) VALUES (%(o)s, %(u)s, 'Solar', 5);
    INSERT INTO column_mapping (organisation_id, name, mapping, created_at) VALUES (%(o)s, 'Ours', '{}', now());
    INSERT INTO list_zone (organisation_id, list_id, kind, toll_free, time_zone, domestic, numbers)
        VALUES (%(o)s, %(l)s, 'phone', false, 'America/Chicago', true, 6);
    INSERT INTO api_token (organisation_id, name, token_hash, scopes, user_id, created_at)
        VALUES (%(o)s, 'Website', decode(md5(%(o)s::text), 'hex'), '{lists}', %(u)s, now());
    INSERT INTO browser_phone (organisation_id, user_id, secret, issued_at, until)
        VALUES (%(o)s, %(u)s, 'made up', now(), now() + interval '10 minutes');
    INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, created_at)
        SELECT %(o)s, min(id), %(u)s, now(), now() FROM prospect WHERE organisation_id = %(o)s;
    INSERT INTO desk (organisation_id, session_id, user_id)
        SELECT %(o)s, min(id), %(u)s FROM session WHERE organisation_id = %(o)s;
    INSERT INTO skipped (organisation_id, session_id, prospect_id, at)
        SELECT d.organisation_id, d.session_id, min(p.id), now() FROM desk d JOIN prospect p USING (organisation_id)
        WHERE d.organisation_id = %(o)s GROUP BY 1, 2;
    INSERT INTO referral (organisation_id, from_prospect_id, prospect_id, user_id, created_at)
        SELECT %(o)s, min(id), max(id), %(u)s, now() FROM prospect WHERE organisation_id = %(o)s;
    INSERT INTO call_draft (organisation_id, attempt_id, saved_at)
        SELECT %(o)s, id, now() FROM attempt WHERE organisation_id = %(o)s;
    INSERT INTO distribution_group (organisation_id, name) VALUES (%(o)s, 'Everybody');
    INSERT INTO campaign (organisation_id, name, list_id, group_id)
        SELECT %(o)s, 'Website', %(l)s, id FROM distribution_group WHERE organisation_id = %(o)s;
    INSERT INTO lead (organisation_id, prospect_id, campaign_id, received_at, changed_at)
        SELECT %(o)s, (SELECT min(id) FROM prospect WHERE organisation_id = %(o)s), id, now(), now()
        FROM campaign WHERE organisation_id = %(o)s;
    INSERT INTO lead_word (organisation_id, lead_id, word)
        SELECT %(o)s, id, 'bo' FROM lead WHERE organisation_id = %(o)s;
    INSERT INTO application (organisation_id, lead_id, prospect_id, user_id, created_at)
        SELECT %(o)s, id, prospect_id, %(u)s, now() FROM lead WHERE organisation_id = %(o)s;
    INSERT INTO ring (organisation_id, key, lead_id, node, state, press_s, started_at)
        SELECT %(o)s, gen_random_uuid(), id, 'main', 'ringing', 15, now() FROM lead WHERE organisation_id = %(o)s;
    INSERT INTO ring_leg (organisation_id, ring_id, user_id, leg_id, bridge_id, standing, in_session, extension,
            state, started_at)
        SELECT %(o)s, id, %(u)s, gen_random_uuid(), gen_random_uuid(), false, false, '100', 'ringing', now()
        FROM ring WHERE organisation_id = %(o)s;
    INSERT INTO lead_request (organisation_id, token_id, key, body_hash, lead_id, at)
        SELECT %(o)s, (SELECT min(id) FROM api_token WHERE organisation_id = %(o)s), 'a key', '', id, now()
        FROM lead WHERE organisation_id = %(o)s;
    INSERT INTO webhook (organisation_id, url, secret, events, created_at)
        VALUES (%(o)s, 'https://example.com', 'made up', '{lead.taken}', now());
    INSERT INTO webhook_delivery (organisation_id, webhook_id, event, lead_id, body, due_at, until, created_at)
        SELECT %(o)s, w.id, 'lead.taken', l.id, '{}', now(), now(), now()
        FROM webhook w JOIN lead l USING (organisation_id)
        WHERE w.organisation_id = %(o)s;
    INSERT INTO lead_form (organisation_id, campaign_id, key, name, locale, fields, created_at)
        SELECT %(o)s, id, md5(%(o)s::text), 'Website', 'en', '{first_name}', now()
        FROM campaign WHERE organisation_id = %(o)s;
    UPDATE ring_leg SET state = 'over', outcome = 'no_answer', ended_at = now() WHERE organisation_id = %(o)s;
    INSERT INTO recording_pause (organisation_id, recording_id, started_at)
        SELECT %(o)s, id, now() FROM recording WHERE organisation_id = %(o)s LIMIT 1;
    INSERT INTO own_prompt (organisation_id, prompt, locale, file_name, seconds, narrow, wide, digest, uploaded_at)
        VALUES (%(o)s, 'press_1', 'en', 'ours.wav', 2, '', '', '', now());
"""
TABLES = """
    SELECT table_name FROM information_schema.columns JOIN information_schema.tables t
        USING (table_schema, table_name)
    WHERE table_schema = 'public' AND column_name = 'organisation_id' AND t.table_type = 'BASE TABLE'
    ORDER BY table_name
"""


def _fill(floor: Floor) -> None:
    """At least one row in every table."""
    ana = floor.at_work("Ana")
    floor.talk()
    with psycopg.ClientCursor(psycopg.connect(floor.db.url, autocommit=True)) as cursor:
        cursor.execute(EVERYTHING, {"o": floor.organisation_id, "l": floor.list_id, "u": ana})
        cursor.connection.close()


def _as_panel(tenant: Tenant, query: str, **parameters: Any) -> int:
    """Rows touched by a query of the panel's, which is then undone."""

    class Undo(Exception):
        pass

    touched = -1

    def run(connection: Connection) -> int:
        return connection.execute(query, parameters).rowcount

    try:
        with tenant.transaction() as connection:
            touched = run(connection)
            raise Undo
    except Undo:
        return touched


def test_an_organisation_sees_and_changes_nothing_of_anothers_in_any_table(db: Database) -> None:
    acme, borealis = Floor(db), Floor(db, "Borealis")
    for each in (acme, borealis):
        _fill(each)
    tables = [row["table_name"] for row in acme.rows(TABLES)]
    assert len(tables) >= 20
    written_once = {"audit", "agent_state", "event"}
    for table in tables:
        theirs = {"o": borealis.organisation_id}
        assert borealis.value(f"SELECT count(*) FROM {table} WHERE organisation_id = %(o)s") > 0, table
        seen = f"SELECT 1 FROM {table} WHERE organisation_id = %(o)s"
        assert _as_panel(acme.tenant, seen, **theirs) == 0, f"{table} is hidden"
        assert _as_panel(acme.tenant, f"SELECT 1 FROM {table}") > 0, f"{table} shows one's own"
        grab = f"UPDATE {table} SET organisation_id = %(mine)s WHERE organisation_id = %(o)s"
        delete = f"DELETE FROM {table} WHERE organisation_id = %(o)s"
        give = f"UPDATE {table} SET organisation_id = %(o)s"
        forge = COPY.format(table=table, where="true LIMIT 1")
        for change in (grab, delete):
            if table in written_once:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    _as_panel(acme.tenant, change, mine=acme.organisation_id, **theirs)
            else:
                assert _as_panel(acme.tenant, change, mine=acme.organisation_id, **theirs) == 0, change
        # Where the key is fixed that is said first.
        with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation)):
            _as_panel(acme.tenant, give, **theirs)
        forged = Jsonb({"organisation_id": borealis.organisation_id})
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _as_panel(acme.tenant, forge, other=forged)


def test_an_organisation_sees_only_itself(db: Database) -> None:
    acme, borealis = Floor(db), Floor(db, "Borealis")
    with acme.tenant.transaction() as connection:
        names = [row["name"] for row in connection.execute("SELECT name FROM organisation").fetchall()]
        assert names == ["Acme"]
        seen = connection.execute("SELECT DISTINCT organisation_id FROM list_user").fetchall()
        assert {row["organisation_id"] for row in seen} <= {acme.organisation_id}
    renamed = _as_panel(
        acme.tenant, "UPDATE organisation SET name = 'Ours' WHERE id = %(o)s", o=borealis.organisation_id
    )
    assert renamed == 0


def test_views_hide_what_their_tables_hide(floor: Floor) -> None:
    views = floor.rows(
        "SELECT relname, coalesce(reloptions, '{}') AS options FROM pg_class "
        "WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
    )
    assert views
    assert all("security_invoker=true" in view["options"] for view in views), views


def test_without_an_organisation_the_panels_role_sees_nothing(floor: Floor) -> None:
    with floor.db.transaction() as connection:
        connection.execute("SET LOCAL ROLE ringpool_panel")
        assert connection.execute("SELECT 1 FROM prospect").fetchall() == []


@pytest.mark.parametrize("table", ["audit", "agent_state", "event"])
@pytest.mark.parametrize("change", ["UPDATE {} SET organisation_id = organisation_id", "DELETE FROM {}"])
def test_history_is_written_once(calling_floor: Floor, table: str, change: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _as_panel(calling_floor.tenant, change.format(table))
