"""A file's rows checked by themselves and against one another, and made ready for COPY.

They are worked on column by column: a list of a million rows is a million of each step, and Python
takes a fraction of the time for a column that it takes for as many cells.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dialer.copy_texts import bytea, escaped, json_objects
from dialer.csv_files import Record
from dialer.errors import Sentence, sentence
from dialer.import_batches import Batch, Rules, refused
from dialer.imports import CUSTOM, FIELDS, MAX_CUSTOM, PHONES, BadMapping, check_mapping, custom_label
from dialer.phone_numbers import UnusableNumber, normalise, normalise_all
from dialer.sort_keys import encoder
from dialer.time_zones import zone_from_name, zones_of

RANDOM_BYTES = 6
"""Of the sort key of a list that is dialed in random order."""

_BY_NAME = {each.name: each for each in FIELDS}
_TEXTS = ("account_name", "first_name", "last_name", "email", "region", "postal_code")


class Checker:
    """Checks a file's rows. Raises BadMapping when headers and mapping do not go together."""

    def __init__(self, headers: Sequence[str], mapping: Mapping[str, str], rules: Rules) -> None:
        check_mapping(headers, mapping, rules.fields)
        if rules.phone_field not in mapping:
            raise BadMapping(
                "Match a column to %(field)s; it is the number that the list dials.",
                field=_BY_NAME[rules.phone_field].said,
            )
        by_name = {each.name: each for each in rules.fields}
        place = {header: index for index, header in enumerate(headers)}
        self._rules = rules
        self._width = len(headers)
        self._standard = [
            (by_name[name], place[header]) for name, header in mapping.items() if custom_label(name) is None
        ]
        self._phones = [rules.phone_field, *(p for p in PHONES if p in mapping and p != rules.phone_field)]
        self._custom = _custom_columns(headers, mapping, rules)
        self._sort_key = _sort_key(rules)

    @property
    def labels(self) -> list[str]:
        """The custom fields that the rows may have."""
        return [label for label, _ in self._custom]

    def check(self, chunk: Sequence[Record], position: int, earlier: Mapping[str, int]) -> Batch:
        """Check rows by themselves, against one another and those ``earlier`` (dialed number → line).

        Positions in the list go on from the one given, one a row, refused or not.
        """
        batch = Batch(rows=len(chunk))
        rows = self._whole_rows(chunk, position, batch)
        if not rows.records:
            return batch
        self._read_texts(rows)
        self._read_numbers(rows)
        self._refuse_repeated(rows, earlier, batch.lines)
        zones = self._zones(rows)
        batch.refused += [refused(rows.records[place], reason) for place, reason in rows.bad.items()]
        batch.refused.sort(key=lambda each: each.line)
        batch.records, batch.phones, batch.zones = rows.records, rows.phones, zones
        batch.dialed = rows.phones[self._rules.phone_field]
        custom = [(label, rows.columns[index]) for label, index in self._custom]
        columns = [
            list(map(str, rows.positions)),
            *(escaped(rows.values[name]) for name in _TEXTS),
            zones,
            escaped(json_objects(custom, len(rows.records), rows.extras)),
            escaped(rows.values["notes"]),
            self._sort_keys(rows, zones),
        ]
        batch.texts = list(map("\t".join, zip(*columns, strict=True)))
        return batch.without(rows.bad) if rows.bad else batch

    def _whole_rows(self, chunk: Sequence[Record], position: int, batch: Batch) -> _Rows:
        """The rows that have a cell for each header."""
        width = self._width
        positions = range(position + 1, position + len(chunk) + 1)
        if all(len(record.cells) == width for record in chunk):
            return _Rows(list(chunk), list(positions))
        rows = _Rows([], [])
        for record, at in zip(chunk, positions, strict=True):
            cells = len(record.cells)
            if record.problem:
                batch.refused.append(refused(record, record.problem))
            elif cells < width or any(record.cells[width:]):
                reason = sentence(
                    "The row has %(cells)s cells and the header %(width)s; "
                    "look for a delimiter or line break outside quotation marks.",
                    cells=cells,
                    width=width,
                )
                batch.refused.append(refused(record, reason))
            else:
                rows.records.append(record._replace(cells=record.cells[:width]))
                rows.positions.append(at)
        return rows

    def _read_texts(self, rows: _Rows) -> None:
        """Every standard field's values, and what is wrong with them."""
        cells = zip(*(record.cells for record in rows.records), strict=True)
        rows.columns = [list(map(str.strip, column)) for column in cells]
        nothing = [""] * len(rows.records)
        rows.values = dict.fromkeys(_BY_NAME, nothing)
        for each, index in self._standard:
            column = rows.values[each.name] = rows.columns[index]
            rows.refuse_long(column, each.said, each.max_length)
            if each.mandatory and "" in column:
                for place, text in enumerate(column):
                    if not text:
                        rows.bad.setdefault(place, sentence("%(field)s is empty.", field=each.said))
        for label, index in self._custom:
            rows.refuse_long(rows.columns[index], label, MAX_CUSTOM)

    def _read_numbers(self, rows: _Rows) -> None:
        """Every number by kind, the dialed first; a row without any is refused."""
        country, dialed = self._rules.country, self._rules.phone_field
        rows.phones = {name: normalise_all(rows.values[name], country) for name in self._phones}
        for name, numbers in rows.phones.items():
            if "" not in numbers:
                continue
            label = _BY_NAME[name].label
            for place, (number, text) in enumerate(zip(numbers, rows.values[name], strict=True)):
                if number:
                    continue
                if text:
                    rows.extras.setdefault(place, {})[label] = text
                if name == dialed and not any(column[place] for column in rows.phones.values()):
                    rows.bad.setdefault(place, _why_unusable(_BY_NAME[name].said, text, country))

    def _refuse_repeated(self, rows: _Rows, earlier: Mapping[str, int], lines: dict[str, int]) -> None:
        """A number is dialed once; ``lines`` gets the line of each."""
        dialed = rows.phones[self._rules.phone_field]
        for place, (number, record) in enumerate(zip(dialed, rows.records, strict=True)):
            if not number or place in rows.bad:
                continue
            line = earlier.get(number) or lines.setdefault(number, record.line)
            if line != record.line:
                rows.bad[place] = sentence("Its phone number is already in line %(line)s.", line=line)

    def _zones(self, rows: _Rows) -> list[str]:
        """Each row's time zone; a name of one that is not understood is kept as it was written."""
        numbers, *others = rows.phones.values()
        if "" in numbers:
            numbers = [next(filter(None, each), "") for each in zip(numbers, *others, strict=True)]
        named = rows.values["time_zone"]
        for place, text in enumerate(named):
            if text and zone_from_name(text) is None:
                rows.extras.setdefault(place, {})[_BY_NAME["time_zone"].label] = text
        default = self._rules.default_zone
        return zones_of(named, rows.values["region"], rows.values["postal_code"], numbers, default)

    def _sort_keys(self, rows: _Rows, zones: list[str]) -> list[str]:
        """What the rows are sorted by, as COPY reads it."""
        sort_by, count = self._rules.sort_by, len(rows.records)
        if self._sort_key is None:
            if sort_by == "upload":
                return [""] * count
            chance = os.urandom(RANDOM_BYTES * count).hex(" ", RANDOM_BYTES)
            return [f"\\\\x{key}" for key in chance.split()]
        by_field = {**rows.values, **rows.phones, "time_zone": zones}
        if sort_by in by_field:
            return bytea(by_field[sort_by], self._sort_key)
        label = sort_by.removeprefix(CUSTOM).lower()
        index = next((index for each, index in self._custom if each.lower() == label), None)
        return bytea([""] * count if index is None else rows.columns[index], self._sort_key)


@dataclass(slots=True)
class _Rows:
    """Rows on their way through the checks. Lists are of one length; ``bad`` and ``extras`` go by place."""

    records: list[Record]
    positions: list[int]
    columns: list[list[str]] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    """Of every standard field, also those without a column."""
    phones: dict[str, list[str]] = field(default_factory=dict)
    bad: dict[int, Sentence] = field(default_factory=dict)
    """Why a row is refused."""
    extras: dict[int, dict[str, str]] = field(default_factory=dict)
    """Texts that were not understood, by their field's label."""

    def refuse_long(self, column: list[str], label: str, longest: int) -> None:
        """No text of a field is longer than its field allows."""
        if max(map(len, column)) > longest:
            for place, text in enumerate(column):
                if len(text) > longest:
                    why = sentence(
                        "%(field)s is longer than %(longest)s characters.", field=label, longest=longest
                    )
                    self.bad.setdefault(place, why)


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


def _why_unusable(label: str, text: str, country: str) -> Sentence:
    if not text:
        return sentence("%(field)s is empty.", field=label)
    try:
        normalise(text, country)
    except UnusableNumber as error:
        return sentence("%(field)s: %(why)s", field=label, why=error.said)
    raise AssertionError("a column and its cells are read alike")
