"""One child process: what it is (`Service`) and one run of it (`Child`)."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from cli.stack.tether import tethered
from dialer.errors import RingpoolError

POLL_S = 0.05


class ServiceFailed(RingpoolError):
    """A service ended while it was starting, or did not become ready in time."""


@dataclass(frozen=True, slots=True)
class Service:
    """A program to keep running.

    `ready` is asked again and again until it says true; it must return within a second or so and
    never raise. `stop_signal` asks the program to end; it has `stop_within_s` to do so before it
    is killed. `env` is added to the environment.
    """

    name: str
    argv: tuple[str, ...]
    log: Path
    ready: Callable[[], bool] = lambda: True
    ready_within_s: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 10.0
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    is_tethered: bool = False
    """True where `argv` already ends with its parent (see tether.py)."""
    restarts: bool = True


class Child:
    """One run of a service, in a process group of its own. Start it from a thread that outlives it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        service.log.parent.mkdir(parents=True, exist_ok=True)
        argv = list(service.argv) if service.is_tethered else tethered(service.argv)
        with service.log.open("ab") as log:
            self._log_start = log.tell()
            try:
                self._process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=service.cwd,
                    env={**os.environ, **service.env},
                    start_new_session=True,
                )
            except OSError as error:
                raise ServiceFailed(
                    f"{service.name} cannot be started ({error}): see that {argv[0]} is installed."
                ) from error
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        """The process's id, which is also its group's."""
        return self._process.pid

    def exit_status(self) -> int | None:
        """None while it runs; else its exit status, negative for a signal."""
        return self._process.poll()

    def wait_ready(self) -> None:
        """Return when the service is ready. Raises ServiceFailed, and then leaves nothing running."""
        deadline = self.started_at + self.service.ready_within_s
        while not self.service.ready():
            if self.exit_status() is not None:
                self._kill_group()
                raise ServiceFailed(
                    f"{self.service.name} ended while it was starting{self._last_words()}: see {self.service.log}."
                )
            if time.monotonic() > deadline:
                self.stop()
                raise ServiceFailed(
                    f"{self.service.name} was not ready within {self.service.ready_within_s:.0f} s"
                    f"{self._last_words()}: see {self.service.log}."
                )
            time.sleep(POLL_S)

    def ask_to_stop(self) -> None:
        """Send the stop signal and return at once."""
        if self.exit_status() is None:
            self._process.send_signal(self.service.stop_signal)

    def stop(self) -> None:
        """Stop it: the stop signal, then a deadline, then a kill of what is left of its group."""
        self.ask_to_stop()
        try:
            self._process.wait(self.service.stop_within_s)
        except subprocess.TimeoutExpired:
            pass
        self._kill_group()

    def kill(self) -> None:
        """Kill it and its group at once."""
        self._kill_group()

    def _kill_group(self) -> None:
        # The group outlives its leader while any of its children does.
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()

    def _last_words(self) -> str:
        with self.service.log.open("rb") as log:
            log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - 2000))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1].strip()[:200]})" if lines else ""


class Startable(ABC):
    """What is started by ``with`` and stopped after it."""

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it is ready. Raises ServiceFailed."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it; nothing happens where it does not run."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Program(Startable):
    """A service that can also run without a supervisor, as this process's own child."""

    _child: Child | None = None

    @abstractmethod
    def service(self) -> Service:
        """How a supervisor runs it."""

    def start(self) -> None:
        """Start it and wait until it is ready. Raises ServiceFailed."""
        self._child = Child(self.service())
        self._child.wait_ready()

    def stop(self) -> None:
        """Stop it cleanly; nothing happens where it does not run."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    @property
    def pid(self) -> int:
        """The process's id while it runs."""
        assert self._child is not None
        return self._child.pid
