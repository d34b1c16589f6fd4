"""`ringpool org`: organisations, their details and their company settings (ORG-1, ORG-4)."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.company import PHONE_COLUMNS
from dialer.errors import Refused
from dialer.store import company, organisations
from dialer.store.company import CompanySettings
from dialer.store.organisations import Details, Organisation

_CLOCK = click.DateTime(["%H:%M"])


@click.group("org")
def org_command() -> None:
    """Organisations."""


@org_command.command("add")
@click.argument("name")
@click.option("--country", default="US", show_default=True, help="ISO code; reads numbers written without +.")
@click.option("--time-zone", default="America/New_York", show_default=True, help="IANA name.")
def add_organisation(name: str, country: str, time_zone: str) -> None:
    """Add an organisation."""
    with open_database() as db:
        made = organisations.create(db, Details(name, country, time_zone), now())
    click.echo(f"Added organisation {made.name} ({made.id}).")


@org_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def list_organisations(as_json: bool) -> None:
    """Show the organisations."""
    with open_database() as db:
        found = organisations.overview(db)
    if as_json:
        choosing.print_json([{**asdict(o.organisation), "users": o.users, "lists": o.lists} for o in found])
        return
    rows = [(o.id, o.name, o.country, o.time_zone, r.users, r.lists) for r in found for o in [r.organisation]]
    choosing.print_table(("Id", "Name", "Country", "Time zone", "Users", "Lists"), rows)


@org_command.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@choosing.organisation_option
def show(as_json: bool, org: str | None) -> None:
    """Show an organisation's details and its company settings."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        told = {**asdict(owner), **asdict(company.settings(db, owner.id))}
    if as_json:
        choosing.print_json(told)
        return
    choosing.print_facts(told)


@org_command.command("set")
@click.option("--name", help="Another name.")
@click.option("--country", help="ISO code; reads numbers written without +.")
@click.option("--time-zone", help="IANA name.")
@click.option(
    "--agent-caller-id", "agent_leg_caller_id", help="On an agent's phone when it rings; empty: none."
)
@click.option("--lead-pool-sessions/--no-lead-pool-sessions", default=None)
@click.option("--import-queue/--no-import-queue", default=None)
@click.option("--calling-from", type=_CLOCK, help="No list calls before, in the prospect's own time.")
@click.option("--calling-until", type=_CLOCK)
@click.option("--attempts-per-day", type=int, help="At one number, over all lists.")
@click.option("--wrap-up-s", type=int, help="Seconds of wrap-up after a call.")
@click.option("--night-at", type=_CLOCK, help="When held records go back.")
@click.option("--mandatory-phone", "mandatory_phones", type=click.Choice(PHONE_COLUMNS), multiple=True,
              help="A phone column that lists must bring; the first is the default. Repeatable.")  # fmt: skip
@click.option(
    "--drop-message",
    metavar="sound:NAME,…",
    help="What an abandoned call hears; prompt:en/abandoned_call is the prompt.",
)
@click.option("--record-calls/--no-record-calls", default=None)
@click.option("--by", metavar="EMAIL", help="Who does it; the first admin if left out.")
@choosing.organisation_option
def set_details(by: str | None, org: str | None, **given: Any) -> None:
    """Change an organisation's details and company settings; what is not named stays."""
    changed = {name: _plain(value) for name, value in given.items() if value not in (None, ())}
    details = {name: value for name, value in changed.items() if name in _names(Details)}
    settings = {name: value for name, value in changed.items() if name in _names(CompanySettings)}
    if not changed:
        raise Refused("Say what is to be different; 'ringpool org set --help' shows what can be.")
    with open_database() as db:
        owner = choosing.organisation(db, org)
        wanted = organisations.checked(replace(_details(owner), **details))
        if settings:
            acting = choosing.admin(db, owner, by)
            company.edit_settings(db, acting.id, replace(company.settings(db, owner.id), **settings))
        if details:
            version = organisations.organisation(db, owner.id).version
            organisations.edit(db, owner.id, wanted, version)
    click.echo(f"Saved {wanted.name}.")


def _details(owner: Organisation) -> Details:
    return Details(**{name: getattr(owner, name) for name in _names(Details)})


def _names(kind: type[Details] | type[CompanySettings]) -> set[str]:
    return {each.name for each in fields(kind)}


def _plain(value: Any) -> Any:
    return value.time() if isinstance(value, datetime) else value
