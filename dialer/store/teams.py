"""Teams and who is in them (ORG-3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from dialer.db import Connection, Transactions, one
from dialer.errors import Forbidden, NotFound, Refused
from dialer.live import tell_panel
from dialer.sql import load
from dialer.store import audit, distribution_groups, people, sharing

SQL = load("teams")


@dataclass(frozen=True, slots=True)
class Team:
    """A named group of users."""

    organisation_id: int
    id: int
    name: str
    members: int


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A line of the table of teams, with the names of its lists."""

    id: int
    name: str
    members: int
    lists: list[str]


@dataclass(frozen=True, slots=True)
class TeamDetail:
    """A team and the ids of its members."""

    organisation_id: int
    id: int
    name: str
    member_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class TeamList:
    """A list assigned to a team, and how many members may dial it through nothing else."""

    id: int
    name: str
    members: int


def create_team(db: Transactions, organisation_id: int, name: str, *, by: int | None = None) -> Team:
    """Make an empty team. Raises Forbidden, and Refused when the name is empty or taken."""
    name = _name(name)
    with _one_name(), db.transaction() as connection:
        _require(connection, by)
        row = one(connection, SQL.create_team, {"organisation_id": organisation_id, "name": name})
        assert row is not None
        audit.keep(connection, organisation_id, by, "team.add", f"team:{row['id']}", None, {"name": name})
        tell_panel(connection, organisation_id, "teams")
        return Team(organisation_id, row["id"], name, 0)


def teams(db: Transactions, organisation_id: int) -> list[Team]:
    """The organisation's teams by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.teams, {"organisation_id": organisation_id}).fetchall()
        return [Team(**row) for row in rows]


def overview(db: Transactions, organisation_id: int) -> list[TeamRow]:
    """The organisation's teams by name, with their lists."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.overview, {"organisation_id": organisation_id}).fetchall()
        return [TeamRow(**row) for row in rows]


def team(db: Transactions, team_id: int) -> TeamDetail:
    """The team. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.team, {"team_id": team_id})
        if row is None:
            raise NotFound("There is no such team.")
        return TeamDetail(**{**row, "member_ids": frozenset(row["member_ids"])})


def lists_only_through(db: Transactions, team_id: int) -> list[TeamList]:
    """The team's lists, and how many members would lose each with the team."""
    with db.transaction() as connection:
        return [TeamList(**row) for row in connection.execute(SQL.lists_only_through, {"team_id": team_id})]


def names(db: Transactions, user_ids: Collection[int]) -> dict[int, str]:
    """What the users are called, active or not, by id."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.names, {"user_ids": list(user_ids)}).fetchall()
        return {row["id"]: row["name"] for row in rows}


def join_team(db: Transactions, team_id: int, user_id: int, now: datetime, *, by: int | None = None) -> None:
    """Put the user in the team: its lists appear for them at once (ORG-3). Raises NotFound, Forbidden."""
    change_members(db, team_id, now, join=(user_id,), by=by)


def leave_team(db: Transactions, team_id: int, user_id: int, now: datetime, *, by: int | None = None) -> None:
    """Take the user out of the team: its lists vanish for them at once (ORG-3). Raises NotFound, Forbidden."""
    change_members(db, team_id, now, leave=(user_id,), by=by)


def change_members(
    db: Transactions,
    team_id: int,
    now: datetime,
    *,
    join: Collection[int] = (),
    leave: Collection[int] = (),
    name: str | None = None,
    name_was: str | None = None,
    by: int | None = None,
) -> None:
    """Let some join and some leave, and give the team another name.

    Only the named ones are touched: of two managers who change a team at once neither undoes the
    other's work. The team's lists appear and vanish at once. Raises NotFound, Forbidden, Refused for a
    name that is empty or taken, and Conflict when the team is not named ``name_was`` any more.
    """
    with _one_name(), db.transaction() as connection:
        _require(connection, by)
        of_team = _lock(connection, team_id)
        if name_was is not None and of_team["name"] != name_was:
            raise audit.conflict(connection, of_team["organisation_id"], f"team:{team_id}")
        before = _described(connection, of_team)
        wanted = {**of_team, "user_ids": list(join)}
        found = one(connection, SQL.how_many_are_here, wanted)
        if found is None or found["n"] != len(set(join)):
            raise NotFound("There is no such team or user in this organisation.")
        changed = {row["user_id"] for row in connection.execute(SQL.join_team, wanted).fetchall()}
        wanted = {**of_team, "user_ids": list(leave)}
        changed |= {row["user_id"] for row in connection.execute(SQL.leave_team, wanted).fetchall()}
        if name is not None:
            of_team["name"] = _name(name)
            connection.execute(SQL.rename, of_team)
        if changed:
            _tell(connection, of_team, _lists(connection, of_team), changed, now)
        after = _described(connection, of_team)
        audit.keep(connection, of_team["organisation_id"], by, "team.edit", f"team:{team_id}", before, after)


def delete_team(db: Transactions, team_id: int, now: datetime, *, by: int | None = None) -> str:
    """Delete the team and return its name; lists assigned through it alone vanish for its members.

    Raises NotFound, Forbidden, and Refused while a distribution group names it.
    """
    with db.transaction() as connection:
        _require(connection, by)
        of_team = _lock(connection, team_id)
        distribution_groups.require_no_group(connection, of_team["organisation_id"], team_id)
        before, list_ids = _described(connection, of_team), _lists(connection, of_team)
        members = {row["id"] for row in connection.execute(SQL.members, of_team).fetchall()}
        connection.execute(SQL.delete, of_team)
        _tell(connection, of_team, list_ids, members, now)
        audit.keep(connection, of_team["organisation_id"], by, "team.delete", f"team:{team_id}", before, None)
        name: str = of_team["name"]
        return name


def _lock(connection: Connection, team_id: int) -> dict[str, Any]:
    row = one(connection, SQL.lock_team, {"team_id": team_id})
    if row is None:
        raise NotFound("There is no such team.")
    return {"organisation_id": row["organisation_id"], "team_id": row["id"], "name": row["name"]}


def _described(connection: Connection, of_team: dict[str, Any]) -> dict[str, Any]:
    rows = connection.execute(SQL.members, of_team).fetchall()
    return {"name": of_team["name"], "members": [row["name"] for row in rows]}


def _lists(connection: Connection, of_team: dict[str, Any]) -> list[int]:
    return sorted(row["list_id"] for row in connection.execute(SQL.lists_of, of_team).fetchall())


def _tell(
    connection: Connection, of_team: dict[str, Any], list_ids: list[int], user_ids: set[int], now: datetime
) -> None:
    organisation_id = of_team["organisation_id"]
    if list_ids:
        sharing.rights_changed(connection, organisation_id, list_ids, now)
    tell_panel(connection, organisation_id, "teams", "lists", *(f"user:{each}" for each in sorted(user_ids)))


def _require(connection: Connection, by: int | None) -> None:
    if by is not None and not people.role_of(connection, by).manages_lists:
        raise Forbidden("Your role does not let you change teams.")


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Refused("Give the team a name.")
    if len(name) > 120:
        raise Refused("The team's name is too long; use at most 120 characters.")
    return name


@contextmanager
def _one_name() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise Refused("There is already a team with this name; choose another.") from None
