"""A file's rows in batches: what they are checked by, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import compress, islice

from dialer.csv_files import Record
from dialer.errors import Sentence
from dialer.imports import FIELDS, Field

BATCH_ROWS = 2_000
BATCH_CHARACTERS = 8_000_000
MAX_RAW = 2_000
"""Characters of a refused row's text that are kept."""

_AT_ONCE = 50
"""Rows between two looks at how long they are."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that did not come in. ``line`` counts the file's lines from 1."""

    line: int
    reason: Sentence
    raw: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What the organisation and the list say of a file's rows.

    ``country`` (ISO 3166) reads numbers without ``+``; ``default_zone`` is the organisation's;
    ``phone_field`` is the number that is dialed; ``labels`` are the organisation's custom fields
    with their kinds. Columns that no field takes become custom fields under their header, if
    ``keep_unmapped``.
    """

    country: str
    default_zone: str
    phone_field: str = "phone"
    fields: tuple[Field, ...] = FIELDS
    keep_unmapped: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    sort_by: str = "upload"
    sort_descending: bool = False


@dataclass(slots=True)
class Batch:
    """The rows of one transaction, as columns of one length but for the last three.

    ``dialed`` is E.164, empty where the number to be dialed cannot be used; ``phones`` are all of a
    row's numbers by kind, the dialed first, empty where there is none. ``texts`` are the values of
    COPY's columns from ``position`` to ``sort_key``.
    """

    records: list[Record] = field(default_factory=list)
    dialed: list[str] = field(default_factory=list)
    phones: dict[str, list[str]] = field(default_factory=dict)
    zones: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    rows: int = 0
    """Rows of the file that the batch is made of, refused ones too."""
    refused: list[RefusedLine] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Dialed number → line."""

    def without(self, places: Iterable[int]) -> Batch:
        """The batch without the rows at these places, counted from 0."""
        keep = [True] * len(self.records)
        for place in places:
            keep[place] = False
        return Batch(
            list(compress(self.records, keep)),
            list(compress(self.dialed, keep)),
            {kind: list(compress(numbers, keep)) for kind, numbers in self.phones.items()},
            list(compress(self.zones, keep)),
            list(compress(self.texts, keep)),
            self.rows,
            self.refused,
            self.lines,
        )


def chunks(records: Iterator[Record]) -> Iterator[list[Record]]:
    """Rows for one batch: fewer where rows are long, so that memory stays flat."""
    chunk: list[Record] = []
    characters = 0
    while some := list(islice(records, _AT_ONCE)):
        chunk += some
        characters += sum(len(record.raw) for record in some)
        if len(chunk) >= BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def refused(record: Record, reason: Sentence) -> RefusedLine:
    """The record as it is kept, its text cut at MAX_RAW characters."""
    raw = record.raw.replace("\0", "␀")
    return RefusedLine(record.line, reason, raw if len(raw) <= MAX_RAW else raw[: MAX_RAW - 1] + "…")
