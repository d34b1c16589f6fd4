"""Choosing whom to dial, and putting the attempt on record before the call is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from dialer import live
from dialer.calls import power
from dialer.calls.commands import Originate
from dialer.db import Connection, Database, Transactions
from dialer.dialing_rules import Facts, Hours, Refusal, Rule, why_not
from dialer.pacing import Snapshot
from dialer.sql import load
from dialer.wire import to_wire

SQL = load("launching")
LEASES = load("leases")


@dataclass(frozen=True, slots=True)
class ListOnNode:
    """A list that somebody dials on this node, and its pacing facts."""

    organisation_id: int
    list_id: int
    snapshot: Snapshot
    users: tuple[int, ...]
    """Ids of everybody in session on it."""
    alone: bool
    """A normal list: shared out to its one agent, and dialed only when they ask."""


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to do on a node: its lists, and which other duties have anything waiting."""

    lists: list[ListOnNode]
    now: datetime
    """The database's clock: leases and calling hours are the same for every dialer."""
    calls: bool
    """Answered prospects without an agent."""
    hang_ups: bool
    holds: bool
    recordings: bool
    """Recordings are to be paused, or to go on."""
    pauses: bool
    desks: bool
    """Agents who dial alone are ready and want a call."""
    phones: bool
    """Phones to call or to let go of."""
    leads: bool
    """Leads to be rung for."""
    withdrawals: bool
    """Leads to be taken back while they ring."""


def look(db: Database, node: str, now: datetime) -> Look:
    """See in one transaction what the node's dialer has to do."""
    with db.transaction() as connection:
        waiting = connection.execute(SQL.waiting, {"node": node, "now": now}).fetchone()
        assert waiting is not None
        return Look(_lists_on(connection, node, None), **waiting)


def _lists_on(connection: Connection, node: str, list_id: int | None) -> list[ListOnNode]:
    rows = connection.execute(SQL.snapshots, {"node": node, "list_id": list_id}).fetchall()
    return [
        ListOnNode(
            row["organisation_id"],
            row["list_id"],
            Snapshot(row["ready"], row["in_flight"], float(row["lines_per_agent"])),
            tuple(row["users"]),
            row["alone"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Launched:
    """Calls to make now, and how many candidates a rule put aside instead."""

    originates: list[tuple[int, Originate]]
    """Attempt id and what to ask of Asterisk."""
    put_aside: int
    drop_messages: dict[UUID, str] = field(default_factory=dict)
    """What each prospect hears when nobody is there, by leg id."""


def launch(
    db: Database,
    organisation_id: int,
    list_id: int,
    node: str,
    trunk: str,
    count: int,
    now: datetime,
    allowed: Callable[[Snapshot], int] | None = None,
    *,
    at: datetime | None = None,
) -> Launched:
    """Take up to ``count`` held prospects, ask every dialing rule once more, and record their attempts.

    The rules are asked by ``now``, the database's clock; the call's own times are ``at``, by the
    clock that hears of what happens to it. ``allowed`` is asked again how many may be launched,
    while nobody can pause or leave: an agent who paused meanwhile gets no call.
    """
    with db.transaction() as connection:
        if allowed is not None:
            connection.execute(LEASES.lock_list, {"organisation_id": organisation_id, "list_id": list_id})
            found = _lists_on(connection, node, list_id)
            count = min(count, allowed(found[0].snapshot)) if found else 0
        if count <= 0:
            return Launched([], 0)
        rows = connection.execute(
            SQL.candidates,
            {"organisation_id": organisation_id, "list_id": list_id, "count": count},
        ).fetchall()
        originates, aside, messages = [], 0, {}
        for row in rows:
            refusal = why_not(facts_of(row, now), now)
            if refusal is not None:
                put_aside(connection, organisation_id, row["prospect_id"], refusal)
                aside += 1
                continue
            leg_id = uuid4()
            originate = Originate(
                leg_id, f"PJSIP/{row['number']}@{trunk}", row["caller_id"] or "", row["ring_s"]
            )
            placed = _record(connection, row, organisation_id, list_id, node, originate, leg_id, at or now)
            if placed is not None:
                originates.append((placed, originate))
                messages[leg_id] = row["drop_message"]
        if originates or aside:
            live.tell_panel(connection, organisation_id, f"list:{list_id}")
        return Launched(originates, aside, messages)


def _record(
    connection: Connection,
    row: DictRow,
    organisation_id: int,
    list_id: int,
    node: str,
    originate: Originate,
    leg_id: UUID,
    now: datetime,
) -> int | None:
    call = power.launch(leg_id, row["ring_s"], row["record_calls"], row["drop_message"], now)
    placed = connection.execute(
        SQL.launch,
        {
            "organisation_id": organisation_id,
            "prospect_id": row["prospect_id"],
            "list_id": list_id,
            "node": node,
            "number": row["number"],
            "caller_id": originate.caller_id,
            "ring_s": call.ring_s,
            "record": call.record,
            "drop_message": call.drop_message,
            "leg_id": leg_id,
            "due_at": call.due_at,
            "pending": Jsonb([to_wire(originate)]),
            "now": now,
            "endpoint": originate.endpoint,
            "session_id": row["session_id"],
        },
    ).fetchone()
    return None if placed is None else int(placed["attempt_id"])


def facts_of(
    row: DictRow, now: datetime, *, promised_to_caller: bool = False, own_lead: bool = False
) -> Facts:
    """What the rules look at, from a row of ``dialing_facts``.

    ``own_lead``: whoever is to dial has the prospect as a lead; when to call it again is theirs to say.
    """
    today = now.astimezone(ZoneInfo(row["organisation_time_zone"])).date()
    return Facts(
        status=row["status"],
        attempts=row["attempts"],
        max_attempts=row["max_attempts"],
        not_before=None if own_lead else row["not_before"],
        time_zone=row["time_zone"],
        hours=Hours(row["calling_from"], row["calling_until"]),
        on_do_not_call=row["on_do_not_call"],
        parked=row["parked_until"] is not None and row["parked_until"] > today,
        has_number=row["number"] is not None,
        on_a_call=row["on_a_call"],
        list_is_archived=row["list_is_archived"],
        organisation_hours=Hours(row["organisation_calling_from"], row["organisation_calling_until"]),
        attempt_that_counts=row["attempt_that_counts"],
        promised_to_caller=promised_to_caller,
    )


# Calling hours send nobody to rest: out of the pool only people are dealt who may be called now, so that
# whoever has to wait for an opening comes back with it, also when the hours are changed meanwhile.
_ASIDE = {
    Rule.DO_NOT_CALL: ("excluded", "do_not_call"),
    Rule.PARKED: ("excluded", "parking_lot"),
    Rule.INVALID_NUMBER: ("excluded", "invalid_number"),
    Rule.LIST_ARCHIVED: ("pool", None),
    Rule.FINAL: ("done", None),
    Rule.ATTEMPTS_USED: ("done", None),
    Rule.ON_A_CALL: ("calling", None),
    Rule.PROMISED: ("follow_up", None),
    Rule.RETRY_LATER: ("resting", None),
    Rule.ATTEMPTS_PER_DAY: ("resting", None),
    Rule.CALLING_HOURS: ("pool", None),
    Rule.ORGANISATION_HOURS: ("pool", None),
}


def put_aside(connection: Connection, organisation_id: int, prospect_id: int, refusal: Refusal) -> None:
    """Move a held record to where the rule in the way sends it."""
    status, excluded_by = _ASIDE[refusal.rule]
    connection.execute(
        SQL.put_aside,
        {
            "organisation_id": organisation_id,
            "prospect_id": prospect_id,
            "status": status,
            "not_before": refusal.until if status == "resting" else None,
            "resting_for": "attempts_per_day" if refusal.rule is Rule.ATTEMPTS_PER_DAY else "retry",
            "excluded_by": excluded_by,
        },
    )
    connection.execute(SQL.end_lease, {"organisation_id": organisation_id, "prospect_id": prospect_id})


@dataclass(frozen=True, slots=True)
class Standing:
    """How one prospect stands: the rule in the way of dialing it, or None."""

    prospect_id: int
    name: str
    list_name: str
    status: str
    held_by: str | None
    refusal: Refusal | None


def why_not_dialed(db: Transactions, organisation_id: int, number: str, now: datetime) -> list[Standing]:
    """«Why is this prospect not being dialed?», for each prospect with this number in E.164 (TEL-6)."""
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.facts_of_number, {"organisation_id": organisation_id, "number": number}
        ).fetchall()
    return [
        Standing(
            prospect_id=row["prospect_id"],
            name=f"{row['first_name']} {row['last_name']}".strip(),
            list_name=row["list_name"],
            status=row["status"],
            held_by=row["held_by"],
            refusal=why_not(facts_of(row, now), now),
        )
        for row in rows
    ]
