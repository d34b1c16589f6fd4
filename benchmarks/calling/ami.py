"""A lean manager connection that sends without waiting for answers and hands out what comes.

For one call a millisecond: a general AMI library would be a part of what is measured.
"""

from __future__ import annotations

import select
import socket
from types import TracebackType
from typing import Self

from dialer.errors import RingpoolError

Message = dict[str, str]


class ManagerGone(RingpoolError):
    """The node's manager interface closed the connection; see the node's log."""


class Manager:
    """A logged-in connection as one user of the node's manager.conf. One thread at a time."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""
        self.send("Login", Username=user, Secret=password)

    def send(self, action: str, **fields: str) -> None:
        """Send an action; its answer comes among the messages."""
        lines = [f"Action: {action}", *(f"{key}: {value}" for key, value in fields.items())]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def messages(self, timeout_s: float) -> list[Message]:
        """What has come, as soon as something has; nothing after the time. Raises ManagerGone."""
        if not select.select([self._socket], [], [], max(0.0, timeout_s))[0]:
            return []
        block = self._socket.recv(1 << 18)
        if not block:
            raise ManagerGone("The node's manager interface closed the connection; see the node's log.")
        *whole, self._rest = (self._rest + block).split(b"\r\n\r\n")
        return [_parsed(each) for each in whole]

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _parsed(block: bytes) -> Message:
    lines = (line.partition(": ") for line in block.decode(errors="replace").split("\r\n"))
    return {key: value for key, _, value in lines}
