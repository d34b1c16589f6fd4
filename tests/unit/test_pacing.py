"""How many calls are launched: fixed lines for each ready agent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing import Snapshot, decide


@pytest.mark.parametrize(
    ("ready", "in_flight", "lines", "calls"),
    [
        (0, 0, 3.0, 0),
        (1, 0, 1.0, 1),
        (1, 1, 1.0, 0),
        (2, 1, 1.0, 1),
        (2, 0, 2.5, 5),
        (1, 0, 2.5, 2),
        (10, 0, 1.1, 11),
        (1, 5, 1.0, 0),
    ],
)
def test_each_ready_agent_gets_the_lists_lines(ready: int, in_flight: int, lines: float, calls: int) -> None:
    assert decide(Snapshot(ready, in_flight, lines)) == calls


@settings(max_examples=50)
@given(st.integers(0, 500), st.integers(0, 500), st.integers(100, 1000))
def test_nothing_is_launched_beyond_the_lines(ready: int, in_flight: int, hundredths: int) -> None:
    launched = decide(Snapshot(ready, in_flight, hundredths / 100))
    assert launched == max(0, ready * hundredths // 100 - in_flight)
