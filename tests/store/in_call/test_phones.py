"""Agents' phones in calls on record: one that dies (DIAL-10), one that is rung for each call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from dialing_floor import Floor

from dialer.agents import PHONE_VANISHED, PhoneMode
from dialer.calls.commands import HangUp, Originate
from dialer.calls.events import LegAnswered, LegGone
from dialer.store import calls, dispositions, sessions

# -- the phone dies (DIAL-10) --------------------------------------------------------------------------


@pytest.mark.parametrize("talking", [False, True])
def test_when_the_phone_dies_bo_is_passed_to_the_next_agent(floor: Floor, talking: bool) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    leg_id = floor.ring()
    floor.answer(leg_id)
    if talking:
        floor.join(leg_id)
    handled = floor.lose_phone(ana)
    assert handled is not None
    assert (floor.state(ana), floor.state(abe)) == ("phone_lost", "reserved")
    assert floor.attempt(leg_id)["user_id"] == abe
    floor.join(leg_id)
    assert floor.state(abe) == "on_call"
    assert floor.value("SELECT count(*) FROM recording WHERE ended_at IS NULL") == 1


def test_when_a_ring_each_call_phone_dies_bo_is_passed_on_and_its_agent_paused(floor: Floor) -> None:
    ana = floor.at_work("Ana", PhoneMode.RING_EACH_CALL)
    leg_id = floor.ring()
    floor.answer(leg_id)
    own = floor.attempt(leg_id)["agent_leg_id"]
    floor.tell(leg_id, LegAnswered(floor.now, own))
    floor.join(leg_id)
    abe = floor.at_work("Abe")
    floor.tell(leg_id, LegGone(floor.now, own, 38))
    assert (floor.state(ana), floor.state(abe)) == ("paused", "reserved")
    assert floor.agent(ana).pause_reason == PHONE_VANISHED
    sessions.resume(floor.tenant, ana, floor.now)
    assert floor.state(ana) == "ready"


def test_a_phone_of_an_earlier_session_that_ends_late_leaves_the_call_in_hand_alone(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    old_leg = floor.agent(ana).leg_id
    assert old_leg is not None
    sessions.end_session(floor.tenant, ana, floor.now)
    floor.do("UPDATE app_user SET phone_mode = 'ring_each_call' WHERE id = %(u)s", u=ana)
    sessions.start_session(floor.tenant, ana, floor.list_id, floor.now)
    floor.answer(floor.ring())
    calls.phone_gone(floor.db, old_leg, 16, floor.now)
    assert floor.state(ana) == "reserved"


def test_with_nobody_else_bo_waits_and_is_dropped(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.pass_time(seconds=90)
    floor.lose_phone(ana)
    assert floor.attempt(leg_id)["state"] == "answered"
    assert floor.attempt(leg_id)["due_at"] == floor.now + timedelta(seconds=2)
    floor.ring_timer(leg_id)
    assert floor.attempt(leg_id)["state"] == "dropping"


def test_a_phone_that_dies_unused_loses_only_its_agent(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    assert floor.lose_phone(ana) is None
    assert floor.state(ana) == "phone_lost"
    assert calls.phone_gone(floor.db, uuid4(), 16, floor.now) is None


def test_a_phone_that_dies_in_wrap_up_leaves_the_result_to_be_saved(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    floor.lose_phone(ana)
    assert floor.state(ana) == "wrap_up"
    dispositions.save_result(
        floor.tenant, ana, floor.attempt(leg_id)["id"], floor.result("final"), "", floor.now
    )
    assert floor.state(ana) == "phone_lost"


def test_the_phone_dies_while_its_agent_is_reserved_and_both_stay_in_step(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    for _ in range(4):
        leg_id = floor.ring()
        phone = floor.agent(ana).leg_id
        assert phone is not None
        with ThreadPoolExecutor(2) as threads:
            answered = threads.submit(floor.answer, leg_id)
            gone = threads.submit(calls.phone_gone, floor.db, phone, 16, floor.now)
            answered.result()
            gone.result()
        assert floor.state(ana) == "phone_lost"
        assert floor.attempt(leg_id)["state"] == "answered"
        floor.hang_up(leg_id)
        floor.check()
        sessions.resume(floor.tenant, ana, floor.now)
        floor.answer_phones()


# -- phones that are rung for each call ------------------------------------------------------------------


def test_abes_phone_is_rung_and_he_meets_bo(floor: Floor) -> None:
    abe = floor.at_work("Abe", PhoneMode.RING_EACH_CALL)
    leg_id = floor.ring()
    (originate,) = floor.answer(leg_id)
    assert isinstance(originate, Originate)
    owner = calls.leg_owner(floor.db, originate.leg_id)
    assert owner == calls.LegOwner("agent", leg_id)
    floor.tell(leg_id, LegAnswered(floor.now, originate.leg_id))
    floor.join(leg_id)
    assert floor.state(abe) == "on_call"
    commands = floor.tell(leg_id, LegGone(floor.now, originate.leg_id, 16))
    assert HangUp(leg_id) in commands
    floor.hang_up(leg_id)
    assert floor.state(abe) == "wrap_up"
    leg = floor.rows("SELECT * FROM leg WHERE id = %(leg)s", leg=originate.leg_id)[0]
    assert leg["ended_at"] == floor.now


def test_a_phone_that_does_not_answer_pauses_its_agent_and_passes_bo_on(floor: Floor) -> None:
    abe = floor.at_work("Abe", PhoneMode.RING_EACH_CALL)
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    (originate,) = floor.answer(leg_id)
    assert isinstance(originate, Originate)
    floor.tell(leg_id, LegGone(floor.now, originate.leg_id, 19))
    assert (floor.state(abe), floor.state(ana)) == ("paused", "reserved")
    assert floor.attempt(leg_id)["user_id"] == ana
