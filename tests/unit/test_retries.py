"""Where a prospect goes after a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dialer.calls.power import Outcome
from dialer.retries import Place, RetryDelays, after_outcome, after_result

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
DELAYS = RetryDelays(
    busy=timedelta(minutes=10),
    no_answer=timedelta(hours=2),
    machine=timedelta(hours=4),
    failed=timedelta(minutes=30),
    dropped=timedelta(days=1),
)


@pytest.mark.parametrize(
    ("outcome", "delay"),
    [
        (Outcome.BUSY, DELAYS.busy),
        (Outcome.REJECTED, DELAYS.busy),
        (Outcome.NO_ANSWER, DELAYS.no_answer),
        (Outcome.MACHINE, DELAYS.machine),
        (Outcome.FAILED, DELAYS.failed),
        (Outcome.CONGESTED, DELAYS.failed),
        (Outcome.LOST, DELAYS.failed),
        (Outcome.DROPPED, DELAYS.dropped),
        (Outcome.HUNG_UP, DELAYS.dropped),
        (Outcome.CANCELLED, DELAYS.no_answer),
    ],
)
def test_each_outcome_has_its_delay(outcome: Outcome, delay: timedelta) -> None:
    assert after_outcome(outcome, 1, 3, DELAYS, AT) == Place("resting", AT + delay)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.INVALID, Outcome.NOT_CALLED}, key=str))
def test_the_last_attempt_is_the_last(outcome: Outcome) -> None:
    assert after_outcome(outcome, 3, 3, DELAYS, AT) == Place("done")


def test_who_was_not_called_after_all_waits_as_before() -> None:
    assert after_outcome(Outcome.NOT_CALLED, 3, 3, DELAYS, AT) == Place("pool", uncounted=True)
    promised = after_outcome(Outcome.NOT_CALLED, 3, 3, DELAYS, AT, promised=True)
    assert promised == Place("follow_up", uncounted=True)


def test_a_promised_call_stays_promised_and_rests_for_the_delay() -> None:
    for attempts in (1, 3):
        place = after_outcome(Outcome.BUSY, attempts, 3, DELAYS, AT, promised=True)
        assert place == Place("follow_up", AT + DELAYS.busy)


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_number_that_does_not_exist_is_never_tried_again(attempts: int) -> None:
    place = after_outcome(Outcome.INVALID, attempts, 3, DELAYS, AT)
    assert place == Place("excluded", excluded_by="invalid_number")


@pytest.mark.parametrize(
    ("effect", "place"),
    [
        ("final", Place("done")),
        ("follow_up", Place("follow_up")),
        ("do_not_call", Place("excluded", excluded_by="do_not_call")),
        ("wrong_number", Place("excluded", excluded_by="invalid_number")),
        ("retry", Place("resting", AT + timedelta(hours=4))),
    ],
)
def test_each_result_has_its_effect(effect: str, place: Place) -> None:
    retry_after = timedelta(hours=4) if effect == "retry" else None
    assert after_result(effect, retry_after, 1, 3, AT) == place


def test_a_retry_past_the_last_attempt_is_done() -> None:
    assert after_result("retry", timedelta(hours=4), 3, 3, AT) == Place("done")
