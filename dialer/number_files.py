"""Files of phone numbers: one a row, in a column that is found or named, read as a stream.

Each line stands for itself: a quotation mark left open spoils its own line and no other, because a
number that is lost here is a person who is called against their will.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path

from dialer.csv_formats import Format, UnreadableFile, detect
from dialer.number_blocks import LONGEST, Line
from dialer.phone_numbers import UnusableNumber, normalise

MAX_LINE = 20_000
_SAMPLE = 50
_NAMES = ("phone", "number", "mobile", "cell", "tel", "msisdn", "nummer", "mobil", "telefon")
_DATES = ("until", "date", "till", "datum")


def read_numbers(path: Path, country: str, column: str = "", *, dated: bool = False) -> Iterator[Line]:
    """Every row's number, with its date when ``dated``; rows without any text are passed over.

    ``column`` is a header or a column's place from 1; without it the first column that is named like
    one of numbers, or else holds some, is taken. Raises UnreadableFile before the first row.
    """
    form = detect(path)
    sample = [cells for _, cells in islice(_rows(path, form), _SAMPLE)]
    if not sample:
        raise UnreadableFile("The file is empty; choose one with a phone number in each row.")
    headed = not any(_is_number(cell, country) for cell in sample[0])
    headers = [cell.strip().casefold() for cell in sample[0]] if headed else []
    body = sample[1:] if headed else sample
    if headed and not body:
        raise UnreadableFile("The file has a header row and nothing below it; choose one with numbers.")
    place = _chosen(column, headers, len(sample[0])) if column.strip() else None
    if place is None:
        place = _column(headers, body, _NAMES, lambda cell: _is_number(cell, country))
    if place is None:
        raise UnreadableFile("No column holds phone numbers; name the column that does.")
    beside = _column(headers, body, _DATES, is_date) if dated else None
    return _lines(path, form, place, beside, headed)


def is_date(text: str) -> bool:
    """Whether the text is a date written as 2026-04-30."""
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _lines(path: Path, form: Format, place: int, beside: int | None, headed: bool) -> Iterator[Line]:
    for line, cells in islice(_rows(path, form), 1 if headed else 0, None):
        until = _cell(cells, beside) if beside is not None else ""
        yield Line(line, _cell(cells, place), until)


def _rows(path: Path, form: Format) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that has any text."""
    with path.open(encoding=form.codec) as file:
        line = 0
        while text := file.readline(MAX_LINE):
            line += 1
            while not text.endswith("\n") and (rest := file.readline(MAX_LINE)):
                text = text[:MAX_LINE] + rest[-1:]
            cells = next(csv.reader([text.replace("\0", "")], delimiter=form.delimiter), [])
            if any(cell.strip() for cell in cells):
                yield line, cells


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place].strip().removeprefix("'")[:LONGEST] if place < len(cells) else ""


def _chosen(column: str, headers: Sequence[str], width: int) -> int:
    wanted = column.strip().casefold()
    if wanted in headers:
        return headers.index(wanted)
    if wanted.isdecimal() and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    raise UnreadableFile("The file has no such column; give its header or its place, for example 2.")


def _column(
    headers: Sequence[str],
    body: Sequence[Sequence[str]],
    names: Sequence[str],
    fits: Callable[[str], bool],
) -> int | None:
    """The first column whose header says so and whose cells bear it out, else the first whose cells do."""
    width: int = max(map(len, body))
    counts = [sum(fits(_cell(cells, place)) for cells in body) for place in range(width)]
    named = [p for p, header in enumerate(headers) if any(name in header for name in names)]
    for place in chain(named, range(width)):
        if place < width and counts[place] * 2 >= len(body):
            return place
    return named[0] if named else None


def _is_number(text: str, country: str) -> bool:
    try:
        normalise(text.strip().removeprefix("'"), country)
    except UnusableNumber:
        return False
    return True
