"""Reading a page's stream of changes."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

Message = tuple[str, object]


def read(stream: Iterator[bytes]) -> Message:
    """The next message: its event and its data."""
    fields = dict(line.split(": ", 1) for line in next(stream).decode().strip().splitlines())
    return fields["event"], orjson.loads(fields["data"])


def until(stream: Iterator[bytes], event: str, **data: object) -> object:
    """Read on until such a message comes; the stream's own beat bounds the wait."""
    for _ in range(200):
        name, said = read(stream)
        if name == event and (not data or (isinstance(said, dict) and data.items() <= said.items())):
            return said
    raise AssertionError(f"no {event} {data}")
