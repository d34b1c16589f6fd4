"""When a standing phone that was lost is called again (DIAL-9)."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_S = 2
LONGEST_S = 60

STAYS_AFTER = timedelta(seconds=10)
"""A phone that was up for so long works: when it is lost, calling it again begins anew with 2 s."""


def phone_retry_delay(tries: int) -> timedelta:
    """How long to wait before calling a lost phone for the ``tries``-th time: 2 s, doubling up to 60 s."""
    doublings = max(0, min(tries - 1, 10))
    return timedelta(seconds=min(FIRST_S * 2**doublings, LONGEST_S))


def stayed_up(up_at: datetime | None, at: datetime) -> bool:
    """Whether a phone that was lost at ``at`` had been up for long enough to be trusted again.

    One that picks up and drops at once is no better than one that does not pick up: its tries stay
    counted. ``up_at`` None: since before this was kept.
    """
    return up_at is None or at - up_at >= STAYS_AFTER
