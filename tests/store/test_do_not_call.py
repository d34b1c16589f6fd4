"""Do Not Call on the real PostgreSQL: who goes out, who comes back (ORG-4, CMP-3)."""

from __future__ import annotations

import csv
import threading
from datetime import timedelta
from typing import Any

import pytest
from dialing_floor import Floor

from dialer.db import Database
from dialer.errors import Forbidden, NotFound, Refused
from dialer.number_blocks import numbers_in
from dialer.store import dispositions, do_not_call, number_batches
from dialer.store.people import Role

FIRST, SECOND = "+12145550001", "+12145550002"


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture
def ada(floor: Floor) -> int:
    """Somebody who may change Do Not Call."""
    return floor.hire("Ada", role=Role.ADMIN)


def add(floor: Floor, ada: int, *numbers: str) -> number_batches.Report:
    return do_not_call.add(floor.tenant, ada, numbers, floor.now)


def remove(floor: Floor, ada: int, *numbers: str) -> int:
    return do_not_call.remove(floor.tenant, ada, numbers, "He asked for a call.", floor.now)


def bo(floor: Floor, position: int = 1) -> dict[str, Any]:
    return floor.rows(
        "SELECT * FROM prospect WHERE organisation_id = %(o)s AND list_id = %(l)s AND position = %(p)s",
        l=floor.list_id,
        p=position,
    )[0]


def place(floor: Floor, position: int = 1) -> tuple[str, str | None]:
    found = bo(floor, position)
    return found["status"], found["excluded_by"]


def another_list(floor: Floor) -> int:
    """A second list on which the same first number is dialed for somebody."""
    return int(
        floor.value(
            """
            WITH made AS (INSERT INTO list (organisation_id, name) VALUES (%(o)s, 'Autumn leads') RETURNING id),
            someone AS (INSERT INTO prospect (organisation_id, list_id, position, first_name, time_zone)
                SELECT %(o)s, id, 1, 'Bo', 'America/Chicago' FROM made RETURNING id, list_id)
            SELECT list_id FROM someone
            """
        )
    )


def give_number(floor: Floor, list_id: int, number: str, rank: int = 1) -> None:
    floor.do(
        "INSERT INTO phone (organisation_id, prospect_id, rank, number) "
        "SELECT %(o)s, id, %(rank)s, %(n)s FROM prospect WHERE list_id = %(l)s AND position = 1",
        l=list_id,
        n=number,
        rank=rank,
    )


def status_on(floor: Floor, list_id: int) -> str:
    return str(floor.value("SELECT status FROM prospect WHERE list_id = %(l)s AND position = 1", l=list_id))


def test_numbers_as_people_write_them_take_their_prospects_out(floor: Floor, ada: int) -> None:
    report = add(floor, ada, "(214) 555-0001", "1 214 555 0002", "12", "(214) 555-0001")
    assert (report.added, report.already, report.prospects, report.refusals) == (2, 1, 2, 1)
    assert [(line.line, line.text) for line in report.refused] == [(3, "12")]
    assert [place(floor, position) for position in (1, 2, 3)] == [
        ("excluded", "do_not_call"),
        ("excluded", "do_not_call"),
        ("pool", None),
    ]


def test_a_held_prospect_leaves_its_holder_at_once_and_shares_stay_equal(floor: Floor, ada: int) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.share_out()
    assert floor.held() == {ana: 3, abe: 3}
    theirs = floor.rows(
        "SELECT h.number FROM lease e JOIN phone h ON h.prospect_id = e.prospect_id WHERE e.user_id = %(u)s",
        u=ana,
    )
    add(floor, ada, *(row["number"] for row in theirs[:2]))
    assert sorted(floor.held().values()) == [2, 2]
    floor.check()


def test_a_resting_and_a_promised_prospect_go_out_too_and_a_done_one_stays_done(
    floor: Floor, ada: int
) -> None:
    floor.do(
        "UPDATE prospect SET status = 'resting', not_before = %(t)s WHERE position = 1",
        t=floor.now + timedelta(hours=1),
    )
    floor.do("UPDATE prospect SET status = 'follow_up' WHERE position = 2")
    floor.do("UPDATE prospect SET status = 'done' WHERE position = 3")
    add(floor, ada, FIRST, SECOND, "+12145550003")
    assert [place(floor, position)[0] for position in (1, 2, 3)] == ["excluded", "excluded", "done"]


def test_a_live_call_is_not_cut_and_its_prospect_goes_out_when_it_ends(floor: Floor, ada: int) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    number = floor.attempt(leg_id)["number"]
    add(floor, ada, number)
    assert floor.attempt(leg_id)["state"] == "dialing"
    assert floor.prospect(leg_id)["status"] == "calling"
    floor.hang_up(leg_id, cause=17)
    found = floor.prospect(leg_id)
    assert (found["status"], found["excluded_by"], found["last_outcome"]) == (
        "excluded",
        "do_not_call",
        "busy",
    )
    floor.check()


def test_a_talk_ends_with_its_result_and_the_number_is_out_all_the_same(floor: Floor, ada: int) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    add(floor, ada, floor.attempt(leg_id)["number"])
    floor.hang_up(leg_id)
    retry = floor.result("retry")
    dispositions.save_result(floor.tenant, ana, floor.attempt(leg_id)["id"], retry, "Later.", floor.now)
    found = floor.prospect(leg_id)
    assert (found["status"], found["excluded_by"], found["last_result_id"]) == (
        "excluded",
        "do_not_call",
        retry,
    )


def test_what_an_agent_says_takes_the_number_out_of_every_list(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    number = floor.attempt(leg_id)["number"]
    other = another_list(floor)
    give_number(floor, other, number)
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("do_not_call"), "", floor.now)
    assert floor.prospect(leg_id)["excluded_by"] == "do_not_call"
    assert status_on(floor, other) == "excluded"
    entry = do_not_call.entry(floor.tenant, floor.organisation_id, number)
    assert (entry.source, entry.by) == ("call result", "Ana")
    floor.check()


def test_only_the_number_that_is_dialed_decides(floor: Floor, ada: int) -> None:
    give_number(floor, floor.list_id, "+12145559999", rank=2)
    add(floor, ada, "+12145559999")
    assert place(floor) == ("pool", None)


def test_an_admin_who_gives_a_reason_lets_them_be_called_again(floor: Floor, ada: int) -> None:
    add(floor, ada, FIRST)
    assert remove(floor, ada, "214-555-0001") == 1
    assert place(floor) == ("pool", None)
    (line,) = floor.rows("SELECT * FROM audit WHERE action = 'do_not_call.remove'")
    assert line["before"]["number"] == FIRST
    assert (line["user_id"], line["after"]["reason"]) == (ada, "He asked for a call.")
    assert remove(floor, ada, FIRST) == 0


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nothing_is_removed_without_a_reason(floor: Floor, ada: int, reason: str) -> None:
    add(floor, ada, FIRST)
    with pytest.raises(Refused, match="Say why"):
        do_not_call.remove(floor.tenant, ada, [FIRST], reason, floor.now)
    assert place(floor) == ("excluded", "do_not_call")


@pytest.mark.parametrize(
    ("effect", "after"),
    [
        ("final", ("done", None)),
        ("wrong_number", ("excluded", "invalid_number")),
        ("retry", ("pool", None)),
        ("do_not_call", ("pool", None)),
    ],
)
def test_where_they_come_back_to_is_what_the_last_result_says(
    floor: Floor, ada: int, effect: str, after: tuple[str, str | None]
) -> None:
    floor.do("UPDATE prospect SET last_result_id = %(r)s WHERE position = 1", r=floor.result(effect))
    add(floor, ada, FIRST)
    remove(floor, ada, FIRST)
    assert place(floor) == after


def test_who_rested_or_used_the_attempts_up_does_so_again(floor: Floor, ada: int) -> None:
    soon = floor.now + timedelta(hours=1)
    floor.do("UPDATE prospect SET status = 'resting', not_before = %(t)s WHERE position = 1", t=soon)
    floor.do("UPDATE prospect SET attempts = 3 WHERE position = 2")
    add(floor, ada, FIRST, SECOND)
    remove(floor, ada, FIRST, SECOND)
    assert (bo(floor)["status"], bo(floor)["not_before"]) == ("resting", soon)
    assert place(floor, 2) == ("done", None)


def test_a_promise_is_kept_through_it(floor: Floor, ada: int) -> None:
    floor.do("UPDATE prospect SET status = 'follow_up' WHERE position = 1")
    floor.do(
        "INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, created_at) "
        "SELECT %(o)s, id, %(u)s, %(t)s, %(t)s FROM prospect WHERE position = 1",
        u=floor.max_id,
        t=floor.now,
    )
    add(floor, ada, FIRST)
    remove(floor, ada, FIRST)
    assert place(floor) == ("follow_up", None)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT])
def test_who_is_no_admin_changes_nothing(floor: Floor, ada: int, role: Role) -> None:
    user_id = floor.hire("Somebody", role=role)
    with pytest.raises(Forbidden):
        add(floor, user_id, FIRST)
    add(floor, ada, FIRST)
    with pytest.raises(Forbidden):
        remove(floor, user_id, FIRST)
    assert place(floor) == ("excluded", "do_not_call")


def test_another_organisations_prospects_stay(floor: Floor, ada: int) -> None:
    theirs = Floor(floor.db, "Borealis")
    add(floor, ada, FIRST)
    assert bo(theirs)["status"] == "pool"
    assert do_not_call.listing(theirs.tenant, theirs.organisation_id) == []
    with pytest.raises(NotFound):
        do_not_call.entry(theirs.tenant, theirs.organisation_id, FIRST)
    stranger = theirs.hire("Sten", role=Role.ADMIN)
    assert remove(theirs, stranger, FIRST) == 0
    assert place(floor) == ("excluded", "do_not_call")


def test_the_counts_of_the_list_follow(floor: Floor, ada: int) -> None:
    add(floor, ada, FIRST, SECOND)
    remove(floor, ada, SECOND)
    counts = floor.rows(
        "SELECT status, excluded_by, sum(prospects)::int AS n FROM list_tally WHERE list_id = %(l)s "
        "GROUP BY status, excluded_by HAVING sum(prospects) <> 0 ORDER BY status",
        l=floor.list_id,
    )
    assert [(row["status"], row["excluded_by"], row["n"]) for row in counts] == [
        ("excluded", "do_not_call", 1),
        ("pool", None, 5),
    ]


def test_many_numbers_go_in_batches_and_again_without_harm(
    floor: Floor, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_batches, "BATCH", 10)
    block = "\n".join(f"214 555 {n:04}" for n in range(1, 36)) + "\nnobody"
    for added in (35, 0):
        report = do_not_call.add(floor.tenant, ada, numbers_in(block, "US"), floor.now)
        assert (report.added, report.already, report.refusals) == (added, 35 - added, 1)
    assert do_not_call.count(floor.tenant, floor.organisation_id) == 35
    lines = floor.rows("SELECT after FROM audit WHERE action = 'do_not_call.add' ORDER BY id")
    assert [line["after"]["count"] for line in lines] == [10, 10, 10, 5]


def test_pages_by_key_show_every_entry_once(floor: Floor, ada: int) -> None:
    for minute in range(3):
        floor.pass_time(minutes=1)
        add(floor, ada, *(f"+1214556{minute}{n:03}" for n in range(4)))
    seen, after = [], None
    while page := do_not_call.listing(floor.tenant, floor.organisation_id, after=after, limit=5):
        seen += [entry.number for entry in page]
        after = (page[-1].added_at, page[-1].number)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 12


def test_the_beginning_of_a_number_finds_it(floor: Floor, ada: int) -> None:
    add(floor, ada, "+12145550001", "+12145550002", "+12155550001", "+46701234567")
    found = do_not_call.search(floor.tenant, floor.organisation_id, "+1214")
    assert [entry.number for entry in found] == ["+12145550001", "+12145550002"]
    after = do_not_call.search(floor.tenant, floor.organisation_id, "+1214", after=found[0].number)
    assert [entry.number for entry in after] == ["+12145550002"]
    assert [e.number for e in do_not_call.search(floor.tenant, floor.organisation_id, "+46")] == [
        "+46701234567"
    ]
    assert do_not_call.search(floor.tenant, floor.organisation_id, "+1216") == []


def test_the_file_of_all_entries_starts_no_formula(
    floor: Floor, ada: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(do_not_call, "BATCH", 2)
    do_not_call.add(floor.tenant, ada, [FIRST, SECOND, "+12145550003"], floor.now, note="=cmd|' /C calc'!A0")
    rows = list(csv.reader(do_not_call.csv_of(floor.tenant, floor.organisation_id)))
    assert rows[0] == ["Phone", "Added at (UTC)", "Added by", "Source", "Note"]
    assert [row[0] for row in rows[1:]] == [FIRST, SECOND, "+12145550003"]
    assert {row[4] for row in rows[1:]} == {"'=cmd|' /C calc'!A0"}


def test_two_who_add_the_same_numbers_at_once_do_not_wait_for_one_another_for_ever(
    floor: Floor, ada: int
) -> None:
    floor.add_prospects(300)
    numbers = [f"+1214555{n:04}" for n in range(1, 301)]
    reports, start = [], threading.Barrier(3)

    def work(given: list[str]) -> None:
        start.wait()
        reports.append(add(floor, ada, *given))

    threads = [
        threading.Thread(target=work, args=(given,))
        for given in (numbers, numbers[::-1], numbers[150:] + numbers[:150])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(report.added for report in reports) == 300
    assert floor.statuses() == {"excluded": 306}


def test_dialing_goes_on_beside_it_and_nobody_barred_is_called(floor: Floor, ada: int) -> None:
    floor.do("DELETE FROM prospect")
    floor.add_prospects(60)
    floor.at_work("Ana")
    legs, start = [], threading.Barrier(2)

    def dial() -> None:
        start.wait()
        for _ in range(20):
            floor.share_out()
            legs.extend(floor.launch(2))

    dialing = threading.Thread(target=dial)
    dialing.start()
    start.wait()
    for n in range(1, 61, 4):
        add(floor, ada, *(f"+1214555{m:04}" for m in range(n, n + 4)))
    dialing.join()
    late = floor.rows("SELECT status FROM prospect WHERE status NOT IN ('excluded', 'calling')")
    assert late == []
    assert len(floor.rows("SELECT 1 AS x FROM prospect WHERE status = 'calling'")) == len(legs)
    floor.check()
