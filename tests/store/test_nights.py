"""What a night gives back, and to whom (LPL-5, LPL-14), on real records."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from dialing_floor import Floor

from dialer.db import Database
from dialer.store import nights, parking, sessions
from dialer.store.people import Role

NIGHT = datetime(2026, 3, 3, 8, tzinfo=UTC)
"""03:00 in New York, where the organisation is; 02:00 in Chicago, where every Bo lives."""


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db, prospects=50, batch_size=10)
    assert nights.keep(db, floor.now) == 0, "a new organisation's first night is the next to come"
    yield floor
    floor.check()


def test_what_was_held_and_not_dialed_goes_back(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.launch(3)
    sessions.end_session(floor.tenant, ana, floor.now)
    assert nights.keep(floor.db, NIGHT - timedelta(seconds=1)) == 0
    assert floor.statuses() == {"held": 7, "calling": 3, "pool": 40}
    assert nights.keep(floor.db, NIGHT) == 1
    assert floor.statuses() == {"calling": 3, "pool": 47}
    assert floor.held() == {}


def test_a_list_without_overnight_reset_keeps_its_records(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.do("UPDATE list SET overnight_reset = false")
    nights.keep(floor.db, NIGHT)
    assert floor.held() == {ana: 10}


def test_who_is_still_at_work_gets_a_fresh_equal_share(floor: Floor) -> None:
    floor.do("UPDATE list SET calling_from = '00:00', calling_until = '23:59'")
    floor.do("DELETE FROM prospect WHERE position > 10")
    ana = floor.at_work("Ana")
    sessions.end_session(floor.tenant, ana, floor.now)
    abe, eve = floor.at_work("Abe"), floor.at_work("Eve")
    assert floor.held() == {ana: 10}
    nights.keep(floor.db, NIGHT)
    assert floor.held() == {abe: 5, eve: 5}
    assert floor.value("SELECT min(leased_at) FROM lease") == NIGHT


def test_it_is_done_once_and_what_is_leased_after_it_stays(floor: Floor) -> None:
    floor.do("UPDATE list SET calling_from = '00:00', calling_until = '23:59'")
    nights.keep(floor.db, NIGHT)
    floor.now = NIGHT + timedelta(minutes=1)
    ana = floor.at_work("Ana")
    assert nights.keep(floor.db, NIGHT + timedelta(hours=20)) == 0
    assert floor.held() == {ana: 10}


def test_two_dialers_do_it_once(floor: Floor) -> None:
    floor.at_work("Ana")
    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(lambda _: nights.keep(floor.db, NIGHT), range(4)))
    assert sum(done) == 1
    assert floor.value("SELECT night_done_on FROM organisation") == date(2026, 3, 3)


def test_after_days_of_standing_still_it_is_caught_up_once(floor: Floor) -> None:
    floor.at_work("Ana")
    back = NIGHT + timedelta(days=6, hours=7)
    assert nights.keep(floor.db, back) == 1
    assert nights.keep(floor.db, back) == 0
    assert floor.value("SELECT night_done_on FROM organisation") == date(2026, 3, 9)


def test_a_dialer_killed_in_the_middle_leaves_the_rest_to_the_next(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = floor.at_work("Ana")
    sessions.end_session(floor.tenant, ana, floor.now)
    monkeypatch.setattr(nights, "AT_ONCE", 4)
    batches = iter(range(2))

    class Killed(Exception):
        """As by SIGKILL, between two transactions."""

    def once_more(*_: object) -> int:
        if next(batches, None) is None:
            raise Killed
        return 0

    monkeypatch.setattr(nights.sharing, "equalise", once_more)
    with pytest.raises(Killed):
        nights.keep(floor.db, NIGHT)
    assert floor.statuses() == {"held": 2, "pool": 48}, "two batches are kept, the third was not committed"
    monkeypatch.undo()
    assert nights.keep(floor.db, NIGHT + timedelta(hours=1)) == 1
    assert floor.statuses() == {"pool": 50}


def test_a_record_that_is_being_dialed_does_not_go_back(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    with psycopg.connect(floor.db.url) as dialing:
        dialing.execute("SELECT 1 FROM prospect WHERE position = 1 FOR NO KEY UPDATE")
        nights.keep(floor.db, NIGHT)
    held = floor.rows("SELECT position, user_id FROM lease")
    assert held == [{"position": 1, "user_id": ana}]


def test_parked_numbers_whose_day_has_come_are_dialed_again(floor: Floor) -> None:
    ada = floor.hire("Ada", role=Role.ADMIN)
    for number, until in (("+12145550001", date(2026, 3, 3)), ("+12145550002", date(2026, 3, 4))):
        parking.add(floor.tenant, ada, [number], floor.now, until=until)
    assert floor.statuses() == {"excluded": 2, "pool": 48}
    nights.keep(floor.db, NIGHT)
    assert floor.rows("SELECT position FROM prospect WHERE status = 'excluded'") == [{"position": 2}]
    assert floor.rows("SELECT number FROM parking_lot") == [{"number": "+12145550002"}]


def queued(floor: Floor) -> list[tuple[str, int | None]]:
    found = floor.rows("SELECT state, user_id FROM list_job WHERE kind = 'reset'")
    return [(job["state"], job["user_id"]) for job in found]


def test_a_list_that_resets_by_itself_does_so_when_all_are_dialed(floor: Floor) -> None:
    floor.do("UPDATE list SET reset_by_itself = true")
    floor.do("UPDATE prospect SET status = 'done', attempts = 3 WHERE position > 1")
    nights.keep(floor.db, NIGHT)
    assert queued(floor) == [], "one is still to be dialed"
    floor.do("UPDATE prospect SET status = 'done', attempts = 3")
    nights.keep(floor.db, NIGHT + timedelta(hours=1))
    assert queued(floor) == [], "and that night is over"
    nights.keep(floor.db, NIGHT + timedelta(days=1))
    assert queued(floor) == [("queued", None)]
    nights.keep(floor.db, NIGHT + timedelta(days=2))
    assert queued(floor) == [("queued", None)], "one at a time"


def test_a_list_of_final_results_has_nothing_to_reset(floor: Floor) -> None:
    floor.do("UPDATE list SET reset_by_itself = true")
    floor.do("UPDATE prospect SET status = 'done', last_result_id = %(r)s", r=floor.result("final"))
    nights.keep(floor.db, NIGHT)
    assert queued(floor) == []


def test_each_organisation_has_its_own_night(floor: Floor) -> None:
    stockholm = Floor(floor.db, "Borealis", prospects=5)
    floor.do("UPDATE organisation SET time_zone = 'Europe/Stockholm' WHERE name = 'Borealis'")
    nights.keep(floor.db, floor.now)
    ana, abe = floor.at_work("Ana"), stockholm.at_work("Abe")
    assert nights.keep(floor.db, datetime(2026, 3, 3, 2, tzinfo=UTC)) == 1  # 03:00 in Stockholm
    assert set(floor.held()) == {ana}
    assert nights.keep(floor.db, NIGHT) == 1
    assert floor.held() == {}
    assert abe != ana
