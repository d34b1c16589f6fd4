"""`ringpool why NUMBER`: the rule in the way of dialing a prospect (TEL-6)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.dialing_rules import SENTENCES
from dialer.errors import NotFound
from dialer.phone_numbers import normalise
from dialer.store import launching


@click.command("why")
@click.argument("number")
@choosing.organisation_option
def why_command(number: str, org: str | None) -> None:
    """Say for each prospect with this number which rule keeps it from being dialed now."""
    with open_database() as db:
        organisation = choosing.organisation(db, org)
        called = normalise(number, organisation.country)
        found = launching.why_not_dialed(db, organisation.id, called, now())
        if not found:
            raise NotFound(f"No list of {organisation.name} has a prospect with the number {called}.")
        for each in found:
            click.echo(f"{each.name} in «{each.list_name}»: {_answer(each, organisation.time_zone)}")


def _answer(standing: launching.Standing, time_zone: str) -> str:
    refusal = standing.refusal
    if refusal is None:
        holder = f"held by {standing.held_by}" if standing.held_by else "in the pool"
        return f"No rule is in the way: it is {holder}, and dialed when its turn comes."
    until = ""
    if refusal.until is not None:
        until = f" That ends {refusal.until.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M %Z}."
    return SENTENCES[refusal.rule] + until
