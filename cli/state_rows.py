"""Every rule of the dialer's tables, tried with representative values: what came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import product
from typing import Any
from uuid import UUID

from dialer import agents
from dialer.agents import Agent, AgentState, PhoneMode, Wanted
from dialer.calls import click as click_call
from dialer.calls import events, lead_call, power, ring_all
from dialer.calls.call import OVER, VANISHED, Call, CallState, Mode, Outcome, Rule
from dialer.calls.commands import MoveAgent
from dialer.calls.events import Event, Seat
from dialer.calls.ring import LegState, Ring, RingOutcome, RingState, RungLeg

AT = datetime(2026, 1, 1, tzinfo=UTC)
PROSPECT, STRANGER, PHONE, BRIDGE, ELSEWHERE = (UUID(int=n) for n in range(1, 6))


@dataclass
class Row:
    """What an event does in a state: where to, without and with a wish of the agent's, and what it asks."""

    to: set[Enum] = field(default_factory=set)
    if_wanted: set[Enum] = field(default_factory=set)
    asks: dict[str, None] = field(default_factory=dict)


Rows = dict[tuple[Enum, type], Row]


# -- the agent ---------------------------------------------------------------------------------------


def _agent_events(kind: type) -> Iterator[Any]:
    match kind:
        case agents.SessionStarted:
            yield agents.SessionStarted(AT, 1, 1, "main")
        case agents.PhoneCalled:
            yield agents.PhoneCalled(AT, PHONE, BRIDGE)
        case agents.Reserved | agents.Rung:
            yield kind(AT, 1)
        case agents.PauseAsked:
            yield from (agents.PauseAsked(AT, "Lunch", needed) for needed in (False, True))
        case agents.WrapUpExtended:
            yield agents.WrapUpExtended(AT, timedelta(seconds=30))
        case agents.LogOutAsked:
            yield from (agents.LogOutAsked(AT, needed) for needed in (False, True))
        case _:
            yield kind(AT)


def _agents_in(state: AgentState) -> Iterator[Agent]:
    """Agents as they can be in this state: each phone mode, phone up or not, with and without a wish."""
    busy = state in (AgentState.RESERVED, AgentState.ON_CALL, AgentState.ON_HOLD, AgentState.WRAP_UP)
    out = state is AgentState.LOGGED_OUT
    plain = Agent(1, 1, state, AT, PhoneMode.RING_EACH_CALL, attempt_id=1 if busy else None)
    plain = plain if out else replace(plain, session_id=1, list_id=1, node="main")
    if state is AgentState.WRAP_UP:
        plain = replace(plain, wrap_up_until=AT)
    phones = [plain]
    standing = replace(plain, phone_mode=PhoneMode.STAY_CONNECTED)
    if state not in (AgentState.CONNECTING, AgentState.PHONE_LOST):
        phones.append(replace(standing, phone_up=True, leg_id=PHONE, bridge_id=BRIDGE))
    if state in (AgentState.LOGGED_OUT, AgentState.CONNECTING):
        phones.append(standing)
    if state in (AgentState.PAUSED, AgentState.WRAP_UP, AgentState.PHONE_LOST):
        phones.append(replace(standing, phone_tries=1))
    if state is AgentState.CONNECTING:
        phones.remove(plain)  # only a stay-connected phone is waited for
    wishes = (None, *Wanted) if busy or state is AgentState.READY else (None,)
    if state is AgentState.RESERVED:
        phones += [replace(each, attempt_id=None, ring_id=1) for each in phones]
    reasons = ("Lunch", *sorted(agents.WITHOUT_RESULT)) if state is AgentState.PAUSED else ("",)
    for agent, wanted, reason in product(phones, wishes, reasons):
        yield replace(agent, wanted=wanted, pause_reason=reason)


def agent_rows() -> Rows:
    """Every rule of the agent's table, tried."""
    rows: Rows = defaultdict(Row)
    for (state, kind), rule in agents.RULES.items():
        row = rows[state, kind]
        for agent, event in product(_agents_in(state), _agent_events(kind)):
            if getattr(event, "needed", False) and state is not AgentState.READY:
                continue  # only somebody who is ready can be needed
            if kind is agents.Reserved and agent.attempt_id is not None:
                continue  # only who is rung for a lead takes one
            to = rule(agent, event).state
            (row.to if agent.wanted is None else row.if_wanted).add(to)
    # This is only said to somebody who wants to go.
    rows[AgentState.READY, agents.NoLongerNeeded].to.clear()
    return rows


# -- the calls -----------------------------------------------------------------------------------------


def _call_events(kind: type) -> Iterator[Event]:
    legs = (PROSPECT, PHONE, STRANGER)
    match kind:
        case events.LegGone:
            yield from (events.LegGone(AT, leg, cause) for leg in legs for cause in (16, 17, VANISHED))
        case events.LegJoined:
            yield from (events.LegJoined(AT, leg, to) for leg in legs for to in (BRIDGE, ELSEWHERE))
        case events.JoinFailed:
            for leg, to, gone in product(legs, (BRIDGE, ELSEWHERE), (True, False)):
                yield events.JoinFailed(AT, leg, to, gone)
        case events.LegAnswered | events.OriginateRefused | events.MessageEnded | events.PromptEnded:
            yield from (kind(AT, leg) for leg in legs)
        case events.KeyPressed:
            yield from (events.KeyPressed(AT, leg, digit) for leg in legs for digit in "12")
        case events.AgentReserved:
            yield from (events.AgentReserved(AT, seat, STRANGER) for seat in _seats())
        case events.TimerDue:
            yield events.TimerDue(AT, AT)
        case events.HoldAsked | events.UnholdAsked:
            yield kind(AT, 1)
        case events.MessageStarted:
            yield events.MessageStarted(AT, AT)
        case _:
            yield kind(AT)


def _seats() -> Iterator[Seat]:
    return (Seat(1, mode, PHONE, BRIDGE, "", "") for mode in PhoneMode)


def _lead_calls_in(state: CallState) -> Iterator[Call]:
    """Calls of a lead, whose agent pressed 1."""
    if state is CallState.RINGING_AGENT:
        return
    for seat in _seats():
        call, _ = lead_call.begin(PROSPECT, seat, "", "", 25, True, "", {"": "sorry"}, AT)
        call = replace(call, state=state)
        if state is CallState.DIALING:
            yield call
            yield replace(call, seat=None, outcome=Outcome.CANCELLED)
        elif state is CallState.TELLING:
            yield replace(call, outcome=Outcome.BUSY, recording_id=None)
        elif state is CallState.DROPPING:
            yield replace(call, seat=None, outcome=Outcome.DROPPED, answered_at=AT)
        elif state in OVER:
            yield replace(call, outcome=Outcome.CONNECTED, ended_at=AT, due_at=None)
        else:
            yield replace(call, answered_at=AT)


_BEFORE_ANSWER = (CallState.RINGING_AGENT, CallState.DIALING)


def _click_calls_in(state: CallState) -> Iterator[Call]:
    """Click calls have their agent from the launch on, until the phone is lost or the call dropped."""
    for seat in _seats():
        call, _ = click_call.launch(PROSPECT, seat, "", "", 25, True, "", AT)
        call = replace(call, state=state)
        if state in OVER:
            yield replace(call, outcome=Outcome.CONNECTED, ended_at=AT, due_at=None)
        elif state is CallState.DROPPING:
            yield replace(call, seat=None, outcome=Outcome.DROPPED, answered_at=AT)
        elif state is CallState.RINGING_AGENT and seat.phone_mode is PhoneMode.STAY_CONNECTED:
            continue
        elif state in _BEFORE_ANSWER:
            yield call
            if state is CallState.DIALING:
                yield replace(call, seat=None, outcome=Outcome.CANCELLED)
        else:
            yield replace(call, answered_at=AT, recording_id=PROSPECT)


def _calls_in(state: CallState) -> Iterator[Call]:
    call = replace(power.launch(PROSPECT, 25, True, "", AT), state=state)
    if state in OVER:
        call = replace(call, outcome=Outcome.CONNECTED, ended_at=AT, due_at=None)
    if state not in (CallState.RINGING_AGENT, CallState.BRIDGING, CallState.TALKING, CallState.WRAP_UP):
        yield call
        return
    for seat in _seats():
        if state is not CallState.RINGING_AGENT or seat.phone_mode is PhoneMode.RING_EACH_CALL:
            met = replace(call, seat=seat, answered_at=AT - timedelta(seconds=1), recording_id=STRANGER)
            yield met
            if state is CallState.TALKING:
                yield replace(met, on_hold=True)


def _asked(wish: object) -> str:
    if isinstance(wish, MoveAgent):
        return f"agent: {type(wish.event).__name__}"
    return type(wish).__name__


_MACHINES: dict[Mode, tuple[dict[tuple[CallState, type[Event]], Rule], Callable[..., Iterator[Call]]]] = {
    Mode.POWER: (power.RULES, _calls_in),
    Mode.CLICK: (click_call.RULES, _click_calls_in),
    Mode.RING_ALL: (lead_call.RULES, _lead_calls_in),
}


def call_rows(mode: Mode = Mode.POWER) -> Rows:
    """Every rule of a call's table, tried."""
    rules, calls_in = _MACHINES[mode]
    rows: Rows = defaultdict(Row)
    for (state, kind), rule in rules.items():
        row = rows[state, kind]
        for call, event in product(calls_in(state), _call_events(kind)):
            after, wishes = rule(call, event)
            row.to.add(after.state)
            row.asks |= dict.fromkeys(map(_asked, wishes))
    return rows


# -- the ring ------------------------------------------------------------------------------------------


def _rings_in(state: RingState) -> Iterator[Ring]:
    """Two agents, one of them with a phone that stays connected, in each state that their legs can have."""
    legs = {
        RingState.RINGING: (LegState.RINGING, LegState.LISTENING, LegState.OVER),
        RingState.CLOSING: (LegState.RELEASED, LegState.OVER),
        RingState.OVER: (LegState.OVER,),
    }[state]
    for ana, abe in product(legs, legs):
        both_over = ana is LegState.OVER and abe is LegState.OVER
        if both_over != (state is RingState.OVER) or abe is LegState.RINGING:
            continue  # a ring whose legs are all over is over; a phone that stays connected does not ring
        pair = (_rung(1, PHONE, ana, standing=False), _rung(2, STRANGER, abe, standing=True))
        outcome = None if state is RingState.RINGING else RingOutcome.NOBODY_TOOK
        yield Ring(state, BRIDGE, 15, pair, AT, AT, outcome)


def _rung(user_id: int, leg_id: UUID, state: LegState, *, standing: bool) -> RungLeg:
    return RungLeg(user_id, leg_id, BRIDGE, standing, standing, "", "", "", state, AT)


def ring_rows() -> Rows:
    """Every rule of the ring-all machine, tried."""
    rows: Rows = defaultdict(Row)
    for (state, kind), rule in ring_all.RULES.items():
        row = rows[state, kind]
        for ring, event in product(_rings_in(state), _call_events(kind)):
            if kind is events.LeadTaken:
                if not any(leg.state is LegState.LISTENING for leg in ring.legs):
                    continue  # who takes it has pressed 1
                listening = tuple(
                    replace(leg, pressed_at=AT) if leg.state is LegState.LISTENING else leg
                    for leg in ring.legs
                )
                ring = replace(ring, legs=listening)
            after, wishes = rule(ring, event)
            row.to.add(after.state)
            row.asks |= dict.fromkeys(map(_asked, wishes))
    return rows
