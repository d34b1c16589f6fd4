"""The figures as a Markdown table for people, and as one JSON object for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import psutil

from benchmarks.calling.phase import Phase, percentile

Repeats = Sequence[Phase]
_Figure = Callable[[Phase], float | None]


def machine(asterisk: str) -> str:
    """What it was measured on; nothing that names it."""
    gigabytes = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {gigabytes:.0f} GB of memory, "
        f"Linux {platform.release().split('-')[0]}, Asterisk {asterisk}, Python {platform.python_version()}"
    )


def table(columns: Sequence[Repeats], asterisk: str) -> str:
    """One column a way of calling and load, one row a figure: medians, and the spread of several repeats."""
    firsts = [column[0] for column in columns]
    rows = [
        [name, *(_cell(column, figure, digits) for column in columns)]
        for name, figure, digits in _rows(firsts)
    ]
    rows = [row for row in rows if any(cell != "–" for cell in row[1:])]
    head = ["", *(_heading(phase) for phase in firsts)]
    lines = [f"| {' | '.join(row)} |" for row in [head, ["---", *["---:"] * len(columns)], *rows]]
    return "\n".join([machine(asterisk), "", *lines, "", *_conclusions(columns)])


def as_json(columns: Sequence[Repeats], asterisk: str) -> dict[str, Any]:
    """Every repeat's figures."""
    return {
        "machine": machine(asterisk),
        "phases": [_values(phase) for column in columns for phase in column],
    }


def _rows(firsts: Sequence[Phase]) -> list[tuple[str, _Figure, int]]:
    programs = list(dict.fromkeys(name for phase in firsts for name in phase.cost.by_program))
    return [
        ("connected calls/s", lambda p: p.rate, 1),
        ("answered, not connected", lambda p: float(p.failed), 0),
        ("answered → bridged p50, ms, by the dialer's clock", lambda p: percentile(p.connect_ms, 0.5), 1),
        ("… p99", lambda p: percentile(p.connect_ms, 0.99), 1),
        ("answered → bridged p50, ms, by Asterisk's clock", lambda p: percentile(p.watched_ms, 0.5), 1),
        ("… p99", lambda p: percentile(p.watched_ms, 0.99), 1),
        *((f"CPU ms a call: {name}", _cpu_ms(name), 1) for name in programs),
        ("CPU ms a call, all", lambda p: sum(p.cost.per_call_ms(p.connected).values()), 1),
        *((f"% of the machine: {name}", _share(name), 0) for name in [*programs, "others"]),
    ]


def _cpu_ms(program: str) -> _Figure:
    return lambda phase: phase.cost.per_call_ms(phase.connected).get(program)


def _share(program: str) -> _Figure:
    def percent(phase: Phase) -> float | None:
        share = phase.cost.shares().get(program)
        return None if share is None else 100 * share

    return percent


def _heading(phase: Phase) -> str:
    how = f"{phase.load.calls_per_s:.0f} calls/s" if phase.load.calls_per_s else "as many as can be"
    return f"{phase.mode}, {how}, {phase.load.agents} agents"


def _cell(phases: Repeats, figure: _Figure, digits: int) -> str:
    values = [value for value in map(figure, phases) if value is not None]
    if not values:
        return "–"
    middle = f"{median(values):.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def _conclusions(columns: Sequence[Repeats]) -> list[str]:
    """How each way of calling compares with the floor under the same kind of load, repeat by repeat."""
    lines = []
    floors = {column[0].load.calls_per_s: column for column in columns if column[0].mode == "floor"}
    for column in columns:
        first, floor = column[0], floors.get(column[0].load.calls_per_s)
        if floor is None or first.mode == "floor" or first.load.calls_per_s is not None:
            continue
        shares = [one.rate / other.rate for one, other in zip(column, floor, strict=False) if other.rate]
        if shares:
            lines.append(f"{first.mode} connects {median(shares):.2f} of the floor's calls a second.")
    return lines


def _values(phase: Phase) -> dict[str, Any]:
    def both(values: Sequence[float]) -> dict[str, float | None]:
        return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99)}

    return {
        "mode": phase.mode,
        "calls_per_s": phase.load.calls_per_s,
        "agents": phase.load.agents,
        "talk_s": phase.load.talk_s,
        "seconds": phase.cost.seconds,
        "connected": phase.connected,
        "rate": phase.rate,
        "failed": phase.failed,
        "connect_ms": both(phase.connect_ms),
        "connect_ms_by_asterisk": both(phase.watched_ms),
        "cpu_ms_per_call": phase.cost.per_call_ms(phase.connected),
        "share_of_machine": phase.cost.shares(),
    }
