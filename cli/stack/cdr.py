"""Asterisk's own account of the calls, read from the CSV that both of our Asterisks write."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cli.stack.asterisk_files import CDR_COLUMNS

_NAMES = [name for name, _expression in CDR_COLUMNS]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One row. Times are seconds since 1970 (UTC) with microseconds; `answer` is None if nobody answered."""

    uniqueid: str
    linkedid: str
    channel: str
    src: str
    dst: str
    start: float
    answer: float | None
    end: float
    disposition: str
    lastapp: str
    userfield: str

    def overlaps(self, other: "CallRecord") -> bool:
        """Whether both calls existed at some moment."""
        return self.start < other.end and other.start < self.end


def read_cdr(path: Path) -> list[CallRecord]:
    """All rows written so far, in the order in which the calls ended. A row still being written is left out."""
    return list(_records(path))


def _records(path: Path) -> Iterator[CallRecord]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    whole = text[: text.rfind("\n") + 1]
    for row in csv.DictReader(whole.splitlines(), fieldnames=_NAMES):
        yield CallRecord(
            uniqueid=row["uniqueid"],
            linkedid=row["linkedid"],
            channel=row["channel"],
            src=row["src"],
            dst=row["dst"],
            start=float(row["start"]),
            answer=float(row["answer"]) if float(row["answer"] or 0) > 0 else None,
            end=float(row["end"]),
            disposition=row["disposition"],
            lastapp=row["lastapp"],
            userfield=row["userfield"],
        )
