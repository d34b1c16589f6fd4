"""`ringpool docs`: docs/states.md, drawn from the tables that the dialer runs on.

A rule says what comes next only when it is asked: each is tried with representative
values, and the page shows what came of it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from dialer import agents
from dialer.agents import Agent, AgentState, PhoneMode, Wanted
from dialer.calls import click as click_call
from dialer.calls import events, power
from dialer.calls.call import OVER, VANISHED, Call, CallState, Mode, Outcome, Rule
from dialer.calls.commands import MoveAgent
from dialer.calls.events import Event, Seat

PAGE = Path("docs/states.md")

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
        case agents.Reserved:
            yield agents.Reserved(AT, 1)
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
        case events.LegAnswered | events.OriginateRefused:
            yield from (kind(AT, leg) for leg in legs)
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


# -- the page --------------------------------------------------------------------------------------------


def _in_order(states: Iterable[Enum], order: type[Enum]) -> list[Enum]:
    return sorted(states, key=list(order).index)


def diagram(rows: Rows, states: type[Enum], first: Enum, last: Enum | None = None) -> str:
    """A Mermaid state diagram without self loops; events on the same way are written together."""
    ways: dict[tuple[Enum, Enum], list[str]] = defaultdict(list)
    for (state, kind), row in rows.items():
        for to in _in_order(row.to, states):
            if to is not state:
                ways[state, to].append(kind.__name__)
    lines = [f"    [*] --> {first.value}"]
    for state, to in product(states, states):
        if (state, to) in ways:
            lines.append(f"    {state.value} --> {to.value} : {', '.join(ways[state, to])}")
    if last is not None:
        lines.append(f"    {last.value} --> [*]")
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _cell(states: Iterable[Enum], order: type[Enum], here: Enum) -> str:
    return ", ".join("stays" if to is here else f"`{to.value}`" for to in _in_order(states, order))


def _table(rows: Rows, states: type[Enum], heading: str, cell: Callable[[Row, Enum], str]) -> str:
    """A table of all rules; what an event changes nothing about stands in one row a state."""
    lines = [f"| in | what happens | then | {heading} |", "|---|---|---|---|"]
    for state in states:
        nothing = []
        for (there, kind), row in rows.items():
            if there is not state:
                continue
            if row.to | row.if_wanted <= {state} and not row.asks:
                nothing.append(f"`{kind.__name__}`")
            else:
                then = _cell(row.to, states, state)
                lines.append(f"| `{state.value}` | `{kind.__name__}` | {then} | {cell(row, state)} |")
        if nothing:
            lines.append(f"| `{state.value}` | {', '.join(nothing)} | stays | |")
    return "\n".join(lines)


def _wish(row: Row, here: Enum) -> str:
    return "" if row.if_wanted <= row.to else _cell(row.if_wanted - row.to, AgentState, here)


def _asks(row: Row, here: Enum) -> str:
    return ", ".join(f"`{name}`" for name in row.asks)


def page() -> str:
    """The whole of docs/states.md."""
    agent, call, clicked = agent_rows(), call_rows(), call_rows(Mode.CLICK)
    return (
        "\n\n".join(
            [
                "# States",
                "Written by `ringpool docs states` from the tables in `dialer/agents.py`, "
                "`dialer/calls/power.py` and `dialer/calls/click.py`; a test holds it up to date. Diagrams "
                "leave out what stays where it is; the tables have everything. What no rule knows is a defect "
                "and raises `IllegalTransition`.",
                "## The agent",
                "What an agent asks for while busy, or while calls ring that only they could take, is done "
                "as soon as they are free (DIAL-7): the diagram shows agents who asked for nothing.",
                diagram(agent, AgentState, AgentState.LOGGED_OUT),
                _table(agent, AgentState, "or, where a pause or log-out was asked for", _wish),
                "## The power call",
                "Late hang-ups and events that come twice are ordinary telephony: they have rules. Several "
                "next states mean that it depends on whose leg it is, on the phone mode, or on the cause. "
                "Commands and effects are those that the rule can ask for, not all of them each time.",
                diagram(call, CallState, CallState.DIALING, CallState.ENDED),
                _table(call, CallState, "asks for", _asks),
                "## The click call",
                "An agent who dials alone is reserved for the call from the launch on: it begins in "
                "`ringing_agent` where their phone is rung for each call, and in `dialing` where it is "
                "connected. There is no `answered`: whoever answers is talked to at once.",
                diagram(clicked, CallState, CallState.RINGING_AGENT, CallState.ENDED),
                _table(clicked, CallState, "asks for", _asks),
            ]
        )
        + "\n"
    )


@click.group("docs")
def docs_command() -> None:
    """Pages that are written from the code."""


@docs_command.command("states")
@click.option("--check", is_flag=True, help="Write nothing; fail if the page is not up to date.")
@click.option("--to", "path", type=click.Path(path_type=Path), default=PAGE, show_default=True)
def states_command(check: bool, path: Path) -> None:
    """The state diagrams of the agent and the calls."""
    if not check:
        path.write_text(page(), encoding="utf-8")
        click.echo(f"Wrote {path}.")
    elif not path.exists() or path.read_text(encoding="utf-8") != page():
        click.echo(f"{path} is not what the tables say; run `ringpool docs states`.", err=True)
        sys.exit(1)
