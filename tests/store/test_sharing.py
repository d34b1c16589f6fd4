"""In what order a list's records are dealt, and when (LPL-3, LPL-7, LPL-15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import psycopg
import pytest
from dialing_floor import NOON, Floor

from dialer.db import Connection, Database
from dialer.errors import NotFound
from dialer.sort_keys import encoder
from dialer.store import company, leases, sessions, sharing
from dialer.store.dispositions import save_result
from dialer.store.people import Role


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db, prospects=50, batch_size=10)
    yield floor
    floor.check()


def live_in(floor: Floor, zone: str, first: int, last: int) -> None:
    floor.do(
        "UPDATE prospect SET time_zone = %(z)s WHERE position BETWEEN %(a)s AND %(b)s",
        z=zone,
        a=first,
        b=last,
    )


# -- where calls may be made now -----------------------------------------------------------------------


def test_only_those_are_dealt_who_may_be_called_now(floor: Floor) -> None:
    live_in(floor, "America/Los_Angeles", 1, 20)  # 10:00 there
    live_in(floor, "Asia/Kathmandu", 21, 45)  # 23:45 there
    floor.at_work("Ana"), floor.at_work("Abe"), floor.at_work("Eve")
    assert sorted(floor.dealt()) == [*range(1, 21), *range(46, 51)]
    assert sorted(floor.held().values()) == [8, 8, 9]


def test_zones_that_open_while_people_wait_are_dealt_then(floor: Floor) -> None:
    live_in(floor, "Asia/Kathmandu", 1, 50)
    ana = floor.at_work("Ana")
    assert floor.held() == {}
    floor.now = datetime(2026, 3, 3, 3, 14, tzinfo=UTC)  # 08:59 in Kathmandu, a quarter of an hour beside
    assert leases.share_out(floor.db, floor.organisation_id, floor.list_id, floor.now) == 0
    floor.now += timedelta(minutes=1)
    assert leases.share_out(floor.db, floor.organisation_id, floor.list_id, floor.now) == 10
    assert floor.held() == {ana: 10}


def test_the_organisations_hours_close_what_the_lists_leave_open(floor: Floor) -> None:
    floor.do("UPDATE organisation SET calling_from = '12:30', calling_until = '21:00'")
    floor.at_work("Ana")
    assert floor.held() == {}, "it is 12:00 where Bo lives"
    floor.now = NOON + timedelta(minutes=30)
    floor.share_out()
    assert len(floor.launch(1)) == 1


def test_hours_over_midnight_are_open_on_both_sides_of_it(floor: Floor) -> None:
    floor.do("UPDATE list SET calling_from = '22:00', calling_until = '01:00'")
    live_in(floor, "Asia/Tokyo", 1, 10)  # 03:00 the next day
    live_in(floor, "Asia/Kolkata", 11, 20)  # 23:30
    live_in(floor, "Asia/Yangon", 21, 30)  # 00:30 the next day
    live_in(floor, "Asia/Dhaka", 31, 40)  # 00:00 the next day
    floor.do("UPDATE list SET batch_size = 50")
    floor.at_work("Ana")
    assert sorted(floor.dealt()) == list(range(11, 41))


def test_held_records_whose_hours_ended_go_back_to_the_pool_when_it_is_their_turn(floor: Floor) -> None:
    live_in(floor, "America/New_York", 1, 5)  # 13:00
    floor.at_work("Ana")
    floor.now = NOON + timedelta(hours=4, minutes=30)  # 17:30 in New York
    assert len(floor.launch(7)) == 2
    floor.share_out()
    assert not {1, 2, 3, 4, 5} & set(floor.dealt())
    back = floor.rows("SELECT position, not_before FROM prospect WHERE status = 'pool' AND position <= 5")
    assert back == [{"position": n, "not_before": None} for n in range(1, 6)]


def test_who_was_put_aside_for_the_hours_comes_back_as_soon_as_wider_hours_let_them(floor: Floor) -> None:
    admin = floor.hire("Ada", role=Role.ADMIN)
    floor.do("UPDATE organisation SET calling_from = '09:00', calling_until = '13:00'")
    floor.do("UPDATE list SET calling_until = '21:00'")
    floor.do("DELETE FROM prospect WHERE position > 1")
    live_in(floor, "America/New_York", 1, 1)
    floor.now = NOON - timedelta(minutes=30)  # 12:30 in New York
    floor.at_work("Ana")
    floor.pass_time(hours=1)
    assert floor.launch(1) == [] and floor.dealt() == []
    hours = company.settings(floor.tenant, floor.organisation_id)
    company.edit_settings(floor.tenant, admin, replace(hours, calling_until=time(20)))
    floor.share_out()
    assert len(floor.launch(1)) == 1


def test_a_number_called_often_enough_rests_until_the_first_call_is_a_day_old(floor: Floor) -> None:
    floor.do("UPDATE organisation SET attempts_per_day = 2")
    floor.do("UPDATE list SET retry_busy = '1 hour', max_attempts = 9")
    floor.do("DELETE FROM prospect WHERE position > 1")
    floor.at_work("Ana")
    for _ in range(2):
        floor.share_out()
        (leg_id,) = floor.launch(1)
        floor.hang_up(leg_id, cause=17)
        leases.wake(floor.db, floor.pass_time(hours=1))
    floor.share_out()
    assert floor.launch(1) == []
    rests = floor.rows("SELECT status, not_before FROM prospect")
    assert rests == [{"status": "resting", "not_before": NOON + timedelta(days=1)}]
    leases.wake(floor.db, floor.pass_time(hours=22))
    floor.share_out()
    assert len(floor.launch(1)) == 1


def test_a_raised_cap_lets_those_go_on_who_waited_for_it_and_hurries_no_retry(floor: Floor) -> None:
    admin = floor.hire("Ada", role=Role.ADMIN)
    floor.do("UPDATE organisation SET attempts_per_day = 1")
    floor.do("UPDATE list SET retry_busy = '1 hour', max_attempts = 9")
    floor.do("DELETE FROM prospect WHERE position > 1")
    floor.at_work("Ana")
    floor.share_out()
    (leg_id,) = floor.launch(1)
    floor.hang_up(leg_id, cause=17)
    leases.wake(floor.db, floor.pass_time(hours=1))
    floor.share_out()
    assert floor.launch(1) == []
    allow(floor, admin, attempts_per_day=1, wrap_up_s=10)
    assert floor.value("SELECT status FROM prospect") == "resting"
    allow(floor, admin, attempts_per_day=2)
    floor.share_out()
    (leg_id,) = floor.launch(1)
    floor.hang_up(leg_id, cause=17)
    allow(floor, admin, attempts_per_day=3)
    rests = floor.rows("SELECT status, not_before, resting_for FROM prospect")
    assert rests == [
        {"status": "resting", "not_before": floor.now + timedelta(hours=1), "resting_for": "retry"}
    ]


def test_a_raised_cap_is_of_no_concern_to_another_organisation(floor: Floor) -> None:
    admin = floor.hire("Ada", role=Role.ADMIN)
    nord = Floor(floor.db, "Nord")
    nord.do(
        "UPDATE prospect SET status = 'resting', not_before = %(at)s, resting_for = 'attempts_per_day'"
        " WHERE organisation_id = %(o)s",
        at=NOON + timedelta(hours=1),
    )
    allow(floor, admin, attempts_per_day=50)
    assert nord.rows("SELECT DISTINCT status FROM prospect WHERE organisation_id = %(o)s") == [
        {"status": "resting"}
    ]


def allow(floor: Floor, admin_id: int, **values: int) -> None:
    """The admin saves Company Setup with these values."""
    found = company.settings(floor.tenant, floor.organisation_id)
    company.edit_settings(floor.tenant, admin_id, replace(found, **values))


def test_an_archived_list_is_not_dialed(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.do("UPDATE list SET archived_at = now()")
    assert floor.launch(3) == []
    assert floor.held() == {ana: 7}
    assert floor.statuses() == {"held": 7, "pool": 43}
    assert floor.share_out() == 0
    with floor.db.transaction() as connection:
        assert sharing.rights_changed(connection, floor.organisation_id, [floor.list_id], NOON) == {ana}
    assert (floor.held(), floor.state(ana)) == ({}, "logged_out")
    with pytest.raises(NotFound):
        floor.start(ana)


# -- the list's order ----------------------------------------------------------------------------------


@pytest.mark.parametrize("descending", [False, True])
def test_records_come_sorted_across_time_zones(floor: Floor, descending: bool) -> None:
    live_in(floor, "America/New_York", 1, 25)
    key = encoder("number", descending)
    amount = {position: (position * 37) % 53 for position in range(1, 51)}
    for position, value in amount.items():
        floor.do("UPDATE prospect SET sort_key = %(k)s WHERE position = %(p)s", k=key(str(value)), p=position)
    floor.do("UPDATE list SET sort_by = 'custom:Amount', sort_descending = %(d)s", d=descending)
    floor.at_work("Ana")
    expected = sorted(amount, key=lambda position: amount[position], reverse=descending)
    assert floor.dealt() == expected[:10]
    legs = floor.launch(4)
    assert [floor.prospect(leg)["position"] for leg in legs] == expected[:4]


def at_random(floor: Floor) -> None:
    floor.do("UPDATE list SET sort_by = 'random'")
    floor.do("UPDATE prospect SET sort_key = substring(uuid_send(gen_random_uuid()) for 8)")


def test_random_is_another_order_in_each_session(floor: Floor) -> None:
    at_random(floor)
    live_in(floor, "America/New_York", 1, 25)
    ana = floor.at_work("Ana")
    first = floor.dealt()
    assert len(set(first)) == 10
    assert first != sorted(first)
    sessions.end_session(floor.tenant, ana, floor.now)
    floor.start(ana)
    again = floor.dealt()
    assert sorted(again) == sorted(first), "they still hold what they held"
    assert again != first, "and in another order"
    floor.do("DELETE FROM lease")
    floor.do("UPDATE prospect SET status = 'pool'")
    floor.share_out()
    assert sorted(floor.dealt()) != sorted(first), "out of fifty others come"


def test_random_leaves_nobody_out_and_takes_those_tried_least_first(floor: Floor) -> None:
    at_random(floor)
    floor.do("UPDATE prospect SET attempts = 1 WHERE position <= 20")
    floor.do("UPDATE list SET batch_size = 30")
    floor.at_work("Ana")
    assert sorted(floor.dealt()) == list(range(21, 51))
    floor.launch(30)
    floor.share_out()
    assert sorted(floor.dealt()) == list(range(1, 21))


# -- loads -----------------------------------------------------------------------------------------------


def loads(floor: Floor) -> list[tuple[int, str, int]]:
    found = floor.rows("SELECT user_id, state, accepted FROM list_job WHERE kind = 'load' ORDER BY id")
    return [(row["user_id"], row["state"], row["accepted"]) for row in found]


def test_what_is_loaded_into_a_session_is_in_the_queue(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    assert loads(floor) == [(ana, "running", 10)]
    for leg_id in floor.launch(10):
        floor.hang_up(leg_id, cause=17)
    abe = floor.at_work("Abe")
    assert loads(floor) == [(ana, "running", 20), (abe, "running", 10)]
    sessions.end_session(floor.tenant, abe, floor.now)
    assert loads(floor)[1] == (abe, "done", 10)
    floor.start(abe)
    assert loads(floor)[2] == (abe, "running", 0), "they still hold what they held"


def test_a_session_that_ends_after_its_call_ends_its_load(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    sessions.end_session(floor.tenant, ana, floor.now)
    assert loads(floor) == [(ana, "running", 10)]
    floor.hang_up(leg_id)
    save_result(floor.tenant, ana, floor.attempt(leg_id)["id"], floor.result("final"), "", floor.now)
    assert loads(floor) == [(ana, "done", 10)]


def test_a_load_does_not_stand_in_the_way_of_an_import(floor: Floor) -> None:
    floor.at_work("Ana")
    queue = "INSERT INTO list_job (organisation_id, list_id, file_name, state) VALUES (%(o)s, %(l)s, 'a', 'queued')"
    floor.do(queue, l=floor.list_id)
    with pytest.raises(psycopg.errors.UniqueViolation):
        floor.do(queue, l=floor.list_id)


# -- what the database holds -----------------------------------------------------------------------------


def test_leases_go_with_their_prospects_and_name_real_ones(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.do("DELETE FROM prospect WHERE position <= 4")
    assert floor.held() == {ana: 6}
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        floor.do(
            "INSERT INTO lease SELECT organisation_id, -1, list_id, user_id, 0, 1, leased_at, until"
            " FROM lease LIMIT 1"
        )
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        floor.do("UPDATE lease SET prospect_id = -prospect_id")


@pytest.mark.parametrize("sort_by", ["upload", "random"])
def test_zones_that_are_all_but_empty_make_nobody_go_short(floor: Floor, sort_by: str) -> None:
    if sort_by == "random":
        at_random(floor)
    for position, zone in enumerate(("New_York", "Denver", "Phoenix", "Boise", "Detroit"), start=46):
        live_in(floor, f"America/{zone}", position, position)
    floor.do("UPDATE list SET batch_size = 24")
    floor.at_work("Ana"), floor.at_work("Abe")
    assert sorted(floor.held().values()) == [24, 24]
    if sort_by == "upload":
        assert sorted(floor.dealt()) == list(range(1, 49))


def read_for_a_batch(connection: Connection, floor: Floor) -> tuple[int, int]:
    """Share out, as many as are missing; rows of prospects that were scanned, and found by an index."""
    read = (
        "SELECT seq_tup_read AS scanned, idx_tup_fetch AS fetched FROM pg_stat_xact_user_tables"
        " WHERE relname = 'prospect'"
    )
    before = connection.execute(read).fetchone() or {}
    sharing.equalise(connection, floor.organisation_id, floor.list_id, floor.now)
    after = connection.execute(read).fetchone() or {}
    return after["scanned"] - before["scanned"], after["fetched"] - before["fetched"]


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("sort_by", ["upload", "random"])
def test_a_long_list_is_not_read_for_a_batch_whatever_the_planner_knows(
    db: Database, sort_by: str, analysed: bool
) -> None:
    floor = Floor(db, prospects=0, batch_size=50)
    floor.do("ALTER TABLE prospect SET (autovacuum_enabled = false)")
    floor.add_prospects(9999)
    if sort_by == "random":
        at_random(floor)
    live_in(floor, "America/New_York", 1, 5000)
    if analysed:
        floor.do("ANALYZE prospect")
    ana = floor.at_work("Ana")
    floor.launch(50)
    with db.transaction() as connection:
        scanned, fetched = read_for_a_batch(connection, floor)
    assert scanned == 0
    assert fetched < 1000, "of ten thousand"
    assert floor.held() == {ana: 50}


def test_a_batch_is_planned_while_the_list_is_short_and_dealt_when_it_is_long(db: Database) -> None:
    floor = Floor(db, prospects=5, batch_size=50)
    floor.do("ALTER TABLE prospect SET (autovacuum_enabled = false)")
    floor.at_work("Ana")
    with db.transaction() as connection:
        sharing.equalise(connection, floor.organisation_id, floor.list_id, floor.now)
        floor.add_prospects(9999)
        scanned, fetched = read_for_a_batch(connection, floor)
    assert scanned == 0
    assert fetched < 1000, "of ten thousand"


def vacuum_wholly(db: Database) -> None:
    """The index alone says then what there is. Who looks at the catalogue meanwhile may keep a row from it."""
    with db.autocommit() as connection:
        visible = False
        while not visible:
            connection.execute("VACUUM prospect")
            row = connection.execute(
                "SELECT relallvisible = relpages AS all FROM pg_class WHERE relname = 'prospect'"
            ).fetchone()
            visible = bool(row and row["all"])


def test_only_rows_that_are_dealt_are_read(db: Database) -> None:
    floor = Floor(db, prospects=0, batch_size=100)
    floor.add_prospects(5000)
    for n, zone in enumerate(("New_York", "Denver", "Phoenix", "Los_Angeles")):
        live_in(floor, f"America/{zone}", n * 1000 + 1, n * 1000 + 1000)
    floor.do("ALTER TABLE prospect SET (autovacuum_enabled = false)")
    vacuum_wholly(db)
    ana = floor.at_work("Ana")
    floor.launch(100)
    with db.transaction() as connection:
        scanned, fetched = read_for_a_batch(connection, floor)
    assert scanned == 0
    # Found, locked, moved, and looked for by the key of leases; and some that were dealt before.
    assert fetched < 400, "each of four zones might have a hundred"
    assert floor.held() == {ana: 100}


def test_the_planner_is_left_as_it_was(floor: Floor) -> None:
    settings = "SELECT name, setting FROM pg_settings WHERE name ~ '^(enable_|jit|plan_cache)' ORDER BY name"
    floor.at_work("Ana")
    floor.launch(5)
    with floor.db.transaction() as connection:
        before = connection.execute(settings).fetchall()
        assert sharing.equalise(connection, floor.organisation_id, floor.list_id, floor.now) == 5
        assert connection.execute(settings).fetchall() == before
