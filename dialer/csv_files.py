"""CSV files, read as a stream, row by row, and written so that no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Protocol, TextIO

from dialer.csv_formats import Format, UnreadableFile, detect
from dialer.errors import Sentence, sentence

MAX_COLUMNS = 500
MAX_LINE = 1_000_000
"""Characters in a line; a longer one is refused, and never held in memory as a whole."""
MAX_RECORD_LINES = 100
"""Lines that one row with line breaks inside quotes may have; past it a quote was left open."""
MAX_HEADER = 100
BLOCK = 1 << 18
"""Characters that are read at once."""
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

    ``raw`` is its text without the line's end; ``problem`` says why a row cannot be taken; ``cells`` is empty then.
    """

    line: int
    cells: list[str]
    raw: str
    problem: Sentence | None


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
    """Open a file: its headers, and its rows as a stream that holds a block of them at most.

    Rows without any text are passed over. Raises UnreadableFile for a header row that cannot be used.
    """
    with path.open(encoding=form.codec, errors=form.errors, newline="") as file:
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
        headers = _headers(lines, reader)
        yield headers, chain.from_iterable(_blocks(lines, reader, form.delimiter))


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
        self._characters = 0
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES or self._characters >= MAX_LINE:
            raise _OpenQuote
        line = self._given_back.popleft() if self._given_back else self._file.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        self._characters += len(line)
        if len(line) >= MAX_LINE:
            while not line.endswith(("\n", "\r")) and (line := self._file.readline(MAX_LINE)):
                pass
            raise _LineTooLong
        return line

    @property
    def has_given_back(self) -> bool:
        """Whether lines wait that were read before."""
        return bool(self._given_back)

    def begin_row(self) -> None:
        """Forget the lines of the row before."""
        self.taken.clear()
        self._characters = 0

    def give_back_all_but_first(self) -> None:
        """Let the lines after the row's first be read again, as rows of their own."""
        again = self.taken[1:]
        self._given_back.extendleft(reversed(again))
        self.number -= len(again)
        del self.taken[1:]

    def block(self) -> str:
        """Many whole lines at once, empty at the end of the file; only while none wait."""
        text = self._file.read(BLOCK)
        if text and not text.endswith("\n"):
            text += self._file.readline(MAX_LINE)
        return text

    def give_back(self, block: str) -> None:
        """Let the block's lines be read one by one."""
        self._given_back.extend(io.StringIO(block, newline=""))


def _headers(lines: _Lines, reader: _Reader) -> tuple[str, ...]:
    cells: list[str] = []
    try:
        while not any(cell.strip() for cell in cells):
            lines.begin_row()
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
        raise UnreadableFile(
            "The file has %(count)s columns; at most %(most)s can be read.",
            count=len(cells),
            most=MAX_COLUMNS,
        )
    if len(cells) == 1:
        raise UnreadableFile(
            "Only one column was found; separate the columns by comma, semicolon, tab or vertical bar."
        )
    return _unique(cells)


def _unique(cells: list[str]) -> tuple[str, ...]:
    """A column without a name, or with that of an earlier one in any case, gets a name of its own."""
    names: dict[str, str] = {}
    for place, cell in enumerate(cells, start=1):
        name = plain = " ".join(cell.split())[:MAX_HEADER] or f"Column {place}"
        count = 1
        while name.lower() in names:
            count += 1
            name = f"{plain} ({count})"
        names[name.lower()] = name
    return tuple(names.values())


def _blocks(lines: _Lines, reader: _Reader, delimiter: str) -> Iterator[list[Record]]:
    while block := lines.block():
        records = _plain_rows(block, delimiter, lines.number)
        if records is None:
            lines.give_back(block)
            yield list(_rows_one_by_one(lines, reader))
        else:
            lines.number += block.count("\n") + (not block.endswith("\n"))
            yield records


def _plain_rows(block: str, delimiter: str, number: int) -> list[Record] | None:
    """The rows of a block in which every line is a row of its own and none is bad; else None."""
    if "\0" in block or block.count("\r") != block.count("\r\n"):
        return None
    raws = block.split("\n")
    if not raws[-1]:
        raws.pop()
    if len(raws[-1]) >= MAX_LINE:
        return None
    try:
        rows = list(csv.reader(raws, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if len(rows) != len(raws):
        return None
    if "\r" in block:
        raws = [raw.rstrip("\r") for raw in raws]
    return [
        Record(line, cells, raw, None)
        for line, (cells, raw) in enumerate(zip(rows, raws, strict=True), number + 1)
        if cells and (cells[0].strip() or any(map(str.strip, cells)))
    ]


def _rows_one_by_one(lines: _Lines, reader: _Reader) -> Iterator[Record]:
    """The rows of the lines that were given back, the last with as many more lines as it needs."""
    while lines.has_given_back:
        lines.begin_row()
        line = lines.number + 1
        problem: Sentence | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _OpenQuote) as error:
            cells, problem = [], _explain(error)
            lines.give_back_all_but_first()
        except _LineTooLong:
            cells = []
            problem = sentence("The line is longer than %(longest)s characters.", longest=MAX_LINE)
        raw = "".join(lines.taken).rstrip("\r\n")
        if problem is None:
            if not any(map(str.strip, cells)):
                continue
            if "\0" in raw:
                cells, problem = [], sentence("The row holds a NUL character, which no text has.")
        yield Record(line, cells, raw, problem)


def _explain(error: Exception) -> Sentence:
    if "field larger" in str(error):
        return sentence("A cell is longer than %(longest)s characters.", longest=csv.field_size_limit())
    if isinstance(error, _OpenQuote) or "unexpected end" in str(error):
        return sentence("A quotation mark is opened and not closed.")
    return sentence("A quotation mark stands inside a quoted cell; write it twice there.")


# Numbers are left as they are: +12125550123 and -3 harm nobody.
_NUMBER = re.compile(r"[+-]?\d[\d .,()-]*", re.ASCII)


def _harmless(cell: str) -> str:
    cell = cell.replace("\0", "␀")
    return (
        f"'{cell}"
        if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) and not _NUMBER.fullmatch(cell)
        else cell
    )
