"""An agent's time on a list: start, pause, resume, end (LPS-2, LPS-5, LPS-9, DIAL-7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from dialing_floor import NODE, OTHER_NODE, Floor

from dialer.agents import PhoneMode
from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import agents, calls, dispositions, sessions


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.check()


def test_starting_a_session_calls_the_phone_and_makes_its_agent_ready(floor: Floor) -> None:
    ana = floor.hire("Ana")
    floor.assign(ana)
    agent = sessions.start_session(floor.tenant, ana, floor.list_id, floor.now)
    assert (agent.state.value, agent.node) == ("connecting", NODE)
    (phone,) = agents.call_phones(floor.db, NODE, floor.now)
    assert phone.originate.endpoint.startswith("PJSIP/")
    assert agents.call_phones(floor.db, NODE, floor.now) == [], "each phone is called once"
    assert calls.phone_up(floor.db, phone.originate.leg_id, floor.now)
    assert floor.state(ana) == "ready"


def test_a_phone_that_is_rung_for_each_call_is_not_called_at_the_start(floor: Floor) -> None:
    abe = floor.at_work("Abe", PhoneMode.RING_EACH_CALL)
    assert floor.state(abe) == "ready"
    assert floor.agent(abe).leg_id is None


def test_a_list_that_is_not_mine_is_not_found(floor: Floor) -> None:
    ana = floor.hire("Ana")
    with pytest.raises(NotFound):
        sessions.start_session(floor.tenant, ana, floor.list_id, floor.now)


def test_another_organisations_list_is_not_found(floor: Floor) -> None:
    other = Floor(floor.db, "Borealis")
    eve = other.hire("Eve")
    with pytest.raises(NotFound):
        sessions.start_session(other.tenant, eve, floor.list_id, floor.now)


def test_a_second_session_is_refused(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    with pytest.raises(Refused):
        sessions.start_session(floor.tenant, ana, floor.list_id, floor.now)


def test_without_a_session_there_is_nothing_to_pause(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    sessions.end_session(floor.tenant, ana, floor.now)
    with pytest.raises(Refused):
        sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    for ask in (sessions.resume, sessions.end_session):
        with pytest.raises(Refused):
            ask(floor.tenant, ana, floor.now)


def test_a_free_agent_pauses_at_once_and_resumes(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    assert sessions.ask_pause(floor.tenant, ana, " Lunch ", floor.now).pause_reason == "Lunch"
    assert floor.state(ana) == "paused"
    sessions.resume(floor.tenant, ana, floor.now)
    assert floor.state(ana) == "ready"


def test_every_change_of_state_is_kept_with_its_time(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.pass_time(minutes=5))
    sessions.end_session(floor.tenant, ana, floor.pass_time(minutes=5))
    kept = floor.rows("SELECT state, pause_reason, at, session_id FROM agent_state ORDER BY id")
    assert [row["state"] for row in kept] == ["connecting", "ready", "paused", "logged_out"]
    assert kept[2]["pause_reason"] == "Lunch"
    assert kept[3]["at"] - kept[2]["at"] == timedelta(minutes=5)
    assert len({row["session_id"] for row in kept}) == 1, "its end belongs to the session too"


def test_a_session_ends_on_record(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    sessions.end_session(floor.tenant, ana, floor.pass_time(hours=1))
    assert floor.value("SELECT ended_at FROM session") == floor.now
    ((leg_id, _),) = agents.legs_to_release(floor.db, NODE)
    calls.phone_gone(floor.db, leg_id, 16, floor.now)
    assert agents.legs_to_release(floor.db, NODE) == []


# -- pausing while calls ring (DIAL-7) ----------------------------------------------------------------


def test_who_pauses_while_a_call_rings_that_nobody_else_can_take_still_gets_it(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    asked = sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    assert (asked.state.value, asked.takes_calls) == ("ready", False)
    assert agents.let_go(floor.db, NODE, floor.now) == 0
    floor.answer(leg_id)
    floor.join(leg_id)
    assert floor.state(ana) == "on_call"
    floor.hang_up(leg_id)
    dispositions.save_result(
        floor.tenant, ana, floor.attempt(leg_id)["id"], floor.result("final"), "", floor.now
    )
    assert (floor.state(ana), floor.agent(ana).pause_reason) == ("paused", "Lunch")


def test_the_pause_comes_when_the_call_is_not_answered(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    floor.hang_up(leg_id, 17)
    assert agents.let_go(floor.db, NODE, floor.now) == 1
    assert floor.state(ana) == "paused"


def test_asking_twice_or_to_leave_as_well_does_not_leave_the_caller_alone(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.ring()
    for _ in range(2):
        sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
        assert floor.state(ana) == "ready"
    sessions.end_session(floor.tenant, ana, floor.now)
    assert floor.state(ana) == "ready"


def test_who_is_not_needed_pauses_at_once_though_calls_ring(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.ring()
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    assert floor.state(ana) == "paused"
    sessions.ask_pause(floor.tenant, abe, "Lunch", floor.now)
    assert floor.state(abe) == "ready", "now nobody else is there"


def test_as_many_stay_as_calls_ring(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.share_out()
    first, _second = floor.launch(2)
    for user_id in (ana, abe):
        sessions.ask_pause(floor.tenant, user_id, "Lunch", floor.now)
    assert agents.let_go(floor.db, NODE, floor.now) == 0
    floor.hang_up(first, 17)
    assert agents.let_go(floor.db, NODE, floor.now) == 1
    assert sorted([floor.state(ana), floor.state(abe)]) == ["paused", "ready"]


def test_an_agent_on_another_node_cannot_take_this_nodes_calls(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.do("UPDATE agent SET node = %(n)s WHERE user_id = %(u)s", n=OTHER_NODE, u=abe)
    floor.ring()
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    assert floor.state(ana) == "ready"
    sessions.ask_pause(floor.tenant, abe, "Lunch", floor.now)
    assert floor.state(abe) == "paused", "nothing rings on Abe's node"
    assert agents.let_go(floor.db, NODE, floor.now) == 0


def test_calls_on_another_node_keep_nobody_here(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    leg_id = floor.ring()
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    sessions.ask_pause(floor.tenant, abe, "Lunch", floor.now)
    assert floor.state(abe) == "ready"
    floor.do("UPDATE attempt SET node = %(n)s WHERE leg_id = %(leg)s", n=OTHER_NODE, leg=leg_id)
    assert agents.let_go(floor.db, NODE, floor.now) == 1


def test_resuming_takes_back_a_pause_that_waits(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.ring()
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    sessions.resume(floor.tenant, ana, floor.now)
    assert floor.agent(ana).takes_calls


# -- with a result unsaved ---------------------------------------------------------------------------


def test_resuming_after_close_gives_the_result_up(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    dispositions.close_window(floor.tenant, ana, floor.attempt(leg_id)["id"], floor.now)
    assert floor.state(ana) == "paused"
    sessions.resume(floor.tenant, ana, floor.now)
    assert floor.state(ana) == "ready"
    attempt = floor.attempt(leg_id)
    assert (attempt["state"], attempt["result_id"]) == ("ended", None)
    assert floor.prospect(leg_id)["status"] == "done"


def test_ending_the_session_after_close_gives_the_result_up(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    dispositions.close_window(floor.tenant, ana, floor.attempt(leg_id)["id"], floor.now)
    sessions.end_session(floor.tenant, ana, floor.now)
    assert floor.attempt(leg_id)["state"] == "ended"


def test_ending_the_session_in_wrap_up_waits_for_the_result(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    sessions.end_session(floor.tenant, ana, floor.now)
    assert floor.state(ana) == "wrap_up"
    dispositions.save_result(
        floor.tenant, ana, floor.attempt(leg_id)["id"], floor.result("final"), "", floor.now
    )
    assert floor.state(ana) == "logged_out"


def test_closing_the_window_on_the_way_out_leaves_no_call_behind(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    sessions.end_session(floor.tenant, ana, floor.now)
    floor.hang_up(leg_id)
    dispositions.close_window(floor.tenant, ana, floor.attempt(leg_id)["id"], floor.now)
    assert floor.state(ana) == "logged_out"
    assert floor.attempt(leg_id)["state"] == "ended"
    assert floor.prospect(leg_id)["status"] == "done"
    floor.start(ana)
    floor.answer_phones()
    floor.talk()
    assert floor.state(ana) == "on_call"


def test_a_stray_leg_of_somebody_who_left_is_not_seated(floor: Floor) -> None:
    ana = floor.hire("Ana")
    floor.assign(ana)
    sessions.start_session(floor.tenant, ana, floor.list_id, floor.now)
    (phone,) = agents.call_phones(floor.db, NODE, floor.now)
    sessions.end_session(floor.tenant, ana, floor.now)
    assert not calls.phone_up(floor.db, phone.originate.leg_id, floor.now)
    assert not calls.phone_up(floor.db, uuid4(), floor.now)
