"""Many numbers at once: read, sorted out and worked off in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from dialer.errors import Sentence
from dialer.number_blocks import LONGEST, Line, RefusedLine
from dialer.phone_numbers import UnusableNumber, normalise

BATCH = 5_000
"""Numbers in one transaction: lists are kept from being shared out for less than the blink of an eye."""

REPORTED = 1_000
"""Refused lines that are kept to be shown; the others are counted."""

_AUDITED = 50


@dataclass(slots=True)
class Report:
    """What became of the numbers that were given."""

    added: int = 0
    already: int = 0
    """Given more than once, or there before."""
    prospects: int = 0
    """People who can no longer be dialed."""
    refusals: int = 0
    refused: list[RefusedLine] = field(default_factory=list)
    """The first of them."""

    def refuse(self, line: Line, reason: Sentence) -> None:
        """Note a line of which nothing could be taken."""
        self.refusals += 1
        if len(self.refused) < REPORTED:
            self.refused.append(RefusedLine(line.line, line.text[:LONGEST], reason))


def batches(lines: Iterable[Line | str]) -> Iterator[list[Line]]:
    """The lines, a transaction's worth at a time; a bare number counts as a line of its own."""
    numbered = (
        each if isinstance(each, Line) else Line(place, each) for place, each in enumerate(lines, start=1)
    )
    while batch := list(islice(numbered, BATCH)):
        yield batch


def numbers_of(batch: Sequence[Line], country: str, report: Report) -> list[str]:
    """The batch's numbers in E.164, each once; what cannot be read goes to the report."""
    numbers: dict[str, None] = {}
    for line in batch:
        try:
            number = normalise(line.text, country)
        except UnusableNumber as error:
            report.refuse(line, error.said)
            continue
        if number in numbers:
            report.already += 1
        numbers[number] = None
    return list(numbers)


def listed(numbers: Sequence[str]) -> list[str]:
    """As many of the numbers as the audit log names."""
    return list(numbers[:_AUDITED])


def bounds(beginning: str) -> dict[str, str]:
    """First and last E.164 number that begin so, for a search by an ordinary index in any collation."""
    return {"first": beginning, "last": beginning + "9" * (16 - len(beginning))}
