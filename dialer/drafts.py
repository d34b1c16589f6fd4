"""What is typed about a call before it is saved: each field by itself, the newest text wins. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialer.errors import Refused

Draft = dict[str, tuple[str, int]]
"""Field → its text and when it was typed, in milliseconds since 1970."""

MOST_FIELDS = 400
LONGEST_NAME = 250
LONGEST_TEXT = 20_000


def read(raw: Any, now_ms: int) -> Draft:
    """A draft as a page sends it: ``{field: [text, milliseconds]}``. Raises Refused for anything else.

    A page whose clock is ahead must not win for ever: nothing was typed later than now.
    """
    if not isinstance(raw, dict) or len(raw) > MOST_FIELDS:
        raise Refused("The draft cannot be read; load the page again.")
    draft: Draft = {}
    for name, typed in raw.items():
        match typed:
            case [str(text), int(at)] if len(text) <= LONGEST_TEXT and len(name) <= LONGEST_NAME:
                if "\0" in text or "\0" in name or isinstance(at, bool):
                    raise Refused("The draft cannot be read; load the page again.")
                draft[name] = (text, max(0, min(at, now_ms)))
            case _:
                raise Refused("The draft cannot be read; load the page again.")
    return draft


def merge(kept: Mapping[str, tuple[str, int]], typed: Mapping[str, tuple[str, int]]) -> Draft:
    """The newer text of each field; of two typed at the same moment the one that came last.

    A draft never holds more than MOST_FIELDS; more are let go of.
    """
    merged = dict(kept)
    for name, (text, at) in typed.items():
        if name in merged and merged[name][1] > at:
            continue
        if name in merged or len(merged) < MOST_FIELDS:
            merged[name] = (text, at)
    return merged
