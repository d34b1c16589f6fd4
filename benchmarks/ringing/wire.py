"""What is on the wire, as the outside world's Asterisk hears of it: INVITEs, and the ends of ringing.

Its manager interface tells of a channel when an INVITE comes in, and of its end when a CANCEL or BYE does,
with microseconds of its own clock, which is the machine's.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from benchmarks.calling.stage import PASSWORD

USER = "wire"


@dataclass(slots=True)
class Line:
    """One call that reached the outside world. Times are seconds since 1970."""

    channel: str
    dialed: str
    invited_at: float
    ended_at: float | None = None


@dataclass(slots=True)
class Wire:
    """Reads events in a thread of its own, from ``with`` on."""

    port: int
    lines: list[Line] = field(default_factory=list)
    _open: dict[str, Line] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _socket: socket.socket | None = None
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        login = f"Action: Login\r\nUsername: {USER}\r\nSecret: {PASSWORD}\r\nEvents: call\r\n\r\n"
        self._socket.sendall(login.encode())
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, name="wire", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._socket is not None
        assert self._thread is not None
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def wait(self, timeout_s: float) -> None:
        """Until something changed, at most so long."""
        with self._changed:
            self._changed.wait(timeout_s)

    def since(self, mark: int) -> list[Line]:
        """Lines that came after so many."""
        with self._changed:
            return self.lines[mark:]

    @property
    def mark(self) -> int:
        """How many lines there were so far."""
        with self._changed:
            return len(self.lines)

    def _read(self) -> None:
        assert self._socket is not None
        with self._socket.makefile("r", encoding="utf-8", errors="replace") as file:
            for event in _events(file):
                self._note(event)

    def _note(self, event: dict[str, str]) -> None:
        at = float(event.get("Timestamp", "0"))
        channel = event.get("Channel", "")
        with self._changed:
            if event.get("Event") == "Newchannel":
                line = Line(channel, event.get("Exten", ""), at)
                self._open[channel] = line
                self.lines.append(line)
            elif event.get("Event") == "Hangup" and (ended := self._open.pop(channel, None)) is not None:
                ended.ended_at = at
            self._changed.notify_all()


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.strip().partition(": ")
        if colon:
            event[name] = value
        elif not line.strip() and event:
            yield event
            event = {}
