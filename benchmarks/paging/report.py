"""The figures as a Markdown table for people, and as one JSON object for programs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.calling.phase import percentile
from benchmarks.calling.report import machine
from benchmarks.paging.measured import Measured, Times

Repeats = Sequence[Measured]


def table(columns: Sequence[Repeats], asterisk: str) -> str:
    """One column a panel, one row a figure: medians of the repeats, and their spread."""
    rows = {
        name: [_cell(each[name] for each in map(figures, column)) for column in columns]
        for name in _names(columns)
    }
    head = ["", *(f"{column[0].name}, {column[0].agents} pages" for column in columns)]
    lines = [["---", *["---:"] * len(columns)], *([name, *cells] for name, cells in rows.items())]
    return "\n".join([machine(asterisk), "", *(f"| {' | '.join(line)} |" for line in [head, *lines])])


def as_json(columns: Sequence[Repeats], asterisk: str) -> dict[str, Any]:
    """Every repeat's figures."""
    repeats = [{"panel": each.name, **figures(each)} for column in columns for each in column]
    return {"machine": machine(asterisk), "repeats": repeats}


def short(one: Measured) -> str:
    """The figures that the targets are about, in a line."""
    told = [
        f"{name} p99 {_shown(percentile(times.ms, 0.99) or 0.0)} ms" for name, times in _times(one) if times
    ]
    return ", ".join([*told, f"others had {100 * one.cost.shares()['others']:.0f} % of the machine"])


def figures(one: Measured) -> dict[str, float | None]:
    """Every figure by what it is called."""
    seconds = one.cost.seconds
    found: dict[str, float | None] = {"connected calls/s": one.calls / seconds}
    for name, times in _times(one):
        if times is not None:
            found |= {
                f"{name}: p50, ms": percentile(times.ms, 0.5),
                "… p99" + _mark(name): percentile(times.ms, 0.99),
                "… most" + _mark(name): max(times.ms, default=None),
                "… how many" + _mark(name): len(times.ms),
                "… not shown" + _mark(name): times.missed,
            }
    for part, times_ms in sorted(one.fetched.items()):
        found |= {
            f"{part}: requests/s": len(times_ms) / seconds,
            f"{part}: answered in, ms: p50": percentile(times_ms, 0.5),
            f"{part}: … p99": percentile(times_ms, 0.99),
        }
    found |= {
        "requests/s": sum(map(len, one.fetched.values())) / seconds,
        "kB/s": one.kilobytes / seconds,
        "stream events/s": one.messages / seconds,
        "refused or broken": one.refused + one.faults,
    }
    found |= {f"% of the machine: {name}": 100 * share for name, share in one.cost.shares().items()}
    return found | {"load average before": one.load[0], "load average after": one.load[1]}


def _times(one: Measured) -> list[tuple[str, Times | None]]:
    return [
        ("change → own page", one.own),
        ("change → others' grid", one.team),
        ("bridged → window at the page", one.window),
        ("bridged → window on the screen", one.screen),
    ]


def _mark(name: str) -> str:
    return f" ({name})"


def _names(columns: Sequence[Repeats]) -> list[str]:
    return list(dict.fromkeys(name for column in columns for one in column for name in figures(one)))


def _cell(values: Any) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    middle = _shown(median(known))
    return middle if len(known) == 1 else f"{middle} ({_shown(min(known))} to {_shown(max(known))})"


def _shown(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1f}" if value < 10 else f"{value:.0f}"
