"""The column mapping of the wizard: what the page shows, and whether it can be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialer.imports import Field, Preview

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
        headers = list(self.mapping.values())
        return [f for f in self.fields if headers.count(self.mapping.get(f.name, "")) > 1]

    @property
    def unmapped(self) -> list[str]:
        """Columns that fill no field, in the file's order."""
        taken = set(self.mapping.values())
        return [header for header in self.preview.headers if header not in taken]

    def samples(self, header: str) -> list[str]:
        """What the column holds in the first rows."""
        place = self.preview.headers.index(header)
        return [row[place] for row in self.preview.rows]

    def sorted_by_nothing(self, *, keep_unmapped: bool) -> str | None:
        """What the list is to be sorted by, when no column of the file will fill it."""
        if self.sort_by in ("upload", "random") or self.sort_by in self.mapping:
            return None
        label = self.sort_by.removeprefix("custom:")
        if self.sort_by.startswith("custom:"):
            return None if keep_unmapped and label in self.unmapped else label
        return next((f.label for f in self.fields if f.name == self.sort_by), label)


def read_mapping(
    typed: Mapping[str, Sequence[str]], fields: Sequence[Field], headers: Sequence[str]
) -> dict[str, str]:
    """What was chosen in the form; headers that the file does not have count as not chosen."""
    chosen = {f.name: next(iter(typed.get(KEY + f.name, ())), "") for f in fields}
    return {name: header for name, header in chosen.items() if header in headers}


def typed_mapping(mapping: Mapping[str, str], headers: Sequence[str]) -> dict[str, list[str]]:
    """A saved mapping as if it had been chosen in the form, as far as the file has its columns."""
    return {KEY + name: [header] for name, header in mapping.items() if header in headers}
