"""Dialing alone: normal lists (LPS-1, LPS-12, LPL-2)."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
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

from dialer.agents import PhoneMode
from dialer.calls.events import HangUpAsked
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused
from dialer.store import activity, dispositions, launching, sessions, solo, solo_calls
from dialer.store.sessions import SessionKind


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    """Acme's normal list."""
    floor = Floor(db, kind="normal", max_attempts=3)
    yield floor
    check(floor)


@pytest.fixture
def pool(db: Database) -> Iterator[Floor]:
    """Acme's lead pool list."""
    floor = Floor(db, max_attempts=3)
    yield floor
    check(floor)


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
