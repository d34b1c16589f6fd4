"""A plain, synchronous conversation with an Asterisk's manager interface, for steering the simulation.

One request at a time and no events; Ringpool's own services use panoramisk.
"""

import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from dialer.errors import RingpoolError


class AmiFailed(RingpoolError):
    """The manager interface refused a request or went away."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The fields of an answer; `output` is what a command printed."""

    fields: dict[str, str]
    output: str


class Ami:
    """A logged-in connection. Raises AmiFailed when it cannot be made."""

    def __init__(self, port: int, user: str, password: str, host: str = "127.0.0.1") -> None:
        try:
            self._socket = socket.create_connection((host, port), timeout=10)
        except OSError as error:
            raise AmiFailed(
                f"Asterisk's manager interface at {host}:{port} does not answer: see its log."
            ) from error
        self._file = self._socket.makefile("rwb")
        self._file.readline()
        self.action("Login", Username=user, Secret=password, Events="off")

    def action(self, name: str, **fields: str) -> Answer:
        """Send an action and return its answer. Raises AmiFailed where Asterisk says Error."""
        request = "".join(f"{key}: {value}\r\n" for key, value in {"Action": name, **fields}.items())
        try:
            self._file.write(request.encode() + b"\r\n")
            self._file.flush()
            answer = self._read()
            # Something that nobody asked for, such as FullyBooted.
            while "Response" not in answer.fields:
                answer = self._read()
        except OSError as error:
            raise AmiFailed("Asterisk's manager interface went away: see its log.") from error
        if answer.fields["Response"] == "Error":
            raise AmiFailed(f"Asterisk refused {name}: {answer.fields.get('Message', 'no reason given')}.")
        return answer

    def command(self, text: str) -> str:
        """What the console prints for a command. Raises AmiFailed."""
        return self.action("Command", Command=text).output

    def close(self) -> None:
        """Leave."""
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> Answer:
        fields: dict[str, str] = {}
        output: list[str] = []
        while line := self._file.readline():
            text = line.decode(errors="replace").rstrip("\r\n")
            if not text:
                return Answer(fields, "\n".join(output))
            key, _, value = text.partition(":")
            if key == "Output":
                output.append(value.removeprefix(" "))
            else:
                fields[key] = value.strip()
        raise ConnectionResetError
