"""Team grids kept up to date over the stream.

One thread a process looks at the grids that its open pages show. When a list is heard of, its grid is read once,
the rows that changed are rendered once a language, and every page that shows the grid is handed the same bytes.
A page fetches the whole grid only when it cannot know what it has missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import orjson
import structlog

from dialer.errors import DatabaseUnavailable
from dialer.store.team_grid import TeamRow

log = structlog.get_logger()

GATHER_S = 0.15
"""A grid is looked at no oftener than this; what changes meanwhile goes together."""

LOOK_S = 15.0
"""A grid is looked at this often even if nothing was heard of its list: a notification may have been lost."""

AGAIN_S = 1.0
"""After a look that failed the next one waits so long."""

GRID = "grid:"
"""``grid:ID`` is the topic of a page that shows the team grid of a list."""

Grid = tuple[int, int]
"""Organisation and list."""

Read = Callable[[Grid, Collection[int]], tuple[list[TeamRow], set[int]]]
"""Reads a grid, and which of the users may see it. Raises DatabaseUnavailable."""

Render = Callable[[str, Iterable[TeamRow]], dict[int, str]]
"""Each row's markup in a language, by the user's id."""


class Watcher(Protocol):
    """An open page."""

    user_id: int
    language: str

    def rows(self, topic: str, message: bytes) -> None:
        """Take what is to be sent."""

    def mark(self, topic: str) -> None:
        """Fetch what shows the topic."""


@dataclass(slots=True)
class _Shown:
    """A grid that pages show."""

    watchers: set[Watcher] = field(default_factory=set)
    rows: dict[int, TeamRow] | None = None
    """As all watchers have it or were told of it; None: not looked at yet."""
    changed: bool = True
    next_at: float = 0.0
    """It is not looked at before."""
    looked_at: float = 0.0

    def due_at(self) -> float:
        return self.next_at if self.changed else self.looked_at + LOOK_S


class TeamGrids:
    """The team grids that the pages of one process show, and the thread that looks at them."""

    def __init__(self, read: Read, render: Render, gather_s: float = GATHER_S) -> None:
        self._read = read
        self._render = render
        self._gather_s = gather_s
        self._shown: dict[Grid, _Shown] = {}
        self._condition = threading.Condition()
        self._stopped = False

    def start(self) -> None:
        """Begin to look, in a thread of its own; whoever watched before a fork is forgotten."""
        self._shown = {}
        threading.Thread(target=self._work, name="panel-team-grids", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        with self._condition:
            self._stopped = True
            self._condition.notify()

    def watch(self, grid: Grid, watcher: Watcher) -> None:
        """Tell the watcher of the grid's changes from now on; it fetches the grid after this."""
        with self._condition:
            shown = self._shown.setdefault(grid, _Shown())
            shown.watchers.add(watcher)
            if shown.rows is None:
                self._condition.notify()

    def leave(self, grid: Grid, watcher: Watcher) -> None:
        """The watcher is gone."""
        with self._condition:
            if (shown := self._shown.get(grid)) is None:
                return
            shown.watchers.discard(watcher)
            if not shown.watchers:
                del self._shown[grid]

    def changed(self, grid: Grid) -> None:
        """Something of the list changed; no page is woken unless its grid did."""
        with self._condition:
            shown = self._shown.get(grid)
            if shown is not None and not shown.changed:
                shown.changed = True
                self._condition.notify()

    def all_changed(self) -> None:
        """What changed for a while was not heard."""
        with self._condition:
            for shown in self._shown.values():
                shown.changed = True
            self._condition.notify()

    def _work(self) -> None:
        while (grid := self._next()) is not None:
            wait_s = self._gather_s
            try:
                self._look(grid)
            except DatabaseUnavailable:
                self.changed(grid)
                wait_s = AGAIN_S
            except Exception:  # the other grids go on, and who shows this one fetches it
                log.exception("team grid could not be sent", list_id=grid[1])
                self._forget_rows(grid)
                wait_s = AGAIN_S
            self._rest(grid, wait_s)

    def _next(self) -> Grid | None:
        """Wait until a grid is due; None at the end."""
        with self._condition:
            while not self._stopped:
                due = min(((s.due_at(), grid) for grid, s in self._shown.items()), default=None)
                wait_s = None if due is None else due[0] - time.monotonic()
                if due is not None and wait_s is not None and wait_s <= 0:
                    shown = self._shown[due[1]]
                    shown.changed, shown.looked_at = False, time.monotonic()
                    return due[1]
                self._condition.wait(wait_s)
            return None

    def _rest(self, grid: Grid, wait_s: float) -> None:
        with self._condition:
            if (shown := self._shown.get(grid)) is not None:
                shown.next_at = time.monotonic() + wait_s

    def _forget_rows(self, grid: Grid) -> None:
        with self._condition:
            if (shown := self._shown.get(grid)) is not None:
                shown.changed, shown.rows = True, None

    def _look(self, grid: Grid) -> None:
        with self._condition:
            asked = {watcher.user_id for watcher in self._watchers(grid)}
        found, may_see = self._read(grid, asked)
        read_by = time.time_ns() // 1000
        with self._condition:
            if (shown := self._shown.get(grid)) is None:
                return
            before, shown.rows = shown.rows, {row.user_id: row for row in found}
            watchers = list(shown.watchers)
        # Who came while it was read may have fetched the grid before, and whether they may see it was not asked.
        late = [each for each in watchers if before is None or each.user_id not in asked]
        for watcher in late:
            watcher.mark(f"{GRID}{grid[1]}")
        if before is not None:
            told = [each for each in watchers if each.user_id in may_see]
            self._tell(grid[1], told, before, shown.rows, read_by)

    def _watchers(self, grid: Grid) -> set[Watcher]:
        shown = self._shown.get(grid)
        return shown.watchers if shown is not None else set()

    def _tell(
        self,
        list_id: int,
        watchers: Iterable[Watcher],
        before: Mapping[int, TeamRow],
        after: Mapping[int, TeamRow],
        read_by: int,
    ) -> None:
        changed = [row for user_id, row in after.items() if before.get(user_id) != row]
        order = list(after) if list(after) != list(before) else None
        if not changed and order is None:
            return
        messages: dict[str, bytes] = {}
        for watcher in watchers:
            if watcher.language not in messages:
                rows = self._render(watcher.language, changed)
                messages[watcher.language] = rows_message(list_id, rows, order, read_by)
            watcher.rows(f"{GRID}{list_id}", messages[watcher.language])


def rows_message(list_id: int, rows: Mapping[int, str], order: list[int] | None, read_by: int) -> bytes:
    """What the page is sent.

    ``rows`` are those that changed, by user id. ``order`` is everybody's, if somebody came or left or the order
    changed. ``read_by``, microseconds: a grid that was read from then on shows all this already.
    """
    data = {"list": list_id, "rows": {str(user_id): row for user_id, row in rows.items()}, "read_by": read_by}
    if order is not None:
        data["order"] = order
    return b"event: rows\ndata: %b\n\n" % orjson.dumps(data)
