"""Telling open pages what changed, as server-sent events.

One thread a process listens to PostgreSQL and marks the open streams whose topics
changed; each stream wakes and says so. The page then fetches its parts again.
The rows of a team grid are sent themselves, see team_stream.
"""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator

import psycopg
import structlog
from flask import Blueprint, Flask, Response, request

from dialer.live import PANEL
from dialer.store import team_grid
from dialer.store.people import User
from web import presence
from web.access import BIGGEST_ID, database, me, one_look, room, tenant
from web.stream import BEAT_S, EVERY_LIST, EVERYTHING, LIST_EVERY_S, Stream
from web.team_stream import GRID, TeamGrids

log = structlog.get_logger()

LIST_SHARE_S = 0.04
"""With many pages of lists open each hears of its list no oftener than this times their number.

So the pages of one process ask for lists some 25 times a second at most, however many they are, and there is
time left for what their users do. They take turns: pages that are told together would also ask together.
"""

OWN = ("user", "ring", "draft")
"""Kinds of topics that are told to the user whose id they have, and to nobody else."""


class Hub:
    """The open streams of one process and the thread that listens for them."""

    def __init__(self, url: str, grids: TeamGrids | None = None) -> None:
        self._url = url
        self.grids = grids
        """The team grids that the pages show."""
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._of_lists = 0
        self._by_topic: dict[tuple[int, str], set[Stream]] = defaultdict(set)
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._stopped = threading.Event()
        self.ready = threading.Event()
        """Set once the first attempt to listen has succeeded."""
        self._up: bool | None = None

    def open(
        self, organisation_id: int, topics: Collection[str], user_id: int = 0, language: str = "en"
    ) -> Stream:
        """A new stream, closed with ``close``; the first one starts the listener."""
        with self._lock:
            if self._pid != os.getpid():  # the first here, or after a fork
                self._begin()
            up = self._up is not False
            stream = Stream(
                organisation_id, topics, up, self._list_every_s, user_id=user_id, language=language
            )
            self._streams.add(stream)
            self._of_lists += stream.shows_lists
            for topic in stream.topics:
                self._by_topic[organisation_id, topic].add(stream)
            if self._stopped.is_set():
                stream.end()
        if self.grids is not None:
            for grid in _shown_grids(stream):
                self.grids.watch(grid, stream)
        return stream

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._streams = set()
        self._of_lists = 0
        self._by_topic.clear()
        self._thread = threading.Thread(target=self._listen, name="panel-listener", daemon=True)
        self._thread.start()
        if self.grids is not None:
            self.grids.start()

    def close(self, stream: Stream) -> None:
        """Forget a stream whose page went away."""
        if self.grids is not None:
            for grid in _shown_grids(stream):
                self.grids.leave(grid, stream)
        with self._lock:
            if stream not in self._streams:
                return
            self._streams.remove(stream)
            self._of_lists -= stream.shows_lists
            for topic in stream.topics:
                self._by_topic[stream.organisation_id, topic].discard(stream)
                if not self._by_topic[stream.organisation_id, topic]:
                    del self._by_topic[stream.organisation_id, topic]

    def stop(self) -> None:
        """End every stream and the listener: the process is going down. Safe in a signal handler."""
        self._stopped.set()
        for stream in list(self._streams):
            threading.Thread(target=stream.end, daemon=True).start()
        if self.grids is not None:
            threading.Thread(target=self.grids.stop, daemon=True).start()

    def open_streams(self) -> set[Stream]:
        """The pages that are open here."""
        with self._lock:
            return set(self._streams)

    @property
    def streams(self) -> int:
        """How many pages are open here."""
        return len(self._streams)

    def _list_every_s(self) -> float:
        return max(LIST_EVERY_S, LIST_SHARE_S * self._of_lists)

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
        number, _, topic = payload.partition(":")
        organisation_id = int(number)
        kind, _, list_id = topic.partition(":")
        with self._lock:
            concerned = set(self._by_topic.get((organisation_id, topic), ()))
            if kind == "list":
                concerned |= self._by_topic.get((organisation_id, EVERY_LIST), set())
        for stream in concerned:
            stream.mark(topic)
        if kind == "list" and self.grids is not None:
            self.grids.changed((organisation_id, int(list_id)))

    def _database(self, *, up: bool) -> None:
        with self._lock:
            # Also at the first start: pages are open by then, and what changed meanwhile was not heard.
            came_back, self._up = up and not self._up, up
            streams = list(self._streams)
        for stream in streams:
            stream.database(up)
            if came_back:
                stream.mark(EVERYTHING)
        if came_back and self.grids is not None:
            self.grids.all_changed()


def _shown_grids(stream: Stream) -> set[tuple[int, int]]:
    asked = (topic.removeprefix(GRID) for topic in stream.topics if topic.startswith(GRID))
    return {(stream.organisation_id, int(list_id)) for list_id in asked}


def register(app: Flask, hub: Hub) -> None:
    """Serve ``/live`` from the hub."""
    app.extensions["ringpool_hub"] = hub
    blueprint = Blueprint("live", __name__)

    @blueprint.get("/live")
    @room()
    @one_look
    def events() -> Response:
        user = me()
        asked = request.args.getlist("topic")[:20]
        topics = {topic for topic in asked if _may_hear(user, topic)} | {f"user:{user.id}"}
        stream = hub.open(user.organisation_id, topics, user.id, user.locale)
        # What is told after this view has returned asks with a tenant of its own.
        there, db = presence.of_app(), database().for_organisation(user.organisation_id)

        def told() -> Iterator[bytes]:
            for message in stream.messages():
                yield message
                there.heard(db, user, anew=False)

        response = Response(told(), mimetype="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(lambda: hub.close(stream))
        return response

    app.register_blueprint(blueprint)


def _may_hear(user: User, topic: str) -> bool:
    kind, _, number = topic.partition(":")
    if kind in OWN:
        return number == str(user.id)
    return not topic.startswith(GRID) or _may_see(topic.removeprefix(GRID))


def _may_see(list_id: str) -> bool:
    if not list_id.isdecimal() or int(list_id) > BIGGEST_ID:
        return False
    return bool(team_grid.who_may_see(tenant(), int(list_id), [me().id]))
