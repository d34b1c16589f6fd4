"""Calls on record: one event, one transaction.

``on_event`` locks the attempt, steps its machine, carries out the effects, saves
the state together with the commands that are still to be sent, and returns the
commands. Whoever calls it sends them after the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from dialer import live
from dialer.agents import AgentState, PhoneGone, PhoneMode, PhoneUp
from dialer.calls.call import VANISHED, Call, CallState, Mode, Outcome
from dialer.calls.commands import (
    Command,
    Effect,
    MoveAgent,
    Originate,
    ReserveAgent,
    StartRecording,
    StopRecording,
)
from dialer.calls.events import (
    AgentReserved,
    Event,
    LegAnswered,
    LegEvent,
    LegGone,
    NoAgentReady,
    Seat,
    TimerDue,
)
from dialer.calls.machines import step
from dialer.db import Connection, Database
from dialer.retries import RetryDelays, after_outcome
from dialer.sql import load
from dialer.store import agents, drafts, legs, recording_rules, rings
from dialer.store.handled import Handled as Handled
from dialer.store.settling import settle
from dialer.wire import from_wire, to_wire

SQL = load("calls")


def to_call(row: DictRow) -> Call:
    """An attempt row as its domain value. The seat's endpoint is not kept: its leg exists already."""
    seat = None
    if row["agent_leg_id"] is not None:
        seat = Seat(
            user_id=row["user_id"],
            phone_mode=PhoneMode(row["phone_mode"]),
            leg_id=row["agent_leg_id"],
            bridge_id=row["bridge_id"],
            endpoint="",
            caller_id="",
        )
    return Call(
        state=CallState(row["state"]),
        leg_id=row["leg_id"],
        ring_s=row["ring_s"],
        record=row["record"],
        drop_message=row["drop_message"],
        launched_at=row["launched_at"],
        due_at=row["due_at"],
        seat=seat,
        recording_id=row["recording_id"],
        on_hold=row["on_hold"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        cause=row["cause"],
        answered_at=row["answered_at"],
        bridged_at=row["bridged_at"],
        ended_at=row["ended_at"],
        saved_at=row["saved_at"],
        mode=Mode(row["mode"]),
        endpoint=row["endpoint"],
        caller_id=row["caller_id"],
        tell=row["tell"],
    )


class Overtaken(Exception):
    """The event was overtaken while it was being kept: nothing was changed."""


def on_event(
    db: Database, call_leg_id: UUID, event: Event, overtaken: Callable[[], bool] | None = None
) -> Handled | None:
    """Apply one event to the call of a prospect's leg; None when there is no such call.

    A TimerDue for another deadline than the one on record changes nothing: it was
    moved meanwhile. Clocks are not asked, so that one that jumps moves nothing.
    Raises Overtaken, with nothing changed, when ``overtaken``, asked last, says so.
    """
    with db.transaction() as connection:
        row = connection.execute(SQL.lock_call, {"leg_id": call_leg_id}).fetchone()
        if row is None:
            return None
        handled = _apply(connection, row, event)
        if overtaken is not None and overtaken():
            raise Overtaken
        return handled


def _apply(connection: Connection, row: DictRow, event: Event) -> Handled:
    before = to_call(row)
    identity = (row["organisation_id"], row["id"])
    if isinstance(event, TimerDue) and before.due_at != event.due_at:
        return Handled(*identity, before, before, [])
    call, wishes = step(before, event)
    commands: list[Command] = []
    while wishes:
        wish = wishes.pop(0)
        if isinstance(wish, ReserveAgent):
            answer = _reserve(connection, row, event.at)
            if isinstance(answer, AgentReserved) and answer.seat.phone_mode is PhoneMode.RING_EACH_CALL:
                seat, attempt_id = answer.seat, row["id"]
                legs.keep_agent_leg(
                    connection, row["organisation_id"], attempt_id, row["node"], seat, event.at
                )
            call, more = step(call, answer)
            wishes = more + wishes
        elif isinstance(wish, MoveAgent):
            agents.move(connection, agents.lock(connection, row["organisation_id"], wish.user_id), wish.event)
        elif isinstance(wish, Effect):
            raise TypeError(f"no way to carry out {wish!r}")
        else:
            commands.append(wish)
    if call.state is CallState.TALKING is not before.state and call.recording_id is not None:
        # Said when both are there, so that nobody waits for it: neither the two seconds nor the agent.
        commands += _announcement(connection, row, call)
    _save(connection, row, before, call, event, commands)
    return Handled(*identity, before, call, commands)


def _announcement(connection: Connection, row: DictRow, call: Call) -> list[Command]:
    assert call.seat is not None
    assert call.recording_id is not None
    said = recording_rules.announcement(
        connection, row["organisation_id"], row["prospect_id"], call.seat.bridge_id, call.recording_id
    )
    return [] if said is None else [said]


def _reserve(connection: Connection, row: DictRow, at: datetime) -> Event:
    found = connection.execute(
        agents.SQL.reserve_agent,
        {
            "organisation_id": row["organisation_id"],
            "list_id": row["list_id"],
            "node": row["node"],
            "attempt_id": row["id"],
            "at": at,
        },
    ).fetchone()
    if found is None:
        return NoAgentReady(at)
    live.tell_panel(connection, row["organisation_id"], f"user:{found['user_id']}")
    mode = PhoneMode(found["phone_mode"])
    standing = mode is PhoneMode.STAY_CONNECTED
    seat = Seat(
        user_id=found["user_id"],
        phone_mode=mode,
        leg_id=found["leg_id"] if standing else uuid4(),
        bridge_id=found["bridge_id"] if standing else uuid4(),
        endpoint=f"PJSIP/{found['extension']}",
        caller_id=found["agent_leg_caller_id"],
    )
    return AgentReserved(at, seat, uuid4())


def _save(
    connection: Connection, row: DictRow, before: Call, call: Call, event: Event, commands: list[Command]
) -> None:
    leg_id = event.leg_id if isinstance(event, LegEvent) else None
    gone = event if isinstance(event, LegGone) else None
    if call == before and not commands and gone is None and not isinstance(event, LegAnswered):
        return
    organisation_id, attempt_id = row["organisation_id"], row["id"]
    seat = call.seat
    # A wrap-up keeps its agent on record, whose leg goes on with other calls.
    connection.execute(
        SQL.save_call,
        {
            "organisation_id": organisation_id,
            "attempt_id": attempt_id,
            "state": call.state.value,
            "agent_leg_id": seat and seat.leg_id,
            "bridge_id": seat and seat.bridge_id,
            "recording_id": call.recording_id,
            "user_id": seat and seat.user_id,
            "phone_mode": seat and seat.phone_mode.value,
            "outcome": call.outcome and call.outcome.value,
            "cause": call.cause,
            "due_at": call.due_at,
            "on_hold": call.on_hold,
            "pending": Jsonb([to_wire(command) for command in commands]),
            "answered_at": call.answered_at,
            "bridged_at": call.bridged_at,
            "ended_at": call.ended_at,
            "saved_at": call.saved_at,
            "event_leg_id": leg_id,
            "leg_answered_at": event.at if isinstance(event, LegAnswered) else None,
            "leg_ended_at": gone and gone.at,
            "leg_cause": gone.cause if gone is not None and gone.cause != VANISHED else None,
            "at": event.at,
            "kind": type(event).__name__,
            "data": Jsonb({"from": before.state.value, "to": call.state.value}),
        },
    )
    for command in commands:
        if isinstance(command, Originate) and command.leg_id == call.leg_id:
            legs.keep_prospect_leg(connection, organisation_id, attempt_id, row["node"], command, event.at)
        elif isinstance(command, StartRecording):
            legs.keep_recording(
                connection, organisation_id, attempt_id, command.recording_id,
                None if seat is None else seat.user_id, row["node"], event.at,
            )  # fmt: skip
        elif isinstance(command, StopRecording):
            connection.execute(
                SQL.stop_recording,
                {"organisation_id": organisation_id, "recording_id": command.recording_id, "at": event.at},
            )
    if call.state is CallState.ENDED and before.ended_at is None:
        assert call.outcome is not None
        assert call.ended_at is not None
        # Nobody is asked for a result: what an agent noted while it rang is kept.
        typed = None if row["user_id"] is None else drafts.take(connection, organisation_id, attempt_id)
        _settle(connection, row, call.outcome, call.ended_at, typed)
    if call.state is not before.state:
        live.tell_panel(connection, organisation_id, f"list:{row['list_id']}")
        if call.mode is not Mode.POWER and row["user_id"] is not None:
            live.tell_panel(connection, organisation_id, f"user:{row['user_id']}")


def _settle(connection: Connection, row: DictRow, outcome: Outcome, at: datetime, notes: str | None) -> None:
    delays = RetryDelays(
        busy=row["retry_busy"],
        no_answer=row["retry_no_answer"],
        machine=row["retry_machine"],
        failed=row["retry_failed"],
        dropped=row["retry_dropped"],
    )
    place = after_outcome(
        outcome, row["prospect_attempts"], row["max_attempts"], delays, at, promised=row["promised"]
    )
    settle(connection, row["organisation_id"], row, place, at, outcome=outcome, notes=notes)


def phone_up(db: Database, leg_id: UUID, at: datetime) -> bool:
    """A stay-connected phone is in its bridge. False when no agent waits for this leg any more."""
    with db.transaction() as connection:
        found = connection.execute(agents.SQL.agent_by_leg, {"leg_id": leg_id}).fetchone()
        connection.execute(agents.SQL.leg_answered, {"leg_id": leg_id, "at": at})
        if found is None:
            return False
        agent = agents.lock(connection, found["organisation_id"], found["user_id"])
        if agent.leg_id != leg_id or agent.state is AgentState.LOGGED_OUT:
            return False
        agents.move(connection, agent, PhoneUp(at))
        return True


def call_on_phone(db: Database, leg_id: UUID) -> UUID | None:
    """The prospect leg of the open call that a stay-connected phone's leg is part of, if any."""
    with db.transaction() as connection:
        agent = connection.execute(agents.SQL.agent_by_leg, {"leg_id": leg_id}).fetchone()
        if agent is None or agent["attempt_id"] is None:
            return None
        call = connection.execute(SQL.call_of_agent, agent).fetchone()
        return None if call is None else call["leg_id"]


def phone_gone(db: Database, leg_id: UUID, cause: int, at: datetime) -> Handled | None:
    """A stay-connected phone's leg is no more: its agent and the prospect on it move on together.

    Returns what became of the call that was on it, if one was. Raises Rung for one that a ring has.
    """
    while True:
        try:
            return _phone_gone(db, leg_id, cause, at)
        except Again:
            continue  # the agent was reserved meanwhile: now a call is on the phone


def _phone_gone(db: Database, leg_id: UUID, cause: int, at: datetime) -> Handled | None:
    with db.transaction() as connection:
        connection.execute(
            agents.SQL.leg_ended, {"leg_id": leg_id, "at": at, "cause": None if cause == VANISHED else cause}
        )
        found = connection.execute(agents.SQL.agent_by_leg, {"leg_id": leg_id}).fetchone()
        if found is None:
            return None
        handled = None
        call = found["attempt_id"] and connection.execute(SQL.call_of_agent, found).fetchone()
        if call:
            # Attempts are always locked before agents, here too.
            row = connection.execute(SQL.lock_call, {"leg_id": call["leg_id"]}).fetchone()
            if row and row["agent_leg_id"] == leg_id:
                handled = _apply(connection, row, LegGone(at, leg_id, cause))
        agent = agents.lock(connection, found["organisation_id"], found["user_id"])
        if agent.leg_id == leg_id:
            if agent.ring_id is not None:
                raise Rung(rings.key_of(connection, agent.organisation_id, agent.ring_id))
            if agent.state in (AgentState.RESERVED, AgentState.ON_CALL, AgentState.ON_HOLD):
                if agent.phone_mode is PhoneMode.RING_EACH_CALL:
                    return handled  # the leg of an earlier session: the call in hand has one of its own
                raise Again
            agents.move(connection, agent, PhoneGone(at))
        return handled


class Rung(Exception):
    """The phone is rung for a lead: its ring has to hear of the end first. Nothing was changed."""

    def __init__(self, key: UUID) -> None:
        super().__init__()
        self.key = key


class Again(Exception):
    """Two transactions crossed; nothing was changed, the same call will succeed."""


@dataclass(frozen=True, slots=True)
class LegOwner:
    """Whose leg it is: a prospect's, an agent's standing one, or an agent's for one call."""

    kind: str
    call_leg_id: UUID | None
    ring_key: UUID | None = None


def leg_owner(db: Database, leg_id: UUID) -> LegOwner | None:
    """Look a leg up that this process did not make itself."""
    with db.transaction() as connection:
        row = connection.execute(SQL.leg, {"leg_id": leg_id}).fetchone()
    return None if row is None else LegOwner(**row)


def due(db: Database, node: str, now: datetime) -> list[tuple[UUID, datetime]]:
    """Calls whose deadline has passed: (prospect leg, the deadline)."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.due_calls, {"node": node, "now": now}).fetchall()
    return [(row["leg_id"], row["due_at"]) for row in rows]


def waiting(db: Database, node: str) -> list[UUID]:
    """Prospect legs of answered calls without an agent, longest wait first."""
    return _legs(db, SQL.waiting_calls, {"node": node})


def take_hang_ups(db: Database, node: str) -> list[UUID]:
    """Prospect legs of calls whose agents pressed Hang up; each is returned once."""
    return _legs(db, SQL.take_hang_ups, {"node": node})


def _legs(db: Database, query: str, parameters: dict[str, Any]) -> list[UUID]:
    with db.transaction() as connection:
        return [row["leg_id"] for row in connection.execute(query, parameters).fetchall()]


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call on the line, with the commands of its last step."""

    call: Call
    pending: list[Command]

    @property
    def rings_agent(self) -> bool:
        """Whether the agent's leg was made for this call alone."""
        return self.call.seat is not None and self.call.seat.phone_mode is PhoneMode.RING_EACH_CALL


def open_calls(db: Database, node: str) -> list[OpenCall]:
    """Every call of the node that is on the line, as far as the records know."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.open_calls, {"node": node}).fetchall()
    return [OpenCall(to_call(row), [from_wire(each) for each in row["pending"]]) for row in rows]


def known_legs(db: Database, leg_ids: list[UUID]) -> list[UUID]:
    """Those of the ids that are legs of ours."""
    return _legs(db, SQL.known_legs, {"leg_ids": leg_ids})


def close_vanished_legs(db: Database, node: str, living: list[UUID], now: datetime) -> None:
    """End on record every leg of the node that Asterisk no longer has and no open call waits for."""
    with db.transaction() as connection:
        connection.execute(SQL.close_vanished_legs, {"node": node, "living": living, "at": now})
