"""`ringpool org`, `ringpool user`, `ringpool team`."""

from __future__ import annotations

import secrets
import sys

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.errors import Refused
from dialer.phone_numbers import is_country
from dialer.store import organisations, people, teams


@click.group("org")
def org_command() -> None:
    """Organisations."""


@org_command.command("add")
@click.argument("name")
@click.option("--country", default="US", show_default=True, help="ISO code; reads numbers written without +.")
@click.option("--time-zone", default="America/New_York", show_default=True, help="IANA name.")
def add_organisation(name: str, country: str, time_zone: str) -> None:
    """Add an organisation."""
    if not name.strip():
        raise Refused("An organisation needs a name.")
    if not is_country(country.upper()):
        raise Refused(f"There is no country {country}; use its two letters, like US or SE.")
    with open_database() as db:
        made = organisations.create_organisation(
            db, name, now(), country=country.upper(), time_zone=time_zone
        )
    click.echo(f"Added organisation {made.name} ({made.id}).")


@org_command.command("list")
def list_organisations() -> None:
    """Show the organisations."""
    with open_database() as db:
        rows = [(o.id, o.name, o.country, o.time_zone) for o in organisations.organisations(db)]
    choosing.print_table(("Id", "Name", "Country", "Time zone"), rows)


@click.group("user")
def user_command() -> None:
    """The people who sign in."""


@user_command.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option(
    "--role", type=click.Choice([role.value for role in people.Role]), default="agent", show_default=True
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--extension", help="SIP extension, 2 to 10 digits.")
@click.option("--sip-secret", help="The phone's password; made up and shown once if left out.")
@click.option("--pin", help="Digits for logging in from the phone.")
@click.option(
    "--phone-mode", type=click.Choice(["stay_connected", "ring_each_call"]), default="stay_connected"
)
@click.option("--caller-id", help="The number that prospects see, like +12125550123.")
@click.option(
    "--team", "team_names", multiple=True, metavar="NAME", help="Put the user in this team. Repeatable."
)
@click.option("--locale", type=click.Choice(["en", "sv"]), default="en", show_default=True)
@choosing.organisation_option
def add_user(
    email: str,
    name: str,
    role: str,
    password_stdin: bool,
    extension: str | None,
    sip_secret: str | None,
    pin: str | None,
    phone_mode: str,
    caller_id: str | None,
    team_names: tuple[str, ...],
    locale: str,
    org: str | None,
) -> None:
    """Register a user; asks for the password."""
    if pin is not None and not (pin.isascii() and pin.isdigit() and 4 <= len(pin) <= 12):
        raise Refused("A PIN has 4 to 12 digits.")
    if (pin or sip_secret) and not extension:
        raise Refused("A PIN and a SIP secret belong to a phone; give --extension too.")
    with open_database() as db:
        owner = choosing.organisation(db, org)
        joined = [choosing.team(db, owner, each) for each in team_names]
        secret = sip_secret or secrets.token_urlsafe(18)
        made = people.create_user(
            db,
            owner.id,
            now(),
            name=name,
            email=email,
            password=_password(password_stdin),
            role=role,
            extension=extension,
            sip_secret=secret if extension else None,
            pin=pin,
            phone_mode=phone_mode,
            caller_id=caller_id,
            locale=locale,
        )
        for each in joined:
            teams.join_team(db, each.id, made.id, now())
    click.echo(f"Added {made.name} ({made.email}), {made.role.value}, to {owner.name}.")
    if extension and not sip_secret:
        click.echo(f"SIP secret of extension {extension}, shown this once: {secret}")


@user_command.command("list")
@choosing.organisation_option
def list_users(org: str | None) -> None:
    """Show the active users of an organisation."""
    with open_database() as db:
        found = people.people(db, choosing.organisation(db, org).id)
    rows = [(u.id, u.name, u.email, u.role.value, u.extension, u.phone_mode, u.caller_id) for u in found]
    choosing.print_table(("Id", "Name", "E-mail", "Role", "Extension", "Phone mode", "Caller ID"), rows)


@user_command.command("set-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def set_password(email: str, password_stdin: bool) -> None:
    """Give a user a new password; who is signed in with the old one is signed out."""
    with open_database() as db:
        chosen = choosing.user(db, email)
        people.set_password(db, chosen.id, _password(password_stdin))
    click.echo(f"{chosen.email} has a new password.")


@click.group("team")
def team_command() -> None:
    """Teams and who is in them."""


@team_command.command("add")
@click.argument("name")
@choosing.organisation_option
def add_team(name: str, org: str | None) -> None:
    """Add an empty team."""
    if not name.strip():
        raise Refused("A team needs a name.")
    with open_database() as db:
        made = teams.create_team(db, choosing.organisation(db, org).id, name)
    click.echo(f"Added team {made.name}.")


@team_command.command("list")
@choosing.organisation_option
def list_teams(org: str | None) -> None:
    """Show the teams of an organisation."""
    with open_database() as db:
        rows = [(t.id, t.name, t.members) for t in teams.teams(db, choosing.organisation(db, org).id)]
    choosing.print_table(("Id", "Name", "Members"), rows)


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


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
