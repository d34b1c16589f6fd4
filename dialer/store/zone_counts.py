"""How many numbers of each kind a list has in which zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dialer.db import Connection
from dialer.phone_numbers import traits, traits_keys
from dialer.sql import load

SQL = load("imports")


def count_zones(
    connection: Connection,
    of_list: Mapping[str, Any],
    country: str,
    numbers: Iterable[tuple[str, list[str], list[str]]],
    sign: int = 1,
) -> None:
    """Count numbers, each column of one kind with its zones, as come (``sign`` 1) or gone (-1).

    ``of_list`` names the list: organisation_id and list_id.
    """
    counts: Counter[tuple[str, bool, bool, str]] = Counter()
    for kind, column, zones in numbers:
        pairs = Counter(zip(traits_keys(column), zones, strict=True))
        for (key, zone), count in pairs.items():
            if not key:
                continue  # a row without such a number
            number = traits(key, country)
            counts[kind, number.toll_free, number.domestic, zone] += sign * count
    if not counts:
        return
    kinds, toll_free, domestic, zones = (list(column) for column in zip(*counts, strict=True))
    connection.execute(
        SQL.count_zones,
        {
            **of_list,
            "kinds": kinds,
            "toll_free": toll_free,
            "domestic": domestic,
            "zones": zones,
            "numbers": list(counts.values()),
        },
    )
