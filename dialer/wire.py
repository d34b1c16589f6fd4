"""Commands as JSON, for the column that keeps them until the next event."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from dialer.calls.commands import Command

_KINDS = {kind.__name__: kind for kind in Command.__subclasses__()}


def to_wire(command: Command) -> dict[str, Any]:
    """A command as a JSON object: its name under ``do``, UUIDs as text."""
    values = {f.name: getattr(command, f.name) for f in fields(command)}
    return {
        "do": type(command).__name__,
        **{key: str(value) if isinstance(value, UUID) else value for key, value in values.items()},
    }


def from_wire(message: dict[str, Any]) -> Command:
    """The command that ``to_wire`` wrote. Raises KeyError for a name that no command has."""
    kind = _KINDS[message["do"]]
    values = {f.name: UUID(message[f.name]) if f.type == "UUID" else message[f.name] for f in fields(kind)}
    return kind(**values)
