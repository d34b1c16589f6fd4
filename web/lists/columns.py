"""The column mapping of the wizard: what the page shows, and whether it can be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialer import import_plan
from dialer.imports import Field, Preview, custom_label

KEY = "map:"
"""Before a field's name in the form."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's columns beside the product's fields. ``mapping`` is field name → header."""

    preview: Preview
    fields: tuple[Field, ...]
    mapping: Mapping[str, str]
    phone_field: str
    sort_by: str

    @property
    def required(self) -> tuple[str, ...]:
        """Fields that must have a column: the mandatory ones and the number that is dialed."""
        return tuple(f.name for f in self.fields if f.mandatory or f.name == self.phone_field)

    @property
    def missing(self) -> list[Field]:
        """Required fields without a column."""
        return [f for f in self.fields if f.name in self.required and f.name not in self.mapping]

    @property
    def twice(self) -> list[Field]:
        """Fields whose column fills another field too."""
        doubled = import_plan.doubled(self.mapping)
        return [f for f in self.fields if f.name in doubled]

    @property
    def unmapped(self) -> list[str]:
        """Columns that fill no field, in the file's order."""
        return import_plan.left_over(self.preview.headers, self.mapping)

    def samples(self, header: str) -> list[str]:
        """What the column holds in the first rows."""
        place = self.preview.headers.index(header)
        return [row[place] for row in self.preview.rows]

    def sorted_by_nothing(self, *, keep_unmapped: bool) -> str | None:
        """What the list is to be sorted by, when no column of the file will fill it."""
        headers = self.preview.headers
        if import_plan.can_sort(headers, self.mapping, self.sort_by, keep_unmapped=keep_unmapped):
            return None
        label = custom_label(self.sort_by)
        return label or next((f.label for f in self.fields if f.name == self.sort_by), self.sort_by)


def read_mapping(
    typed: Mapping[str, Sequence[str]], fields: Sequence[Field], headers: Sequence[str]
) -> dict[str, str]:
    """What was chosen in the form; headers that the file does not have count as not chosen."""
    chosen = {f.name: next(iter(typed.get(KEY + f.name, ())), "") for f in fields}
    return {name: header for name, header in chosen.items() if header in headers}


def typed_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, list[str]]:
    """A saved mapping as if it had been chosen in the form, as far as the file has its columns."""
    return {KEY + name: [header] for name, header in mapping.items() if header in headers}
