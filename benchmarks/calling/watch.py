"""Answered → both in the bridge, by the node's Asterisk's own clock, the same for both ways of calling.

The manager interface tells, with microseconds, when a channel's state became Up and when it entered a
bridge. Watching costs Asterisk some CPU, so only the paced calls are watched, not the saturated ones.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from benchmarks.calling.ami import Manager, ManagerGone, Message
from benchmarks.calling.stage import PASSWORD


class Watch:
    """Use as a context manager around the calls to be watched; then ask ``connect_ms()``."""

    def __init__(self, port: int) -> None:
        self._manager = Manager(port, "watch", PASSWORD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._up: dict[str, float] = {}
        self._alone: dict[str, str] = {}
        self._connect_ms: list[float] = []

    def connect_ms(self) -> list[float]:
        """Milliseconds from each prospect's answer until prospect and agent were both in the bridge."""
        return list(self._connect_ms)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                for message in self._manager.messages(0.1):
                    self._note(message)
        except (ManagerGone, OSError):
            return

    def _note(self, message: Message) -> None:
        channel, at = message.get("Uniqueid", ""), float(message.get("Timestamp", 0))
        if message.get("Event") == "Newstate":
            self._up.setdefault(channel, at)
        elif message.get("Event") == "BridgeEnter" and message["Channel"].startswith("PJSIP/"):
            bridge = message["BridgeUniqueid"]
            prospect = channel if channel in self._up else self._alone.pop(bridge, None)
            if prospect is None:
                return
            if int(message["BridgeNumChannels"]) < 2:
                self._alone[bridge] = prospect
            else:
                self._connect_ms.append(1000 * (at - self._up.pop(prospect)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._manager.close()
