"""Rings and their legs as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from dialer.calls.ring import LegOutcome, LegState, Ring, RingOutcome, RingState, RungLeg
from dialer.db import Connection
from dialer.sql import load

SQL = load("rings")


def columns_of(leg: RungLeg) -> dict[str, Any]:
    """A leg's columns."""
    values = {each.name: getattr(leg, each.name) for each in fields(leg)}
    return values | {"state": leg.state.value, "outcome": leg.outcome and leg.outcome.value}


def to_ring(connection: Connection, row: Mapping[str, Any]) -> Ring:
    """The ring of a row, with its legs."""
    of_ring = {"organisation_id": row["organisation_id"], "ring_id": row["id"]}
    rows = connection.execute(SQL.legs_of_ring, of_ring).fetchall()
    return Ring(
        state=RingState(row["state"]),
        key=row["key"],
        press_s=row["press_s"],
        legs=tuple(_to_leg(each) for each in rows),
        started_at=row["started_at"],
        due_at=row["due_at"],
        outcome=row["outcome"] and RingOutcome(row["outcome"]),
        winner_id=row["winner_id"],
        ended_at=row["ended_at"],
    )


def _to_leg(row: Mapping[str, Any]) -> RungLeg:
    values = {each.name: row[each.name] for each in fields(RungLeg)}
    values["state"] = LegState(row["state"])
    values["outcome"] = row["outcome"] and LegOutcome(row["outcome"])
    return RungLeg(**values)
