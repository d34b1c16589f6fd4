"""What the pages of Do Not Call and of the parking lot share: uploaded files, pages by key, what was added."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from dialer.number_blocks import Line, TooManyNumbers, at_most, beginning_of, numbers_in
from dialer.number_files import read_numbers
from dialer.store import organisations
from dialer.store.number_batches import Report
from dialer.store.number_tables import COUNTED, E, NumberTable, P
from web.access import me, tenant
from web.company.blueprint import show

PAGE = 50

MOST_NUMBERS = 20_000
"""In one request: whoever sends them waits two seconds, and a thread of the panel with them."""

MOST_BYTES = 20_000_000
"""Of one file: what stands beside its numbers is read too."""


def now() -> datetime:
    """The time of the request."""
    return datetime.now(UTC)


def country() -> str:
    """The country in which numbers without one are read."""
    return organisations.organisation(tenant(), me().organisation_id).country


def pasted(text: str, command: str) -> list[Line]:
    """The numbers of a text field. Raises TooManyNumbers, which names the ``command`` for them."""
    return at_most(MOST_NUMBERS, numbers_in(text, country()), command)


def uploaded(file: FileStorage, column: str, command: str, *, dated: bool = False) -> list[Line]:
    """An uploaded file's numbers, all of them before anything is done with the first; the file is gone.

    Raises UnreadableFile, and TooManyNumbers, which names the ``command`` for them.
    """
    with tempfile.TemporaryDirectory(prefix="ringpool-numbers-") as folder:
        path = Path(folder) / "numbers.csv"
        file.save(path)
        if path.stat().st_size > MOST_BYTES:
            raise TooManyNumbers(
                "The file is larger than %(most)s MB; nothing was done. Split it, or have it read on the "
                "server: %(command)s.",
                most=MOST_BYTES // 1_000_000,
                command=command,
            )
        return at_most(MOST_NUMBERS, read_numbers(path, country(), column, dated=dated), command)


class Shown(Generic[E]):
    """One page of a table's entries, of a search or of all, and what the link to the next one carries."""

    def __init__(self, table: NumberTable[E, Any]) -> None:
        self.wanted = request.args.get("q", "").strip()[:50]
        self.after = request.args.get("after", "")[:100]
        self.count = table.count(tenant(), me().organisation_id)
        self.counted_all = self.count < COUNTED
        beginning = beginning_of(self.wanted, country()) if self.wanted else None
        whose, most = (tenant(), me().organisation_id), PAGE + 1
        if beginning is not None:
            found = table.search(*whose, beginning, after=self.after, limit=most)
        elif self.wanted:
            found = []
        else:
            found = table.listing(*whose, after=_read_key(table, self.after), limit=most)
        self.entries = found[:PAGE]
        self.next = None
        if len(found) > PAGE:
            last = self.entries[-1]
            self.next = last.number if self.wanted else f"{table.place(last).isoformat()}|{last.number}"


def answered(report: Report, here: str, said: str) -> ResponseReturnValue:
    """A word where nothing is to be read, else what became of each line that was refused."""
    if report.refusals or report.added != 1:
        return show("report.html", here, report=report, back=url_for(here))
    flash(said, "success")
    return redirect(url_for(here))


def _read_key(table: NumberTable[Any, P], text: str) -> tuple[P, str] | None:
    place, _, number = text.partition("|")
    try:
        return (table.read_place(place), number) if place else None
    except ValueError:
        return None
