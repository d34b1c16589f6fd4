"""`ringpool list`: import a list, see how it stands, say who dials it, reset it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

import click

from cli import choosing
from cli.context import open_database
from cli.list_import import import_command
from dialer.clock import now
from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import imports, jobs, list_info, lists, resets
from dialer.store.list_info import ListInfo
from dialer.store.lists import ListEdit
from dialer.store.people import User
from dialer.uploads import folder


@click.group("list")
def list_command() -> None:
    """Import lists, say who dials them, see how they stand."""


list_command.add_command(import_command)

list_argument = click.argument("name_or_id", metavar="LIST")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@list_command.command("list")
@json_option
@choosing.by_manager_option
@choosing.organisation_option
def list_lists(as_json: bool, by: str | None, org: str | None) -> None:
    """Show the lists of an organisation."""
    with open_database() as db:
        found = lists.overview(db, choosing.manager(db, choosing.organisation(db, org), by).id)
    if as_json:
        choosing.print_json([asdict(each) for each in found])
        return
    rows = [(e.id, e.name, e.kind, e.prospects, e.remaining, e.done, e.excluded, e.users) for e in found]
    choosing.print_table(
        ("Id", "Name", "Kind", "Prospects", "Remaining", "Done", "Excluded", "Users"),
        rows,
    )


@list_command.command("info")
@list_argument
@json_option
@choosing.by_manager_option
@choosing.organisation_option
def info(name_or_id: str, as_json: bool, by: str | None, org: str | None) -> None:
    """Show one list: its counts, its settings, its numbers by zone, who dials it, its imports."""
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        found = list_info.info(db, acting.id, choosing.dialing_list(db, acting, name_or_id).id, calls=0)
    if as_json:
        choosing.print_json(_told(found))
    else:
        _show(found)


@list_command.command("assign")
@list_argument
@choosing.assignment_options
@click.option("--interrupt", is_flag=True, help="Also take it from users who are dialing it.")
@choosing.by_manager_option
@choosing.organisation_option
def assign(
    name_or_id: str,
    users: tuple[str, ...],
    teams: tuple[str, ...],
    interrupt: bool,
    by: str | None,
    org: str | None,
) -> None:
    """Let exactly these users and teams dial the list; without any, nobody does.

    What users who lose it hold and have not dialed goes back; a live call goes on.
    """
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting = choosing.manager(db, owner, by)
        chosen = choosing.dialing_list(db, acting, name_or_id)
        user_ids, team_ids = choosing.assignees(db, owner, users, teams)
        change = ListEdit(user_ids=user_ids, team_ids=team_ids)
        _edit(db, acting, chosen, change, interrupt)
    click.echo(f"List {chosen.id} «{chosen.name}» is assigned to {', '.join([*users, *teams]) or 'nobody'}.")


@list_command.command("edit")
@list_argument
@click.option("--name")
@click.option("--batch-size", type=click.IntRange(1, lists.MAX_BATCH))
@click.option("--overnight-reset/--no-overnight-reset", default=None)
@click.option("--reset-by-itself/--no-reset-by-itself", default=None)
@choosing.by_manager_option
@choosing.organisation_option
def edit(name_or_id: str, by: str | None, org: str | None, **changed: Any) -> None:
    """Change a list; what is not named stays."""
    change = ListEdit(**changed)
    if change == ListEdit():
        raise Refused("Say what is to be different; 'ringpool list edit --help' shows what can be.")
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        chosen = choosing.dialing_list(db, acting, name_or_id)
        _edit(db, acting, chosen, change, interrupt=False)
    click.echo(f"List {chosen.id} «{change.name or chosen.name}» is saved.")


@list_command.command("reset")
@list_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--now", "here", is_flag=True, help="Do it here instead of letting the importer do it.")
@choosing.by_manager_option
@choosing.organisation_option
def reset(name_or_id: str, yes: bool, here: bool, by: str | None, org: str | None) -> None:
    """Make a list dialable again; Do Not Call and final results stay out."""
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        chosen = choosing.dialing_list(db, acting, name_or_id)
        choosing.confirm(f"Make list {chosen.id} «{chosen.name}» dialable again?", yes)
        job_id = resets.queue_reset(db, acting.id, chosen.id)
        if not here:
            click.echo(
                f"Reset {job_id} is queued; the importer does it: 'ringpool list jobs' shows how far it is."
            )
            return
        taken = jobs.claim(db, f"command-{os.getpid()}", job_id=job_id)
        if taken is None:
            click.echo(
                f"The importer was first and does reset {job_id}; 'ringpool list jobs' shows how far it is."
            )
            return
        jobs.work(db, folder(None), taken, lambda: False)
        done = _job(db, acting, job_id)
    if done.error:
        raise Refused(done.error)
    click.echo(f"List {chosen.id} «{chosen.name}»: {done.accepted} prospects can be dialed again.")


@list_command.command("archive")
@list_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@choosing.by_manager_option
@choosing.organisation_option
def archive(name_or_id: str, yes: bool, by: str | None, org: str | None) -> None:
    """Put a list out of sight: nobody dials it any more, its records stay."""
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        chosen = choosing.dialing_list(db, acting, name_or_id)
        choosing.confirm(f"Archive list {chosen.id} «{chosen.name}»?", yes)
        lists.archive(db, acting.id, chosen.id, chosen.version, now())
    click.echo(f"List {chosen.id} «{chosen.name}» is archived.")


@list_command.command("jobs")
@click.option("--kind", type=click.Choice(["import", "load", "reset"]))
@click.option("--state", type=click.Choice(["queued", "running", "done", "failed", "cancelled"]))
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@json_option
@choosing.by_manager_option
@choosing.organisation_option
def list_jobs(
    kind: str | None, state: str | None, limit: int, as_json: bool, by: str | None, org: str | None
) -> None:
    """Show imports, loads to sessions and resets, the newest first."""
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        found = jobs.listing(db, acting.id, kind=kind, state=state, limit=limit)
    if as_json:
        choosing.print_json([asdict(each) for each in found])
        return
    rows = [
        (j.id, j.kind, j.state, f"{j.list_id} «{j.list_name}»", j.by, j.accepted, j.refused, j.error)
        for j in found
    ]
    choosing.print_table(("Id", "Kind", "State", "List", "By", "Accepted", "Refused", "Error"), rows)


@list_command.command("cancel")
@click.argument("job_id", metavar="JOB", type=int)
@choosing.by_manager_option
@choosing.organisation_option
def cancel(job_id: int, by: str | None, org: str | None) -> None:
    """End an import or a reset after the batch in hand.

    What an import has brought and nobody has touched is taken out again; what a reset has done stays.
    """
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        imports.ask_cancel(db, acting.id, job_id)
        job = _job(db, acting, job_id)
    how = "is cancelled" if job.state == "cancelled" else "ends after the batch in hand"
    click.echo(f"The {job.kind} {job_id} of list {job.list_id} «{job.list_name}» {how}.")


@list_command.command("refused")
@click.argument("import_id", type=int)
@choosing.by_manager_option
@choosing.organisation_option
def refused_command(import_id: int, by: str | None, org: str | None) -> None:
    """Print an import's refused rows as CSV: line, reason, the row as it stood."""
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        imports.progress(db, acting.organisation_id, import_id)
        for line in imports.refused_csv(db, import_id):
            click.echo(line, nl=False)


def _edit(db: Database, acting: User, chosen: lists.ListCounts, change: ListEdit, interrupt: bool) -> None:
    may_interrupt = None if interrupt else ()
    try:
        lists.edit(db, acting.id, chosen.id, chosen.version, change, now(), may_interrupt=may_interrupt)
    except lists.StillDialing as error:
        names = ", ".join(error.users.values())
        raise Refused(f"Dialing this list now: {names}. Add --interrupt to take it from them.") from None


def _job(db: Database, acting: User, job_id: int) -> jobs.Job:
    for job in jobs.listing(db, acting.id, before_id=job_id + 1, limit=1):
        if job.id == job_id:
            return job
    raise NotFound("There is no such job; 'ringpool list jobs' shows them.")


def _told(found: ListInfo) -> dict[str, Any]:
    return {
        **asdict(found.settings),
        **asdict(found.counts),
        "version": found.version,
        "zones": {line.name: {**line.numbers, "total": line.total} for line in found.zones},
        "assigned": [person.name for person in found.assigned],
        "imports": [asdict(past) for past in found.imports],
    }


def _show(found: ListInfo) -> None:
    """LPL-12's figures, then the settings."""
    counts, settings = found.counts, asdict(found.settings)
    choosing.print_facts(
        {
            "list": f"{counts.id} «{counts.name}»",
            "total prospects": counts.prospects,
            "remaining dialable": counts.remaining,
            "held / calling / resting": f"{counts.held} / {counts.calling} / {counts.resting}",
            "follow up / done": f"{counts.follow_up} / {counts.done}",
            "non-dialable": counts.excluded,
            "  Do Not Call": counts.do_not_call,
            "  parking lot": counts.parking_lot,
            "  invalid numbers": counts.invalid_number,
            "assigned users": ", ".join(person.name for person in found.assigned) or "nobody",
            "dialing now": ", ".join(counts.dialing) or "nobody",
            **{name: value for name, value in settings.items() if name not in ("name", "script")},
        }
    )
    kinds = sorted({kind for line in found.zones for kind in line.numbers})
    if kinds:
        click.echo()
        heads = ("Timezone", *(kind.replace("_", " ") for kind in kinds))
        rows = [(line.name, *(line.numbers.get(kind, 0) for kind in kinds)) for line in found.zones]
        choosing.print_table(heads, rows)
    for past in found.imports:
        said = f"; {past.error}" if past.error else ""
        click.echo(
            f"import {past.id}: {past.file_name}, {past.state}, {past.accepted} in, {past.refused} refused{said}"
        )
