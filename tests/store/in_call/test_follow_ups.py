"""Promises on record: one a prospect, made and kept with a call's result (LPS-8)."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest
from dialing_floor import Floor

from dialer.errors import Refused
from dialer.follow_ups import Wish
from dialer.store import dispositions


def promise(floor: Floor, user_id: int, due_at: datetime | None, effect: str = "follow_up") -> int:
    """The user's next call ends with a follow-up; its prospect."""
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    wanted = Wish(due_at, "About the quote") if due_at else None
    dispositions.save_result(
        floor.tenant, user_id, floor.attempt(leg_id)["id"], floor.result(effect), "", floor.now, wanted
    )
    return int(floor.prospect(leg_id)["id"])


def standing(floor: Floor, user_id: int) -> list[dict[str, object]]:
    """The user's promises that stand, first due first."""
    return floor.rows(
        "SELECT prospect_id, due_at, note FROM follow_up WHERE user_id = %(u)s AND done_at IS NULL ORDER BY due_at",
        u=user_id,
    )


def test_a_promise_stands_with_its_time_and_note(floor: Floor, ana: int) -> None:
    due_at = floor.now - timedelta(days=2)
    prospect_id = promise(floor, ana, due_at)
    (stands,) = standing(floor, ana)
    assert stands == {"prospect_id": prospect_id, "due_at": due_at, "note": "About the quote"}


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
    assert standing(floor, ana) == []


def test_a_date_beside_a_retry_is_a_promise(floor: Floor, ana: int) -> None:
    promise(floor, ana, floor.now + timedelta(days=3), effect="retry")
    assert floor.statuses()["follow_up"] == 1
    assert len(standing(floor, ana)) == 1


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
