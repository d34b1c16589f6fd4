"""A file's rows in batches, checked by themselves and against one another, ready for COPY.

A batch is worked on column by column: a list of a million rows is a million of each step, and
Python takes a fraction of the time for a column that it takes for as many cells.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress, islice

import orjson

from dialer.csv_files import Record
from dialer.imports import CUSTOM, FIELDS, MAX_CUSTOM, PHONES, BadMapping, Field, check_mapping, custom_label
from dialer.phone_numbers import UnusableNumber, normalise, normalise_all
from dialer.sort_keys import encoder
from dialer.time_zones import zone_from_name, zones_of

BATCH_ROWS = 2_000
BATCH_CHARACTERS = 8_000_000
MAX_RAW = 2_000
"""Characters of a refused row's text that are kept."""

_RANDOM_BYTES = 6
"""Of the sort key of a list that is dialed in random order."""
_AT_ONCE = 50
"""Rows between two looks at how long they are."""

_BY_NAME = {each.name: each for each in FIELDS}
_TEXTS = ("account_name", "first_name", "last_name", "email", "region", "postal_code")


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that did not come in. ``line`` counts the file's lines from 1."""

    line: int
    reason: str
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


def refused(record: Record, reason: str) -> RefusedLine:
    """The record as it is kept, its text cut at MAX_RAW characters."""
    raw = record.raw.replace("\0", "␀")
    return RefusedLine(record.line, reason, raw if len(raw) <= MAX_RAW else raw[: MAX_RAW - 1] + "…")


class Checker:
    """Checks a file's rows. Raises BadMapping when headers and mapping do not go together."""

    def __init__(self, headers: Sequence[str], mapping: Mapping[str, str], rules: Rules) -> None:
        check_mapping(headers, mapping, rules.fields)
        if rules.phone_field not in mapping:
            label = _BY_NAME[rules.phone_field].label
            raise BadMapping(f"Match a column to {label}; it is the number that the list dials.")
        by_name = {each.name: each for each in rules.fields}
        place = {header: index for index, header in enumerate(headers)}
        self._rules = rules
        self._width = len(headers)
        self._standard = [
            (by_name[name], place[header]) for name, header in mapping.items() if custom_label(name) is None
        ]
        self._phones = [rules.phone_field, *(p for p in PHONES if p in mapping and p != rules.phone_field)]
        self._custom = _custom_columns(headers, mapping, rules)
        self.labels = [label for label, _ in self._custom]
        """The custom fields that the rows may have."""
        self._sort_key = _sort_key(rules)

    def check(self, chunk: Sequence[Record], position: int, earlier: Mapping[str, int]) -> Batch:
        """Check rows by themselves, against one another and those ``earlier`` (dialed number → line).

        Positions in the list go on from the one given, one a row, refused or not.
        """
        batch = Batch(rows=len(chunk))
        kept, positions = self._whole_rows(chunk, position, batch)
        if not kept:
            return batch
        columns = [list(map(str.strip, column)) for column in zip(*(r.cells for r in kept), strict=True)]
        bad: dict[int, str] = {}
        values = self._texts(columns, len(kept), bad)
        extras: dict[int, dict[str, str]] = {}
        phones = self._numbers(values, bad, extras)
        dialed = phones[self._rules.phone_field]
        _refuse_repeated(dialed, kept, bad, earlier, batch.lines)
        zones = self._zones(values, phones, extras)
        if bad:
            batch.refused += [refused(kept[place], bad[place]) for place in bad]
            batch.refused.sort(key=lambda each: each.line)
        self._fill(batch, kept, positions, columns, values, phones, zones, bad, extras)
        return batch.without(bad) if bad else batch

    def _whole_rows(
        self, chunk: Sequence[Record], position: int, batch: Batch
    ) -> tuple[list[Record], list[int]]:
        """The rows that have a cell for each header, and their positions."""
        width = self._width
        positions = range(position + 1, position + len(chunk) + 1)
        if all(len(record.cells) == width for record in chunk):
            return list(chunk), list(positions)
        kept, places = [], []
        for record, at in zip(chunk, positions, strict=True):
            cells = len(record.cells)
            if record.problem:
                batch.refused.append(refused(record, record.problem))
            elif cells < width or any(record.cells[width:]):
                reason = (
                    f"The row has {cells} cells and the header {width}; "
                    "look for a delimiter or line break outside quotation marks."
                )
                batch.refused.append(refused(record, reason))
            else:
                kept.append(record._replace(cells=record.cells[:width]))
                places.append(at)
        return kept, places

    def _texts(self, columns: list[list[str]], rows: int, bad: dict[int, str]) -> dict[str, list[str]]:
        """Every standard field's values, and what is wrong with them."""
        nothing = [""] * rows
        values = dict.fromkeys(_BY_NAME, nothing)
        for each, index in self._standard:
            column = values[each.name] = columns[index]
            _refuse_long(column, each.label, each.max_length, bad)
            if each.mandatory and "" in column:
                for place, text in enumerate(column):
                    if not text:
                        bad.setdefault(place, f"{each.label} is empty.")
        for label, index in self._custom:
            _refuse_long(columns[index], label, MAX_CUSTOM, bad)
        return values

    def _numbers(
        self, values: dict[str, list[str]], bad: dict[int, str], extras: dict[int, dict[str, str]]
    ) -> dict[str, list[str]]:
        """Every number by kind, the dialed first; a row without any is refused."""
        country = self._rules.country
        phones = {name: normalise_all(values[name], country) for name in self._phones}
        for name, numbers in phones.items():
            if "" not in numbers:
                continue
            label = _BY_NAME[name].label
            for place, (number, text) in enumerate(zip(numbers, values[name], strict=True)):
                if number:
                    continue
                if text:
                    extras.setdefault(place, {})[label] = text
                if name == self._rules.phone_field and not any(p[place] for p in phones.values()):
                    bad.setdefault(place, _why_unusable(label, text, country))
        return phones

    def _zones(
        self,
        values: dict[str, list[str]],
        phones: dict[str, list[str]],
        extras: dict[int, dict[str, str]],
    ) -> list[str]:
        numbers, *others = phones.values()
        if "" in numbers:
            numbers = [next(filter(None, each), "") for each in zip(numbers, *others, strict=True)]
        named = values["time_zone"]
        for place, text in enumerate(named):
            if text and zone_from_name(text) is None:
                extras.setdefault(place, {})[_BY_NAME["time_zone"].label] = text
        zone = self._rules.default_zone
        return zones_of(named, values["region"], values["postal_code"], numbers, zone)

    def _fill(
        self,
        batch: Batch,
        kept: list[Record],
        positions: list[int],
        columns: list[list[str]],
        values: dict[str, list[str]],
        phones: dict[str, list[str]],
        zones: list[str],
        bad: dict[int, str],
        extras: dict[int, dict[str, str]],
    ) -> None:
        batch.records, batch.zones, batch.phones = kept, zones, phones
        batch.dialed = phones[self._rules.phone_field]
        custom = _json([(label, columns[index]) for label, index in self._custom], len(kept), extras)
        by_field = {**values, **phones, "time_zone": zones}
        batch.texts = list(
            map(
                "\t".join,
                zip(
                    map(str, positions),
                    *(_escaped(values[name]) for name in _TEXTS),
                    zones,
                    _escaped(custom),
                    _escaped(values["notes"]),
                    self._sort_keys(by_field, columns, len(kept)),
                    strict=True,
                ),
            )
        )

    def _sort_keys(
        self, by_field: dict[str, list[str]], columns: list[list[str]], rows: int
    ) -> Iterable[str]:
        """bytea as COPY reads it."""
        sort_by = self._rules.sort_by
        if self._sort_key is None:
            if sort_by == "upload":
                return [""] * rows
            chance = os.urandom(_RANDOM_BYTES * rows)
            keys = (chance[at : at + _RANDOM_BYTES] for at in range(0, len(chance), _RANDOM_BYTES))
            return [f"\\\\x{key.hex()}" for key in keys]
        if sort_by in by_field:
            column = by_field[sort_by]
        else:
            label = sort_by.removeprefix(CUSTOM).lower()
            index = next((i for each, i in self._custom if each.lower() == label), None)
            column = [""] * rows if index is None else columns[index]
        encode = self._sort_key
        return [f"\\\\x{encode(text).hex()}" for text in column]


def _custom_columns(
    headers: Sequence[str], mapping: Mapping[str, str], rules: Rules
) -> list[tuple[str, int]]:
    """Label and column of each custom field: those mapped, then the columns that nobody asked for.

    A label is spelt as the organisation has it; no two columns share one.
    """
    spelt = {label.lower(): label for label in rules.labels}
    asked = [(label, header) for name, header in mapping.items() if (label := custom_label(name)) is not None]
    if rules.keep_unmapped:
        mapped = set(mapping.values())
        asked += [(header, header) for header in headers if header not in mapped]
    taken: set[str] = set()
    columns = []
    for wanted, header in asked:
        label, count = wanted.strip(), 1
        while label.lower() in taken:
            count += 1
            label = f"{wanted.strip()} ({count})"
        taken.add(label.lower())
        columns.append((spelt.get(label.lower(), label), headers.index(header)))
    return columns


def _sort_key(rules: Rules) -> Callable[[str], bytes] | None:
    if rules.sort_by in ("upload", "random"):
        return None
    label = custom_label(rules.sort_by)
    kinds = {each.lower(): kind for each, kind in rules.labels.items()}
    return encoder(kinds.get(label.lower(), "text") if label else "text", rules.sort_descending)


def _refuse_long(column: list[str], label: str, longest: int, bad: dict[int, str]) -> None:
    if max(map(len, column)) > longest:
        for place, text in enumerate(column):
            if len(text) > longest:
                bad.setdefault(place, f"{label} is longer than {longest} characters.")


def _refuse_repeated(
    dialed: list[str],
    records: list[Record],
    bad: dict[int, str],
    earlier: Mapping[str, int],
    lines: dict[str, int],
) -> None:
    """A number is dialed once; ``lines`` gets the line of each."""
    for place, (number, record) in enumerate(zip(dialed, records, strict=True)):
        if not number or place in bad:
            continue
        line = earlier.get(number) or lines.setdefault(number, record.line)
        if line != record.line:
            bad[place] = f"Its phone number is already in line {line}."


def _why_unusable(label: str, text: str, country: str) -> str:
    if not text:
        return f"{label} is empty."
    try:
        normalise(text, country)
    except UnusableNumber as error:
        return f"{label}: {error}"
    raise AssertionError("a column and its cells are read alike")


_JSON_NEEDS_ESCAPE = re.compile(r'["\\\x00-\x1f]')
_COPY_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r]")
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _escaped(column: list[str]) -> list[str]:
    """The texts as COPY reads them."""
    if _COPY_NEEDS_ESCAPE.search("".join(column)) is None:
        return column
    return [text.translate(_COPY_ESCAPES) for text in column]


def _json(custom: list[tuple[str, list[str]]], rows: int, extras: dict[int, dict[str, str]]) -> list[str]:
    """A JSON object for each row, of the fields that are not empty."""
    columns = []
    for label, column in custom:
        key = orjson.dumps(label).decode()
        if _JSON_NEEDS_ESCAPE.search("".join(column)) is None:
            columns.append([f'{key}:"{text}",' if text else "" for text in column])
        else:
            columns.append([f"{key}:{orjson.dumps(text).decode()}," if text else "" for text in column])
    objects = (
        [f"{{{pairs[:-1]}}}" for pairs in map("".join, zip(*columns, strict=True))]
        if columns
        else ["{}"] * rows
    )
    for place, more in extras.items():
        objects[place] = orjson.dumps({**orjson.loads(objects[place]), **more}).decode()
    return objects
