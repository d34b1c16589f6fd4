"""`ringpool docs`: docs/states.md, drawn from the tables that the dialer runs on.

A rule says what comes next only when it is asked: each is tried with representative
values, and the page shows what came of it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import Enum
from itertools import product
from pathlib import Path

import click

from cli.state_rows import Row, Rows, agent_rows, call_rows, ring_rows
from dialer.agents import AgentState
from dialer.calls.call import CallState, Mode
from dialer.calls.ring import RingState

PAGE = Path("docs/states.md")

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
    rung, led = ring_rows(), call_rows(Mode.RING_ALL)
    return (
        "\n\n".join(
            [
                "# States",
                "Written by `ringpool docs states` from the tables in `dialer/agents.py`, "
                "`dialer/calls/power.py`, `click.py`, `ring_all.py` and `lead_call.py`; a test holds it up to date. "
                "Diagrams leave out what stays where it is; the tables have everything. What no rule knows is a defect "
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
                "## The ring",
                "Several agents' phones for one lead; the first 1 wins. What takes the lead is answered in the "
                "same transaction, by `LeadTaken` or `LeadGone`.",
                diagram(rung, RingState, RingState.RINGING, RingState.OVER),
                _table(rung, RingState, "asks for", _asks),
                "## The call of a lead",
                "The agent pressed 1 and is on the phone; the lead is called, and recorded from then on. A lead "
                "that is not reached stays the agent's, who hears so in `telling`.",
                diagram(led, CallState, CallState.DIALING, CallState.ENDED),
                _table(led, CallState, "asks for", _asks),
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
