"""CSV files as programs write them: any usual encoding and delimiter, read as a stream."""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple, Protocol, TextIO

from dialer.errors import RingpoolError

MAX_COLUMNS = 500
MAX_LINE = 1_000_000
"""Characters in a line; a longer one is refused, and never held in memory as a whole."""
MAX_RECORD_LINES = 100
"""Lines that one row with line breaks inside quotes may have; past it a quote was left open."""
MAX_HEADER = 100
DELIMITERS = ",;\t|"
PREVIEW_ROWS = 3

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_NO_CSV = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
}
_CONTROL = bytes(set(range(1, 32)) - set(b"\t\n\r\f\x1a\x1b"))


class UnreadableFile(RingpoolError):
    """This is not a CSV file with a header row and rows below it."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written: what people call the encoding, Python's codec for it, the delimiter."""

    encoding: str
    codec: str
    delimiter: str


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


def detect(path: Path) -> Format:
    """Find the encoding, true for every byte of the file, and the delimiter. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
    except OSError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error.strerror}.") from error
    if not head:
        raise UnreadableFile("The file is empty; choose one with a header row and prospects below it.")
    for signature, what in _NO_CSV.items():
        if head.startswith(signature):
            raise UnreadableFile(f"The file is {what}, not a CSV; open it and save it as CSV (UTF-8).")
    encoding, codec = _encoding(path, head)
    sample = codecs.getincrementaldecoder(codec)().decode(head)
    if len(head) == _SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    return Format(encoding, codec, _delimiter(sample))


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


def _encoding(path: Path, head: bytes) -> tuple[str, str]:
    """What people call the encoding, and the codec."""
    if head.startswith(codecs.BOM_UTF8):
        candidates = [("UTF-8 with BOM", "utf-8-sig")]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = [("UTF-16", "utf-16")]
    elif _is_mostly_nul(head[1::2]):
        candidates = [("UTF-16", "utf-16-le")]
    elif _is_mostly_nul(head[::2]):
        candidates = [("UTF-16", "utf-16-be")]
    else:
        if len(head) - len(head.translate(None, _CONTROL)) > len(head) // 50:
            raise UnreadableFile("The file holds no text; choose a CSV file.")
        candidates = [("UTF-8", "utf-8"), ("Windows-1252", "cp1252")]
    for name, codec in candidates:
        if _decodes(path, codec):
            return name, codec
    tried = " nor ".join(name for name, _ in candidates)
    raise UnreadableFile(
        f"The file's characters are not {tried}; save it as CSV (UTF-8) and upload it again."
    )


def _is_mostly_nul(part: bytes) -> bool:
    return len(part) > 0 and part.count(0) > len(part) * 0.4


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(sample: str) -> str:
    """The one that gives the header more than one cell and most rows as many."""
    if match := re.match(r"sep=(.)\s*[\r\n]", sample, re.IGNORECASE):
        return match[1]

    def agreement(delimiter: str) -> tuple[bool, float, int]:
        reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
        try:
            widths = [len(row) for row in islice(reader, 20) if row]
        except csv.Error:
            widths = []
        width = widths[0] if widths else 0
        return width > 1, widths.count(width) / max(len(widths), 1), width

    return max(DELIMITERS, key=agreement)


# Numbers are left as they are: +12125550123 and -3 harm nobody.
_NUMBER = re.compile(r"[+-]?\d[\d .,()-]*", re.ASCII)


def _harmless(cell: str) -> str:
    cell = cell.replace("\0", "␀")
    return (
        f"'{cell}"
        if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) and not _NUMBER.fullmatch(cell)
        else cell
    )
