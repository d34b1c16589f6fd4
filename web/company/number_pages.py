"""What the pages of Do Not Call and of the parking lot share: uploaded files, pages by key, what was added."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from dialer.number_blocks import Line, beginning_of
from dialer.number_files import read_numbers
from dialer.store import organisations
from dialer.store.number_batches import Report
from dialer.store.number_tables import COUNTED, E, NumberTable, P
from web.access import me, tenant
from web.company.blueprint import show

PAGE = 50


def now() -> datetime:
    """The time of the request."""
    return datetime.now(UTC)


def country() -> str:
    """The country in which numbers without one are read."""
    return organisations.organisation(tenant(), me().organisation_id).country


@contextmanager
def lines_of(file: FileStorage, column: str, *, dated: bool = False) -> Iterator[Iterator[Line]]:
    """An uploaded file's numbers as a stream; the file is gone afterwards. Raises UnreadableFile."""
    with tempfile.TemporaryDirectory(prefix="ringpool-numbers-") as folder:
        path = Path(folder) / "numbers.csv"
        file.save(path)
        yield read_numbers(path, country(), column, dated=dated)


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
