"""By which words a lead is found: beginnings of words, and the first or last figures of a number. Pure.

A lead keeps its words one a row, so that an index finds those that begin as something typed does: an index over
texts would not be asked, because row-level security lets no comparison come before it that could tell of rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TERMS = 3
"""Of more words that somebody types the longest count."""

LAST = "-"
"""A number's figures from its end: this and the figures backwards."""

_LONGEST = 60
_END = "\U0010ffff"
_PIECE = re.compile(r"[^\W_]+")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


@dataclass(frozen=True, slots=True)
class Sought:
    """What somebody looks for. ``terms``: all of them, as beginnings of a lead's words. ``any_of``: where a number
    was typed, one of these, or the lead with this id, is enough."""

    terms: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    lead_id: int | None = None


def words_of(texts: Iterable[str], numbers: Iterable[str]) -> set[str]:
    """The words by which a lead with these texts and these numbers (E.164) is found."""
    words: set[str] = set()
    for term in _terms(" ".join(texts)):
        name, at, host = term.rpartition("@")
        words |= {term, *_PIECE.findall(name)}
        # Of a host its end (.com) is everybody's.
        words |= {host, *_PIECE.findall(host)[:-1]} if at else set(_PIECE.findall(host))
    for number in numbers:
        figures = number.lstrip("+")
        words |= {figures, LAST + figures[::-1]}
    return {word[:_LONGEST] for word in words if word}


def sought(typed: str) -> Sought | None:
    """What is meant by what somebody typed; None for nothing that could be looked for."""
    if any(map(str.isalpha, typed)):
        longest = sorted(dict.fromkeys(_terms(typed)), key=len, reverse=True)[:MOST_TERMS]
        return Sought(tuple(longest)) if longest else None
    figures = re.sub("[^0-9]", "", typed)
    if not figures:
        return None
    bare = typed.strip()
    lead_id = int(figures) if bare.removeprefix("#") == figures and len(figures) < 18 else None
    if bare.startswith("#") or len(figures) < 3:
        return Sought(lead_id=lead_id)
    # From its end without a leading 0, which is for calls within a country.
    end = figures.lstrip("0")[::-1]
    return Sought(any_of=(figures, LAST + end) if end else (figures,), lead_id=lead_id)


def after(beginning: str) -> str:
    """The first word, bytewise, that does not begin so."""
    return beginning + _END


def _terms(text: str) -> list[str]:
    folded = unicodedata.normalize("NFC", text).casefold()
    stripped = (_EDGES.sub("", term) for term in folded.split())
    return [term[:_LONGEST] for term in stripped if term]
