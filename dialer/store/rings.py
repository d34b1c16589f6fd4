"""Rings on record: one event, one transaction (RING-3).

``on_event`` locks a ring, steps its machine, carries out the effects and returns the commands. Rings are
locked before leads, and those before agents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from dialer import live
from dialer.calls import ring_all
from dialer.calls.commands import Command, LetLeadGo, MoveAgent, TakeLead
from dialer.calls.events import Event, LegEvent, LegGone, TimerDue
from dialer.calls.ring import Ring, RingOutcome
from dialer.db import Connection, Database, one
from dialer.ring_rules import LeadException
from dialer.sql import load
from dialer.store import agents, lead_places
from dialer.store.ring_rows import columns_of, to_ring
from dialer.store.ring_winners import Winner, take_lead, who_presses

SQL = load("rings")

MOST_LOST = 2
"""A lead whose ringing is cut short by a fault is rung for again this often."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What an event did: the ring before and after, what to send, and the call of a lead that was taken."""

    organisation_id: int
    ring_id: int
    before: Ring
    ring: Ring
    commands: list[Command]
    winner: Winner | None


def on_event(db: Database, key: UUID, event: Event, trunk: str) -> Handled | None:
    """Apply one event to a ring; None when there is no such ring.

    A TimerDue for another deadline than the one on record changes nothing. ``trunk``: where a lead
    that is taken is called.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.lock_ring, {"key": key})
        return None if row is None else _apply(connection, row, event, trunk)


def _apply(connection: Connection, row: Mapping[str, Any], event: Event, trunk: str) -> Handled:
    before = to_ring(connection, row)
    identity = (row["organisation_id"], row["id"])
    if isinstance(event, TimerDue) and before.due_at != event.due_at:
        return Handled(*identity, before, before, [], None)
    ring, wishes = ring_all.step(before, event)
    commands: list[Command] = []
    winner: Winner | None = None
    while wishes:
        wish = wishes.pop(0)
        if isinstance(wish, TakeLead):
            leg = ring.leg(wish.leg_id)
            assert leg is not None
            user = who_presses(connection, row["organisation_id"], leg.user_id)
            if user is None:
                return Handled(*identity, before, before, [], None)  # closed meanwhile: their 1 is not heard
            answer, winner = take_lead(connection, row, leg, user, trunk, event.at)
            ring, more = ring_all.step(ring, answer)
            wishes = more + wishes
        elif isinstance(wish, LetLeadGo):
            _let_go(connection, row, wish.outcome, event.at)
        elif isinstance(wish, MoveAgent):
            agents.move(connection, agents.lock(connection, row["organisation_id"], wish.user_id), wish.event)
        elif isinstance(wish, Command):
            commands.append(wish)
        else:
            raise TypeError(f"no way to carry out {wish!r}")
    _save(connection, row, before, ring, event, winner)
    return Handled(*identity, before, ring, commands, winner)


def _let_go(connection: Connection, row: Mapping[str, Any], outcome: RingOutcome, at: datetime) -> None:
    """The lead goes where the ring's outcome sends it."""
    of_lead = (connection, row["organisation_id"], row["lead_id"])
    ringing = (lead_places.LeadState.RINGING,)
    match outcome:
        case RingOutcome.WITHDRAWN:
            lead_places.withdraw(*of_lead, at, ringing)
        case RingOutcome.LOST if row["lost_rings"] < MOST_LOST:
            lead_places.wait_again(*of_lead, at, ringing, lost=True)
        case RingOutcome.LOST:
            lead_places.make_exception(*of_lead, LeadException.LOST.value, at)
        case _:
            lead_places.make_exception(*of_lead, LeadException.NOBODY_TOOK.value, at)


def _save(
    connection: Connection,
    row: Mapping[str, Any],
    before: Ring,
    ring: Ring,
    event: Event,
    winner: Winner | None,
) -> None:
    organisation_id, ring_id = row["organisation_id"], row["id"]
    if ring == before:
        return
    connection.execute(
        SQL.save_ring,
        {
            "organisation_id": organisation_id,
            "ring_id": ring_id,
            "state": ring.state.value,
            "outcome": ring.outcome and ring.outcome.value,
            "winner_id": ring.winner_id,
            "attempt_id": winner and winner.handled.attempt_id,
            "due_at": ring.due_at,
            "ended_at": ring.ended_at,
        },
    )
    changed = [leg for was, leg in zip(before.legs, ring.legs, strict=True) if leg != was]
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL.save_ring_leg,
            [
                {
                    **columns_of(leg),
                    "organisation_id": organisation_id,
                    "ring_id": ring_id,
                    "gone": isinstance(event, LegGone) and event.leg_id == leg.leg_id,
                }
                for leg in changed
            ],
        )
    live.tell_panel(connection, organisation_id, "campaigns", *(f"ring:{leg.user_id}" for leg in changed))
    user = ring.leg(event.leg_id) if isinstance(event, LegEvent) else None
    connection.execute(
        SQL.keep_event,
        {
            "organisation_id": organisation_id,
            "at": event.at,
            "kind": type(event).__name__,
            "user_id": user and user.user_id,
            "data": Jsonb({"ring": ring_id, "from": before.state.value, "to": ring.state.value}),
        },
    )
    if ring.state is not before.state:
        live.tell_panel(connection, organisation_id, f"lead:{row['lead_id']}")
        live.wake_dialer(connection)  # a phone is free again, and another lead may wait for it


def open_rings(db: Database, node: str) -> list[Ring]:
    """Rings of this node that are not over."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.open_rings, {"node": node}).fetchall()
        return [to_ring(connection, row) for row in rows]


def due(db: Database, node: str, now: datetime) -> list[tuple[UUID, datetime]]:
    """Rings whose deadline has passed: (key, the deadline)."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.due_rings, {"node": node, "now": now}).fetchall()
    return [(row["key"], row["due_at"]) for row in rows]


def withdrawals(db: Database, node: str) -> list[UUID]:
    """Rings whose lead is to be withdrawn; named again until they know."""
    with db.transaction() as connection:
        return [row["key"] for row in connection.execute(SQL.withdrawals, {"node": node}).fetchall()]


def key_of(connection: Connection, organisation_id: int, ring_id: int) -> UUID:
    """The key of a ring."""
    row = one(connection, SQL.key_of_ring, {"organisation_id": organisation_id, "ring_id": ring_id})
    assert row is not None
    key: UUID = row["key"]
    return key
