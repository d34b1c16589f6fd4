"""One open page's stream of changes: which topics changed since it was last told.

A slow page never piles up messages: topics that change twice before it reads are one message.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from random import uniform

import orjson

BEAT_S = 15.0
"""A stream says at least this often that it lives; the page polls as often."""

LIFE_S = 900.0
"""A stream ends after this and the page opens a new one: so a lost permission ends it too."""

LIST_EVERY_S = 0.7
"""A page hears of a list no oftener than this; it would not fetch the list's parts again sooner.

A team at work changes its list some twenty times a second, and every change would wake every page of the team.
What happens to the user is told at once.
"""

EVERYTHING = "*"

EVERY_LIST = "list:*"
"""Topic of a page that shows all lists."""

ROWS_WAITING = 40
"""A page that lets so many messages with rows of a grid wait fetches the grid instead."""


class Stream:
    """One open page: the topics it shows and those that changed since it was last told."""

    def __init__(
        self,
        organisation_id: int,
        topics: Collection[str],
        database_up: bool,
        list_every_s: Callable[[], float] = lambda: LIST_EVERY_S,
        *,
        user_id: int = 0,
        language: str = "en",
    ) -> None:
        self.organisation_id = organisation_id
        self.topics = frozenset(topics)
        self.user_id = user_id
        self.language = language
        self.shows_lists = any(topic.startswith("list:") for topic in self.topics)
        self._condition = threading.Condition()
        self._changed: set[str] = set()
        self._rows: list[bytes] = []
        self._quiet_until: dict[str, float] = {}
        self._list_every_s = list_every_s
        self._database_up = database_up
        self._told_up = database_up
        self._ended = False

    def mark(self, topic: str) -> None:
        """Remember that a topic changed, if this page shows it."""
        with self._condition:
            if topic.startswith("list:") and EVERY_LIST in self.topics:
                topic = EVERY_LIST
            if (topic == EVERYTHING or topic in self.topics) and topic not in self._changed:
                self._changed.add(topic)
                self._condition.notify()

    def rows(self, topic: str, message: bytes) -> None:
        """Send rows of a team grid that this page shows."""
        with self._condition:
            if self._changed & {topic, EVERYTHING}:
                return  # it will fetch the whole
            self._rows.append(message)
            if len(self._rows) > ROWS_WAITING:
                self._rows.clear()
                self._changed.add(topic)
            self._condition.notify()

    def database(self, up: bool) -> None:
        """Remember whether changes can be seen at present."""
        with self._condition:
            self._database_up = up
            self._condition.notify()

    def end(self) -> None:
        """Let the reader stop."""
        with self._condition:
            self._ended = True
            self._condition.notify()

    def messages(self, beat_s: float = BEAT_S, life_s: float = LIFE_S) -> Iterator[bytes]:
        """The stream's text: one greeting, then changes as they come, and a beat when none do."""
        until = time.monotonic() + life_s
        yield b"retry: 2000\n" + _event("hello", self._clock())
        while time.monotonic() < until:
            with self._condition:
                self._wait_for_news(time.monotonic() + beat_s)
                changed = self._due()
                self._changed -= changed
                rows, self._rows = self._rows, []
                up, ended = self._database_up, self._ended
            if ended:
                return
            if up != self._told_up or not (changed or rows):
                self._told_up = up
                yield _event("beat", self._clock())
            if changed:
                quiet_until = time.monotonic() + self._list_every_s() * uniform(0.7, 1.3)
                self._quiet_until |= {topic: quiet_until for topic in changed if topic.startswith("list:")}
                yield _event("changed", sorted(changed))
            yield from rows

    def _wait_for_news(self, until: float) -> None:
        while not (self._ended or self._rows or self._database_up != self._told_up or self._due()):
            wake_at = min([until, *map(self._due_at, self._changed)])
            if wake_at <= time.monotonic():
                return
            self._condition.wait(wake_at - time.monotonic())

    def _due(self) -> set[str]:
        now = time.monotonic()
        return {topic for topic in self._changed if self._due_at(topic) <= now}

    def _due_at(self, topic: str) -> float:
        return self._quiet_until.get(topic, float("-inf"))

    def _clock(self) -> dict[str, object]:
        return {"now": int(time.time() * 1000), "database": self._database_up}


def _event(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))
