"""Answering what agents who dial alone want: the call they asked for, on record before it is made.

Lists are locked before the agent, and the agent before the prospect, as where a call ends. The
attempt is new: nobody can wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from dialer import live
from dialer.agents import Agent, PhoneMode, Reserved
from dialer.calls import click
from dialer.calls.commands import Command, Originate
from dialer.calls.events import Seat
from dialer.db import Connection, Database
from dialer.dialing_rules import Refusal, why_not
from dialer.sql import load
from dialer.store import agents, leaving, legs
from dialer.store.launching import facts_of, put_aside
from dialer.store.sessions import SessionKind
from dialer.store.solo import NONE_LEFT, NOT_YOURS, records_of
from dialer.wire import to_wire

SQL = load("solo")
LEASES = load("leases")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A desk at which a call is wanted."""

    organisation_id: int
    user_id: int
    list_id: int | None
    session_id: int


@dataclass(frozen=True, slots=True)
class Made:
    """A call to make now: its legs, what to ask of Asterisk, and what the prospect hears if the agent is lost."""

    leg_id: UUID
    agent_leg_id: UUID | None
    """Where the agent's phone is rung for this call."""
    commands: list[Command]
    drop_message: str


def desks_waiting(db: Database, node: str) -> list[Waiting]:
    """Agents of the node who dial alone, are ready, and want a call."""
    with db.transaction() as connection:
        return [Waiting(**row) for row in connection.execute(SQL.desks_waiting, {"node": node}).fetchall()]


def answer(db: Database, desk: Waiting, node: str, trunk: str, now: datetime, at: datetime) -> Made | None:
    """Make the call that is wanted at a desk, or say why not; None where none is made.

    The rules are asked by ``now``, the database's clock; the call's own times are ``at``.
    """
    with db.transaction() as connection:
        of_list = {"organisation_id": desk.organisation_id, "list_id": desk.list_id}
        if desk.list_id is not None:
            connection.execute(LEASES.lock_list, of_list)
        agent = agents.lock(connection, desk.organisation_id, desk.user_id)
        if agent.session_id != desk.session_id or not agent.takes_calls:
            return None
        wish = connection.execute(
            SQL.take_wish, {"organisation_id": desk.organisation_id, "session_id": desk.session_id}
        ).fetchone()
        if wish is None or (wish["wanted_at"] is None and not wish["one_after_another"]):
            return None
        asked = wish["wanted_prospect_id"]
        found = (
            _asked_for(connection, desk, asked, now) if asked else _next(connection, desk, wish["kind"], now)
        )
        if isinstance(found, _No):
            if wish["wanted_at"] is not None:
                _say(connection, desk, asked, found)
            return None
        _say(connection, desk, None, None)
        return _make(connection, desk, agent, wish, found, node, trunk, at)


@dataclass(frozen=True, slots=True)
class _No:
    """Why nobody is called."""

    rule: str
    until: datetime | None = None


def _asked_for(
    connection: Connection, desk: Waiting, prospect_id: int, now: datetime
) -> dict[str, Any] | _No:
    """The prospect's facts, locked. Somebody may just have dialed or barred them."""
    of_prospect = {"organisation_id": desk.organisation_id, "prospect_id": prospect_id}
    connection.execute(SQL.lock_prospect, of_prospect)
    row = connection.execute(
        SQL.may_call, {**of_prospect, "user_id": desk.user_id, "list_id": desk.list_id}
    ).fetchone()
    if row is None:
        return _No(NOT_YOURS)
    refusal = why_not(facts_of(row, now, promised_to_caller=row["promised"], own_lead=row["own_lead"]), now)
    return row if refusal is None else _No(refusal.rule.value, refusal.until)


def _next(connection: Connection, desk: Waiting, kind: str, now: datetime) -> dict[str, Any] | _No:
    """The first record of the session that may be called; held ones before it go where their rule says."""
    session = {
        "organisation_id": desk.organisation_id,
        "session_id": desk.session_id,
        "list_id": desk.list_id,
        "kind": kind,
    }
    promised, own = SessionKind(kind).of_follow_ups, SessionKind(kind) is SessionKind.LEADS
    for row in connection.execute(SQL.records, records_of(session, desk.user_id, now)).fetchall():
        facts = facts_of(row, now, promised_to_caller=promised, own_lead=own)
        refusal: Refusal | None = why_not(facts, now)
        if refusal is None:
            found = _asked_for(connection, desk, row["prospect_id"], now)
            if not isinstance(found, _No):
                return found
        elif not promised:
            put_aside(connection, desk.organisation_id, row["prospect_id"], refusal)
    return _No(NONE_LEFT)


def _say(connection: Connection, desk: Waiting, prospect_id: int | None, no: _No | None) -> None:
    """The wish is answered: with a call, or with the rule in the way."""
    connection.execute(
        SQL.answer_wish,
        {
            "organisation_id": desk.organisation_id,
            "session_id": desk.session_id,
            "rule": no and no.rule,
            # Whose record it is not, is not told whose it is.
            "prospect_id": prospect_id if no is not None and no.rule != NOT_YOURS else None,
            "until": no and no.until,
        },
    )
    live.tell_panel(connection, desk.organisation_id, f"user:{desk.user_id}")


def _make(
    connection: Connection,
    desk: Waiting,
    agent: Agent,
    wish: dict[str, Any],
    row: dict[str, Any],
    node: str,
    trunk: str,
    at: datetime,
) -> Made:
    standing = agent.phone_mode is PhoneMode.STAY_CONNECTED
    seat = Seat(
        user_id=desk.user_id,
        phone_mode=agent.phone_mode,
        leg_id=agent.leg_id if standing and agent.leg_id else uuid4(),
        bridge_id=agent.bridge_id if standing and agent.bridge_id else uuid4(),
        endpoint=f"PJSIP/{wish['extension']}",
        caller_id=wish["agent_leg_caller_id"],
    )
    call, wishes = click.launch(
        uuid4(),
        seat,
        f"PJSIP/{row['number']}@{trunk}",
        wish["caller_id"] or "",
        row["ring_s"],
        row["record_calls"],
        row["drop_message"],
        at,
    )
    commands = [wish for wish in wishes if isinstance(wish, Command)]
    placed = connection.execute(
        SQL.launch,
        {
            "organisation_id": desk.organisation_id,
            "prospect_id": row["prospect_id"],
            "session_id": desk.session_id,
            "node": node,
            "number": row["number"],
            "caller_id": call.caller_id,
            "ring_s": call.ring_s,
            "record": call.record,
            "drop_message": call.drop_message,
            "state": call.state.value,
            "leg_id": call.leg_id,
            "agent_leg_id": seat.leg_id,
            "bridge_id": seat.bridge_id,
            "user_id": seat.user_id,
            "phone_mode": seat.phone_mode.value,
            "endpoint": call.endpoint,
            "due_at": call.due_at,
            "pending": Jsonb([to_wire(command) for command in commands]),
            "at": at,
        },
    ).fetchone()
    assert placed is not None, "the prospect is locked, and the rules were asked"
    for command in commands:
        if isinstance(command, Originate) and command.leg_id == call.leg_id:
            legs.keep_prospect_leg(connection, desk.organisation_id, placed["id"], node, command, at)
    if not standing:
        legs.keep_agent_leg(connection, desk.organisation_id, placed["id"], node, seat, at)
    agents.move(connection, agent, Reserved(at, placed["id"]))
    return Made(call.leg_id, None if standing else seat.leg_id, commands, call.drop_message)


def send_closed_accounts_away(db: Database, now: datetime) -> int:
    """End sessions on follow-ups of users whose account is closed; how many."""
    with db.transaction() as connection:
        gone = connection.execute(SQL.closed_accounts).fetchall()
    for row in gone:
        with db.transaction() as connection:
            leaving.send_away(connection, row["organisation_id"], row["user_id"], None, now, at_last=True)
    return len(gone)
