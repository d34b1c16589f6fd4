"""A CSV file as an answer, sent while it is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from flask import Response, stream_with_context

AT_ONCE = 500
"""Lines that are sent in one go: a write for each of a million would take longer than making them."""


def csv_answer(lines: Iterable[str], file_name: str) -> Response:
    """The lines as a file to keep; never all of them in memory."""
    response = Response(stream_with_context(_blocks(iter(lines))), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def _blocks(lines: Iterator[str]) -> Iterator[bytes]:
    while block := "".join(islice(lines, AT_ONCE)):
        yield block.encode()
