"""A CSV file as an answer, sent while it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from flask import Response, stream_with_context

AT_ONCE = 500
"""Lines that are sent in one go: a write for each of a million would take longer than making them."""


SPREADSHEET_MARK = "\ufeff"
"""Excel reads a file that does not begin with it in the computer's own alphabet, not in UTF-8."""


def csv_answer(lines: Iterable[str], file_name: str, *, for_people: bool = True) -> Response:
    """The lines as a file to keep; never all of them in memory. What programs fetch has no spreadsheet's mark."""
    if for_people:
        lines = chain([SPREADSHEET_MARK], lines)
    response = Response(stream_with_context(_blocks(iter(lines))), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    while block := "".join(islice(lines, AT_ONCE)):
        yield block.encode()
