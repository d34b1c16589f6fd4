"""The wrap-up's deadline: moved by the agent, found by the dialer (DIAL-7, LPS-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer import live
from dialer.agents import AgentState, WrapUpExtended, WrapUpOver
from dialer.db import Database, Transactions
from dialer.errors import Refused
from dialer.sql import load
from dialer.store import agents
from dialer.store.unsaved import give_up, lock_owed

SQL = load("agents")

EXTENSIONS_S = (30, 60)
"""By how much a wrap-up can be extended at a time; several times, one after another."""


def extend(db: Transactions, user_id: int, attempt_id: int, by_s: int, now: datetime) -> None:
    """Move the deadline of the wrap-up after this call; one without a limit has none to move.

    Raises Refused when it is over, and for a length that is not offered.
    """
    if by_s not in EXTENSIONS_S:
        raise Refused("Wrap-up is extended by 30 seconds or by a minute; choose one of the two.")
    with db.transaction() as connection:
        organisation_id = agents.organisation_of(connection, user_id)
        agent = agents.lock(connection, organisation_id, user_id)
        if agent.state is not AgentState.WRAP_UP or agent.attempt_id != attempt_id:
            raise Refused("Wrap-up is over; no call comes before you save its result, so take your time.")
        agents.move(connection, agent, WrapUpExtended(now, timedelta(seconds=by_s)))


@dataclass(frozen=True, slots=True)
class Due:
    """A wrap-up whose deadline has passed."""

    organisation_id: int
    user_id: int
    until: datetime


def due(db: Database, node: str, now: datetime) -> list[Due]:
    """The node's wrap-ups whose deadlines have passed."""
    with db.transaction() as connection:
        return [Due(**row) for row in connection.execute(SQL.wrap_ups_due, {"node": node, "now": now})]


def end(db: Database, due: Due, now: datetime) -> bool:
    """Take the agent out of the queue, if this deadline still stands and the result is still owed.

    The window stays open. For an agent who wanted to log out it is the end: the result is
    given up, as by Close. Returns whether the wrap-up ended.
    """
    with db.transaction() as connection:
        owed = lock_owed(connection, due.organisation_id, due.user_id)
        agent = agents.lock(connection, due.organisation_id, due.user_id)
        if agent.state is not AgentState.WRAP_UP:
            return False
        after = agents.move(connection, agent, WrapUpOver(due.until))
        if after.state is AgentState.LOGGED_OUT and owed is not None:
            give_up(connection, due.organisation_id, due.user_id, owed, now)
            live.wake_dialer(connection)
        return after.state is not AgentState.WRAP_UP
