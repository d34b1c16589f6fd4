"""From when a change was committed until it was on a page: the records beside what the pages were shown."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from benchmarks.calling.cost import Cost
from benchmarks.paging.page import Seen
from dialer.db import Database


@dataclass(frozen=True, slots=True)
class Change:
    """An agent's change of state: when it was committed, and since when the new state counts (ms)."""

    user_id: int
    committed: float
    since_ms: int


@dataclass(frozen=True, slots=True)
class Bridged:
    """A call that reached its agent; times in seconds since 1970."""

    user_id: int
    attempt_id: int
    at: float


def changes(db: Database, since: datetime, until: datetime) -> list[Change]:
    """What changed between the times. The server must keep commit times (track_commit_timestamp)."""
    with db.transaction() as connection:
        rows = connection.execute(
            "SELECT user_id, at, pg_xact_commit_timestamp(xmin) AS committed FROM agent_state"
            " WHERE at >= %s AND at < %s AND state <> 'logged_out'",
            (since, until),
        ).fetchall()
    return [
        Change(row["user_id"], row["committed"].timestamp(), int(row["at"].timestamp() * 1000))
        for row in rows
    ]


def bridged(db: Database, since: datetime, until: datetime) -> list[Bridged]:
    """The calls that reached their agents between the times."""
    with db.transaction() as connection:
        rows = connection.execute(
            "SELECT user_id, id, bridged_at FROM attempt WHERE bridged_at >= %s AND bridged_at < %s",
            (since, until),
        ).fetchall()
    return [Bridged(row["user_id"], row["id"], row["bridged_at"].timestamp()) for row in rows]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each that arrived, and how many never did."""

    ms: list[float] = field(repr=False)
    missed: int = 0


def own_changes(made: Iterable[Change], pages: Sequence[Seen]) -> Times:
    """Until the agent's own page shows the new state or a later one."""
    shown = {page.user_id: _rising((at, since) for at, since, _ in page.own) for page in pages}
    return _times((each.committed, _arrival(shown.get(each.user_id), each.since_ms)) for each in made)


def team_changes(made: Sequence[Change], pages: Sequence[Seen]) -> Times:
    """Until the grid on each watching page shows the team member's new state or a later one."""
    found = []
    for page in (page for page in pages if page.team):
        rows: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for at, user_id, since_ms in page.team:
            rows[user_id].append((at, since_ms))
        shown = {user_id: _rising(moments) for user_id, moments in rows.items()}
        found += [
            (each.committed, _arrival(shown.get(each.user_id), each.since_ms))
            for each in made
            if each.user_id != page.user_id
        ]
    return _times(found)


def windows(calls: Iterable[Bridged], pages: Sequence[Seen]) -> Times:
    """Until the Call Disposition window of the call has arrived at its agent's page."""
    first: dict[int, float] = {}
    for page in pages:
        for at, _, attempt_id in page.own:
            if attempt_id is not None:
                first.setdefault(attempt_id, at)
    held = {page.user_id for page in pages}
    return _times((call.at, first.get(call.attempt_id)) for call in calls if call.user_id in held)


def on_screen(calls: Iterable[Bridged], user_id: int, seen: Iterable[tuple[float, int]]) -> Times:
    """Until the window was drawn on the real browser's screen."""
    first = {attempt_id: at for at, attempt_id in reversed(list(seen))}
    return _times((call.at, first.get(call.attempt_id)) for call in calls if call.user_id == user_id)


def _rising(shown: Iterable[tuple[float, int]]) -> tuple[list[int], list[float]]:
    """When each state was first shown, so that a later one is found by bisection."""
    since: list[int] = []
    at: list[float] = []
    for moment, since_ms in shown:
        if not since or since_ms > since[-1]:
            since.append(since_ms)
            at.append(moment)
    return since, at


def _arrival(shown: tuple[list[int], list[float]] | None, since_ms: int) -> float | None:
    if shown is None:
        return None
    place = bisect_left(shown[0], since_ms)
    return shown[1][place] if place < len(shown[1]) else None


def _times(pairs: Iterable[tuple[float, float | None]]) -> Times:
    ms, missed = [], 0
    for began, arrived in pairs:
        if arrived is None:
            missed += 1
        else:
            ms.append(max(0.0, 1000 * (arrived - began)))
    return Times(ms, missed)


@dataclass(frozen=True, slots=True)
class Measured:
    """One panel, once."""

    name: str
    agents: int
    calls: int
    own: Times
    team: Times
    window: Times
    screen: Times | None
    fetched: dict[str, list[float]] = field(repr=False)
    """Milliseconds of each request by the part it was for."""
    refused: int
    kilobytes: float
    messages: float
    """Events that came over the streams."""
    faults: int
    load: tuple[float, float]
    """The machine's load average at the beginning and at the end."""
    cost: Cost
