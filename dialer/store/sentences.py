"""Sentences on record: the template in a column, its values in another, so that any language can be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from dialer.errors import Sentence, Value


def columns(name: str, text: str | None) -> dict[str, Any]:
    """The two columns of a sentence, by the name of the first: ``{name}`` and ``{name}_values``."""
    return {name: None if text is None else template_of(text), f"{name}_values": values_of(text or "")}


def template_of(text: str) -> str:
    """What stands in the first column."""
    return text.template if isinstance(text, Sentence) else text


def values_of(text: str) -> Jsonb:
    """What stands in the second."""
    values = text.values if isinstance(text, Sentence) else {}
    return Jsonb({name: _plain(value) for name, value in values.items()})


def with_sentence(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The row with its two columns as one sentence, or None."""
    values = dict(row)
    template, filled = values[name], values.pop(f"{name}_values")
    values[name] = None if template is None else _sentence(template, filled)
    return values


def _plain(value: Value) -> Any:
    match value:
        case Sentence():
            return {"template": value.template, "values": {n: _plain(v) for n, v in value.values.items()}}
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _sentence(template: str, values: Mapping[str, Any]) -> Sentence:
    return Sentence(template, {name: _value(value) for name, value in values.items()})


def _value(plain: Any) -> Value:
    match plain:
        case {"template": str(template), "values": dict(values)}:
            return _sentence(template, values)
        case list():
            return tuple(_value(each) for each in plain)
        case _:
            value: str | int = plain
            return value
