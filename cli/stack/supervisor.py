"""Keep named services running until a signal, then stop them all."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

from cli.stack.process import POLL_S, Child, Service, ServiceFailed

FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
# A service that has run this long is well again: its next crash is its first.
WELL_AFTER_S = 60.0

Say = Callable[[str], None]


class Supervisor:
    """Starts services in order, each when the one before is ready; restarts what crashes; stops all.

    `say` receives one line a happening, for people. Call it from the main thread: signals arrive
    there, and the children live as long as the thread that started them.

        with Supervisor(say=click.echo) as supervisor:
            supervisor.start(postgres.service())
            ...
            supervisor.watch()          # until Ctrl-C or SIGTERM
    """

    def __init__(self, say: Say = lambda _line: None) -> None:
        self._say = say
        self._running: list[_Kept] = []
        self._stop = threading.Event()

    def start(self, service: Service) -> None:
        """Start a service and wait until it is ready. Raises ServiceFailed."""
        before = time.monotonic()
        kept = _Kept(service, Child(service))
        self._running.append(kept)
        try:
            kept.child.wait_ready()
        except BaseException:
            # Whatever happens while it starts (Ctrl-C too), it is among those to be stopped.
            if kept.child.exit_status() is not None:
                self._running.remove(kept)
            raise
        self._say(f"{service.name} is ready ({time.monotonic() - before:.1f} s).")

    def pid(self, name: str) -> int:
        """The process id of a running service. Raises KeyError."""
        for kept in self._running:
            if kept.service.name == name:
                return kept.child.pid
        raise KeyError(name)

    def ask_to_stop(self) -> None:
        """Make `watch` return; for other threads and signal handlers."""
        self._stop.set()

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Restart what crashes until SIGINT or SIGTERM comes, `ask_to_stop` is called or `until` says true.

        A service with `restarts=False` that ends raises ServiceFailed.
        """
        with _on_signals(self._stop_asked):
            while not self._stop.is_set() and not until():
                for kept in self._running:
                    self._look_after(kept)
                self._stop.wait(POLL_S)

    def stop(self) -> None:
        """Stop all in the reverse order of their start, each with its own deadline."""
        # A further Ctrl-C stops waiting for them and kills them.
        with _on_signals(self._kill_all):
            while self._running:
                kept = self._running[-1]
                kept.child.stop()
                self._running.remove(kept)
                self._say(f"{kept.service.name} is stopped.")

    def __enter__(self) -> Self:
        # From the first service on SIGTERM is a reason to stop them, as Ctrl-C is.
        if threading.current_thread() is threading.main_thread():
            self._old_term = signal.signal(signal.SIGTERM, _interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, self._old_term)

    def _look_after(self, kept: "_Kept") -> None:
        now = time.monotonic()
        status = kept.child.exit_status()
        if status is None:
            if kept.waits_for_ready and kept.service.ready():
                kept.waits_for_ready = False
                self._say(f"{kept.service.name} is ready again.")
            if now - kept.child.started_at > WELL_AFTER_S:
                kept.crashes = 0
            return
        if not kept.service.restarts:
            raise ServiceFailed(f"{kept.service.name} ended ({_how(status)}): see {kept.service.log}.")
        if kept.restart_at is None:
            wait_s = min(FIRST_BACKOFF_S * 2**kept.crashes, LONGEST_BACKOFF_S)
            kept.crashes += 1
            kept.restart_at = now + wait_s
            self._say(
                f"{kept.service.name} ended ({_how(status)}) and is started again in {wait_s:.1f} s: "
                f"see {kept.service.log}."
            )
        elif now >= kept.restart_at:
            kept.child.kill()
            kept.restart_at = None
            kept.waits_for_ready = True
            kept.child = Child(kept.service)

    def _stop_asked(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _kill_all(self, _number: int, _frame: FrameType | None) -> None:
        for kept in self._running:
            kept.child.kill()


class _Kept:
    """A service under care."""

    def __init__(self, service: Service, child: Child) -> None:
        self.service = service
        self.child = child
        self.crashes = 0
        self.restart_at: float | None = None
        self.waits_for_ready = False


@contextmanager
def _on_signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle SIGINT and SIGTERM so for a while; nothing changes outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    old = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, before in old.items():
            signal.signal(number, before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _how(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
