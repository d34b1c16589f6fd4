"""Teams and who is in them (ORG-3)."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from dialer.db import Transactions, one
from dialer.errors import NotFound, Refused
from dialer.live import tell_panel
from dialer.sql import load

SQL = load("teams")


@dataclass(frozen=True, slots=True)
class Team:
    """A named group of users."""

    organisation_id: int
    id: int
    name: str
    members: int


def create_team(db: Transactions, organisation_id: int, name: str) -> Team:
    """Make an empty team. Raises Refused when the name is taken."""
    try:
        with db.transaction() as connection:
            row = one(connection, SQL.create_team, {"organisation_id": organisation_id, "name": name.strip()})
            assert row is not None
            return Team(organisation_id, row["id"], name.strip(), 0)
    except psycopg.errors.UniqueViolation:
        raise Refused(f"There is already a team named {name}; choose another name.") from None


def teams(db: Transactions, organisation_id: int) -> list[Team]:
    """The organisation's teams by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.teams, {"organisation_id": organisation_id}).fetchall()
        return [Team(**row) for row in rows]


def join_team(db: Transactions, team_id: int, user_id: int) -> None:
    """Put the user in the team: its lists appear for them at once (ORG-3). Raises NotFound."""
    with db.transaction() as connection:
        connection.execute(SQL.join_team, {"team_id": team_id, "user_id": user_id})
        row = one(connection, SQL.is_member, {"team_id": team_id, "user_id": user_id})
        if row is None:
            raise NotFound("There is no such team or user in this organisation.")
        tell_panel(connection, row["organisation_id"], f"user:{user_id}", "lists")


def leave_team(db: Transactions, team_id: int, user_id: int) -> None:
    """Take the user out of the team: its lists vanish for them at once (ORG-3)."""
    with db.transaction() as connection:
        row = one(connection, SQL.leave_team, {"team_id": team_id, "user_id": user_id})
        if row is not None:
            tell_panel(connection, row["organisation_id"], f"user:{user_id}", "lists")
