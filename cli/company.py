"""`ringpool dnc`, `ringpool park`: numbers out of dialing (ORG-4)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.errors import NotFound, RingpoolError
from dialer.number_files import read_numbers
from dialer.phone_numbers import normalise
from dialer.store import do_not_call, parking
from dialer.store.number_batches import Report

SHOWN_REFUSED = 10

by_option = click.option("--by", metavar="EMAIL", help="Who does it; the first admin if left out.")
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


class NothingRead(RingpoolError):
    """None of these is a phone number."""


@click.group("dnc")
def dnc_command() -> None:
    """Do Not Call: numbers that are never called."""


@dnc_command.command("add")
@click.argument("numbers", nargs=-1, required=True)
@click.option("--note", default="", help="Why, for whoever looks later.")
@by_option
@choosing.organisation_option
def add(numbers: tuple[str, ...], note: str, by: str | None, org: str | None) -> None:
    """Put numbers on Do Not Call; who has one is not dialed from this moment on."""
    with open_database() as db:
        acting = choosing.admin(db, choosing.organisation(db, org), by)
        report = do_not_call.add(db, acting.id, numbers, now(), note=note, source="command line")
    _say(report, "on Do Not Call")


@dnc_command.command("import")
@file_argument
@click.option("--column", default="", help="Header or place of the numbers; found by itself if left out.")
@click.option("--note", default="", help="Why, for whoever looks later.")
@by_option
@choosing.organisation_option
def import_file(file: Path, column: str, note: str, by: str | None, org: str | None) -> None:
    """Put every number of a CSV file on Do Not Call."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting = choosing.admin(db, owner, by)
        lines = read_numbers(file, owner.country, column)
        report = do_not_call.add(db, acting.id, lines, now(), note=note, source=file.name)
    _say(report, "on Do Not Call")


@dnc_command.command("remove")
@click.argument("numbers", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why it may be called again; the audit log keeps it.")
@by_option
@choosing.organisation_option
def remove(numbers: tuple[str, ...], reason: str, by: str | None, org: str | None) -> None:
    """Let numbers be called again."""
    with open_database() as db:
        acting = choosing.admin(db, choosing.organisation(db, org), by)
        gone = do_not_call.remove(db, acting.id, numbers, reason, now())
    if not gone:
        raise NotFound("None of these numbers is on Do Not Call.")
    click.echo(f"{gone} off Do Not Call.")


@dnc_command.command("check")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@choosing.organisation_option
def check(number: str, as_json: bool, org: str | None) -> None:
    """Say whether a number is on Do Not Call: exit status 0 if it is, 1 if not."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        e164 = normalise(number, owner.country)
        try:
            found = do_not_call.entry(db, owner.id, e164)
        except NotFound:
            raise NotFound(f"{e164} is not on Do Not Call of {owner.name}.") from None
    if as_json:
        choosing.print_json(asdict(found))
        return
    said = f": {found.note}" if found.note else "."
    click.echo(f"{found.number} is on Do Not Call since {found.added_at:%Y-%m-%d} ({found.source}){said}")


@click.group("park")
def park_command() -> None:
    """The parking lot: numbers out of dialing until a day."""


@park_command.command("add")
@click.argument("numbers", nargs=-1, required=True)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True,
              help="The first day on which they may be called again.")  # fmt: skip
@click.option("--note", default="", help="Why, for whoever looks later.")
@by_option
@choosing.organisation_option
def park(numbers: tuple[str, ...], until: datetime, note: str, by: str | None, org: str | None) -> None:
    """Keep numbers out of dialing until a day; one that is parked already gets the new day."""
    with open_database() as db:
        acting = choosing.admin(db, choosing.organisation(db, org), by)
        report = parking.add(db, acting.id, numbers, now(), until=until.date(), note=note)
    _say(report, f"parked until {until.date()}")


@park_command.command("import")
@file_argument
@click.option("--column", default="", help="Header or place of the numbers; found by itself if left out.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]),
              help="For rows without a date: the first day on which they may be called again.")  # fmt: skip
@click.option("--note", default="", help="Why, for whoever looks later.")
@by_option
@choosing.organisation_option
def park_file(
    file: Path, column: str, until: datetime | None, note: str, by: str | None, org: str | None
) -> None:
    """Park every number of a CSV file, each until the date beside it (as 2026-04-30)."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting = choosing.admin(db, owner, by)
        lines = read_numbers(file, owner.country, column, dated=True)
        day = until.date() if until else None
        report = parking.add(db, acting.id, lines, now(), until=day, note=note)
    _say(report, "parked")


@park_command.command("remove")
@click.argument("numbers", nargs=-1, required=True)
@by_option
@choosing.organisation_option
def unpark(numbers: tuple[str, ...], by: str | None, org: str | None) -> None:
    """Let numbers be called again before their day."""
    with open_database() as db:
        acting = choosing.admin(db, choosing.organisation(db, org), by)
        gone = parking.remove(db, acting.id, numbers, now())
    if not gone:
        raise NotFound("None of these numbers is parked.")
    click.echo(f"{gone} out of the parking lot.")


@park_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@choosing.organisation_option
def list_parked(as_json: bool, org: str | None) -> None:
    """Show the parked numbers, those that come back first."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        found: list[parking.Entry] = []
        after: tuple[date, str] | None = None
        while page := parking.listing(db, owner.id, after=after, limit=1_000):
            found += page
            after = (page[-1].until, page[-1].number)
    if as_json:
        choosing.print_json([asdict(each) for each in found])
        return
    rows = [(each.number, each.until, each.by, each.note) for each in found]
    choosing.print_table(("Number", "Until", "By", "Note"), rows)


def _say(report: Report, where: str) -> None:
    """What became of the numbers. Raises NothingRead when none of them could be taken."""
    if report.refusals and not report.added and not report.already:
        raise NothingRead(report.refused[0].reason)
    click.echo(
        f"{report.added} {where}, {report.already} there before, {report.refusals} refused; "
        f"{report.prospects} prospects are not dialed any more."
    )
    for each in report.refused[:SHOWN_REFUSED]:
        click.echo(f"  Line {each.line}: {each.reason}", err=True)
