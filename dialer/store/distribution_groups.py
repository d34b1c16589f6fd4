"""Distribution groups: whom a campaign's leads may ring (RING-1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from dialer.campaigns import GroupSettings, checked_group
from dialer.db import Connection, Transactions, one
from dialer.errors import BadValue, Forbidden, NotFound, Refused
from dialer.live import tell_panel
from dialer.registrations import WORDS
from dialer.sql import load
from dialer.store import audit, people

SQL = load("distribution_groups")


@dataclass(frozen=True, slots=True)
class Group:
    """A distribution group, with the names of its teams and of the campaigns that use it."""

    organisation_id: int
    id: int
    version: int
    created_at: datetime
    settings: GroupSettings
    teams: list[str]
    campaigns: list[str]

    @property
    def everybody(self) -> bool:
        """Whether it has no filter at all."""
        return self.settings == GroupSettings(self.settings.name)


def overview(db: Transactions, organisation_id: int) -> list[Group]:
    """The organisation's groups by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.overview, {"organisation_id": organisation_id}).fetchall()
        return [_as_group(row) for row in rows]


def group(db: Transactions, group_id: int) -> Group:
    """The group. Raises NotFound."""
    with db.transaction() as connection:
        return _group(connection, group_id)


def add(db: Transactions, organisation_id: int, given: GroupSettings, *, by: int | None = None) -> int:
    """Make a group and return its id. Raises Forbidden, and BadValue for a value that cannot be used."""
    tidy = checked_group(given)
    with _one_name(), db.transaction() as connection:
        _require(connection, by)
        _keep_teams(connection, organisation_id, tidy)
        row = one(connection, SQL.add, {**_columns(tidy), "organisation_id": organisation_id})
        assert row is not None
        subject = f"distribution_group:{row['id']}"
        after = _described(_group(connection, row["id"]))
        audit.keep(connection, organisation_id, by, "distribution_group.add", subject, None, after)
        tell_panel(connection, organisation_id, "campaigns")
        group_id: int = row["id"]
        return group_id


def edit(
    db: Transactions, group_id: int, given: GroupSettings, version: int, *, by: int | None = None
) -> None:
    """Change a group; who is rung for the next lead goes by it.

    Raises NotFound, Forbidden, Conflict when somebody else saved since ``version``, and BadValue for a
    value that cannot be used.
    """
    tidy = checked_group(given)
    with _one_name(), db.transaction() as connection:
        _require(connection, by)
        before = _group(connection, group_id)
        organisation_id, subject = before.organisation_id, f"distribution_group:{group_id}"
        _keep_teams(connection, organisation_id, tidy)
        asked = {"organisation_id": organisation_id, "group_id": group_id, "version": version}
        if one(connection, SQL.save, {**_columns(tidy), **asked}) is None:
            raise audit.conflict(connection, organisation_id, subject)
        after = _described(_group(connection, group_id))
        audit.keep(
            connection, organisation_id, by, "distribution_group.edit", subject, _described(before), after
        )
        tell_panel(connection, organisation_id, "campaigns")


def delete(db: Transactions, group_id: int, *, by: int | None = None) -> str:
    """Delete the group and return its name.

    Raises NotFound, Forbidden, and Refused for one that a campaign uses: it says which.
    """
    with db.transaction() as connection:
        _require(connection, by)
        if one(connection, SQL.lock_for_delete, {"group_id": group_id}) is None:
            raise NotFound("There is no such distribution group.")
        found = _group(connection, group_id)
        if found.campaigns:
            raise Refused(
                "Campaigns that ring this group: %(campaigns)s. Give them another group first.",
                campaigns=tuple(found.campaigns),
            )
        of_group = {"organisation_id": found.organisation_id, "group_id": group_id}
        connection.execute(SQL.delete, of_group)
        subject, before = f"distribution_group:{group_id}", _described(found)
        audit.keep(connection, found.organisation_id, by, "distribution_group.delete", subject, before, None)
        tell_panel(connection, found.organisation_id, "campaigns")
        return found.settings.name


def keep_for_campaign(connection: Connection, organisation_id: int, group_id: int) -> None:
    """The group stays until this transaction is over. Raises BadValue where there is none."""
    asked = {"organisation_id": organisation_id, "group_id": group_id}
    if one(connection, SQL.keep_for_campaign, asked) is None:
        raise BadValue("group_id", "There is no such distribution group any more; choose another.")


def require_no_group(connection: Connection, organisation_id: int, team_id: int) -> None:
    """Raises Refused for a team that groups name: without it one of them might mean everybody."""
    asked = {"organisation_id": organisation_id, "team_id": team_id}
    names = tuple(row["name"] for row in connection.execute(SQL.of_team, asked).fetchall())
    if names:
        raise Refused(
            "Distribution groups that name this team: %(groups)s. Take it out of there first.",
            groups=names,
        )


def _keep_teams(connection: Connection, organisation_id: int, tidy: GroupSettings) -> None:
    wanted = sorted(tidy.team_ids)
    asked = {"organisation_id": organisation_id, "team_ids": wanted}
    if len(connection.execute(SQL.keep_teams, asked).fetchall()) != len(wanted):
        raise BadValue("team_ids", "One of the teams is not there any more; choose again.")


def _columns(tidy: GroupSettings) -> dict[str, Any]:
    values = {name: list(getattr(tidy, name)) for name in WORDS}
    return {
        **values,
        "name": tidy.name,
        "team_ids": sorted(tidy.team_ids),
        "skills": Jsonb(dict(tidy.skills)),
    }


def _group(connection: Connection, group_id: int) -> Group:
    row = one(connection, SQL.group, {"group_id": group_id})
    if row is None:
        raise NotFound("There is no such distribution group.")
    return _as_group(row)


def _as_group(row: dict[str, Any]) -> Group:
    values = {each.name: row[each.name] for each in fields(GroupSettings)}
    values |= {name: tuple(values[name]) for name in WORDS}
    values["team_ids"] = frozenset(values["team_ids"])
    values["skills"] = dict(sorted(values["skills"].items(), key=lambda pair: pair[0].casefold()))
    names = ("organisation_id", "id", "version", "created_at", "teams", "campaigns")
    return Group(**{name: row[name] for name in names}, settings=GroupSettings(**values))


def _described(found: Group) -> dict[str, Any]:
    """The group in the audit log's values: teams by name."""
    given = found.settings
    told = {"name": given.name, "teams": found.teams, "skills": dict(given.skills)}
    return told | {name: list(getattr(given, name)) for name in WORDS}


def _require(connection: Connection, by: int | None) -> None:
    if by is not None and not people.role_of(connection, by).manages_lists:
        raise Forbidden("Your role does not let you change distribution groups.")


@contextmanager
def _one_name() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise BadValue(
            "name", "There is already a distribution group with this name; choose another."
        ) from None
