"""What the pages of Do Not Call and of the parking lot share: uploaded files, pages by key."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from flask import request
from werkzeug.datastructures import FileStorage

from dialer.number_blocks import Line, beginning_of
from dialer.number_files import read_numbers
from dialer.store import organisations
from web.access import me, tenant

E = TypeVar("E")

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
    """One page of entries, of a search or of all, and what the link to the next one carries."""

    def __init__(
        self,
        search: Callable[[str, str, int], list[E]],
        listing: Callable[[str, int], list[E]],
        key: Callable[[E, bool], str],
    ) -> None:
        self.wanted = request.args.get("q", "").strip()[:50]
        self.after = request.args.get("after", "")[:100]
        beginning = beginning_of(self.wanted, country()) if self.wanted else None
        if beginning is not None:
            found = search(beginning, self.after, PAGE + 1)
        else:
            found = [] if self.wanted else listing(self.after, PAGE + 1)
        self.entries = found[:PAGE]
        self.next = key(self.entries[-1], beginning is not None) if len(found) > PAGE else None
