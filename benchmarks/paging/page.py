"""One agent's My Session page without a screen: it asks what web/static/js/live.js and htmx would ask.

The parts that show something live are found in what the panel sends (``data-live``), and so are the topics
of the stream, where a part is fetched from and how often at most. One request at a time for each part; what
changes meanwhile is fetched once more after it. An answer that was overtaken is let go. Rows of the team grid
that come over the stream are on the page when they have come, and the stage is then asked for without the grid.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import aiohttp
import orjson

POLL_S = 15.0
AGAIN_S = 2.0
STAGE = "stage"

_TAG = re.compile(r"<\w+\s[^>]*\bdata-live=\"[^>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_ROW = re.compile(r"id=\"talker-(\d+)\".*?data-since=\"(\d+)\"", re.DOTALL)


@dataclass(slots=True)
class Seen:
    """What one page was shown, with the machine's time (seconds since 1970) at which it was all there."""

    user_id: int
    own: list[tuple[float, int, int | None]] = field(default_factory=list)
    """Time, since when the state that is shown lasts (ms since 1970), the call whose window is open."""
    team: list[tuple[float, int, int]] = field(default_factory=list)
    """Time, a team member, since when their state lasts; only of pages that watch the grid."""
    fetched: list[tuple[float, float, str, int, int]] = field(default_factory=list)
    """Time, seconds it took, the part, the status and the size of the answer."""
    heard: list[float] = field(default_factory=list)
    """When something came over the stream."""
    streams: int = 0
    faults: int = 0


@dataclass(slots=True)
class _Part:
    id: str
    topics: frozenset[str]
    every_s: float
    address: str | None
    """None: a script of the page's own looks after it."""
    rows: bool
    """Its rows come over the stream."""
    key: str
    """What it is kept by."""


@dataclass(slots=True)
class _Turn:
    """When a part was last asked for, and what is to come."""

    at: float = float("-inf")
    waits: asyncio.TimerHandle | None = None
    in_flight: bool = False
    once_more: bool = False


class Page:
    """An open page. ``watches``: it also notes what the team grid shows."""

    def __init__(self, http: aiohttp.ClientSession, user_id: int, list_id: int, *, watches: bool) -> None:
        self.seen = Seen(user_id)
        self._http = http
        self._address = f"/session/?list={list_id}"
        self._watches = watches
        self._parts: dict[str, _Part] = {}
        self._turns: dict[str, _Turn] = {}
        self._read_at = 0
        self._rows: dict[int, int] = {}
        self._listening: frozenset[str] = frozenset()
        self._stream: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._told = False

    async def open(self) -> None:
        """Load the page and stay on it."""
        self._swap(STAGE, await self._get("page", self._address, {}))
        self._connect()
        self._do(self._poll())

    async def close(self) -> None:
        """Leave the page."""
        self._closed = True
        tasks = [*self._tasks, *([self._stream] if self._stream else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _do(self, what: Any) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            for part in self._parts.values():
                if not (part.rows and self._told):
                    self._refresh(part)

    def _connect(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
        self._told = False
        self._listening = self._topics()
        self._stream = asyncio.get_running_loop().create_task(self._listen(self._listening))

    def _topics(self) -> frozenset[str]:
        return frozenset().union(*(part.topics for part in self._parts.values()))

    async def _listen(self, topics: frozenset[str]) -> None:
        while True:
            self.seen.streams += 1
            try:
                async with self._http.get(
                    "/live",
                    params=[("topic", topic) for topic in sorted(topics)],
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
                ) as answer:
                    answer.raise_for_status()
                    event = b""
                    async for line in answer.content:
                        if line.startswith(b"event: "):
                            event = line[7:].strip()
                        elif line.startswith(b"data: "):
                            self._hear(event, line[6:])
            except (aiohttp.ClientError, TimeoutError):
                self.seen.faults += 1
            self._told = False
            await asyncio.sleep(AGAIN_S)

    def _hear(self, event: bytes, data: bytes) -> None:
        self.seen.heard.append(time.time())
        if event == b"hello":
            self._told = True
            self._changed({"*"})
        elif event == b"changed":
            self._changed(set(orjson.loads(data)))
        elif event == b"rows":
            self._take(orjson.loads(data))

    def _take(self, message: dict[str, Any]) -> None:
        if self._watches:
            self._note("".join(message["rows"].values()))
        for part in self._parts.values():
            if f"grid:{message['list']}" in part.topics and not part.rows:
                self._refresh(part)

    def _changed(self, names: set[str]) -> None:
        for part in self._parts.values():
            if "*" in names or part.topics & names:
                self._refresh(part)

    def _refresh(self, part: _Part) -> None:
        turn = self._turns.setdefault(part.id, _Turn())
        if turn.waits:
            return
        wait_s = max(0.0, turn.at + part.every_s - time.monotonic())
        turn.waits = asyncio.get_running_loop().call_later(wait_s, self._due, part.id)

    def _due(self, part_id: str) -> None:
        turn = self._turns[part_id]
        turn.at, turn.waits = time.monotonic(), None
        if self._closed or part_id not in self._parts or self._parts[part_id].address is None:
            return
        if part_id == STAGE:
            self._bring_along()
        if turn.in_flight:
            turn.once_more = True
        else:
            turn.in_flight = True
            self._do(self._fetch(part_id, turn))

    def _bring_along(self) -> None:
        """What stands inside the stage comes with it, but for what the page keeps."""
        for part in self._parts.values():
            if part.id != STAGE and not part.key:
                turn = self._turns.setdefault(part.id, _Turn())
                if turn.waits:
                    turn.waits.cancel()
                turn.at, turn.waits = time.monotonic(), None

    async def _fetch(self, part_id: str, turn: _Turn) -> None:
        try:
            while address := self._parts[part_id].address:
                turn.once_more = False
                try:
                    headers = {"HX-Request": "true", "HX-Target": part_id}
                    if self._told and (grid := next((p for p in self._parts.values() if p.rows), None)):
                        headers["X-Kept-Grid"] = grid.key
                    self._swap(part_id, await self._get(part_id, address, headers))
                except (aiohttp.ClientError, TimeoutError):
                    self.seen.faults += 1
                if not turn.once_more or part_id not in self._parts:
                    return
        finally:
            turn.in_flight = False

    async def _get(self, part_id: str, address: str, headers: dict[str, str]) -> str:
        began = time.monotonic()
        async with self._http.get(address, headers=headers) as answer:
            text = await answer.text()
            self.seen.fetched.append(
                (time.time(), time.monotonic() - began, part_id, answer.status, len(text))
            )
            if answer.status == 200 or answer.status == 204:
                return text
            raise aiohttp.ClientError(f"{address} answered {answer.status}")

    def _swap(self, part_id: str, text: str) -> None:
        at = time.time()
        if part_id == STAGE:
            parts = _parts(text)
            read_at = int(parts[STAGE][1]["data-read-at"])
            if read_at < self._read_at:
                return
            self._read_at = read_at
            self._parts = {name: part for name, (part, _) in parts.items()}
            attempt = parts[STAGE][1].get("data-attempt")
            since = parts[STAGE][1].get("data-state-since") or self._in_own_row(text)
            self.seen.own.append((at, int(since), int(attempt) if attempt else None))
            if self._stream is not None and self._topics() != self._listening:
                self._connect()
        if self._watches:
            self._note(text)

    def _in_own_row(self, text: str) -> str:
        """Since when the state lasts by the stage of an older panel, which shows the time that is left in wrap-up."""
        return next(
            (since for user_id, since in _ROW.findall(text) if int(user_id) == self.seen.user_id), "0"
        )

    def _note(self, text: str) -> None:
        at = time.time()
        for user_id, since_ms in _ROW.findall(text):
            if self._rows.get(int(user_id)) != int(since_ms):
                self._rows[int(user_id)] = int(since_ms)
                self.seen.team.append((at, int(user_id), int(since_ms)))


def _parts(text: str) -> dict[str, tuple[_Part, dict[str, str]]]:
    found = {}
    for tag in _TAG.findall(text):
        given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
        part = _Part(
            given["id"],
            frozenset(given["data-live"].split()),
            float(given.get("data-every", 0)) / 1000,
            given.get("hx-get"),
            "data-rows" in given,
            given.get("data-keep", ""),
        )
        found[part.id] = (part, given)
    return found
