"""May this prospect be dialed now, and if not, which rule says so (TEL-6).

Every rule has a name. The store asks before it launches; a person asks on the
prospect's page. The first rule in the way is the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from dialer.errors import sentence


class Rule(Enum):
    """The rules, in the order in which they are asked."""

    DO_NOT_CALL = "do_not_call"
    PARKED = "parked"
    INVALID_NUMBER = "invalid_number"
    LIST_ARCHIVED = "list_archived"
    FINAL = "final"
    ON_A_CALL = "on_a_call"
    PROMISED = "promised"
    ATTEMPTS_USED = "attempts_used"
    RETRY_LATER = "retry_later"
    ATTEMPTS_PER_DAY = "attempts_per_day"
    CALLING_HOURS = "calling_hours"
    ORGANISATION_HOURS = "organisation_hours"


SENTENCES = {
    Rule.DO_NOT_CALL: sentence("The number is on Do Not Call."),
    Rule.PARKED: sentence("The number is in the parking lot."),
    Rule.INVALID_NUMBER: sentence("There is no number that can be called."),
    Rule.LIST_ARCHIVED: sentence("The list is archived."),
    Rule.FINAL: sentence("The last call result was final."),
    Rule.ON_A_CALL: sentence("A call is going on, or its result is not saved yet."),
    Rule.PROMISED: sentence("A follow-up was promised; the agent who promised it calls."),
    Rule.ATTEMPTS_USED: sentence("All attempts that the list allows are used."),
    Rule.RETRY_LATER: sentence("The next attempt is not due yet."),
    Rule.ATTEMPTS_PER_DAY: sentence(
        "The number was called as often as the organisation allows within 24 hours."
    ),
    Rule.CALLING_HOURS: sentence("It is outside the list's calling hours where the prospect lives."),
    Rule.ORGANISATION_HOURS: sentence(
        "It is outside the organisation's calling hours where the prospect lives."
    ),
}
"""Each rule as the sentence that a person reads."""


DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Hours:
    """Calls are allowed in [opens, closes) of the prospect's own day.

    ``closes`` before ``opens`` runs over midnight; equal times allow any hour.
    """

    opens: time
    closes: time


ANY_HOUR = Hours(time(0), time(0))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at. ``time_zone`` is the prospect's own, an IANA name.

    ``attempt_that_counts`` is when the number was called that has to be a day old before
    another call is within the organisation's cap; None while the cap is not reached.
    ``promised_to_caller``: whoever is to dial promised this call. The list's attempts are for reaching
    somebody; a promise is kept beyond them, within the organisation's cap.
    """

    status: str
    attempts: int
    max_attempts: int
    not_before: datetime | None
    time_zone: str
    hours: Hours
    on_do_not_call: bool
    parked: bool
    has_number: bool = True
    on_a_call: bool = False
    list_is_archived: bool = False
    organisation_hours: Hours = ANY_HOUR
    attempt_that_counts: datetime | None = None
    promised_to_caller: bool = False


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
    if facts.list_is_archived:
        return Refusal(Rule.LIST_ARCHIVED)
    if facts.status == "done" and facts.attempts < facts.max_attempts:
        return Refusal(Rule.FINAL)
    promised = facts.status == "follow_up"
    if promised and not facts.promised_to_caller:
        return Refusal(Rule.PROMISED)
    if facts.attempts >= facts.max_attempts and not promised:
        return Refusal(Rule.ATTEMPTS_USED)
    if facts.not_before is not None and facts.not_before > now:
        return Refusal(Rule.RETRY_LATER, facts.not_before)
    if facts.attempt_that_counts is not None and facts.attempt_that_counts + DAY > now:
        return Refusal(Rule.ATTEMPTS_PER_DAY, facts.attempt_that_counts + DAY)
    both = (facts.hours, facts.organisation_hours)
    for hours, rule in zip(both, (Rule.CALLING_HOURS, Rule.ORGANISATION_HOURS), strict=True):
        if not are_open((hours,), facts.time_zone, now):
            return Refusal(rule, next_common_opening(both, facts.time_zone, now))
    return None


def are_open(windows: Sequence[Hours], zone: str, now: datetime) -> bool:
    """Whether calls to people in ``zone`` (IANA) are within all of the windows at ``now`` (aware)."""
    return all(window_is_open(hours.opens, hours.closes, zone, now) for hours in windows)


def next_common_opening(windows: Sequence[Hours], zone: str, now: datetime) -> datetime:
    """Return the next moment at which all of the windows are open, after a ``now`` at which one is not.

    Windows that have no hour in common give the next opening of one that is closed now.
    """
    moment, first = now, None
    for _ in range(4 * len(windows)):
        closed = next((hours for hours in windows if not are_open((hours,), zone, moment)), None)
        if closed is None:
            return moment
        moment = next_opening(closed.opens, closed.closes, zone, moment)
        first = first or moment
    assert first is not None
    return first


def window_is_open(opens: time, closes: time, zone: str, now: datetime) -> bool:
    """Whether the local time in ``zone`` lies in [opens, closes).

    ``closes`` before ``opens`` runs over midnight; equal times are always open.
    """
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
        moment = first_moment(datetime.combine(local.date() + timedelta(days=days), opens, tz))
        if moment > now:
            return moment.astimezone(now.tzinfo)
    raise AssertionError("a window opens every day")


def first_moment(local: datetime) -> datetime:
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
