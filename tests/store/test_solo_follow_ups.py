"""Dialing one's own follow-ups alone (LPS-1, LPS-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dialing_alone import (
    answers,
    bo,
    check,
    click,
    follows_up,
    promise,
    refusal,
    save,
    status,
)
from dialing_floor import NODE, Floor

from dialer.clock import now
from dialer.db import Database
from dialer.store import agents, dispositions, launching, sessions, solo, solo_calls


@pytest.fixture
def pool(db: Database) -> Iterator[Floor]:
    """Acme's lead pool list."""
    floor = Floor(db, max_attempts=3)
    yield floor
    check(floor)


def test_follow_ups_are_due_by_the_date_where_the_prospect_lives(pool: Floor) -> None:
    ana = follows_up(pool, "Ana")
    here = now()
    for place, due in ((1, here - timedelta(days=2)), (2, here), (3, here + timedelta(days=2))):
        promise(pool, ana, bo(pool, place), due, note=f"note {place}")
    counts = solo.follow_up_counts(pool.tenant, ana)
    assert (counts.past_due, counts.not_due) == (2, 1)
    listed = solo.records(pool.tenant, ana)
    assert [(record.prospect_id, record.note) for record in listed] == [
        (bo(pool, 1), "note 1"),
        (bo(pool, 2), "note 2"),
    ]
    pool.do("UPDATE follow_up SET due_at = now() - interval '1 day' WHERE prospect_id = %(p)s", p=bo(pool, 3))
    assert len(solo.records(pool.tenant, ana)) == 3, "it moved over by itself"


def test_a_follow_up_that_is_not_answered_stays_promised(pool: Floor) -> None:
    ana = follows_up(pool, "Ana")
    promise(pool, ana, bo(pool), now())
    leg_id = click(pool, ana, bo(pool))
    pool.hang_up(leg_id, 17)
    prospect = status(pool, bo(pool))
    assert (prospect["status"], prospect["attempts"]) == ("follow_up", 1)
    assert prospect["not_before"] == pool.now + timedelta(minutes=10)
    solo.ask_call(pool.tenant, ana, bo(pool), pool.now)
    assert answers(pool) == []
    assert refusal(pool, ana) == "The next attempt is not due yet."
    pool.pass_time(minutes=11)
    click(pool, ana, bo(pool))


def test_a_saved_result_keeps_the_promise(pool: Floor) -> None:
    ana = follows_up(pool, "Ana")
    promise(pool, ana, bo(pool), now())
    leg_id = click(pool, ana, bo(pool))
    pool.answer(leg_id)
    pool.join(leg_id)
    pool.hang_up(leg_id)
    save(pool, ana, leg_id, "follow_up")
    assert pool.value("SELECT count(*) FROM follow_up WHERE done_at IS NULL") == 1, "the new one"
    assert status(pool, bo(pool))["status"] == "follow_up"
    leg_id = click(pool, ana, bo(pool))
    pool.answer(leg_id)
    pool.join(leg_id)
    pool.hang_up(leg_id)
    dispositions.close_window(pool.tenant, ana, pool.attempt(leg_id)["id"], pool.now)
    sessions.resume(pool.tenant, ana, pool.now)
    assert status(pool, bo(pool))["status"] == "follow_up", "given up without a result it stays promised"
    assert pool.value("SELECT count(*) FROM follow_up WHERE done_at IS NULL") == 1


def test_a_promise_is_kept_beyond_the_lists_attempts_but_not_beyond_the_days(pool: Floor) -> None:
    ana = follows_up(pool, "Ana")
    promise(pool, ana, bo(pool), now())
    pool.do("UPDATE prospect SET attempts = 3 WHERE id = %(p)s", p=bo(pool))
    pool.do("UPDATE organisation SET attempts_per_day = 1")
    leg_id = click(pool, ana, bo(pool))
    pool.hang_up(leg_id, 17)
    assert status(pool, bo(pool))["status"] == "follow_up"
    pool.pass_time(hours=1)
    solo.ask_call(pool.tenant, ana, bo(pool), pool.now)
    assert answers(pool) == []
    assert refusal(pool, ana) == (
        "The number was called as often as the organisation allows within 24 hours."
    )


def test_follow_ups_and_the_pool_do_not_meet(pool: Floor) -> None:
    abe = pool.at_work("Abe")
    ana = follows_up(pool, "Ana")
    pool.do("DELETE FROM lease WHERE prospect_id = %(p)s", p=bo(pool))
    promise(pool, ana, bo(pool), now())
    click(pool, ana, bo(pool))
    (of_list,) = launching.look(pool.db, NODE, pool.now).lists
    assert (of_list.users, of_list.snapshot.ready, of_list.snapshot.in_flight) == ((abe,), 1, 0)
    sessions.ask_pause(pool.tenant, abe, "Lunch", pool.now)
    assert pool.state(abe) == "paused", "her call is not his to wait for"


# -- in other sessions --------------------------------------------------------------------------------


def test_a_closed_account_ends_its_session_on_follow_ups(pool: Floor) -> None:
    ana = follows_up(pool, "Ana")
    pool.do("UPDATE app_user SET active = false WHERE id = %(u)s", u=ana)
    assert solo_calls.send_closed_accounts_away(pool.db, pool.now) == 1
    assert pool.value("SELECT state FROM agent WHERE user_id = %(u)s", u=ana) == "logged_out"
    assert agents.legs_to_release(pool.db, NODE)
