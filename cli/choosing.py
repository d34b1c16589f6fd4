"""Finding what an argument names: an organisation, a user, a team, a list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import time
from enum import Enum
from operator import attrgetter
from typing import Any

import click

from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.roles import Role
from dialer.store import campaigns, distribution_groups, lists, organisations, people, teams

organisation_option: Callable[[Any], Any] = click.option(
    "--org", "org", envvar="RINGPOOL_ORGANISATION", metavar="NAME",
    help="The organisation; may be left out while there is only one.",
)  # fmt: skip

by_manager_option: Callable[[Any], Any] = click.option(
    "--by", metavar="EMAIL", help="Who does it; the first manager or admin if left out."
)


def assignment_options(command: Any) -> Any:
    """Who is to dial a list, as ``users`` and ``teams``."""
    users = click.option("--assign-user", "users", multiple=True, metavar="EMAIL", help="Repeatable.")
    teams = click.option("--assign-team", "teams", multiple=True, metavar="NAME", help="Repeatable.")
    return users(teams(command))


def organisation(db: Database, name: str | None) -> organisations.Organisation:
    """The organisation named, or the only one. Raises NotFound, Refused."""
    if name is not None:
        found = organisations.organisation_by_name(db, name)
        if found is None:
            raise NotFound(f"There is no organisation named {name}; 'ringpool org list' shows them.")
        return found
    every = organisations.organisations(db)
    if not every:
        raise NotFound("There is no organisation yet; add one with 'ringpool org add NAME'.")
    if len(every) > 1:
        raise Refused(f"Say which organisation with --org: {', '.join(each.name for each in every)}.")
    return every[0]


def user(db: Database, email: str, org: organisations.Organisation | None = None) -> people.User:
    """The user with this e-mail address, of the organisation where one is given. Raises NotFound."""
    found = people.user_by_email(db, email)
    if found is None or (org is not None and found.organisation_id != org.id):
        raise NotFound(f"There is no user {email}; 'ringpool user list' shows them.")
    return found


def team(db: Database, org: organisations.Organisation, name: str) -> teams.Team:
    """The organisation's team of this name, upper and lower case alike. Raises NotFound."""
    for each in teams.teams(db, org.id):
        if each.name.lower() == name.lower():
            return each
    raise NotFound(f"There is no team named {name} in {org.name}; 'ringpool team list' shows them.")


def distribution_group(
    db: Database, org: organisations.Organisation, name_or_id: str
) -> distribution_groups.Group:
    """The organisation's group with this id or name. Raises NotFound."""
    for each in distribution_groups.overview(db, org.id):
        if str(each.id) == name_or_id or _same(each.settings.name, name_or_id):
            return each
    raise NotFound(f"There is no group {name_or_id} in {org.name}; 'ringpool group list' shows them.")


def campaign(db: Database, org: organisations.Organisation, name_or_id: str) -> campaigns.Campaign:
    """The organisation's campaign with this id or name. Raises NotFound."""
    for each in campaigns.overview(db, org.id):
        if str(each.id) == name_or_id or _same(each.settings.name, name_or_id):
            return each
    raise NotFound(f"There is no campaign {name_or_id} in {org.name}; 'ringpool campaign list' shows them.")


def _same(name: str, typed: str) -> bool:
    return name.lower() == typed.lower()


def assignees(
    db: Database, org: organisations.Organisation, users: Iterable[str], team_names: Iterable[str]
) -> tuple[list[int], list[int]]:
    """Ids of the users and teams named. Raises NotFound when one is not of this organisation."""
    return (
        [user(db, email, org).id for email in users],
        [team(db, org, name).id for name in team_names],
    )


def manager(db: Database, org: organisations.Organisation, email: str | None) -> people.User:
    """Who a command acts for: the user named, else the organisation's first who manages lists."""
    refusal = f"{email} may not manage lists; name a manager or an admin with --by."
    return _first(db, org, email, attrgetter("manages_lists"), refusal, Role.MANAGER)


def admin(db: Database, org: organisations.Organisation, email: str | None) -> people.User:
    """Who a command acts for where only admins may: the user named, else the organisation's first."""
    refusal = f"{email} is no admin; name one with --by."
    return _first(db, org, email, attrgetter("administers"), refusal, Role.ADMIN)


def _first(
    db: Database,
    org: organisations.Organisation,
    email: str | None,
    may: Callable[[Role], bool],
    refusal: str,
    lacking: Role,
) -> people.User:
    if email is not None:
        chosen = user(db, email, org)
        if not may(chosen.role):
            raise Refused(refusal)
        return chosen
    for each in sorted(people.people(db, org.id), key=lambda person: person.id):
        if may(each.role):
            return each
    raise NotFound(
        f"{org.name} has no {lacking.value} yet; add one with "
        f"'ringpool user add EMAIL --role {lacking.value} --name NAME'."
    )


def confirm(question: str, yes: bool) -> None:
    """Ask before something that cannot be taken back, unless ``yes``. Raises Refused for any other answer."""
    if not yes and not click.confirm(question, err=True):
        raise Refused("Nothing was changed.")


def dialing_list(db: Database, by: people.User, name_or_id: str) -> lists.ListCounts:
    """The list with this id, or with this name if only one has it. Raises NotFound, Refused."""
    every = lists.overview(db, by.id)
    for each in every:
        if str(each.id) == name_or_id:
            return each
    named = [each for each in every if each.name.lower() == name_or_id.lower()]
    if not named:
        raise NotFound(f"There is no list {name_or_id}; 'ringpool list list' shows them.")
    if len(named) > 1:
        raise Refused(f"Several lists have that name; say its number: {', '.join(str(e.id) for e in named)}.")
    return named[0]


def print_json(told: object) -> None:
    """Print one JSON value: times of day as HH:MM, points in time in ISO 8601."""
    click.echo(json.dumps(told, default=_plain, ensure_ascii=False))


def _plain(value: object) -> object:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)


def print_facts(facts: Mapping[str, object]) -> None:
    """Print names and values, one a line; a value that is empty or long prose is left out."""
    width = max((len(name) for name in facts), default=0)
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else _plain(value)
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        if value is not None and "\n" not in str(shown):
            click.echo(f"{name.replace('_', ' '):<{width}}  {shown}".rstrip())


def print_table(headers: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Print rows in columns as wide as they must be."""
    texts = [headers, *(tuple("" if cell is None else str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(headers))]
    for row in texts:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
