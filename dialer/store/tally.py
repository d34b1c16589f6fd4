"""Folding the lines of the lists' tallies together: their sums stay what they are."""

from __future__ import annotations

from dialer.db import Database
from dialer.sql import load

SQL = load("tally")

LINES = 64
"""A tally with so many lines is still summed up in no time."""


def fold(db: Database, lines: int = LINES) -> int:
    """Fold every tally of more than so many lines, each in a transaction of its own; how many."""
    with db.transaction() as connection:
        lists = connection.execute(SQL.long_ones, {"lines": lines}).fetchall()
    for of_list in lists:
        with db.transaction() as connection:
            connection.execute(SQL.fold, of_list)
    return len(lists)
