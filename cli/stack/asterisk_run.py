"""Run an Asterisk in the foreground from a folder of rendered files."""

import subprocess
from pathlib import Path

from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.process import Program, Service
from dialer.errors import RingpoolError


class ConsoleFailed(RingpoolError):
    """Asterisk's console did not answer."""


class AsteriskProgram(Program):
    """An Asterisk started with `configuration`, the path of its asterisk.conf.

    `with AsteriskProgram(...) as asterisk: asterisk.console("core show channels")` starts and stops
    it; a supervisor runs `service()` instead. What it prints goes to `log`.
    """

    def __init__(self, name: str, install: AsteriskInstall, configuration: Path, log: Path) -> None:
        self.name = name
        self._command = (*install.command, "-C", str(configuration))
        self._log = log

    def service(self) -> Service:
        """How a supervisor runs it."""
        return Service(
            name=self.name,
            argv=(*self._command, "-f"),
            log=self._log,
            ready=self.is_ready,
            ready_within_s=40.0,
            stop_within_s=8.0,
        )

    def is_ready(self) -> bool:
        """Whether it has booted fully."""
        try:
            # "Asterisk has fully booted." – while it boots the console does not take commands yet.
            return "fully booted" in self.console("core waitfullybooted", timeout_s=5)
        except ConsoleFailed:
            return False

    def console(self, command: str, timeout_s: float = 10) -> str:
        """What the console answers to a command. Raises ConsoleFailed where there is no answer."""
        try:
            answer = subprocess.run(
                [*self._command, "-rx", command],
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ConsoleFailed(f"{self.name} did not answer its console: see {self._log}.") from error
        if answer.returncode != 0:
            raise ConsoleFailed(f"{self.name} is not running: start it, or see {self._log}.")
        return answer.stdout

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._child is not None
        self._child.kill()
        self._child = None
