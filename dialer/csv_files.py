"""CSV files, read as a stream, row by row, and written so that no cell is a formula."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Protocol, TextIO

from dialer.csv_formats import Format, UnreadableFile, detect

MAX_COLUMNS = 500
MAX_LINE = 1_000_000
"""Characters in a line; a longer one is refused, and never held in memory as a whole."""
MAX_RECORD_LINES = 100
"""Lines that one row with line breaks inside quotes may have; past it a quote was left open."""
MAX_HEADER = 100
PREVIEW_ROWS = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """A file's headers (each once, none empty) and its first three rows, each as wide as the header."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    encoding: str
    delimiter: str


class Record(NamedTuple):
    """One row below the header. ``line`` counts the file's lines from 1, where the row begins.

    ``problem`` says why a row cannot be taken; ``cells`` is empty then.
    """

    line: int
    cells: list[str]
    raw: str
    problem: str | None


def read_preview(path: Path) -> Preview:
    """Look at a file. Raises UnreadableFile with what is wrong with it and what to do."""
    form = detect(path)
    with open_records(path, form) as (headers, records):
        first = list(islice(records, PREVIEW_ROWS))
    if not first:
        raise UnreadableFile("The file has a header row and nothing below it; choose one with prospects.")
    blank = ("",) * len(headers)
    rows = tuple(tuple(islice(chain(record.cells, blank), len(headers))) for record in first)
    return Preview(headers, rows, form.encoding, form.delimiter)


@contextmanager
def open_records(path: Path, form: Format) -> Iterator[tuple[tuple[str, ...], Iterator[Record]]]:
    """Open a file: its headers, and its rows as a stream that never holds more than one.

    Rows without any text are passed over. Raises UnreadableFile for a header row that cannot be used.
    """
    with path.open(encoding=form.codec, newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
        yield _headers(lines, reader), _records(lines, reader)


def write_rows(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """CSV text, line by line, in which no cell is a formula to a spreadsheet.

    A cell that begins with ``= + - @``, a tab or a line break gets an apostrophe before it (OWASP,
    "CSV Injection"), unless it is a plain phone number or number.
    """
    writer = csv.writer(_Echo())
    for row in rows:
        line: str = writer.writerow([_harmless(str(cell)) for cell in row])
        yield line


class _Reader(Protocol):
    def __next__(self) -> list[str]: ...


class _Echo:
    def write(self, text: str) -> str:
        return text


class _OpenQuote(Exception):
    pass


class _LineTooLong(Exception):
    pass


class _Lines:
    """A file's lines, remembering those that the present row is made of."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._given_back: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES:
            raise _OpenQuote
        line = self._given_back.popleft() if self._given_back else self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        if len(line) >= MAX_LINE:
            while not line.endswith(("\n", "\r")) and (line := self._file.readline(MAX_LINE)):
                pass
            raise _LineTooLong
        return line

    def give_back_all_but_first(self) -> None:
        """Let the lines after the row's first be read again, as rows of their own."""
        again = self.taken[1:]
        self._given_back.extendleft(reversed(again))
        self.number -= len(again)
        del self.taken[1:]


def _headers(lines: _Lines, reader: _Reader) -> tuple[str, ...]:
    cells: list[str] = []
    try:
        while not any(cell.strip() for cell in cells):
            lines.taken.clear()
            cells = next(reader)
            if lines.number == 1 and re.fullmatch(r"sep=.\s*", lines.taken[0], re.IGNORECASE):
                cells = []  # Excel's own note of the delimiter
    except StopIteration:
        raise UnreadableFile(
            "The file is empty; choose one with a header row and prospects below it."
        ) from None
    except (csv.Error, _OpenQuote, _LineTooLong):
        raise UnreadableFile(
            "The header row cannot be read; look for a quotation mark left open in it."
        ) from None
    if "\0" in "".join(cells):
        raise UnreadableFile("The header row holds NUL characters; save the file as CSV (UTF-8) again.")
    if len(cells) > MAX_COLUMNS:
        raise UnreadableFile(f"The file has {len(cells)} columns; at most {MAX_COLUMNS} can be read.")
    if len(cells) == 1:
        raise UnreadableFile(
            "Only one column was found; separate the columns by comma, semicolon, tab or vertical bar."
        )
    return _unique(cells)


def _unique(cells: list[str]) -> tuple[str, ...]:
    """A column without a name, or with that of an earlier one, gets a name of its own."""
    names: dict[str, None] = {}
    for place, cell in enumerate(cells, start=1):
        name = plain = " ".join(cell.split())[:MAX_HEADER] or f"Column {place}"
        count = 1
        while name in names:
            count += 1
            name = f"{plain} ({count})"
        names[name] = None
    return tuple(names)


def _records(lines: _Lines, reader: _Reader) -> Iterator[Record]:
    while True:
        lines.taken.clear()
        line, problem = lines.number + 1, None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _OpenQuote) as error:
            cells, problem = [], _explain(error)
            lines.give_back_all_but_first()
        except _LineTooLong:
            cells, problem = [], f"The line is longer than {MAX_LINE:,} characters."
        raw = lines.taken[0] if len(lines.taken) == 1 else "".join(lines.taken)
        if problem is None:
            if not any(cells) or not any(cell.strip() for cell in cells):
                continue
            if "\0" in raw:
                cells, problem = [], "The row holds a NUL character, which no text has."
        yield Record(line, cells, raw, problem)


def _explain(error: Exception) -> str:
    if "field larger" in str(error):
        return f"A cell is longer than {csv.field_size_limit():,} characters."
    if isinstance(error, _OpenQuote) or "unexpected end" in str(error):
        return "A quotation mark is opened and not closed."
    return "A quotation mark stands inside a quoted cell; write it twice there."


# Numbers are left as they are: +12125550123 and -3 harm nobody.
_NUMBER = re.compile(r"[+-]?\d[\d .,()-]*", re.ASCII)


def _harmless(cell: str) -> str:
    cell = cell.replace("\0", "␀")
    return (
        f"'{cell}"
        if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) and not _NUMBER.fullmatch(cell)
        else cell
    )
