"""A wire between the dialer and Asterisk, or the database, that can be cut, held up and mended."""

from __future__ import annotations

import socket
import threading
import time
from types import TracebackType
from typing import Self


class Wire:
    """Listens on ``port`` and passes everything on to ``to_port``, both on 127.0.0.1."""

    def __init__(self, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.is_cut = False
        self.broken = 0
        """How often."""
        self.answers: bytes | None = None
        """Given to every request in place of passing it on, where set; the events connection goes on."""
        self.delay_s = 0.0
        """How much later everything arrives at the other side."""
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection; new ones are refused until ``mend``."""
        self.is_cut = True
        self.break_connections()

    def break_connections(self) -> None:
        """Break every connection; new ones are passed on."""
        self.broken += 1
        with self._lock:
            pairs, self._open = self._open, []
        for pair in pairs:
            for end in pair:
                _close(end)

    def mend(self) -> None:
        self.is_cut = False

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                _close(near)
                continue
            try:
                far = socket.create_connection(self._to)
            except OSError:
                _close(near)
                continue
            with self._lock:
                self._open.append((near, far))
            threading.Thread(target=self._pass, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(far, near, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_asking: bool) -> None:
        try:
            while data := source.recv(65536):
                if self.delay_s:
                    time.sleep(self.delay_s)
                if is_asking and self.answers is not None and b" HTTP/1.1\r\n" in data:
                    source.sendall(self.answers)
                else:
                    sink.sendall(data)
        except OSError:
            pass
        _close(source)
        _close(sink)


def _close(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()


FAILS = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
