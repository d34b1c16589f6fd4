"""An agent's time on a list: start, pause, resume, end (LPS-2, 5, 9)."""

from __future__ import annotations

from datetime import datetime

from dialer import live
from dialer.agents import (
    Agent,
    AgentState,
    LogOutAsked,
    PauseAsked,
    Resumed,
    SessionStarted,
)
from dialer.db import Connection, Transactions
from dialer.errors import NotFound, Refused
from dialer.sql import load
from dialer.store import agents
from dialer.store.unsaved import give_up, lock_owed

SQL = load("sessions")
LEASES = load("leases")


def start_session(db: Transactions, user_id: int, list_id: int, now: datetime) -> Agent:
    """Put the user to work on a list that is theirs to dial.

    Raises NotFound for a list that is not, Refused when a session is open, the user
    has no phone, or no dialer is running.
    """
    with db.transaction() as connection:
        row = connection.execute(SQL.may_dial, {"user_id": user_id, "list_id": list_id}).fetchone()
        if row is None:
            raise NotFound("This list is not assigned to you; ask your manager for it.")
        if row["extension"] is None:
            raise Refused("You have no phone extension yet; ask your manager to give you one.")
        if row["node"] is None:
            raise Refused("No dialer is running; ask your telephony admin to start it.")
        organisation_id = row["organisation_id"]
        connection.execute(
            agents.SQL.make_agent, {"organisation_id": organisation_id, "user_id": user_id, "at": now}
        )
        agent = agents.lock(connection, organisation_id, user_id)
        if agent.state is not AgentState.LOGGED_OUT:
            raise Refused("You have a session already; end it before you start another.")
        opened = connection.execute(
            SQL.open_session,
            {
                "organisation_id": organisation_id,
                "user_id": user_id,
                "list_id": list_id,
                "node": row["node"],
                "at": now,
            },
        ).fetchone()
        assert opened is not None
        agent = agents.move(connection, agent, SessionStarted(now, opened["id"], list_id, row["node"]))
        live.wake_dialer(connection)
        return agent


def ask_pause(db: Transactions, user_id: int, reason: str, now: datetime) -> Agent:
    """Pause the agent: at once, after the call, or when calls already ringing have somebody else (DIAL-7)."""
    with db.transaction() as connection:
        _hold_list(connection, user_id)
        agent = _at_work(connection, user_id)
        needed = _is_needed(connection, agent)
        agent = agents.move(connection, agent, PauseAsked(now, reason.strip()[:100], needed))
        live.wake_dialer(connection)
        return agent


def resume(db: Transactions, user_id: int, now: datetime) -> Agent:
    """Resume Dialing. A call result that was never saved is given up: its call ends without one."""
    with db.transaction() as connection:
        _leave_closed_call(connection, user_id, now)
        agent = agents.move(connection, _at_work(connection, user_id), Resumed(now))
        live.wake_dialer(connection)
        return agent


def end_session(db: Transactions, user_id: int, now: datetime) -> Agent:
    """End the session: at once, or when the call in hand has its result."""
    with db.transaction() as connection:
        _leave_closed_call(connection, user_id, now)
        _hold_list(connection, user_id)
        agent = _at_work(connection, user_id)
        agent = agents.move(connection, agent, LogOutAsked(now, _is_needed(connection, agent)))
        live.wake_dialer(connection)
        return agent


def _leave_closed_call(connection: Connection, user_id: int, now: datetime) -> None:
    """Give up the result of a call whose window was closed. Attempts are locked before agents."""
    organisation_id = agents.organisation_of(connection, user_id)
    owed = lock_owed(connection, organisation_id, user_id)
    agent = agents.look(connection, organisation_id, user_id)
    if owed is not None and agent is not None and agent.state is AgentState.PAUSED:
        give_up(connection, organisation_id, user_id, owed, now)


def _hold_list(connection: Connection, user_id: int) -> None:
    """Keep calls from being launched on the user's list until it is known whether one needs them.

    Lists are locked before agents.
    """
    agent = agents.look(connection, agents.organisation_of(connection, user_id), user_id)
    if agent is not None and agent.list_id is not None:
        of_list = {"organisation_id": agent.organisation_id, "list_id": agent.list_id}
        connection.execute(LEASES.lock_list, of_list)


def _at_work(connection: Connection, user_id: int) -> Agent:
    agent = agents.lock(connection, agents.organisation_of(connection, user_id), user_id)
    if agent.state is AgentState.LOGGED_OUT:
        raise Refused("You have no open session; start one first.")
    return agent


def _is_needed(connection: Connection, agent: Agent) -> bool:
    """Whether calls are in the air that only this agent could take."""
    if agent.state is not AgentState.READY:
        return False
    row = connection.execute(
        SQL.in_flight,
        {
            "organisation_id": agent.organisation_id,
            "list_id": agent.list_id,
            "node": agent.node,
            "user_id": agent.user_id,
        },
    ).fetchone()
    return row is not None and row["in_flight"] > row["others_ready"]
