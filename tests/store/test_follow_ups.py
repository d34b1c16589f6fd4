"""Promises on record: one a prospect, of the user who made it, in two lists by themselves (LPS-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from dialing_floor import Floor

from dialer.db import Database
from dialer.errors import Refused
from dialer.follow_ups import Wish
from dialer.store import dispositions, follow_ups
from dialer.store.follow_ups import Counts


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.check()


@pytest.fixture
def ana(floor: Floor) -> int:
    return floor.at_work("Ana")


def promise(floor: Floor, user_id: int, due_at: datetime | None, effect: str = "follow_up") -> int:
    """The user's next call ends with a follow-up; its prospect."""
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    wanted = Wish(due_at, "About the quote") if due_at else None
    dispositions.save_result(
        floor.tenant, user_id, floor.attempt(leg_id)["id"], floor.result(effect), "", floor.now, wanted
    )
    return int(floor.prospect(leg_id)["id"])


def test_a_future_day_is_not_due_and_today_is_past_due(floor: Floor, ana: int) -> None:
    later = promise(floor, ana, floor.now + timedelta(days=2))
    today = promise(floor, ana, floor.now + timedelta(hours=3))
    earlier = promise(floor, ana, floor.now - timedelta(days=2))
    assert follow_ups.counts(floor.tenant, ana, floor.now) == Counts(not_due=1, past_due=2)
    past = follow_ups.due(floor.tenant, ana, floor.now, past_due=True)
    assert [one.prospect_id for one in past] == [earlier, today], "first due first"
    (future,) = follow_ups.due(floor.tenant, ana, floor.now, past_due=False)
    assert (future.prospect_id, future.note, future.first_name) == (later, "About the quote", "Bo")


def test_it_moves_over_by_itself_at_midnight_where_the_prospect_lives(floor: Floor, ana: int) -> None:
    promise(floor, ana, datetime(2026, 3, 10, 14, 0, tzinfo=UTC))
    before, after = datetime(2026, 3, 10, 4, 59, tzinfo=UTC), datetime(2026, 3, 10, 5, 1, tzinfo=UTC)
    assert follow_ups.counts(floor.tenant, ana, before) == Counts(1, 0)
    assert follow_ups.counts(floor.tenant, ana, after) == Counts(0, 1)


def test_it_belongs_to_who_made_it(floor: Floor, ana: int) -> None:
    promise(floor, ana, None)
    abe = floor.hire("Abe")
    assert follow_ups.counts(floor.tenant, abe, floor.now) == Counts(0, 0)
    assert follow_ups.due(floor.tenant, abe, floor.now, past_due=False) == []


def test_the_next_result_is_the_promise_kept(floor: Floor, ana: int) -> None:
    floor.do("DELETE FROM prospect WHERE position > 1")
    promise(floor, ana, None)
    floor.do("UPDATE prospect SET status = 'pool'")
    floor.pass_time(hours=1)
    promise(floor, ana, floor.now + timedelta(days=9))
    floor.do("UPDATE prospect SET status = 'pool'")
    floor.pass_time(hours=1)
    promise(floor, ana, None, effect="final")
    rows = floor.rows("SELECT done_at IS NOT NULL AS done FROM follow_up")
    assert [row["done"] for row in rows] == [True, True]
    assert follow_ups.counts(floor.tenant, ana, floor.now) == Counts(0, 0)


def test_a_date_beside_a_retry_is_a_promise(floor: Floor, ana: int) -> None:
    promise(floor, ana, floor.now + timedelta(days=3), effect="retry")
    assert floor.statuses()["follow_up"] == 1
    assert follow_ups.counts(floor.tenant, ana, floor.now) == Counts(1, 0)


def test_a_final_result_with_a_date_is_refused_and_nothing_is_saved(floor: Floor, ana: int) -> None:
    with pytest.raises(Refused, match="clear the follow-up"):
        promise(floor, ana, floor.now + timedelta(days=3), effect="final")
    assert floor.state(ana) == "wrap_up"


def test_who_was_barred_during_the_call_is_promised_nothing(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    number = floor.attempt(leg_id)["number"]
    floor.do(
        "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%(o)s, %(n)s, now())", n=number
    )
    floor.hang_up(leg_id)
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("follow_up"), "", floor.now)
    assert floor.prospect(leg_id)["status"] == "excluded"
    assert floor.rows("SELECT 1 FROM follow_up") == []


def test_a_prospect_is_promised_once(floor: Floor, ana: int) -> None:
    prospect_id = promise(floor, ana, None)
    again = """
        INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, created_at)
        VALUES (%(o)s, %(p)s, %(u)s, now(), now())
    """
    with pytest.raises(psycopg.errors.UniqueViolation, match="follow_up_one_open"):
        floor.do(again, p=prospect_id, u=ana)
