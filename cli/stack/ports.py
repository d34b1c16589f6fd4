"""Ports that nobody else uses."""

import os
import socket
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from dialer.errors import RingpoolError

# Below the range from which Linux takes ports for outgoing connections (32768–60999).
_FREE_RANGE = range(20000, 32000)
_RTP_RANGE = range(10000, 20000)
_RTP_STEP = 500


class PortTaken(RingpoolError):
    """Another program uses the port; choose another."""


class NoFreePorts(RingpoolError):
    """Every port of the range is in use; end other programs or choose ports yourself."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether both TCP and UDP can be bound on `host`."""
    return all(_binds(kind, host, port) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def require_free(port: int, option: str, host: str = "127.0.0.1") -> int:
    """`port` if it is free. `option` is the setting's name, such as `--web-port`. Raises PortTaken."""
    if not is_free(port, host):
        raise PortTaken(f"Port {port} is taken by another program: choose another with {option}.")
    return port


def free_port(preferred: int | None = None, host: str = "127.0.0.1", taken: Iterable[int] = ()) -> int:
    """`preferred` if it is free and not among `taken`, else another free port (TCP and UDP).

    Between this answer and the use somebody else may take it: ask shortly before. Raises NoFreePorts.
    """
    avoid = set(taken)
    # Another start for each process, so that runs side by side seldom want the same.
    offset = _own_offset(len(_FREE_RANGE))
    rest = [_FREE_RANGE[(offset + step) % len(_FREE_RANGE)] for step in range(len(_FREE_RANGE))]
    for port in ([preferred] if preferred else []) + rest:
        if port not in avoid and is_free(port, host):
            return port
    raise NoFreePorts(
        f"No port from {_FREE_RANGE.start} to {_FREE_RANGE.stop - 1} is free: end other programs."
    )


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """That many different free ports."""
    found: list[int] = []
    for _ in range(count):
        found.append(free_port(host=host, taken=found))
    return found


class RtpRange:
    """UDP ports `start` to `end` (inclusive) for media, ours alone until `release` or the process's end.

    Asterisk takes media ports when calls come, so that being free now is not enough: runs of
    Ringpool keep out of one another's ranges by a name in the abstract Unix socket space, which
    has the same reach as the ports and is given back by the kernel. A call takes four ports.
    Raises NoFreePorts.
    """

    def __init__(self, size: int, host: str = "127.0.0.1") -> None:
        steps = -(-size // _RTP_STEP)
        starts = range(_RTP_RANGE.start, _RTP_RANGE.stop - steps * _RTP_STEP + 1, _RTP_STEP)
        for start in starts:
            if self._claim(start, steps, host):
                self.start, self.end = start, start + steps * _RTP_STEP - 1
                return
        raise NoFreePorts(
            f"No {size} ports in a row are free from {_RTP_RANGE.start} to {_RTP_RANGE.stop - 1}: "
            "end other runs of Ringpool, or choose a range with --rtp-ports."
        )

    def release(self) -> None:
        """Let others have the range."""
        for claim in self._claims:
            claim.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _claim(self, start: int, steps: int, host: str) -> bool:
        self._claims: list[socket.socket] = []
        for number in range(steps):
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._claims.append(claim)
            try:
                claim.bind(f"\0ringpool-rtp-{start + number * _RTP_STEP}")
            except OSError:
                self.release()
                return False
        ports = range(start, start + steps * _RTP_STEP)
        if all(_binds(socket.SOCK_DGRAM, host, port) for port in ports):
            return True
        self.release()
        return False


def _binds(kind: socket.SocketKind, host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            # A port whose last connections are still closing can be listened on.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _own_offset(size: int) -> int:
    return os.getpid() * 37 % size
