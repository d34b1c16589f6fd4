"""One way of calling, measured once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.calling.cost import Cost


@dataclass(frozen=True, slots=True)
class Load:
    """How hard to call: so many agents, who are called for again as soon as they are free.

    A prospect talks ``talk_s`` whole seconds, then hangs up. With ``calls_per_s`` the loop is open: calls
    are begun at that rate, evenly, and the agents must be more than enough. Without, it is closed.
    """

    agents: int
    talk_s: int
    warm_up_s: float
    measured_s: float
    calls_per_s: float | None = None

    @property
    def script(self) -> str:
        """The end of every number: the carrier's silent person, who answers at once (asterisk_conf/sim)."""
        return f"10{self.talk_s:02d}"

    @property
    def enough_prospects(self) -> int:
        """More than can be called."""
        return int(self.agents / self.talk_s * (self.warm_up_s + self.measured_s + 30)) + self.agents


@dataclass(frozen=True, slots=True)
class Phase:
    """What was measured. ``connected`` calls had prospect and agent in one bridge."""

    mode: str
    load: Load
    connected: int
    cost: Cost
    connect_ms: Sequence[float] = field(default=(), repr=False)
    """Answered → bridged of each call as the dialer stamped it on receipt; none for the floor."""
    watched_ms: Sequence[float] = field(default=(), repr=False)
    """The same by Asterisk's own clock, where it was watched."""
    failed: int = 0
    """Calls of these seconds that answered and did not reach an agent, or could not be made."""

    @property
    def rate(self) -> float:
        """Connected calls a second."""
        return self.connected / self.cost.seconds


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed; None for no values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]
