"""What an agent's session comes to (LPS-10), from the changes of state on record.

Nothing is counted along the way: every figure is read from what was kept anyway, so that a page
that is loaded again, another tab or a dialer started anew shows the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.agents import AgentState
from dialer.db import Transactions
from dialer.sql import load

SQL = load("agent_metrics")

NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Spent:
    """A time that was added up, and since when it goes on growing; None: it does not."""

    before: timedelta = NO_TIME
    since: datetime | None = None

    def at(self, now: datetime) -> timedelta:
        """How long by ``now``, never less than what was over already."""
        return self.before if self.since is None else self.before + max(now - self.since, NO_TIME)

    @property
    def as_if_since(self) -> datetime | None:
        """When it would have begun without interruptions: for a clock that runs on from there."""
        return None if self.since is None else self.since - self.before


@dataclass(frozen=True, slots=True)
class Metrics:
    """One session of a user, open or over. The six figures of LPS-10:

    *Session Dials*: prospects called for the session. In a shared pool each call is made from a
    record that somebody holds; it counts for the session of the one who held it, whoever then
    got the answered prospect, and from the moment it is launched, whatever comes of it; but not where
    the agent's own phone did not answer and the prospect was never called.

    *Total Time*: from Start Session to the log-out, pauses and all. It is the sum of the times
    in all states.

    *Connects*: prospects joined with the agent, each once however often it was on hold. A
    prospect who was passed on when the phone was lost counts for both agents.

    *Connect Time*: On Call, without hold.

    *Hold Time*: On Hold. Connect Time and Hold Time together are the conversations' length.

    *Wrap Time*: from the hang-up to Save & Go or Close. What is saved after Close adds nothing.
    """

    session_id: int
    list_id: int | None
    started_at: datetime
    ended_at: datetime | None
    dials: int
    connects: int
    time_in: Mapping[AgentState, Spent]
    """Every state that occurred; the one that lasts has ``since``."""

    def _in(self, state: AgentState) -> Spent:
        return self.time_in.get(state, Spent())

    @property
    def total_time(self) -> Spent:
        """Start Session until log-out or now."""
        if self.ended_at is None:
            return Spent(since=self.started_at)
        return Spent(self.ended_at - self.started_at)

    @property
    def connect_time(self) -> Spent:
        """On Call."""
        return self._in(AgentState.ON_CALL)

    @property
    def hold_time(self) -> Spent:
        """On Hold."""
        return self._in(AgentState.ON_HOLD)

    @property
    def wrap_time(self) -> Spent:
        """Wrap-up."""
        return self._in(AgentState.WRAP_UP)


def of_user(db: Transactions, organisation_id: int, user_id: int) -> Metrics | None:
    """The user's open session, else their last one; None for somebody who never had one."""
    with db.transaction() as connection:
        rows = connection.execute(
            SQL.of_user, {"organisation_id": organisation_id, "user_id": user_id}
        ).fetchall()
    if not rows:
        return None
    states = {AgentState(row["state"]): row for row in rows}
    out = states.pop(AgentState.LOGGED_OUT, None)
    talked = states.get(AgentState.ON_CALL)
    first = rows[0]
    return Metrics(
        session_id=first["session_id"],
        list_id=first["list_id"],
        started_at=first["started_at"],
        ended_at=out["since"] if out else None,
        dials=first["dials"],
        connects=talked["connects"] if talked else 0,
        time_in={state: Spent(row["spent"], row["since"]) for state, row in states.items()},
    )
