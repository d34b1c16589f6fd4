"""Columns of text as PostgreSQL's COPY reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import orjson

_JSON_NEEDS_ESCAPE = re.compile(r'["\\\x00-\x1f]')
_COPY_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r]")
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escaped(column: list[str]) -> list[str]:
    """The texts with what would end a column or a row escaped."""
    if _COPY_NEEDS_ESCAPE.search("".join(column)) is None:
        return column
    return [text.translate(_COPY_ESCAPES) for text in column]


def json_objects(
    columns_by_label: Sequence[tuple[str, list[str]]], rows: int, extras: Mapping[int, Mapping[str, str]]
) -> list[str]:
    """A JSON object for each of so many rows, of the fields that are not empty.

    ``extras`` are more fields of single rows, by place.
    """
    columns = []
    for label, column in columns_by_label:
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


def bytea(column: Sequence[str], encode: Callable[[str], bytes]) -> list[str]:
    """What each text is encoded to, as a bytea."""
    return [f"\\\\x{encode(text).hex()}" for text in column]
