"""Phone numbers as people paste and search them: many at once, and the beginning of one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import phonenumbers

from dialer.errors import RingpoolError, Sentence
from dialer.phone_numbers import UnusableNumber, is_north_american, normalise

LONGEST = 200
"""Characters of one entry; no way of writing a number needs more."""


class TooManyNumbers(RingpoolError):
    """More numbers at once than can be worked off while somebody waits."""


class Line(NamedTuple):
    """One number as it was written, on which line; ``until`` is the date beside it, if there is one."""

    line: int
    text: str
    until: str = ""


class RefusedLine(NamedTuple):
    """A line of which no number could be taken, and why."""

    line: int
    text: str
    reason: Sentence


def numbers_in(block: str, country: str) -> Iterator[Line]:
    """The entries of a pasted block: one or several a line, in any of the usual separations.

    Commas, semicolons, tabs and bars separate; so does a blank before a plus, and any blanks or
    slashes where only the parts, not the whole, are numbers of ``country``.
    """
    for line, text in enumerate(block.splitlines(), start=1):
        for piece in re.split(r"[,;\t|]+|\s+(?=\+)", text):
            if piece := piece.strip(" \"'\u00a0\ufeff"):
                parts = [part for part in re.split(r"[\s/]+", piece) if part]
                if len(parts) > 1 and not _usable(piece, country) and all(_usable(p, country) for p in parts):
                    yield from (Line(line, part) for part in parts)
                else:
                    yield Line(line, piece)


def at_most(most: int, lines: Iterable[Line], command: str) -> list[Line]:
    """All the lines. Raises TooManyNumbers where there are more; ``command`` takes any number of them."""
    some = list(islice(lines, most + 1))
    if len(some) > most:
        raise TooManyNumbers(
            "These are more than %(most)s numbers; nothing was done. Split them, or have the file read on the "
            "server: %(command)s.",
            most=most,
            command=command,
        )
    return some


def beginning_of(text: str, country: str) -> str | None:
    """What a number in E.164 begins with if its owner writes its beginning so; None without any digit."""
    text = text.strip()
    try:
        return normalise(text, country)
    except UnusableNumber:
        pass
    digits = re.sub(r"\D", "", text, flags=re.ASCII)[:15]
    if not digits:
        return None
    if text.startswith("+"):
        return f"+{digits}"
    if is_north_american(country):
        return f"+{digits}" if digits.startswith("1") else f"+1{digits}"
    if digits.startswith("00"):
        return f"+{digits[2:]}" if len(digits) > 2 else None
    home = phonenumbers.country_code_for_region(country)
    return f"+{home}{digits.removeprefix('0')}"


def _usable(text: str, country: str) -> bool:
    try:
        normalise(text, country)
    except UnusableNumber:
        return False
    return True
