"""What the pages of Do Not Call and of the parking lot share: uploaded files, pages by key."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

from flask import request
from werkzeug.datastructures import FileStorage

from dialer.number_blocks import Line, TooManyNumbers, at_most, beginning_of, numbers_in
from dialer.number_files import read_numbers
from dialer.store import organisations
from web.access import me, tenant

E = TypeVar("E")

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
