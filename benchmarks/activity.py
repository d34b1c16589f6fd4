"""Call Activity with a million legs: every filter, every order, both ways, first page and a late one.

    python -m benchmarks.activity                  # about five minutes
    python -m benchmarks.activity --rows 50000     # to try it

Makes the legs by SQL in a database of its own and asks the store what the page asks, under the panel's role
with row-level security. Beside it, measured in the same run: a bare count of all rows of the table. The server
is one of its own with the settings that `ringpool up` gives it, or the one that TEST_DATABASE_URL names.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.activities.rows import AGENTS, make
from benchmarks.importing.stage import center, new_database, server
from dialer.call_activity import Filters, Order, Sort
from dialer.db import Database
from dialer.store import activity

MOST_MS = 300.0
LATE = 20
"""The page that is called a late one."""


@dataclass(frozen=True)
class Measured:
    """One question: the median and the worst of several, the first being cold for it."""

    name: str
    median_ms: float
    worst_ms: float


def filters(db: Database, organisation_id: int) -> dict[str, Filters]:
    """Filters that few legs fit, many, nearly all, none, and several at once."""
    everybody = list(activity.callers(db, organisation_id))
    phones = ("+12142000001", "+12142000777", "+12142031234")
    june = datetime(2026, 6, 1, tzinfo=UTC)
    day, month = timedelta(days=1), timedelta(days=30)
    return {
        "none": Filters(),
        "By: one": Filters(user_ids=(everybody[5],)),
        "By: three": Filters(user_ids=tuple(everybody[:3])),
        "By: everybody": Filters(user_ids=tuple(everybody)),
        "Phone: three": Filters(phones=phones),
        "Phone: nobody's": Filters(phones=("+4600000000",)),
        "Date: a day": Filters(since=june, until=june + day),
        "Date: a month": Filters(since=june, until=june + month),
        "Date: the first day": Filters(until=datetime(2026, 1, 2, tzinfo=UTC)),
        "Talk: 5 to 10 min": Filters(talk_from_s=300, talk_to_s=600),
        "Talk: over 35 min": Filters(talk_from_s=2100),
        "Talk: none": Filters(talk_from_s=90_000),
        "Kind: agent": Filters(kind="agent"),
        "Outcome: failed": Filters(outcomes=("failed",)),
        "Outcome: two": Filters(outcomes=("busy", "rejected")),
        "agents' who talked": Filters(kind="agent", talk_from_s=1),
        "failed, of somebody": Filters(outcomes=("failed",), user_ids=tuple(everybody)),
        "a month, three, 1 min": Filters(
            since=june, until=june + month, user_ids=tuple(everybody[:3]), talk_from_s=60
        ),
        "an agent's own": Filters(own=everybody[9]),
        "an agent's own, failed": Filters(own=everybody[9], outcomes=("rejected",), kind="agent"),
    }


def measure(db: Database, organisation_id: int, times: int) -> Iterator[Measured]:
    """Every filter in every order both ways."""
    tenant = db.for_organisation(organisation_id)
    for name, wanted in filters(db, organisation_id).items():
        for sort in Sort:
            for descending in (True, False):
                order = Order(sort, descending)
                label = f"{name}, by {sort.value} {'down' if descending else 'up'}"

                def first(wanted: Filters = wanted, order: Order = order) -> activity.Page:
                    return activity.page(tenant, organisation_id, wanted, order)

                yield timed(label, times, first)
                after = first().next
                if after is None:
                    continue
                for _ in range(LATE - 2):
                    found = activity.page(tenant, organisation_id, wanted, order, after=after)
                    if found.next is None:
                        break
                    after = found.next
                yield timed(
                    f"{label}, page {LATE}",
                    times,
                    lambda wanted=wanted, order=order, after=after: activity.page(
                        tenant, organisation_id, wanted, order, after=after
                    ),
                )
    yield timed("phones with 5551", times, lambda: activity.phones(tenant, organisation_id, "5551"))
    yield timed("phones with 99999999", times, lambda: activity.phones(tenant, organisation_id, "99999999"))
    yield timed("who has legs", times, lambda: activity.callers(tenant, organisation_id))
    yield timed("outcomes", times, lambda: activity.outcomes(tenant, organisation_id))


def timed(name: str, times: int, what: Callable[[], object]) -> Measured:
    """Ask several times."""
    took = []
    for _ in range(times):
        began = perf_counter()
        what()
        took.append((perf_counter() - began) * 1000)
    return Measured(name, statistics.median(took), max(took))


def bare_count(db: Database, times: int) -> Measured:
    """What PostgreSQL takes to count all rows of the table, beside which the pages are to be seen."""

    def count() -> None:
        with db.transaction() as connection:
            connection.execute("SELECT count(*) FROM call_activity")

    return timed("a bare count of all rows", times, count)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--all", action="store_true", help="Print every question, not the slowest alone.")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        server() as postgres,
        new_database(postgres.url) as url,
        center(url, Path(folder)) as acme,
    ):
        began = perf_counter()
        make(acme.db, acme.organisation_id, options.rows)
        print(f"… {options.rows:,} legs made in {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        found = sorted(measure(acme.db, acme.organisation_id, options.times), key=lambda one: -one.median_ms)
        bare = bare_count(acme.db, options.times)
    print(f"{options.rows:,} legs, {AGENTS} agents; {len(found)} questions, {options.times} times each")
    print(f"{'':42} {'median ms':>10} {'worst ms':>10}")
    for one in [bare, *(found if options.all else found[:25])]:
        print(f"{one.name:42} {one.median_ms:10.1f} {one.worst_ms:10.1f}")
    slow = [one for one in found if one.median_ms > MOST_MS]
    print(f"{len(slow)} of {len(found)} have a median over {MOST_MS:.0f} ms")
    print(f"median of medians {statistics.median(one.median_ms for one in found):.1f} ms")


if __name__ == "__main__":
    main()
