"""`ringpool list import`: a CSV file read into a new list, here and now."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import click

from cli import choosing
from cli.context import open_database
from dialer import import_plan, uploads
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused, RingpoolError
from dialer.imports import FIELDS, PHONES, fields, read_preview
from dialer.store import company, imports, lists, mappings
from dialer.store.imports import ImportOutcome
from dialer.store.organisations import Organisation
from dialer.store.people import User

SHOWN_REFUSED = 10
CONNECTIONS = 6
"""Two batches on their way, one sign of life, and the progress."""
LOOK_EVERY_S = 0.3


class ImportFailed(RingpoolError):
    """The file was not imported."""


class Cancelled(RingpoolError):
    """Cancelled."""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", help="The list's name; the file's if left out.")
@click.option(
    "--map", "pairs", multiple=True, metavar="FIELD=HEADER",
    help="Repeatable; obvious headers match by themselves, FIELD= leaves a field without a column. "
    f"Fields: {', '.join(f.name for f in FIELDS)}, custom:LABEL.",
)  # fmt: skip
@click.option("--use-mapping", metavar="NAME", help="A saved mapping; --map goes before it.")
@click.option(
    "--keep-unmapped/--skip-unmapped", default=True, show_default=True,
    help="Keep the other columns as custom fields, or leave them out.",
)  # fmt: skip
@click.option("--phone-field", type=click.Choice(PHONES), help="The number that is dialed.")
@click.option("--sort-by", default="upload", show_default=True, metavar="ORDER",
              help="upload, random, a field, or custom:LABEL.")  # fmt: skip
@click.option("--descending", is_flag=True)
@choosing.assignment_options
@click.option("--kind", type=click.Choice(["lead_pool", "normal"]), default="lead_pool", show_default=True)
@click.option("--batch-size", type=click.IntRange(1, lists.MAX_BATCH), default=20, show_default=True)
@click.option("--retain-h", type=click.IntRange(1, 8760), default=24, show_default=True)
@click.option("--overnight-reset/--no-overnight-reset", default=True, show_default=True)
@click.option("--reset-by-itself/--no-reset-by-itself", default=False, show_default=True)
@click.option("--calling-from", type=click.DateTime(["%H:%M"]), default="09:00", show_default=True)
@click.option("--calling-until", type=click.DateTime(["%H:%M"]), default="17:00", show_default=True)
@click.option("--max-attempts", type=click.IntRange(1, 100), default=3, show_default=True)
@click.option("--ring-s", type=click.IntRange(15, 120), default=25, show_default=True)
@click.option("--lines-per-agent", type=click.FloatRange(1, 10), default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@choosing.by_manager_option
@choosing.organisation_option
def import_command(
    file: Path,
    name: str | None,
    pairs: tuple[str, ...],
    use_mapping: str | None,
    keep_unmapped: bool,
    users: tuple[str, ...],
    teams: tuple[str, ...],
    as_json: bool,
    by: str | None,
    org: str | None,
    **given: Any,
) -> None:
    """Read a CSV file into a new list.

    Rows that cannot be dialed are refused, each with its reason: `ringpool list refused` shows them.
    Ctrl-C ends it after the batch in hand and takes out again what came in.
    """
    preview = read_preview(file)
    wanted = _mapping(pairs)
    with open_database(connections=CONNECTIONS) as db:
        owner = choosing.organisation(db, org)
        acting = choosing.manager(db, owner, by)
        if use_mapping is not None:
            wanted = {**_saved(db, owner, use_mapping, preview.headers), **wanted}
        settings, mapping = _agreed(db, owner, preview.headers, wanted, keep_unmapped, given)
        settings = dataclasses.replace(settings, name=name or file.stem)
        user_ids, team_ids = choosing.assignees(db, owner, users, teams)
        for earlier in imports.seen_before(db, owner.id, uploads.fingerprint(file))[:1]:
            click.echo(
                f"The same file is in list {earlier.list_id} «{earlier.list_name}» "
                f"since {earlier.created_at:%Y-%m-%d}.",
                err=True,
            )
        started = now()
        list_id = lists.create_list(db, acting.id, settings, started, user_ids=user_ids, team_ids=team_ids)
        outcome = _import(
            db,
            acting,
            list_id,
            lambda: imports.import_list(
                db,
                organisation_id=owner.id,
                list_id=list_id,
                user_id=acting.id,
                path=file,
                file_name=file.name,
                mapping=mapping,
                now=started,
                keep_unmapped=keep_unmapped,
            ),
        )
        refused = list(islice(imports.refused_rows(db, outcome.import_id), SHOWN_REFUSED))
    if as_json:
        choosing.print_json({**dataclasses.asdict(outcome), "list_id": list_id, "encoding": preview.encoding})
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


def _agreed(
    db: Database,
    owner: Organisation,
    headers: Sequence[str],
    wanted: dict[str, str | None],
    keep_unmapped: bool,
    given: dict[str, Any],
) -> tuple[lists.ListSettings, dict[str, str]]:
    """Settings and mapping as they will be, the name left open. Raises BadMapping, Refused."""
    rules = company.settings(db, owner.id)
    custom = [field.label for field in company.custom_fields(db, owner.id)]
    phone_field = given.pop("phone_field") or rules.mandatory_phones[0]
    hours = _hours(given.pop("calling_from"), given.pop("calling_until"))
    lines = Decimal(str(given.pop("lines_per_agent")))
    settings = lists.ListSettings(
        name="",
        phone_field=phone_field,
        sort_descending=given.pop("descending"),
        calling_from=hours[0],
        calling_until=hours[1],
        lines_per_agent=lines,
        **given,
    )
    mapping = import_plan.agree_on(
        headers,
        fields(custom, rules.mandatory_phones),
        wanted,
        phone_field=phone_field,
        sort_by=settings.sort_by,
        keep_unmapped=keep_unmapped,
    )
    return settings, mapping


def _import(db: Database, acting: User, list_id: int, work: Callable[[], ImportOutcome]) -> ImportOutcome:
    """Do the work beside a line of progress. Raises Cancelled after Ctrl-C, ImportFailed.

    A list into which nothing came is taken back.
    """
    with ThreadPoolExecutor(1, "import") as thread:
        outcome = _watched(db, acting, list_id, thread.submit(work))
    ended = imports.progress(db, acting.organisation_id, outcome.import_id)
    if ended.state != "done":
        lists.drop_empty_list(db, acting.id, list_id)
    if ended.state == "cancelled":
        raise Cancelled(" ".join(filter(None, ("Cancelled.", outcome.error or "Nothing was imported."))))
    if outcome.error:
        raise ImportFailed(outcome.error)
    return outcome


def _watched(db: Database, acting: User, list_id: int, work: Future[ImportOutcome]) -> ImportOutcome:
    shown = sys.stderr.isatty()
    is_asked = False
    try:
        while True:
            try:
                return work.result(LOOK_EVERY_S)
            except TimeoutError:
                if work.done():
                    raise
                if shown and (job := lists.counts(db, acting.id, list_id).job) is not None:
                    of = f" of {job.rows_total:,}" if job.rows_total else ""
                    click.echo(f"\r  {job.rows_done:,}{of} rows read … ", nl=False, err=True)
            except KeyboardInterrupt:
                job = lists.counts(db, acting.id, list_id).job
                if is_asked or job is None:
                    raise
                is_asked = True
                click.echo("\nCancelling …", err=True)
                imports.ask_cancel(db, acting.id, job.id)
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


def _saved(db: Database, owner: Organisation, name: str, headers: Sequence[str]) -> dict[str, str | None]:
    saved = mappings.named(db, owner.id, name).mapping
    return {field: header for field, header in saved.items() if header in headers}


def _mapping(pairs: tuple[str, ...]) -> dict[str, str | None]:
    mapping: dict[str, str | None] = {}
    for pair in pairs:
        field, equals, header = pair.partition("=")
        if not equals:
            raise Refused(f"--map {pair} is not understood; write FIELD=HEADER, like phone=Telephone.")
        mapping[field.strip()] = header or None
    return mapping


def _hours(first: datetime, last: datetime) -> tuple[time, time]:
    if first == last:
        raise Refused("Calling hours that end when they begin leave no time to call; change one of them.")
    return first.time(), last.time()


def _spoken(delimiter: str) -> str:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
    return names.get(delimiter, repr(delimiter))
