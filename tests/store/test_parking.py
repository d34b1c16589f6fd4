"""The parking lot on the real PostgreSQL: out until a date, and back by itself (ORG-4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dialing_floor import Floor

from dialer.db import Database
from dialer.errors import Forbidden, Refused
from dialer.number_blocks import Line
from dialer.store import do_not_call, number_batches, parking
from dialer.store.people import Role

FIRST, SECOND, THIRD = "+12145550001", "+12145550002", "+12145550003"
TODAY = date(2026, 3, 2)
"""The floor's date, in Chicago and in New York, where the organisation is."""
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture
def ada(floor: Floor) -> int:
    """Somebody who may park numbers."""
    return floor.hire("Ada", role=Role.ADMIN)


def park(
    floor: Floor, ada: int, *numbers: Line | str, until: date | None = TOMORROW
) -> number_batches.Report:
    return parking.add(floor.tenant, ada, numbers, floor.now, until=until)


def release(floor: Floor, today: date) -> int:
    with floor.db.transaction() as connection:
        return parking.release_due(connection, floor.organisation_id, today)


def place(floor: Floor, position: int = 1) -> tuple[str, str | None]:
    row = floor.rows(
        "SELECT status, excluded_by FROM prospect WHERE list_id = %(l)s AND position = %(p)s",
        l=floor.list_id,
        p=position,
    )[0]
    return row["status"], row["excluded_by"]


def parked(floor: Floor) -> list[tuple[str, date]]:
    return [(entry.number, entry.until) for entry in parking.listing(floor.tenant, floor.organisation_id)]


def test_a_parked_number_is_out_at_once_and_back_when_its_date_comes(floor: Floor, ada: int) -> None:
    report = park(floor, ada, "214 555 0001")
    assert (report.added, report.prospects) == (1, 1)
    assert place(floor) == ("excluded", "parking_lot")
    assert release(floor, TODAY) == 0
    assert place(floor) == ("excluded", "parking_lot")
    assert release(floor, TOMORROW) == 1
    assert place(floor) == ("pool", None)
    assert parked(floor) == []
    assert release(floor, TOMORROW) == 0


def test_a_night_that_was_missed_is_caught_up(floor: Floor, ada: int) -> None:
    park(floor, ada, FIRST)
    park(floor, ada, SECOND, until=TODAY + timedelta(days=5))
    assert release(floor, TODAY + timedelta(days=4)) == 1
    assert [place(floor, position)[0] for position in (1, 2)] == ["pool", "excluded"]


def test_many_come_back_in_batches(floor: Floor, ada: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "BATCH", 2)
    park(floor, ada, *(f"+1214555{n:04}" for n in range(1, 6)))
    assert release(floor, TOMORROW) == 5
    assert floor.statuses() == {"pool": 6}


@pytest.mark.parametrize("days", [0, -1, 3661])
def test_the_date_must_be_in_the_organisations_future(floor: Floor, ada: int, days: int) -> None:
    with pytest.raises(Refused, match=r"future|ten years"):
        park(floor, ada, FIRST, until=TODAY + timedelta(days=days))
    assert place(floor) == ("pool", None)


def test_the_future_begins_where_the_organisation_is(floor: Floor, ada: int) -> None:
    floor.now = datetime(2026, 3, 3, 3, tzinfo=UTC)  # still the second in New York
    assert park(floor, ada, FIRST, until=date(2026, 3, 3)).added == 1
    floor.do("UPDATE organisation SET time_zone = 'Europe/Stockholm' WHERE id = %(o)s")
    with pytest.raises(Refused, match="future"):
        park(floor, ada, SECOND, until=date(2026, 3, 3))


def test_each_line_brings_its_own_date_or_takes_the_one_for_all(floor: Floor, ada: int) -> None:
    report = park(
        floor,
        ada,
        Line(2, FIRST, "2026-05-01"),
        Line(3, SECOND),
        Line(4, THIRD, "31.12.2026"),
        Line(5, "+12145550004", "2026-03-02"),
        Line(6, "12", "2026-05-01"),
    )
    assert parked(floor) == [(SECOND, TOMORROW), (FIRST, date(2026, 5, 1))]
    assert [(line.line, line.reason.split(";")[0].split(":")[0]) for line in report.refused] == [
        (4, "'31.12.2026' is not a date"),
        (5, "The date must be in the future"),
        (6, "'12' has too few digits for a phone number."),
    ]
    report = park(floor, ada, Line(1, THIRD), until=None)
    assert [line.reason for line in report.refused] == ["There is no date until which it is parked."]


def test_parking_a_parked_number_gives_it_the_new_date(floor: Floor, ada: int) -> None:
    park(floor, ada, FIRST)
    report = park(floor, ada, FIRST, until=date(2026, 4, 1))
    assert (report.added, report.already) == (0, 1)
    assert parked(floor) == [(FIRST, date(2026, 4, 1))]


def test_a_number_is_let_back_early(floor: Floor, ada: int) -> None:
    park(floor, ada, FIRST, SECOND)
    assert parking.remove(floor.tenant, ada, ["(214) 555-0001"], floor.now) == 1
    assert place(floor) == ("pool", None)
    assert place(floor, 2) == ("excluded", "parking_lot")
    (line,) = floor.rows("SELECT * FROM audit WHERE action = 'parking.remove'")
    assert (line["before"]["number"], line["before"]["until"]) == (FIRST, "2026-03-03")


def test_do_not_call_goes_before_the_parking_lot(floor: Floor, ada: int) -> None:
    park(floor, ada, FIRST)
    do_not_call.add(floor.tenant, ada, [FIRST], floor.now)
    assert place(floor) == ("excluded", "do_not_call")
    release(floor, TOMORROW)
    assert place(floor) == ("excluded", "do_not_call")
    park(floor, ada, FIRST, until=date(2026, 4, 1))
    do_not_call.remove(floor.tenant, ada, [FIRST], "He asked for a call in April.", floor.now)
    assert place(floor) == ("excluded", "parking_lot")


def test_a_call_that_goes_on_ends_in_the_parking_lot(floor: Floor, ada: int) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    park(floor, ada, floor.attempt(leg_id)["number"])
    assert floor.prospect(leg_id)["status"] == "calling"
    floor.hang_up(leg_id, cause=17)
    found = floor.prospect(leg_id)
    assert (found["status"], found["excluded_by"]) == ("excluded", "parking_lot")
    release(floor, TOMORROW + timedelta(days=1))
    assert floor.prospect(leg_id)["status"] in ("resting", "pool")


def test_a_held_prospect_leaves_its_holder(floor: Floor, ada: int) -> None:
    floor.at_work("Ana")
    floor.share_out()
    park(floor, ada, *(f"+1214555{n:04}" for n in range(1, 5)))
    assert floor.statuses() == {"excluded": 4, "held": 2}
    floor.check()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
def test_who_is_no_admin_changes_nothing(floor: Floor, ada: int, role: Role) -> None:
    user_id = floor.hire("Somebody", role=role)
    with pytest.raises(Forbidden):
        park(floor, user_id, FIRST)
    park(floor, ada, FIRST)
    with pytest.raises(Forbidden):
        parking.remove(floor.tenant, user_id, [FIRST], floor.now)
    assert place(floor) == ("excluded", "parking_lot")


def test_another_organisations_numbers_stay(floor: Floor, ada: int) -> None:
    theirs = Floor(floor.db, "Borealis")
    park(floor, ada, FIRST)
    assert theirs.statuses() == {"pool": 6}
    assert release(theirs, TOMORROW) == 0
    assert parking.remove(theirs.tenant, theirs.hire("Sten", role=Role.ADMIN), [FIRST], floor.now) == 0
    assert place(floor) == ("excluded", "parking_lot")


def test_pages_and_search_go_by_key(floor: Floor, ada: int) -> None:
    for n in range(5):
        park(floor, ada, f"+1214556000{n}", f"+1215556000{n}", until=TOMORROW + timedelta(days=n % 2))
    seen: list[tuple[str, date]] = []
    after = None
    while page := parking.listing(floor.tenant, floor.organisation_id, after=after, limit=3):
        seen += [(entry.number, entry.until) for entry in page]
        after = (page[-1].until, page[-1].number)
    assert seen == sorted(seen, key=lambda each: (each[1], each[0]))
    assert len(seen) == parking.count(floor.tenant, floor.organisation_id) == 10
    found = parking.search(floor.tenant, floor.organisation_id, "+1215", limit=3)
    found += parking.search(floor.tenant, floor.organisation_id, "+1215", after=found[-1].number)
    assert [entry.number[-1] for entry in found] == ["0", "1", "2", "3", "4"]
