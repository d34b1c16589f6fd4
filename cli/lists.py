"""`ringpool list`: import a list, say who dials it, see how it stands."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused, RingpoolError
from dialer.imports import FIELDS, check_mapping, read_preview, suggest_mapping
from dialer.store import imports, list_info, lists, organisations

SHOWN_REFUSED = 10

by_option = click.option("--by", metavar="EMAIL", help="Who does it; the first manager or admin if left out.")
users_option = click.option("--assign-user", "users", multiple=True, metavar="EMAIL", help="Repeatable.")
teams_option = click.option("--assign-team", "teams", multiple=True, metavar="NAME", help="Repeatable.")


class ImportFailed(RingpoolError):
    """The file was not imported."""


@click.group("list")
def list_command() -> None:
    """Import lists and say who dials them."""


@list_command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="The list's name; the file's if left out.")
@click.option(
    "--map", "pairs", multiple=True, metavar="FIELD=HEADER",
    help=f"Repeatable; obvious headers match by themselves. Fields: {', '.join(f.name for f in FIELDS)}.",
)  # fmt: skip
@click.option("--skip-unmapped", is_flag=True, help="Leave out the other columns instead of keeping them.")
@users_option
@teams_option
@click.option("--kind", type=click.Choice(["lead_pool", "normal"]), default="lead_pool", show_default=True)
@click.option("--batch-size", type=click.IntRange(1, 100_000), default=20, show_default=True)
@click.option("--retain-h", type=click.IntRange(1, 8760), default=24, show_default=True)
@click.option("--calling-from", type=click.DateTime(["%H:%M"]), default="09:00", show_default=True)
@click.option("--calling-until", type=click.DateTime(["%H:%M"]), default="17:00", show_default=True)
@click.option("--max-attempts", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--ring-s", type=click.IntRange(15, 120), default=25, show_default=True)
@click.option("--lines-per-agent", type=click.FloatRange(1, 10), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@by_option
@choosing.organisation_option
def import_command(
    file: Path,
    name: str | None,
    pairs: tuple[str, ...],
    skip_unmapped: bool,
    users: tuple[str, ...],
    teams: tuple[str, ...],
    kind: str,
    batch_size: int,
    retain_h: int,
    calling_from: datetime,
    calling_until: datetime,
    max_attempts: int,
    ring_s: int,
    lines_per_agent: float,
    as_json: bool,
    by: str | None,
    org: str | None,
) -> None:
    """Read a CSV file into a new list.

    Rows that cannot be dialed are refused, each with its reason: `ringpool list refused` shows them.
    """
    preview = read_preview(file)
    mapping = {**suggest_mapping(preview.headers), **_mapping(pairs)}
    check_mapping(preview.headers, mapping)
    hours = _hours(calling_from, calling_until)
    settings = lists.ListSettings(
        name=name or file.stem,
        kind=kind,
        batch_size=batch_size,
        retain_h=retain_h,
        calling_from=hours[0],
        calling_until=hours[1],
        max_attempts=max_attempts,
        ring_s=ring_s,
        lines_per_agent=Decimal(str(lines_per_agent)),
    )
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting = choosing.manager(db, owner, by)
        user_ids, team_ids = _assignees(db, owner, users, teams)
        started = now()
        list_id = lists.create_list(db, acting.id, settings, started, user_ids=user_ids, team_ids=team_ids)
        outcome = imports.import_list(
            db,
            organisation_id=owner.id,
            list_id=list_id,
            user_id=acting.id,
            path=file,
            file_name=file.name,
            mapping=mapping,
            now=started,
            keep_unmapped=not skip_unmapped,
        )
        refused = list(islice(imports.refused_rows(db, outcome.import_id), SHOWN_REFUSED))
        if outcome.error:
            lists.drop_empty_list(db, acting.id, list_id)
            raise ImportFailed(outcome.error)
    if as_json:
        told = {**dataclasses.asdict(outcome), "list_id": list_id, "encoding": preview.encoding}
        click.echo(json.dumps(told))
        return
    click.echo(
        f"Your List has been saved successfully! List {list_id} «{settings.name}»: {outcome.accepted} "
        f"prospects in, {outcome.refused} rows refused ({preview.encoding}, separated by "
        f"{_spoken(preview.delimiter)})."
    )
    for row in refused:
        click.echo(f"  Line {row.line}: {row.reason}", err=True)
    if outcome.refused > len(refused):
        click.echo(f"  All of them: ringpool list refused {outcome.import_id}", err=True)


@list_command.command("list")
@by_option
@choosing.organisation_option
def list_lists(by: str | None, org: str | None) -> None:
    """Show the lists of an organisation."""
    with open_database() as db:
        found = lists.overview(db, choosing.manager(db, choosing.organisation(db, org), by).id)
    rows = [(e.id, e.name, e.kind, e.prospects, e.remaining, e.done, e.excluded, e.users) for e in found]
    choosing.print_table(
        ("Id", "Name", "Kind", "Prospects", "Remaining", "Done", "Excluded", "Users"),
        rows,
    )


@list_command.command("info")
@click.argument("name_or_id", metavar="LIST")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@by_option
@choosing.organisation_option
def info(name_or_id: str, as_json: bool, by: str | None, org: str | None) -> None:
    """Show one list: its counts, its settings, who dials it, its imports."""
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        found = list_info.info(db, acting.id, choosing.dialing_list(db, acting, name_or_id).id)
    told: dict[str, Any] = {**dataclasses.asdict(found.counts), **dataclasses.asdict(found.settings)}
    told["assigned"] = [person.name for person in found.assigned]
    told["imports"] = [dataclasses.asdict(past) for past in found.imports]
    if as_json:
        click.echo(json.dumps(told, default=str))
        return
    for key, value in told.items():
        if key not in ("imports", "script"):
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            click.echo(f"{key.replace('_', ' '):<16} {shown}")
    for past in found.imports:
        click.echo(
            f"import {past.id:<9} {past.file_name}: {past.state}, {past.accepted} in, {past.refused} refused"
            + (f"; {past.error}" if past.error else "")
        )


@list_command.command("assign")
@click.argument("name_or_id", metavar="LIST")
@users_option
@teams_option
@by_option
@choosing.organisation_option
def assign(
    name_or_id: str, users: tuple[str, ...], teams: tuple[str, ...], by: str | None, org: str | None
) -> None:
    """Let exactly these users and teams dial the list."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting = choosing.manager(db, owner, by)
        chosen = choosing.dialing_list(db, acting, name_or_id)
        user_ids, team_ids = _assignees(db, owner, users, teams)
        change = lists.ListEdit(user_ids=user_ids, team_ids=team_ids)
        lists.edit(db, acting.id, chosen.id, chosen.version, change, now())
    click.echo(f"List {chosen.id} «{chosen.name}» is assigned to {', '.join([*users, *teams]) or 'nobody'}.")


@list_command.command("refused")
@click.argument("import_id", type=int)
def refused_command(import_id: int) -> None:
    """Print an import's refused rows as CSV: line, reason, the row as it stood."""
    with open_database() as db:
        for line in imports.refused_csv(db, import_id):
            click.echo(line, nl=False)


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        field, equals, header = pair.partition("=")
        if not equals:
            raise Refused(f"--map {pair} is not understood; write FIELD=HEADER, like phone=Telephone.")
        mapping[field.strip()] = header
    return mapping


def _assignees(
    db: Database, owner: organisations.Organisation, users: tuple[str, ...], teams: tuple[str, ...]
) -> tuple[list[int], list[int]]:
    """Their ids. Raises NotFound when one is not of this organisation."""
    return (
        [choosing.user(db, email, owner).id for email in users],
        [choosing.team(db, owner, name).id for name in teams],
    )


def _hours(first: datetime, last: datetime) -> tuple[time, time]:
    if first == last:
        raise Refused("Calling hours that end when they begin leave no time to call; change one of them.")
    return first.time(), last.time()


def _spoken(delimiter: str) -> str:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
    return names.get(delimiter, repr(delimiter))
