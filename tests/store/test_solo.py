"""Dialing alone: normal lists and one's own follow-ups (LPS-1, LPS-8, LPS-12, LPL-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from dialing_floor import NODE, Floor

from dialer.agents import PhoneMode
from dialer.calls.events import HangUpAsked
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused
from dialer.store import activity, agents, dispositions, launching, sessions, solo, solo_calls
from dialer.store.sessions import SessionKind
from dialer.store.solo_calls import Made

PAST_DUE, NOT_DUE = SessionKind.FOLLOW_UPS_PAST_DUE, SessionKind.FOLLOW_UPS_NOT_DUE


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    """Acme's normal list."""
    floor = Floor(db, kind="normal", max_attempts=3)
    yield floor
    _check(floor)


@pytest.fixture
def pool(db: Database) -> Iterator[Floor]:
    """Acme's lead pool list."""
    floor = Floor(db, max_attempts=3)
    yield floor
    _check(floor)


def _check(floor: Floor) -> None:
    """As Floor.check, for agents who are reserved from the launch on."""
    lost = floor.rows(
        """
        SELECT p.id, p.status FROM prospect p
        LEFT JOIN lease l ON l.organisation_id = p.organisation_id AND l.prospect_id = p.id
        LEFT JOIN attempt a ON a.organisation_id = p.organisation_id AND a.prospect_id = p.id
            AND a.state <> 'ended'
        WHERE (p.status = 'held') <> (l.prospect_id IS NOT NULL) OR (p.status = 'calling') <> (a.id IS NOT NULL)
        """
    )
    assert not lost, "every prospect is where its status says"
    stuck = floor.rows(
        """
        SELECT g.user_id, g.state, a.state AS call FROM agent g
        JOIN attempt a ON a.organisation_id = g.organisation_id AND a.id = g.attempt_id
        WHERE a.user_id IS DISTINCT FROM g.user_id OR a.state = 'ended'
        """
    )
    assert not stuck, "a busy agent's call is on record as theirs"


def bo(floor: Floor, place: int = 1) -> int:
    return int(
        floor.value(
            "SELECT id FROM prospect WHERE list_id = %(l)s AND position = %(p)s", l=floor.list_id, p=place
        )
    )


def status(floor: Floor, prospect_id: int) -> dict[str, Any]:
    return floor.rows("SELECT * FROM prospect WHERE id = %(id)s", id=prospect_id)[0]


def answers(floor: Floor) -> list[Made]:
    """What the dialer makes of everything that is wanted."""
    waiting = solo_calls.desks_waiting(floor.db, NODE)
    made = [solo_calls.answer(floor.db, desk, NODE, "trunk", floor.now, floor.now) for desk in waiting]
    return [one for one in made if one is not None]


def click(floor: Floor, user_id: int, prospect_id: int) -> UUID:
    solo.ask_call(floor.tenant, user_id, prospect_id, floor.now)
    (made,) = answers(floor)
    return made.leg_id


def refusal(floor: Floor, user_id: int) -> str | None:
    desk = solo.desk_of(floor.tenant, user_id)
    assert desk is not None
    return desk.refusal.sentence if desk.refusal else None


def save(floor: Floor, user_id: int, leg_id: UUID, effect: str = "final") -> None:
    result = floor.result(effect)
    dispositions.save_result(floor.tenant, user_id, floor.attempt(leg_id)["id"], result, "", floor.now)


def promise(floor: Floor, user_id: int, prospect_id: int, due_at: datetime, note: str = "") -> None:
    floor.do("UPDATE prospect SET status = 'follow_up' WHERE id = %(p)s", p=prospect_id)
    floor.do(
        "INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, note, created_at) "
        "VALUES (%(o)s, %(p)s, %(u)s, %(due)s, %(note)s, %(at)s)",
        p=prospect_id,
        u=user_id,
        due=due_at,
        note=note,
        at=floor.now - timedelta(days=1),
    )


def follows_up(floor: Floor, name: str, kind: SessionKind = PAST_DUE) -> int:
    user_id = floor.hire(name)
    sessions.start_follow_ups(floor.tenant, user_id, kind, floor.now)
    floor.answer_phones()
    return user_id


# -- a normal list is dialed by one agent alone -----------------------------------------------------------


def test_a_normal_list_is_held_by_the_one_who_dials_it(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    assert floor.held() == {ana: 6}
    desk = solo.desk_of(floor.tenant, ana)
    assert desk is not None
    assert (desk.kind, desk.one_after_another, desk.refusal) == (SessionKind.ALONE, False, None)


def test_a_second_is_told_who_dials_it(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    abe = floor.hire("Abe")
    floor.assign(abe)
    with pytest.raises(Refused, match="Ana is dialing this list"):
        floor.start(abe)
    sessions.end_session(floor.tenant, ana, floor.now)
    floor.start(abe)
    assert floor.held() == {abe: 6}


def test_two_cannot_dial_it_whatever_goes_wrong(floor: Floor) -> None:
    floor.at_work("Ana")
    abe = floor.hire("Abe")
    with pytest.raises(psycopg.errors.UniqueViolation, match="session_alone"):
        floor.do(
            "INSERT INTO session (organisation_id, user_id, list_id, kind, node, started_at) "
            "VALUES (%(o)s, %(u)s, %(l)s, 'alone', 'main', now())",
            u=abe,
            l=floor.list_id,
        )


def test_it_cannot_be_chosen_for_a_lead_pool_session_and_is_never_paced(floor: Floor) -> None:
    ana = floor.hire("Ana")
    floor.assign(ana)
    with pytest.raises(Refused, match="normal call list"):
        sessions.start_session(floor.tenant, ana, floor.list_id, floor.now, SessionKind.POOL)
    floor.start(ana)
    (of_list,) = launching.look(floor.db, NODE, floor.now).lists
    assert (of_list.alone, of_list.snapshot.ready) == (True, 0)
    assert floor.launch(5) == []


# -- asking for a call -----------------------------------------------------------------------------------


def test_a_click_reserves_its_agent_and_calls_whom_was_asked_for(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = click(floor, ana, bo(floor, 4))
    attempt = floor.attempt(leg_id)
    assert (attempt["mode"], attempt["state"], attempt["user_id"]) == ("click", "dialing", ana)
    assert attempt["prospect_id"] == bo(floor, 4)
    assert (floor.state(ana), floor.held()) == ("reserved", {ana: 5})
    call = dispositions.open_call(floor.tenant, ana)
    assert call is not None, "the window opens while it rings"
    floor.answer(leg_id)
    floor.join(leg_id)
    assert floor.state(ana) == "on_call"
    floor.hang_up(leg_id)
    save(floor, ana, leg_id)
    assert (floor.state(ana), status(floor, bo(floor, 4))["status"]) == ("ready", "done")


def test_two_clicks_make_one_call(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    for _ in range(2):
        solo.ask_call(floor.tenant, ana, bo(floor), floor.now)
    desks = solo_calls.desks_waiting(floor.db, NODE) * 2
    made = [solo_calls.answer(floor.db, desk, NODE, "trunk", floor.now, floor.now) for desk in desks]
    assert [one is not None for one in made] == [True, False]
    for ask in (lambda: solo.ask_call(floor.tenant, ana, bo(floor), floor.now),
                lambda: solo.ask_next(floor.tenant, ana, floor.now)):  # fmt: skip
        ask()
    floor.hang_up(floor.value("SELECT leg_id FROM attempt"), 17)
    assert floor.state(ana) == "ready"
    assert answers(floor) == [], "the clicks that came while it rang asked for nothing more"


def test_who_does_not_answer_is_told_and_rests(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = click(floor, ana, bo(floor))
    floor.hang_up(leg_id, 17)
    desk = solo.desk_of(floor.tenant, ana)
    assert desk is not None
    assert desk.last is not None
    assert (desk.last.outcome, desk.last.name) == ("busy", "Bo")
    assert status(floor, bo(floor))["status"] == "resting"
    assert floor.state(ana) == "ready"


def test_the_rules_are_asked_at_the_moment_of_dialing(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    number = floor.value("SELECT number FROM phone WHERE prospect_id = %(p)s", p=bo(floor))
    solo.ask_call(floor.tenant, ana, bo(floor), floor.now)
    floor.do(
        "INSERT INTO do_not_call (organisation_id, number, added_at) VALUES (%(o)s, %(n)s, now())", n=number
    )
    assert answers(floor) == []
    assert refusal(floor, ana) == "The number is on Do Not Call."
    floor.pass_time(hours=8)  # the prospects' evening
    solo.ask_call(floor.tenant, ana, bo(floor, 2), floor.now)
    assert answers(floor) == []
    assert refusal(floor, ana) == "It is outside the list's calling hours where the prospect lives."
    assert status(floor, bo(floor, 2))["status"] == "held", "nothing is lost"
    floor.pass_time(hours=16)
    click(floor, ana, bo(floor, 2))
    assert refusal(floor, ana) is None


def test_what_others_hold_or_promised_is_not_mine_to_call(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    abe = follows_up(floor, "Abe")
    floor.do("DELETE FROM lease WHERE prospect_id = %(p)s", p=bo(floor, 6))
    promise(floor, abe, bo(floor, 6), now())
    for user_id, prospect_id in ((ana, bo(floor, 6)), (abe, bo(floor, 1))):
        solo.ask_call(floor.tenant, user_id, prospect_id, floor.now)
        assert answers(floor) == []
        assert refusal(floor, user_id) == solo.REFUSALS[solo.NOT_YOURS]


def test_the_next_is_the_first_that_was_not_skipped(floor: Floor) -> None:
    floor.do("UPDATE organisation SET calling_from = '00:00'")
    floor.do("UPDATE list SET calling_from = '00:00', calling_until = '23:59:59.999999'")
    ana = floor.at_work("Ana")
    solo.skip(floor.tenant, ana, bo(floor, 1), floor.now)
    listed = solo.records(floor.tenant, ana)
    assert [record.prospect_id for record in listed] == [bo(floor, n) for n in (2, 3, 4, 5, 6, 1)]
    assert listed[-1].skipped
    solo.ask_next(floor.tenant, ana, floor.now)
    (made,) = answers(floor)
    assert floor.attempt(made.leg_id)["prospect_id"] == bo(floor, 2)


def test_one_after_another_calls_by_itself_and_a_pause_stops_it(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    solo.dial_one_after_another(floor.tenant, ana, True, floor.now)
    (first,) = answers(floor)
    floor.hang_up(first.leg_id, 17)
    (second,) = answers(floor)
    floor.answer(second.leg_id)
    floor.join(second.leg_id)
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    floor.hang_up(second.leg_id)
    assert answers(floor) == [], "a result is due"
    save(floor, ana, second.leg_id)
    assert (floor.state(ana), answers(floor)) == ("paused", [])
    sessions.resume(floor.tenant, ana, floor.now)
    assert len(answers(floor)) == 1


def test_when_nobody_can_be_called_that_is_said(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.pass_time(hours=8)
    solo.ask_next(floor.tenant, ana, floor.now)
    assert answers(floor) == []
    assert refusal(floor, ana) == solo.REFUSALS[solo.NONE_LEFT]
    assert floor.statuses() == {"pool": 6}, "they come back with the hours"


def test_a_pause_takes_back_what_was_asked_for(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    solo.ask_call(floor.tenant, ana, bo(floor), floor.now)
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    with pytest.raises(Refused, match="paused"):
        solo.ask_next(floor.tenant, ana, floor.now)
    sessions.resume(floor.tenant, ana, floor.now)
    assert answers(floor) == []


def test_hang_up_works_while_it_rings(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = click(floor, ana, bo(floor))
    dispositions.ask_hang_up(floor.tenant, ana, floor.attempt(leg_id)["id"], floor.now)
    assert floor.value("SELECT hang_up_asked_at FROM attempt") is not None
    floor.tell(leg_id, HangUpAsked(floor.now))
    floor.hang_up(leg_id)
    assert floor.attempt(leg_id)["outcome"] == "cancelled"
    assert floor.state(ana) == "ready"


def test_a_phone_that_does_not_answer_costs_the_prospect_nothing(floor: Floor) -> None:
    abe = floor.at_work("Abe", PhoneMode.RING_EACH_CALL)
    solo.ask_call(floor.tenant, abe, bo(floor), floor.now)
    (made,) = answers(floor)
    assert made.agent_leg_id is not None
    assert floor.value("SELECT count(*) FROM leg WHERE kind = 'prospect'") == 0
    floor.ring_timer(made.leg_id)
    assert (floor.state(abe), floor.agent(abe).pause_reason) == ("paused", "Phone did not answer")
    prospect = status(floor, bo(floor))
    assert (prospect["attempts"], prospect["status"]) == (0, "pool")
    assert floor.attempt(made.leg_id)["outcome"] == "not_called"
    (leg,) = activity.of_prospect(floor.tenant, floor.organisation_id, bo(floor)).legs
    assert leg.rang_s == 0, "it was the agent's phone that rang"


def test_how_long_the_prospects_phone_rang_begins_when_the_agents_is_up(floor: Floor) -> None:
    abe = floor.at_work("Abe", PhoneMode.RING_EACH_CALL)
    leg_id = click(floor, abe, bo(floor))
    floor.pass_time(seconds=9)
    floor.answer_own_leg(leg_id)
    floor.pass_time(seconds=4)
    floor.answer(leg_id)
    floor.join(leg_id)
    floor.hang_up(leg_id)
    (leg,) = activity.of_prospect(floor.tenant, floor.organisation_id, bo(floor)).legs
    assert (leg.rang_s, leg.outcome) == (4, "connected")


def test_a_lost_phone_ends_the_ringing_and_the_records_hold(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = click(floor, ana, bo(floor))
    floor.lose_phone(ana)
    assert floor.state(ana) == "phone_lost"
    floor.hang_up(leg_id)
    assert floor.attempt(leg_id)["outcome"] == "cancelled"


# -- follow-ups ----------------------------------------------------------------------------------------


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


def test_nobody_calls_by_click_in_a_lead_pool_session_or_without_one(pool: Floor) -> None:
    ana = pool.at_work("Ana")
    with pytest.raises(Refused, match="lead pool session"):
        solo.ask_call(pool.tenant, ana, bo(pool), pool.now)
    sessions.end_session(pool.tenant, ana, pool.now)
    with pytest.raises(Refused, match="no open session"):
        solo.ask_next(pool.tenant, ana, pool.now)


def test_somebody_referred_is_called_after_the_call_in_hand(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = click(floor, ana, bo(floor))
    floor.answer(leg_id)
    floor.join(leg_id)
    floor.add_prospects(1)
    carl = floor.value("SELECT max(id) FROM prospect")
    floor.do("UPDATE phone SET number = '+12145559876' WHERE prospect_id = %(p)s", p=carl)
    with floor.tenant.transaction() as connection:
        solo.ask_call_within(connection, ana, carl, floor.now)
    assert answers(floor) == [], "she still talks"
    floor.hang_up(leg_id)
    save(floor, ana, leg_id)
    (made,) = answers(floor)
    assert floor.attempt(made.leg_id)["prospect_id"] == carl


def test_a_closed_account_ends_its_session_on_follow_ups(pool: Floor) -> None:
    ana = follows_up(pool, "Ana")
    pool.do("UPDATE app_user SET active = false WHERE id = %(u)s", u=ana)
    assert solo_calls.send_closed_accounts_away(pool.db, pool.now) == 1
    assert pool.value("SELECT state FROM agent WHERE user_id = %(u)s", u=ana) == "logged_out"
    assert agents.legs_to_release(pool.db, NODE)
