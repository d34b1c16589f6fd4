"""May this prospect be dialed now, and if not, which rule says so (TEL-6).

Every rule has a name. The store asks before it launches; a person asks on the
prospect's page. The first rule in the way is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo


class Rule(Enum):
    """The rules, in the order in which they are asked."""

    DO_NOT_CALL = "do_not_call"
    PARKED = "parked"
    INVALID_NUMBER = "invalid_number"
    FINAL = "final"
    ON_A_CALL = "on_a_call"
    PROMISED = "promised"
    ATTEMPTS_USED = "attempts_used"
    RETRY_LATER = "retry_later"
    CALLING_HOURS = "calling_hours"


SENTENCES = {
    Rule.DO_NOT_CALL: "The number is on Do Not Call.",
    Rule.PARKED: "The number is in the parking lot.",
    Rule.INVALID_NUMBER: "There is no number that can be called.",
    Rule.FINAL: "The last call result was final.",
    Rule.ON_A_CALL: "A call is going on, or its result is not saved yet.",
    Rule.PROMISED: "A follow-up was promised; the agent who promised it calls.",
    Rule.ATTEMPTS_USED: "All attempts that the list allows are used.",
    Rule.RETRY_LATER: "The next attempt is not due yet.",
    Rule.CALLING_HOURS: "It is outside the calling hours where the prospect lives.",
}
"""Each rule as the sentence that a person reads."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. Times of day are the prospect's own; ``time_zone`` is an IANA name."""

    status: str
    attempts: int
    max_attempts: int
    not_before: datetime | None
    time_zone: str
    calling_from: time
    calling_until: time
    on_do_not_call: bool
    parked: bool
    has_number: bool = True
    on_a_call: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule in the way, and when it will stand aside by itself, if it will."""

    rule: Rule
    until: datetime | None = None


def why_not(facts: Facts, now: datetime) -> Refusal | None:
    """Return the first rule that forbids dialing at ``now`` (aware), or None."""
    if facts.on_do_not_call:
        return Refusal(Rule.DO_NOT_CALL)
    if facts.parked:
        return Refusal(Rule.PARKED)
    if not facts.has_number or facts.status == "excluded":
        return Refusal(Rule.INVALID_NUMBER)
    if facts.on_a_call:
        return Refusal(Rule.ON_A_CALL)
    if facts.status == "done" and facts.attempts < facts.max_attempts:
        return Refusal(Rule.FINAL)
    if facts.status == "follow_up":
        return Refusal(Rule.PROMISED)
    if facts.attempts >= facts.max_attempts:
        return Refusal(Rule.ATTEMPTS_USED)
    if facts.not_before is not None and facts.not_before > now:
        return Refusal(Rule.RETRY_LATER, facts.not_before)
    if not window_is_open(facts.calling_from, facts.calling_until, facts.time_zone, now):
        return Refusal(
            Rule.CALLING_HOURS,
            next_opening(facts.calling_from, facts.calling_until, facts.time_zone, now),
        )
    return None


def window_is_open(opens: time, closes: time, zone: str, now: datetime) -> bool:
    """Whether the local time in ``zone`` lies in [opens, closes); closes before opens runs over midnight."""
    local = now.astimezone(ZoneInfo(zone)).time()
    if opens < closes:
        return opens <= local < closes
    return local >= opens or local < closes


def next_opening(opens: time, closes: time, zone: str, now: datetime) -> datetime:
    """Return the next moment (aware, in ``now``'s zone) at which the window opens after ``now``.

    Where a daylight-saving change skips the hour, the first moment after the gap counts.
    """
    tz = ZoneInfo(zone)
    local = now.astimezone(tz)
    for days in range(3):
        moment = _moment(datetime.combine(local.date() + timedelta(days=days), opens, tz))
        if moment > now:
            return moment.astimezone(now.tzinfo)
    raise AssertionError("a window opens every day")


def _moment(local: datetime) -> datetime:
    """The moment (UTC) at which local clocks show this time, the first where they do twice."""
    moment = local.astimezone(UTC)
    if moment.astimezone(local.tzinfo).time() == local.time():
        return moment
    # Skipped. The clocks jump between the two readings of such a time (PEP 495); find where.
    before, after = local.replace(fold=1).astimezone(UTC), moment
    jumped = after.astimezone(local.tzinfo).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(local.tzinfo).utcoffset() == jumped:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
