"""Telling open pages what changed, as server-sent events.

One thread a process listens to PostgreSQL and marks the open streams whose topics
changed; each stream wakes and says so. A slow page never piles up messages: topics
that change twice before it reads are one message. The page then fetches its parts again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator
from random import uniform

import orjson
import psycopg
import structlog
from flask import Blueprint, Flask, Response, request

from dialer.live import PANEL
from web import presence
from web.access import me, room, tenant

log = structlog.get_logger()

BEAT_S = 15.0
"""A stream says at least this often that it lives; the page polls as often."""

LIFE_S = 900.0
"""A stream ends after this and the page opens a new one: so a lost permission ends it too."""

LIST_EVERY_S = 0.7
"""A page hears of a list no oftener than this; it would not fetch the list's parts again sooner.

A team at work changes its list some twenty times a second, and every change would wake every page of the team.
What happens to the user is told at once.
"""

LIST_SHARE_S = 0.04
"""With many pages open each hears of its list no oftener than this times their number.

So the pages of one process ask for lists some 25 times a second at most, however many they are, and there is
time left for what their users do. They take turns: pages that are told together would also ask together.
"""

EVERYTHING = "*"

EVERY_LIST = "list:*"
"""Topic of a page that shows all lists."""


class Stream:
    """One open page: the topics it shows and those that changed since it was last told."""

    def __init__(
        self,
        organisation_id: int,
        topics: Collection[str],
        database_up: bool,
        list_every_s: Callable[[], float] = lambda: LIST_EVERY_S,
    ) -> None:
        self.organisation_id = organisation_id
        self.topics = frozenset(topics)
        self._condition = threading.Condition()
        self._changed: set[str] = set()
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
                up, ended = self._database_up, self._ended
            if ended:
                return
            if up != self._told_up or not changed:
                self._told_up = up
                yield _event("beat", self._clock())
            if changed:
                quiet_until = time.monotonic() + self._list_every_s() * uniform(0.7, 1.3)
                self._quiet_until |= {topic: quiet_until for topic in changed if topic.startswith("list:")}
                yield _event("changed", sorted(changed))

    def _wait_for_news(self, until: float) -> None:
        while not (self._ended or self._database_up != self._told_up or self._due()):
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


class Hub:
    """The open streams of one process and the thread that listens for them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._stopped = threading.Event()
        self.ready = threading.Event()
        """Set once the first attempt to listen has succeeded."""
        self._up: bool | None = None

    def open(self, organisation_id: int, topics: Collection[str]) -> Stream:
        """A new stream, closed with ``close``; the first one starts the listener."""
        with self._lock:
            if self._pid != os.getpid():  # the first here, or after a fork
                self._pid = os.getpid()
                self._streams = set()
                self._thread = threading.Thread(target=self._listen, name="panel-listener", daemon=True)
                self._thread.start()
            stream = Stream(organisation_id, topics, self._up is not False, self._list_every_s)
            self._streams.add(stream)
            if self._stopped.is_set():
                stream.end()
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream whose page went away."""
        with self._lock:
            self._streams.discard(stream)

    def stop(self) -> None:
        """End every stream and the listener: the process is going down. Safe in a signal handler."""
        self._stopped.set()
        for stream in list(self._streams):
            threading.Thread(target=stream.end, daemon=True).start()

    @property
    def streams(self) -> int:
        """How many pages are open here."""
        return len(self._streams)

    def _list_every_s(self) -> float:
        return max(LIST_EVERY_S, LIST_SHARE_S * self.streams)

    def _listen(self) -> None:
        wait_s = 0.5
        while not self._stopped.is_set():
            try:
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=5, application_name="ringpool-panel-live"
                ) as connection:
                    connection.execute(f"LISTEN {PANEL}")
                    self._database(up=True)
                    self.ready.set()
                    wait_s = 0.5
                    self._pass_on(connection)
            except psycopg.Error as error:
                if self._up:
                    log.warning("panel listener lost the database", error=type(error).__name__)
                self._database(up=False)
                self._stopped.wait(wait_s)
                wait_s = min(wait_s * 2, 4.0)

    def _pass_on(self, connection: psycopg.Connection) -> None:
        checked = time.monotonic()
        while not self._stopped.is_set():
            for notification in connection.notifies(timeout=1.0, stop_after=1):
                self._mark(notification.payload)
            if time.monotonic() - checked > BEAT_S:
                connection.execute("SELECT 1")  # a connection that died in silence is found out here
                checked = time.monotonic()

    def _mark(self, payload: str) -> None:
        organisation_id, _, topic = payload.partition(":")
        with self._lock:
            concerned = [s for s in self._streams if str(s.organisation_id) == organisation_id]
        for stream in concerned:
            stream.mark(topic)

    def _database(self, *, up: bool) -> None:
        with self._lock:
            # Also at the first start: pages are open by then, and what changed meanwhile was not heard.
            came_back, self._up = up and not self._up, up
            streams = list(self._streams)
        for stream in streams:
            stream.database(up)
            if came_back:
                stream.mark(EVERYTHING)


def _event(name: str, data: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps(data))


def register(app: Flask, hub: Hub) -> None:
    """Serve ``/live`` from the hub."""
    app.extensions["ringpool_hub"] = hub
    blueprint = Blueprint("live", __name__)

    @blueprint.get("/live")
    @room()
    def events() -> Response:
        user = me()
        asked = request.args.getlist("topic")[:20]
        topics = {t for t in asked if not t.startswith("user:")} | {f"user:{user.id}"}
        stream = hub.open(user.organisation_id, topics)
        there, db = presence.of_app(), tenant()

        def told() -> Iterator[bytes]:
            for message in stream.messages():
                yield message
                there.heard(db, user, anew=False)

        response = Response(told(), mimetype="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(lambda: hub.close(stream))
        return response

    app.register_blueprint(blueprint)
