"""A list's script with the prospect's fields filled in (LPS-4). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PLACEHOLDERS = (
    "first_name",
    "last_name",
    "account_name",
    "email",
    "region",
    "postal_code",
    "phone",
    "agent_name",
    "list_name",
)
"""What a script can name beside custom fields, which it names by their labels."""

_NAMED = re.compile(r"\{([^{}\n]{1,200})\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a script: plain text, or a field's value with the ``field`` that it comes from.

    ``known`` is False for a placeholder that names no field; its text is shown as it was written.
    ``given`` is what stood in the script.
    """

    text: str
    field: str | None = None
    known: bool = True
    given: str = ""


def fill(script: str, values: Mapping[str, str]) -> list[Piece]:
    """The script in pieces. ``values`` by field: a placeholder's name, or a custom field's label.

    Upper and lower case make no difference, nor do blanks and underscores. A field without a value
    leaves its placeholder to be seen, so that nobody reads out a gap. Texts are not escaped.
    """
    names: dict[str, str] = {}
    for name in values:
        names.setdefault(_key(name), name)
    return list(_pieces(script, names, values))


def _pieces(script: str, names: Mapping[str, str], values: Mapping[str, str]) -> Iterator[Piece]:
    done = 0
    for match in _NAMED.finditer(script):
        if match.start() > done:
            yield Piece(script[done : match.start()])
        done = match.end()
        field = names.get(_key(match[1]))
        if field is None:
            yield Piece(match[0], known=False, given=match[0])
        else:
            yield Piece(values[field] or match[0], field, given=match[0])
    if done < len(script):
        yield Piece(script[done:])


def _key(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()
