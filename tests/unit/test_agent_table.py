"""The agent's table: what each event does to Ana, and what no order of events can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer import agents
from dialer.agents import Agent, AgentEvent, AgentState, PhoneMode, Wanted, step
from dialer.errors import IllegalTransition

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
BUSY = (AgentState.RESERVED, AgentState.ON_CALL, AgentState.ON_HOLD, AgentState.WRAP_UP)


def ana(state: AgentState = AgentState.READY, **more: Any) -> Agent:
    """Ana at work on a stay-connected phone that is up."""
    agent = Agent(
        organisation_id=1,
        user_id=7,
        state=state,
        since=AT,
        phone_mode=PhoneMode.STAY_CONNECTED,
        phone_up=True,
        session_id=3,
        list_id=5,
        attempt_id=11 if state in BUSY else None,
        node="main",
        leg_id=UUID(int=1),
        bridge_id=UUID(int=2),
    )
    return replace(agent, **more)


def logged_out(mode: PhoneMode = PhoneMode.STAY_CONNECTED) -> Agent:
    return Agent(1, 7, AgentState.LOGGED_OUT, AT, mode)


def after(agent: Agent, *events: AgentEvent) -> Agent:
    for event in events:
        agent = step(agent, event)
    return agent


def test_a_stay_connected_agent_is_ready_when_the_phone_is_up() -> None:
    starting = after(logged_out(), agents.SessionStarted(AT, 3, 5, "main"))
    assert starting.state is AgentState.CONNECTING
    up = after(starting, agents.PhoneCalled(AT, uuid4(), uuid4()), agents.PhoneUp(LATER))
    assert (up.state, up.since, up.takes_calls) == (AgentState.READY, LATER, True)


def test_a_ring_each_call_agent_is_ready_at_once() -> None:
    agent = after(logged_out(PhoneMode.RING_EACH_CALL), agents.SessionStarted(AT, 3, 5, "main"))
    assert agent.state is AgentState.READY


def test_a_call_runs_from_ready_to_ready() -> None:
    states = []
    agent = ana()
    for event in (
        agents.Reserved(AT, 11),
        agents.Bridged(AT),
        agents.Held(AT),
        agents.Unheld(AT),
        agents.CallEnded(AT),
        agents.ResultSaved(AT),
    ):
        agent = step(agent, event)
        states.append(agent.state.value)
    assert states == ["reserved", "on_call", "on_hold", "on_call", "wrap_up", "ready"]
    assert agent.attempt_id is None


def test_since_moves_with_the_state_and_only_then() -> None:
    assert step(ana(), agents.Reserved(LATER, 11)).since == LATER
    assert step(ana(AgentState.PAUSED), agents.PauseAsked(LATER, "Lunch")).since == AT


@pytest.mark.parametrize("state", BUSY)
def test_a_pause_asked_while_busy_waits_for_the_end_of_the_call(state: AgentState) -> None:
    agent = step(ana(state), agents.PauseAsked(AT, "Lunch"))
    assert (agent.state, agent.wanted, agent.pause_reason) == (state, Wanted.PAUSE, "Lunch")


def test_a_pause_asked_on_a_call_comes_after_the_result() -> None:
    agent = after(
        ana(AgentState.ON_CALL),
        agents.PauseAsked(AT, "Lunch"),
        agents.CallEnded(AT),
        agents.ResultSaved(LATER),
    )
    assert (agent.state, agent.pause_reason, agent.wanted) == (AgentState.PAUSED, "Lunch", None)


def test_a_needed_agent_stays_ready_for_ringing_calls_and_takes_no_new_ones() -> None:
    agent = step(ana(), agents.PauseAsked(AT, "Lunch", needed=True))
    assert agent.state is AgentState.READY
    assert not agent.takes_calls
    assert step(agent, agents.NoLongerNeeded(AT)).state is AgentState.PAUSED


def test_a_needed_agent_who_logs_out_goes_when_the_ringing_calls_are_over() -> None:
    agent = step(ana(), agents.LogOutAsked(AT, needed=True))
    assert agent.state is AgentState.READY
    assert step(agent, agents.NoLongerNeeded(AT)).state is AgentState.LOGGED_OUT


def test_a_paused_agent_is_needed_by_no_call_and_logs_out_at_once() -> None:
    agent = step(ana(AgentState.PAUSED), agents.LogOutAsked(AT, needed=True))
    assert agent.state is AgentState.LOGGED_OUT


def test_resuming_takes_a_wish_to_pause_back() -> None:
    agent = after(ana(AgentState.ON_CALL), agents.PauseAsked(AT, "Lunch"), agents.Resumed(AT))
    assert (agent.state, agent.wanted, agent.pause_reason) == (AgentState.ON_CALL, None, "")


def test_logging_out_on_a_call_waits_for_the_result() -> None:
    agent = after(ana(AgentState.ON_CALL), agents.LogOutAsked(AT), agents.CallEnded(AT))
    assert agent.state is AgentState.WRAP_UP
    assert step(agent, agents.ResultSaved(AT)).state is AgentState.LOGGED_OUT


def test_logging_out_keeps_the_leg_on_record_until_it_is_gone() -> None:
    agent = step(ana(), agents.LogOutAsked(AT))
    assert (agent.state, agent.session_id, agent.leg_id) == (AgentState.LOGGED_OUT, None, UUID(int=1))
    assert step(agent, agents.PhoneGone(AT)).leg_id is None


def test_closing_the_window_keeps_out_of_the_queue_until_the_result_is_saved() -> None:
    closed = step(ana(AgentState.WRAP_UP), agents.WindowClosed(AT))
    assert (closed.state, closed.pause_reason) == (AgentState.PAUSED, agents.CLOSED_WITHOUT_RESULT)
    assert step(closed, agents.ResultSaved(AT)).state is AgentState.READY
    assert step(closed, agents.Resumed(AT)).state is AgentState.READY


def test_saving_the_result_of_a_closed_window_does_not_end_a_pause_that_was_asked_for() -> None:
    lunch, closed, saved = agents.PauseAsked(AT, "Lunch"), agents.WindowClosed(AT), agents.ResultSaved(AT)
    asked_before = after(ana(AgentState.WRAP_UP), lunch, closed, saved)
    asked_after = after(ana(AgentState.WRAP_UP), closed, lunch, saved)
    assert asked_before.state is asked_after.state is AgentState.PAUSED
    assert asked_before.pause_reason == asked_after.pause_reason == "Lunch"


def wrapping_up(**more: Any) -> Agent:
    """Ana has half a minute for the result."""
    return step(ana(AgentState.ON_CALL, wrap_up_s=30, **more), agents.CallEnded(AT))


UNTIL = AT + timedelta(seconds=30)


def test_a_wrap_up_ends_as_long_after_the_call_as_the_organisation_says() -> None:
    assert wrapping_up().wrap_up_until == UNTIL
    assert step(ana(AgentState.ON_HOLD, wrap_up_s=30), agents.CallEnded(AT)).wrap_up_until == UNTIL
    assert step(ana(AgentState.ON_CALL), agents.CallEnded(AT)).wrap_up_until is None, "0 is no limit"


def test_a_wrap_up_without_a_result_in_time_is_a_pause_from_the_deadline_on() -> None:
    over = step(wrapping_up(), agents.WrapUpOver(UNTIL))
    assert (over.state, over.pause_reason, over.since) == (AgentState.PAUSED, agents.WRAP_UP_OVER, UNTIL)
    assert over.wrap_up_until is None
    assert step(over, agents.ResultSaved(LATER)).state is AgentState.READY
    assert step(over, agents.WindowClosed(LATER)).state is AgentState.PAUSED


def test_an_extension_moves_the_deadline_and_several_add_up() -> None:
    more = agents.WrapUpExtended(AT, timedelta(seconds=60))
    extended = after(wrapping_up(), more, more)
    assert extended.wrap_up_until == UNTIL + timedelta(minutes=2)
    assert step(extended, agents.WrapUpOver(UNTIL)) == extended, "the deadline that came stands no more"
    assert step(ana(AgentState.WRAP_UP), more).wrap_up_until is None


@pytest.mark.parametrize("event", [agents.ResultSaved(LATER), agents.WindowClosed(LATER)])
def test_a_wrap_up_that_ended_has_no_deadline(event: AgentEvent) -> None:
    assert step(wrapping_up(), event).wrap_up_until is None


def test_what_was_asked_for_before_the_wrap_up_ran_out_is_done() -> None:
    over = agents.WrapUpOver(UNTIL)
    lunch = after(wrapping_up(), agents.PauseAsked(AT, "Lunch"), over)
    assert (lunch.state, lunch.pause_reason) == (AgentState.PAUSED, "Lunch")
    assert step(lunch, agents.ResultSaved(LATER)).state is AgentState.PAUSED
    assert after(wrapping_up(), agents.LogOutAsked(AT), over).state is AgentState.LOGGED_OUT


def test_a_lost_phone_does_not_stop_the_wrap_up() -> None:
    without = step(wrapping_up(), agents.PhoneGone(AT))
    assert (without.state, without.wrap_up_until) == (AgentState.WRAP_UP, UNTIL)
    assert step(without, agents.WrapUpOver(UNTIL)).state is AgentState.PAUSED


@pytest.mark.parametrize(
    "state",
    [
        AgentState.CONNECTING,
        AgentState.READY,
        AgentState.RESERVED,
        AgentState.ON_CALL,
        AgentState.ON_HOLD,
    ],
)
def test_a_phone_that_dies_in_use_takes_its_agent_out(state: AgentState) -> None:
    agent = step(ana(state), agents.PhoneGone(AT))
    assert agent.state is AgentState.PHONE_LOST
    assert (agent.phone_up, agent.leg_id, agent.bridge_id, agent.attempt_id) == (False, None, None, None)
    assert agent.phone_retry_at == AT + timedelta(seconds=2)


@pytest.mark.parametrize("state", [AgentState.PAUSED, AgentState.WRAP_UP])
def test_a_phone_that_dies_unused_shows_when_its_agent_wants_to_go_on(state: AgentState) -> None:
    agent = step(ana(state), agents.PhoneGone(AT))
    assert agent.state is state
    went_on = step(agent, agents.Resumed(AT) if state is AgentState.PAUSED else agents.ResultSaved(AT))
    assert went_on.state in (AgentState.PHONE_LOST, AgentState.CONNECTING)


def test_a_lost_phone_is_called_after_2_4_8_seconds_and_never_later_than_60() -> None:
    agent, delays = step(ana(), agents.PhoneGone(AT)), []
    for _ in range(7):
        assert agent.phone_retry_at is not None
        delays.append((agent.phone_retry_at - AT).total_seconds())
        agent = after(agent, agents.PhoneCalled(AT, uuid4(), uuid4()), agents.PhoneGone(AT))
    assert delays == [2, 4, 8, 16, 32, 60, 60]


def test_resuming_has_a_lost_phone_called_at_once() -> None:
    agent = after(ana(), agents.PhoneGone(AT), agents.Resumed(LATER))
    assert (agent.state, agent.phone_retry_at) == (AgentState.CONNECTING, None)


def test_a_phone_that_comes_back_makes_its_agent_ready() -> None:
    agent = after(
        ana(), agents.PhoneGone(AT), agents.PhoneCalled(AT, uuid4(), uuid4()), agents.PhoneUp(LATER)
    )
    assert (agent.state, agent.phone_up_at) == (AgentState.READY, LATER)


def _drops_after(seconds: int, times: int) -> list[float]:
    """How long each time until a phone is called again that picks up and drops after so many seconds."""
    agent, delays, now = step(ana(), agents.PhoneGone(AT)), [], AT
    for _ in range(times):
        agent = after(agent, agents.PhoneCalled(now, uuid4(), uuid4()), agents.PhoneUp(now))
        assert agent.state is AgentState.READY
        now += timedelta(seconds=seconds)
        agent = step(agent, agents.PhoneGone(now))
        assert agent.phone_retry_at is not None
        delays.append((agent.phone_retry_at - now).total_seconds())
    return delays


def test_a_phone_that_picks_up_and_drops_at_once_is_called_less_and_less() -> None:
    assert _drops_after(1, times=6) == [4, 8, 16, 32, 60, 60]


def test_a_phone_that_stayed_up_is_called_again_at_once() -> None:
    assert _drops_after(10, times=3) == [2, 2, 2]


@pytest.mark.parametrize("state", [AgentState.RESERVED, AgentState.ON_CALL, AgentState.ON_HOLD])
def test_a_ring_each_call_phone_that_vanishes_in_a_call_pauses_its_agent(state: AgentState) -> None:
    abe = ana(state, phone_mode=PhoneMode.RING_EACH_CALL, phone_up=False, leg_id=None, bridge_id=None)
    agent = step(abe, agents.PhoneGone(LATER))
    assert (agent.state, agent.pause_reason) == (AgentState.PAUSED, agents.PHONE_VANISHED)
    assert (agent.attempt_id, agent.phone_retry_at) == (None, None)
    assert step(agent, agents.Resumed(LATER)).state is AgentState.READY


def test_what_a_ring_each_call_agent_wanted_is_done_when_the_phone_vanishes() -> None:
    abe = ana(AgentState.ON_CALL, phone_mode=PhoneMode.RING_EACH_CALL, leg_id=None, bridge_id=None)
    lunch = after(abe, agents.PauseAsked(AT, "Lunch"), agents.PhoneGone(AT))
    assert (lunch.state, lunch.pause_reason) == (AgentState.PAUSED, "Lunch")
    assert after(abe, agents.LogOutAsked(AT), agents.PhoneGone(AT)).state is AgentState.LOGGED_OUT


def test_the_leg_of_an_earlier_session_is_nothing_to_a_ring_each_call_agent() -> None:
    agent = step(ana(phone_mode=PhoneMode.RING_EACH_CALL), agents.PhoneGone(AT))
    assert (agent.state, agent.leg_id, agent.phone_up) == (AgentState.READY, None, False)


def test_a_phone_rung_in_vain_pauses_its_agent() -> None:
    abe = ana(AgentState.RESERVED, phone_mode=PhoneMode.RING_EACH_CALL, leg_id=None, bridge_id=None)
    agent = step(abe, agents.PhoneUnanswered(AT))
    assert (agent.state, agent.pause_reason) == (AgentState.PAUSED, agents.PHONE_DID_NOT_ANSWER)


def test_a_wish_to_log_out_is_stronger_than_our_own_pauses() -> None:
    reserved = ana(AgentState.RESERVED, wanted=Wanted.LOG_OUT)
    assert step(reserved, agents.PhoneUnanswered(AT)).state is AgentState.LOGGED_OUT
    assert step(reserved, agents.PhoneGone(AT)).state is AgentState.LOGGED_OUT


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (AgentState.LOGGED_OUT, agents.Reserved(AT, 11)),
        (AgentState.PAUSED, agents.Reserved(AT, 11)),
        (AgentState.PHONE_LOST, agents.Reserved(AT, 11)),
        (AgentState.WRAP_UP, agents.Reserved(AT, 11)),
        (AgentState.READY, agents.SessionStarted(AT, 4, 5, "main")),
        (AgentState.READY, agents.CallEnded(AT)),
        (AgentState.READY, agents.ResultSaved(AT)),
        (AgentState.LOGGED_OUT, agents.PauseAsked(AT, "Lunch")),
    ],
)
def test_what_would_be_a_defect_is_said_to_be_one(state: AgentState, event: AgentEvent) -> None:
    with pytest.raises(IllegalTransition):
        step(ana(state), event)


@pytest.mark.parametrize("state", AgentState)
@pytest.mark.parametrize("kind", [agents.PhoneCalled, agents.PhoneUp, agents.PhoneGone, agents.LogOutAsked])
def test_phones_and_log_outs_may_come_in_any_state(state: AgentState, kind: type[AgentEvent]) -> None:
    assert (state, kind) in agents.RULES


EVENTS = st.sampled_from(
    [
        agents.SessionStarted(AT, 3, 5, "main"),
        agents.PhoneCalled(AT, UUID(int=8), UUID(int=9)),
        agents.PhoneUp(AT),
        agents.PhoneGone(AT),
        agents.PhoneUnanswered(AT),
        agents.Reserved(AT, 11),
        agents.Bridged(AT),
        agents.Released(AT),
        agents.CallEnded(AT),
        agents.Held(AT),
        agents.Unheld(AT),
        agents.ResultSaved(AT),
        agents.WindowClosed(AT),
        agents.WrapUpExtended(AT, timedelta(seconds=30)),
        agents.WrapUpOver(UNTIL),
        agents.WrapUpOver(UNTIL + timedelta(seconds=30)),
        agents.PauseAsked(AT, "Lunch"),
        agents.PauseAsked(AT, "Lunch", needed=True),
        agents.NoLongerNeeded(AT),
        agents.Resumed(AT),
        agents.LogOutAsked(AT),
        agents.LogOutAsked(AT, needed=True),
    ]
)


def _can_happen(agent: Agent, event: AgentEvent) -> bool:
    """What the store makes sure of before it steps an agent."""
    if (agent.state, type(event)) not in agents.RULES:
        return False
    if isinstance(event, agents.PhoneCalled):
        wanted = agent.phone_mode is PhoneMode.STAY_CONNECTED and agent.state is not AgentState.LOGGED_OUT
        return wanted and agent.leg_id is None
    if isinstance(event, agents.PhoneUp):
        return agent.leg_id is not None and agent.state is not AgentState.LOGGED_OUT
    if isinstance(event, agents.NoLongerNeeded):
        return agent.wanted is not None
    return True


@settings(max_examples=50, deadline=None)
@given(mode=st.sampled_from(PhoneMode), events=st.lists(EVENTS, max_size=25))
def test_no_order_of_events_makes_an_agent_the_database_would_refuse(
    mode: PhoneMode, events: list[AgentEvent]
) -> None:
    agent = replace(logged_out(mode), wrap_up_s=30)
    for event in events:
        if not _can_happen(agent, event):
            continue
        agent = step(agent, event)
        assert (agent.state is AgentState.LOGGED_OUT) == (agent.session_id is None)
        assert (agent.session_id is None) == (agent.list_id is None)
        assert (agent.state in BUSY) == (agent.attempt_id is not None)
        assert (agent.leg_id is None) == (agent.bridge_id is None)
        assert (agent.wrap_up_until is not None) == (agent.state is AgentState.WRAP_UP)
        if agent.state is AgentState.READY and mode is PhoneMode.STAY_CONNECTED:
            assert agent.phone_up, "a ready agent's phone is up"
        assert agent.phone_up or agent.phone_up_at is None
        assert mode is PhoneMode.STAY_CONNECTED or agent.state is not AgentState.PHONE_LOST
        if agent.state in (AgentState.PAUSED, AgentState.LOGGED_OUT):
            assert agent.wanted is None, "what was wanted is done"
        if agent.state is AgentState.READY and agent.wanted is None:
            assert agent.pause_reason == ""
