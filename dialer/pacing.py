"""How many calls to launch now. Pure: the same snapshot gives the same answer."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One list on one node at one moment.

    ``ready``: agents waiting for a call who did not ask for a pause. ``in_flight``:
    calls dialing or answered that have no agent yet. ``lines_per_agent``: 1 is
    progressive dialing, more is power dialing (DIAL-4).
    """

    ready: int
    in_flight: int
    lines_per_agent: float


def decide(snapshot: Snapshot) -> int:
    """Return how many calls to launch: fixed lines for each ready agent, less those under way."""
    lines = floor(snapshot.ready * snapshot.lines_per_agent + 1e-9)
    return max(0, lines - snapshot.in_flight)
