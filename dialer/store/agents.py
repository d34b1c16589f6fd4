"""Agents on record: stepping their machine, their standing phone legs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from dialer import live
from dialer.agents import Agent, AgentEvent, AgentState, NoLongerNeeded, PhoneCalled, PhoneMode, Wanted, step
from dialer.calls.commands import Originate
from dialer.db import Connection, Database, Transactions
from dialer.errors import NotFound
from dialer.sql import load

SQL = load("agents")

PHONE_RING_S = 30
"""How long a stay-connected phone is rung before the call to it counts as failed."""

PHONE_HEARD_OF_WITHIN = timedelta(seconds=PHONE_RING_S + 10)
"""Asterisk tells of a phone's answer or end by then, or the call to it was never made."""


def to_agent(row: DictRow) -> Agent:
    """An agent row as its domain value."""
    return Agent(
        organisation_id=row["organisation_id"],
        user_id=row["user_id"],
        state=AgentState(row["state"]),
        since=row["since"],
        phone_mode=PhoneMode(row["phone_mode"]),
        pause_reason=row["pause_reason"],
        wanted=None if row["wanted"] is None else Wanted(row["wanted"]),
        phone_up=row["phone_up"],
        phone_up_at=row["phone_up_at"],
        session_id=row["session_id"],
        list_id=row["list_id"],
        attempt_id=row["attempt_id"],
        ring_id=row["ring_id"],
        node=row["node"],
        leg_id=row["leg_id"],
        bridge_id=row["bridge_id"],
        phone_retry_at=row["phone_retry_at"],
        phone_tries=row["phone_tries"],
        last_hand_over_at=row["last_hand_over_at"],
        wrap_up_until=row["wrap_up_until"],
        wrap_up_s=row["wrap_up_s"],
    )


def lock(connection: Connection, organisation_id: int, user_id: int) -> Agent:
    """Read the agent and keep the row until the transaction ends.

    Raises NotFound for somebody who never was at work.
    """
    row = connection.execute(
        SQL.lock_agent, {"organisation_id": organisation_id, "user_id": user_id}
    ).fetchone()
    if row is None:
        raise NotFound("This user has not started a session yet; start one first.")
    return to_agent(row)


def look(connection: Connection, organisation_id: int, user_id: int) -> Agent | None:
    """The agent as it is, without keeping the row; None for somebody who never was at work."""
    row = connection.execute(SQL.agent, {"organisation_id": organisation_id, "user_id": user_id}).fetchone()
    return None if row is None else to_agent(row)


def move(connection: Connection, agent: Agent, event: AgentEvent) -> Agent:
    """Step a locked agent, save it with its history, and let the panels know."""
    after = step(agent, event)
    if after == agent:
        return agent
    connection.execute(
        SQL.save_agent,
        {
            "organisation_id": after.organisation_id,
            "user_id": after.user_id,
            "state": after.state.value,
            "since": after.since,
            "pause_reason": after.pause_reason,
            "wanted": after.wanted and after.wanted.value,
            "phone_up": after.phone_up,
            "phone_up_at": after.phone_up_at,
            "session_id": after.session_id,
            "session_before": agent.session_id,
            "list_id": after.list_id,
            "attempt_id": after.attempt_id,
            "ring_id": after.ring_id,
            "node": after.node,
            "leg_id": after.leg_id,
            "bridge_id": after.bridge_id,
            "phone_retry_at": after.phone_retry_at,
            "phone_tries": after.phone_tries,
            "last_hand_over_at": after.last_hand_over_at,
            "wrap_up_until": after.wrap_up_until,
            "changed": after.state is not agent.state or after.session_id != agent.session_id,
        },
    )
    if agent.session_id is not None and after.session_id is None:
        connection.execute(
            SQL.close_session,
            {
                "organisation_id": agent.organisation_id,
                "session_id": agent.session_id,
                "at": event.at,
            },
        )
    lists = {agent.list_id, after.list_id} - {None}
    live.tell_panel(
        connection,
        after.organisation_id,
        f"user:{after.user_id}",
        *(f"list:{list_id}" for list_id in lists),
    )
    return after


def agent_of(db: Transactions, user_id: int, organisation_id: int | None = None) -> Agent:
    """The user's agent as it is now; a user who never was at work counts as logged out.

    ``organisation_id`` may be left out on a Tenant. Raises NotFound for no such user.
    """
    with db.transaction() as connection:
        organisation_id = organisation_of(connection, user_id) if organisation_id is None else organisation_id
        agent = look(connection, organisation_id, user_id)
        if agent is not None:
            return agent
        row = connection.execute(
            SQL.never_at_work, {"organisation_id": organisation_id, "user_id": user_id}
        ).fetchone()
        if row is None:
            raise NotFound("There is no such active user.")
        return Agent(
            organisation_id, user_id, AgentState.LOGGED_OUT, row["created_at"], PhoneMode(row["phone_mode"])
        )


def organisation_of(connection: Connection, user_id: int) -> int:
    """The organisation of a user whom this connection may see. Raises NotFound."""
    row = connection.execute(SQL.organisation_of, {"user_id": user_id}).fetchone()
    if row is None:
        raise NotFound("There is no such active user.")
    return int(row["organisation_id"])


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """A stay-connected phone to be called, and the bridge it will wait in."""

    user_id: int
    bridge_id: UUID
    originate: Originate


def call_phones(db: Database, node: str, now: datetime) -> list[PhoneCall]:
    """Give every phone of the node that should be connected a leg, on record before it is made."""
    with db.transaction() as connection:
        calls = []
        for row in connection.execute(SQL.phones_to_call, {"node": node, "now": now}).fetchall():
            leg_id, bridge_id = uuid4(), uuid4()
            endpoint = f"PJSIP/{row['extension']}"
            agent = lock(connection, row["organisation_id"], row["user_id"])
            move(connection, agent, PhoneCalled(now, leg_id, bridge_id))
            connection.execute(
                SQL.insert_agent_leg,
                {
                    "organisation_id": row["organisation_id"],
                    "leg_id": leg_id,
                    "attempt_id": None,
                    "user_id": row["user_id"],
                    "node": node,
                    "endpoint": endpoint,
                    "at": now,
                },
            )
            originate = Originate(
                leg_id, endpoint, row["agent_leg_caller_id"], PHONE_RING_S, auto_answer=True
            )
            calls.append(PhoneCall(row["user_id"], bridge_id, originate))
        return calls


def legs_to_release(db: Database, node: str) -> list[tuple[UUID, UUID]]:
    """Standing legs and bridges of agents who logged out: (leg id, bridge id)."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.phones_to_release, {"node": node}).fetchall()
    return [(row["leg_id"], row["bridge_id"]) for row in rows]


def phones_unheard_of(db: Database, node: str, now: datetime) -> list[tuple[UUID, UUID]]:
    """Standing legs and bridges of phones that were called and neither came up nor ended in time."""
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.phones_unheard_of, {"node": node, "called_before": now - PHONE_HEARD_OF_WITHIN}
        ).fetchall()
    return [(row["leg_id"], row["bridge_id"]) for row in rows]


def let_go(db: Database, node: str, now: datetime) -> int:
    """Grant pauses and log-outs that waited for ringing calls, as far as enough agents stay (DIAL-7).

    Returns how many were granted.
    """
    with db.transaction() as connection:
        granted = 0
        for row in connection.execute(SQL.pausing, {"node": node}).fetchall():
            needed = max(0, row["in_flight"] - row["staying"])
            for user_id in row["going"][needed:]:
                agent = lock(connection, row["organisation_id"], user_id)
                if agent.state is AgentState.READY and agent.wanted is not None:
                    move(connection, agent, NoLongerNeeded(now))
                    granted += 1
        return granted


@dataclass(frozen=True, slots=True)
class SipAccount:
    """What Asterisk must know for a user's phone to register."""

    extension: str
    secret: str
    name: str
    browser: bool


def sip_accounts(db: Database) -> list[SipAccount]:
    """The accounts of all active users who have an extension, and for a browser phone a page."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.sip_accounts).fetchall()
    return [
        SipAccount(row["extension"], row["secret"], row["name"], row["phone_kind"] == "browser")
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class StandingPhone:
    """A stay-connected leg on record."""

    leg_id: UUID
    bridge_id: UUID
    phone_up: bool
    waits: bool
    """No prospect is or should be in its bridge: there is music, and nothing is recorded."""
    last_recording_id: UUID | None


def standing_phones(db: Database, node: str) -> list[StandingPhone]:
    """Every standing leg on the node's record."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.standing_phones, {"node": node}).fetchall()
    return [
        StandingPhone(
            row["leg_id"], row["bridge_id"], row["phone_up"], row["waits"], row["last_recording_id"]
        )
        for row in rows
    ]


def beat(db: Database, node: str, now: datetime, *, asterisk_up: bool) -> None:
    """The node's heartbeat: sessions are started on the node that was heard of last."""
    with db.transaction() as connection:
        connection.execute(SQL.beat, {"node": node, "now": now, "asterisk_up": asterisk_up})


def last_beat(db: Database, node: str) -> datetime | None:
    """When the node's dialer was heard of last; None for a node that never was."""
    with db.transaction() as connection:
        row = connection.execute(SQL.last_beat, {"node": node}).fetchone()
    return None if row is None else row["heartbeat_at"]


def node_is_up(db: Database, node: str, since: datetime) -> bool:
    """Whether the node's dialer was heard of after ``since``, with its Asterisk."""
    with db.transaction() as connection:
        return connection.execute(SQL.node_is_up, {"node": node, "since": since}).fetchone() is not None
