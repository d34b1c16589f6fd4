"""The books: every call that Asterisk made beside every attempt on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from statistics import quantiles
from uuid import UUID

from dialer.db import Database
from dialer.sql import load

SQL = load("accounting")


@dataclass(frozen=True, slots=True)
class Books:
    """What the attempts came to. ``connect_ms``: prospect answered to both in the bridge, milliseconds.

    ``unaccounted`` is the sum of the three that follow it; anything but 0 is a fault.
    """

    attempts: int
    answered: int
    connected: int
    dropped: int
    by_outcome: dict[str, int]
    by_result: dict[str, int]
    connect_ms: dict[str, float | None]
    unaccounted: int
    calls_without_attempt: int
    attempts_without_end: int
    attempts_without_call: int


def close_books(db: Database, carrier_calls: Collection[UUID]) -> Books:
    """Compare the attempts with the channel ids of all calls to the trunk in Asterisk's own records."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.attempts).fetchall()
    on_record = {row["leg_id"] for row in rows}
    called = set(carrier_calls)
    without_end = sum(row["ended_at"] is None for row in rows)
    without_attempt, without_call = len(called - on_record), len(on_record - called)
    waits_ms = [
        (row["bridged_at"] - row["answered_at"]).total_seconds() * 1000
        for row in rows
        if row["bridged_at"] is not None
    ]
    return Books(
        attempts=len(rows),
        answered=sum(row["answered_at"] is not None for row in rows),
        connected=len(waits_ms),
        dropped=sum(row["outcome"] == "dropped" for row in rows),
        by_outcome=dict(Counter(row["outcome"] or "open" for row in rows).most_common()),
        by_result=dict(Counter(row["result"] for row in rows if row["result"] is not None).most_common()),
        connect_ms=_percentiles(waits_ms),
        unaccounted=without_attempt + without_end + without_call,
        calls_without_attempt=without_attempt,
        attempts_without_end=without_end,
        attempts_without_call=without_call,
    )


def _percentiles(values_ms: list[float]) -> dict[str, float | None]:
    if not values_ms:
        return {"p50": None, "p99": None}
    cuts = quantiles(values_ms, n=100, method="inclusive") if len(values_ms) > 1 else values_ms * 99
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list has been dialed; ``soon``: prospects still to be dialed before the time asked for."""

    attempts: int
    connected: int
    talking: int
    busy: int
    soon: int


def progress(db: Database, organisation_id: int, list_id: int, before: datetime) -> Progress:
    """Look at a list; prospects that rest until ``before`` or later count as done for now."""
    with db.transaction() as connection:
        row = connection.execute(
            SQL.progress, {"organisation_id": organisation_id, "list_id": list_id, "before": before}
        ).fetchone()
    assert row is not None
    return Progress(**row)
