"""A file's rows in batches, checked by themselves and against one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dialer.csv_files import Record
from dialer.imports import MAX_RAW, ProspectRow, RefusedRow

BATCH_ROWS = 2_000
BATCH_CHARACTERS = 8_000_000


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that did not come in. ``line`` counts the file's lines from 1."""

    line: int
    reason: str
    raw: str


@dataclass(slots=True)
class Batch:
    """Rows of one transaction; ``records`` finds a row's line again by its position in the list."""

    rows: list[ProspectRow] = field(default_factory=list)
    records: dict[int, Record] = field(default_factory=dict)
    refused: list[RefusedLine] = field(default_factory=list)


def chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Rows for one batch: fewer where rows are long, so that memory stays flat."""
    chunk: list[Record] = []
    characters = 0
    for record in records:
        chunk.append(record)
        characters += len(record.raw)
        if len(chunk) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def check(chunk: list[Record], position: int, read: Callable[[int, list[str]], ProspectRow]) -> Batch:
    """Check the rows by themselves and against one another; positions go on from the one given."""
    batch = Batch()
    numbers: dict[str, int] = {}
    for record in chunk:
        position += 1
        try:
            if record.problem:
                raise RefusedRow(record.problem)
            row = read(position, record.cells)
            if (line := numbers.setdefault(row.phone, record.line)) != record.line:
                raise RefusedRow(f"Its phone number is already in line {line}.")
        except RefusedRow as refusal:
            batch.refused.append(refused(record, str(refusal)))
        else:
            batch.rows.append(row)
            batch.records[position] = record
    return batch


def refused(record: Record, reason: str) -> RefusedLine:
    """The record as it is kept, its text cut at MAX_RAW characters."""
    raw = record.raw.rstrip("\r\n").replace("\0", "␀")
    return RefusedLine(record.line, reason, raw if len(raw) <= MAX_RAW else raw[: MAX_RAW - 1] + "…")
