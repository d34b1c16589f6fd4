"""`ringpool user`, `ringpool team`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import time
from typing import Any

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused
from dialer.registrations import LOCALES, PHONE_KINDS, PHONE_MODES, Registration, check_pin
from dialer.roles import Role
from dialer.store import people, teams, users
from dialer.store.organisations import Organisation
from dialer.store.users import Registered, Secrets


@click.group("user")
def user_command() -> None:
    """The people who sign in."""


def _details(*, adding: bool) -> Callable[[Any], Any]:
    """What is registered of a user, as options; none of them is there unless it was given."""
    role = click.Choice([role.value for role in Role])
    options = [
        click.option("--name", required=adding),
        click.option("--role", type=role, default="agent" if adding else None, show_default=adding),
        click.option("--extension", help="SIP extension, 2 to 10 digits."),
        click.option("--sip-secret", help="The phone's password; made up and shown once if left out."),
        click.option("--pin", help="4 to 12 digits for logging in from the phone."),
        click.option("--phone-mode", type=click.Choice(PHONE_MODES)),
        click.option("--phone-kind", type=click.Choice(PHONE_KINDS)),
        click.option("--caller-id", help="The number that prospects see, like +12125550123."),
        click.option("--locale", type=click.Choice(LOCALES)),
        click.option("--skill", "skills", multiple=True, metavar="NAME=LEVEL", help="1 to 10. Repeatable."),
        click.option("--state", "states", multiple=True, help="Offered work of this state. Repeatable."),
        click.option("--language", "languages", multiple=True, help="Repeatable."),
        click.option("--product", "products", multiple=True, help="Repeatable."),
        click.option("--works", metavar="HH:MM-HH:MM", help="Working hours, in the organisation's zone."),
        click.option("--days", "works_days", metavar="1-7", help="Working days, Monday 1: 12345 or 1-5."),
        click.option("--leads/--no-leads", "takes_leads", default=None, help="Rung for leads, or not."),
    ]

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@user_command.command("add")
@click.argument("email")
@_details(adding=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--team", "team_names", multiple=True, metavar="NAME", help="Put the user in this team. Repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@choosing.organisation_option
def add_user(
    email: str,
    password_stdin: bool,
    sip_secret: str | None,
    pin: str | None,
    team_names: tuple[str, ...],
    as_json: bool,
    org: str | None,
    **details: Any,
) -> None:
    """Register a user; asks for the password."""
    if (pin or sip_secret) and not details["extension"]:
        raise Refused("A PIN and a SIP secret belong to a phone; give --extension too.")
    if pin:
        check_pin(pin)
    with open_database() as db:
        owner = choosing.organisation(db, org)
        given = Registration(email=email, team_ids=_teams(db, owner, team_names), **_given(details))
        user_id, made_up = users.register(
            db, owner.id, given, now(), password=_password(password_stdin), sip_secret=sip_secret, pin=pin
        )
        added = users.registered(db, user_id)
    if as_json:
        choosing.print_json({**_told(added), "sip_secret": made_up})
        return
    known = added.registration
    click.echo(f"Added {known.name} ({known.email}), {known.role.value}, to {owner.name}.")
    _say_secret(known.extension, made_up)


@user_command.command("list")
@click.option("--all", "everybody", is_flag=True, help="Also those who may not sign in any more.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@choosing.organisation_option
def list_users(everybody: bool, as_json: bool, org: str | None) -> None:
    """Show the users of an organisation."""
    with open_database() as db:
        owner, found, after = choosing.organisation(db, org), [], None
        while page := users.listing(db, owner.id, active=None if everybody else True, after_id=after):
            found += page
            after = page[-1].id
    if as_json:
        choosing.print_json([_told(each) for each in found])
        return
    rows = [
        (
            u.id,
            r.name,
            r.email,
            r.role.value,
            r.extension,
            r.phone_mode,
            r.caller_id,
            "" if r.active else "no",
        )
        for u in found
        for r in [u.registration]
    ]
    heads = ("Id", "Name", "E-mail", "Role", "Extension", "Phone mode", "Caller ID", "Active")
    choosing.print_table(heads, rows)


@user_command.command("edit")
@click.argument("email")
@click.option("--email", "new_email", metavar="EMAIL", help="Another e-mail address.")
@_details(adding=False)
@click.option("--no-extension", is_flag=True, help="Take the phone away.")
@click.option("--no-pin", is_flag=True, help="Take the PIN away.")
@click.option("--no-caller-id", is_flag=True, help="Show no number of their own.")
@click.option("--any-hour", is_flag=True, help="Take the working hours away.")
@choosing.organisation_option
def edit_user(
    email: str,
    new_email: str | None,
    sip_secret: str | None,
    pin: str | None,
    no_extension: bool,
    no_pin: bool,
    no_caller_id: bool,
    any_hour: bool,
    org: str | None,
    **details: Any,
) -> None:
    """Change a user; what is not named stays. --skill, --state and their like replace all there were."""
    changed = _given(details)
    if new_email:
        changed["email"] = new_email
    if no_extension:
        changed["extension"] = None
    if no_caller_id:
        changed["caller_id"] = None
    if any_hour:
        changed |= {"works_from": None, "works_until": None}
    secrets = Secrets(sip_secret=sip_secret, pin="" if no_pin else pin)
    if not changed and secrets == Secrets():
        raise Refused("Say what is to be different; 'ringpool user edit --help' shows what can be.")
    with open_database() as db:
        found = users.registered(db, _user(db, email, org).id)
        given = replace(found.registration, **changed)
        made_up = users.edit(db, found.id, given, found.version, now(), new=secrets)
        known = users.registered(db, found.id).registration
    click.echo(f"Saved {known.name} ({known.email}), {known.role.value}.")
    _say_secret(known.extension, made_up)


@user_command.command("set-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@choosing.organisation_option
def set_password(email: str, password_stdin: bool, org: str | None) -> None:
    """Give a user a new password; who is signed in with the old one is signed out."""
    with open_database() as db:
        chosen = _user(db, email, org)
        people.set_password(db, chosen.id, _password(password_stdin))
    click.echo(f"{chosen.email} has a new password.")


@user_command.command("activate")
@click.argument("email")
@choosing.organisation_option
def activate(email: str, org: str | None) -> None:
    """Let a user sign in again."""
    with open_database() as db:
        chosen = _user(db, email, org)
        users.set_active(db, chosen.id, True, now())
    click.echo(f"{chosen.email} may sign in.")


@user_command.command("deactivate")
@click.argument("email")
@choosing.organisation_option
def deactivate(email: str, org: str | None) -> None:
    """Let a user not sign in any more: what they hold goes back, a live call goes on."""
    with open_database() as db:
        chosen = _user(db, email, org)
        users.set_active(db, chosen.id, False, now())
    click.echo(f"{chosen.email} may not sign in any more.")


@click.group("team")
def team_command() -> None:
    """Teams and who is in them."""


@team_command.command("add")
@click.argument("name")
@choosing.organisation_option
def add_team(name: str, org: str | None) -> None:
    """Add an empty team."""
    with open_database() as db:
        made = teams.create_team(db, choosing.organisation(db, org).id, name)
    click.echo(f"Added team {made.name}.")


@team_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@choosing.organisation_option
def list_teams(as_json: bool, org: str | None) -> None:
    """Show the teams of an organisation and their lists."""
    with open_database() as db:
        found = teams.overview(db, choosing.organisation(db, org).id)
    if as_json:
        choosing.print_json([asdict(each) for each in found])
        return
    rows = [(each.id, each.name, each.members, ", ".join(each.lists)) for each in found]
    choosing.print_table(("Id", "Name", "Members", "Lists"), rows)


@team_command.command("rename")
@click.argument("team")
@click.argument("name")
@choosing.organisation_option
def rename_team(team: str, name: str, org: str | None) -> None:
    """Give a team another name."""
    with open_database() as db:
        group = choosing.team(db, choosing.organisation(db, org), team)
        teams.change_members(db, group.id, now(), name=name)
        renamed = teams.team(db, group.id)
    click.echo(f"Team {group.name} is now {renamed.name}.")


@team_command.command("remove")
@click.argument("team")
@click.option("--yes", is_flag=True, help="Do not ask.")
@choosing.organisation_option
def remove_team(team: str, yes: bool, org: str | None) -> None:
    """Delete a team: lists assigned through it alone vanish for its members."""
    with open_database() as db:
        group = choosing.team(db, choosing.organisation(db, org), team)
        lost = [each.name for each in teams.lists_only_through(db, group.id) if each.members]
        choosing.confirm(
            f"Delete team {group.name}"
            + (
                f"? Members lose these lists: {', '.join(lost)}." if lost else f" of {group.members} members?"
            ),
            yes,
        )
        teams.delete_team(db, group.id, now())
    click.echo(f"Deleted team {group.name}.")


@team_command.command("join")
@click.argument("team")
@click.argument("email")
@choosing.organisation_option
def join(team: str, email: str, org: str | None) -> None:
    """Put a user in a team: its lists appear for them at once."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        chosen, group = choosing.user(db, email, owner), choosing.team(db, owner, team)
        teams.join_team(db, group.id, chosen.id, now())
    click.echo(f"{chosen.name} is in {group.name}.")


@team_command.command("leave")
@click.argument("team")
@click.argument("email")
@choosing.organisation_option
def leave(team: str, email: str, org: str | None) -> None:
    """Take a user out of a team: its lists vanish for them at once."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        chosen, group = choosing.user(db, email, owner), choosing.team(db, owner, team)
        teams.leave_team(db, group.id, chosen.id, now())
    click.echo(f"{chosen.name} is not in {group.name} any more.")


def _user(db: Database, email: str, org: str | None) -> people.User:
    """Of the organisation named, or of whichever has them: an e-mail is of one only."""
    return choosing.user(db, email, choosing.organisation(db, org) if org else None)


def _teams(db: Database, owner: Organisation, names: tuple[str, ...]) -> frozenset[int]:
    return frozenset(choosing.team(db, owner, each).id for each in names)


def _given(details: dict[str, Any]) -> dict[str, Any]:
    """Options as the registration has them; only those that were given."""
    given = {name: value for name, value in details.items() if value not in (None, ())}
    if "role" in given:
        given["role"] = Role(given["role"])
    if "skills" in given:
        given["skills"] = dict(level_of(pair) for pair in given["skills"])
    if "works" in given:
        given["works_from"], given["works_until"] = hours("--works", given.pop("works"))
    if "works_days" in given:
        given["works_days"] = _days(given["works_days"])
    return given


def level_of(pair: str) -> tuple[str, int]:
    """A skill and its level, of NAME=LEVEL. Raises Refused."""
    name, _, level = pair.rpartition("=")
    if not name or not (level.isascii() and level.isdecimal()):
        raise Refused(f"--skill {pair} is not understood; write NAME=LEVEL, like Loans=7.")
    return name, int(level)


def hours(option: str, text: str) -> tuple[time, time]:
    """Two times of day, of HH:MM-HH:MM; ``option`` is named in the refusal."""
    first, _, last = text.partition("-")
    try:
        return time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError:
        raise Refused(f"{option} {text} is not understood; write it like 09:00-17:30.") from None


def _days(text: str) -> tuple[int, ...]:
    first, dash, last = text.partition("-")
    if dash and first in "1234567" and last in "1234567" and first and last:
        return tuple(range(int(first), int(last) + 1))
    if not set(text) <= set("1234567,"):
        raise Refused(f"--days {text} is not understood; write it like 1-5 or 135.")
    return tuple(int(day) for day in text if day != ",")


def _told(user: Registered) -> dict[str, Any]:
    known = asdict(user.registration)
    known["team_ids"] = sorted(known["team_ids"])
    return {"id": user.id, "version": user.version, "has_pin": user.has_pin, **known}


def _say_secret(extension: str | None, made_up: str | None) -> None:
    if made_up:
        click.echo(f"SIP secret of extension {extension}, shown this once: {made_up}")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
