"""Who dials a list, as its team sees it (LPS-11), and who may see that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from dialer.agents import AgentState, Wanted
from dialer.db import Transactions
from dialer.roles import Role
from dialer.sql import load

SQL = load("team_grid")


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One row of the team grid (LPS-11)."""

    user_id: int
    name: str
    state: AgentState
    since: datetime
    pause_reason: str
    wanted: Wanted | None
    connects: int
    session_started_at: datetime


def team_grid(db: Transactions, list_id: int) -> list[TeamRow]:
    """Everybody with an open session on the list, by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.team_grid, {"list_id": list_id}).fetchall()
    return [
        TeamRow(
            user_id=row["user_id"],
            name=row["name"],
            state=AgentState(row["state"]),
            since=row["since"],
            pause_reason=row["pause_reason"],
            wanted=None if row["wanted"] is None else Wanted(row["wanted"]),
            connects=row["connects"],
            session_started_at=row["session_started_at"],
        )
        for row in rows
    ]


def who_may_see(db: Transactions, list_id: int, user_ids: Collection[int]) -> set[int]:
    """Those of the users who may see the list's team grid at present."""
    asked = {
        "list_id": list_id,
        "user_ids": list(user_ids),
        "managing": [role.value for role in Role if role.manages_lists],
    }
    with db.transaction() as connection:
        return {row["id"] for row in connection.execute(SQL.who_may_see, asked).fetchall()}
