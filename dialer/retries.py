"""Where a prospect goes after a call: what the outcome or the call result says follows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.calls.power import Outcome


@dataclass(frozen=True, slots=True)
class RetryDelays:
    """A list's delays before the next attempt (DIAL-2), by what happened to the last."""

    busy: timedelta
    no_answer: timedelta
    machine: timedelta
    failed: timedelta
    dropped: timedelta


@dataclass(frozen=True, slots=True)
class Place:
    """A prospect's next status, with the time it rests until or the reason it is excluded.

    ``uncounted``: the prospect's phone never rang, and the attempt does not count.
    """

    status: str
    not_before: datetime | None = None
    excluded_by: str | None = None
    uncounted: bool = False


def after_outcome(
    outcome: Outcome,
    attempts: int,
    max_attempts: int,
    delays: RetryDelays,
    at: datetime,
    *,
    promised: bool = False,
) -> Place:
    """Where a prospect goes whose call ended at ``at`` without a conversation.

    ``attempts`` counts this one. Who answered and was dropped, or hung up while
    waiting, is not called again before ``delays.dropped``. A ``promised`` call stays promised.
    """
    if outcome is Outcome.INVALID:
        return Place("excluded", excluded_by="invalid_number")
    if outcome is Outcome.NOT_CALLED:
        return Place("follow_up" if promised else "pool", uncounted=True)
    if attempts >= max_attempts and not promised:
        return Place("done")
    delay = {
        Outcome.BUSY: delays.busy,
        Outcome.REJECTED: delays.busy,
        Outcome.NO_ANSWER: delays.no_answer,
        Outcome.CANCELLED: delays.no_answer,
        Outcome.MACHINE: delays.machine,
        Outcome.DROPPED: delays.dropped,
        Outcome.HUNG_UP: delays.dropped,
    }.get(outcome, delays.failed)
    return Place("follow_up" if promised else "resting", at + delay)


def after_result(
    effect: str, retry_after: timedelta | None, attempts: int, max_attempts: int, at: datetime
) -> Place:
    """Where a prospect goes when the agent saved a call result with this effect (LPS-6)."""
    if effect == "do_not_call":
        return Place("excluded", excluded_by="do_not_call")
    if effect == "wrong_number":
        return Place("excluded", excluded_by="invalid_number")
    if effect == "follow_up":
        return Place("follow_up")
    if effect == "retry" and retry_after is not None and attempts < max_attempts:
        return Place("resting", at + retry_after)
    return Place("done")
