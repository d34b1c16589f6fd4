"""Leaving a list: at once, or when the call in hand has its result."""

from __future__ import annotations

from datetime import datetime

from dialer import live
from dialer.agents import Agent, AgentState, LogOutAsked, ResultSaved
from dialer.db import Connection
from dialer.sql import load
from dialer.store import agents
from dialer.store.unsaved import give_up, lock_owed

SQL = load("sessions")


def is_needed(connection: Connection, agent: Agent) -> bool:
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


def leave_closed_call(connection: Connection, organisation_id: int, user_id: int, now: datetime) -> None:
    """Give up the result of a call whose window was closed. Attempts are locked before agents."""
    owed = lock_owed(connection, organisation_id, user_id)
    agent = agents.look(connection, organisation_id, user_id)
    if owed is not None and agent is not None and agent.state is AgentState.PAUSED:
        give_up(connection, organisation_id, user_id, owed, now)


def send_away(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    list_id: int | None,
    now: datetime,
    *,
    at_last: bool,
) -> None:
    """End the user's session on a list that is locked: at once when idle, else after the call in hand.

    None for the list: their session on follow-ups.

    A call on the line is never cut, and whoever still has to say what came of it may. ``at_last``:
    they cannot any more, so that the result of a call that is over is given up.
    """
    owed = lock_owed(connection, organisation_id, user_id)
    agent = agents.lock(connection, organisation_id, user_id)
    if agent.state is AgentState.LOGGED_OUT or agent.list_id != list_id:
        return
    given_up = owed is not None and (at_last or agent.state is AgentState.PAUSED)
    if owed is not None and given_up:
        give_up(connection, organisation_id, user_id, owed, now)
    agent = agents.move(connection, agent, LogOutAsked(now, is_needed(connection, agent)))
    if given_up and agent.state is AgentState.WRAP_UP:
        agents.move(connection, agent, ResultSaved(now))
    live.wake_dialer(connection)
