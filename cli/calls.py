"""`ringpool calls`: Call Activity as a file (RING-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from cli import choosing
from cli.context import open_database
from dialer.call_activity import Filters
from dialer.csv_files import write_rows
from dialer.store import activity
from dialer.store.people import User

HEADER = (
    *("Date", "Leg", "By", "Phone", "Ring time, seconds", "Talk time, seconds", "Outcome", "Cause"),
    *("Prospect", "Call result", "Recordings"),
)

moment = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])


@click.group("calls")
def calls_command() -> None:
    """Calls that are over."""


@calls_command.command("export")
@click.option("--since", type=moment, help="From this time on, by the organisation's clock.")
@click.option("--until", type=moment, help="Before this time.")
@click.option("--kind", type=click.Choice(["prospect", "agent"]), help="Calls to prospects, or agents rung.")
@click.option("--phone", "phones", multiple=True, help="This number or extension; may be repeated.")
@click.option("--outcome", "outcomes", multiple=True, help="This outcome; may be repeated.")
@click.option("--talk-from", type=click.IntRange(0, 2**31 - 1), metavar="SECONDS")
@click.option("--talk-to", type=click.IntRange(0, 2**31 - 1), metavar="SECONDS")
@choosing.by_manager_option
@choosing.organisation_option
def export(
    since: datetime | None,
    until: datetime | None,
    kind: str | None,
    phones: tuple[str, ...],
    outcomes: tuple[str, ...],
    talk_from: int | None,
    talk_to: int | None,
    by: str | None,
    org: str | None,
) -> None:
    """Print every leg that fits as CSV, the newest first."""
    wanted = Filters(
        kind=kind,
        phones=phones or None,
        outcomes=outcomes or None,
        talk_from_s=talk_from,
        talk_to_s=talk_to,
    )
    with open_database() as db:
        acting = choosing.manager(db, choosing.organisation(db, org), by)
        zone = ZoneInfo(acting.time_zone)
        wanted = replace(
            wanted,
            since=since and since.replace(tzinfo=zone),
            until=until and until.replace(tzinfo=zone),
        )
        tenant = db.for_organisation(acting.organisation_id)
        chunks = activity.export(tenant, acting.organisation_id, acting.id, wanted)
        for line in write_rows(_rows(chunks, acting)):
            click.echo(line, nl=False)


def _rows(chunks: Iterator[list[activity.Leg]], acting: User) -> Iterator[Sequence[object]]:
    zone = ZoneInfo(acting.time_zone)
    yield HEADER
    for leg in (leg for legs in chunks for leg in legs):
        yield (
            leg.at.astimezone(zone).isoformat(" ", "seconds"),
            *(leg.kind, leg.by, leg.phone, leg.rang_s, leg.talk_s, leg.outcome, leg.cause or ""),
            *(leg.prospect, leg.result or "", len(leg.recordings) or ""),
        )
