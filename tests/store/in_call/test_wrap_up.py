"""A wrap-up with a length: its deadline, its extension, and what meets it in the last instant (DIAL-7, LPS-5)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest
from dialing_floor import NODE, OTHER_NODE, Floor

from dialer.agents import WRAP_UP_OVER
from dialer.errors import Refused
from dialer.store import dispositions, sessions, wrap_up

PRESET_S = 30


def hung_up(floor: Floor) -> int:
    """Ana has talked with a Bo and owes the result; the attempt."""
    leg_id: UUID = floor.talk()
    floor.hang_up(leg_id)
    return int(floor.attempt(leg_id)["id"])


def look(floor: Floor, node: str = NODE) -> list[bool]:
    """The dialer's slow loop comes by."""
    return [wrap_up.end(floor.db, due, floor.now) for due in wrap_up.due(floor.db, node, floor.now)]


def save(floor: Floor, ana: int, attempt_id: int) -> None:
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "Sold.", floor.now)


def window_is_open(floor: Floor, ana: int) -> bool:
    call = dispositions.open_call(floor.tenant, ana)
    return call is not None and call.window_closed_at is None


def test_who_does_not_save_in_time_is_out_of_the_queue_with_the_window_open(floor: Floor, ana: int) -> None:
    ended_at = floor.now
    attempt_id = hung_up(floor)
    until = floor.agent(ana).wrap_up_until
    assert until == ended_at + timedelta(seconds=PRESET_S)
    floor.pass_time(seconds=PRESET_S - 1)
    assert look(floor) == []
    floor.pass_time(seconds=3)
    assert look(floor, OTHER_NODE) == []
    assert look(floor) == [True]
    agent = floor.agent(ana)
    assert (agent.state.value, agent.pause_reason, agent.since) == ("paused", WRAP_UP_OVER, until)
    assert window_is_open(floor, ana)
    assert look(floor) == []
    save(floor, ana, attempt_id)
    assert floor.state(ana) == "ready"


def test_saving_in_time_leaves_no_deadline(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    save(floor, ana, attempt_id)
    floor.pass_time(seconds=PRESET_S * 2)
    assert (look(floor), floor.state(ana)) == ([], "ready")


def test_without_a_limit_nobody_is_hurried(floor: Floor, ana: int) -> None:
    floor.do("UPDATE organisation SET wrap_up_s = 0")
    attempt_id = hung_up(floor)
    wrap_up.extend(floor.tenant, ana, attempt_id, 30, floor.now)
    floor.pass_time(hours=2)
    assert (look(floor), floor.state(ana)) == ([], "wrap_up")


def test_a_length_changed_in_company_setup_counts_from_the_next_hang_up(floor: Floor, ana: int) -> None:
    leg_id = floor.talk()
    floor.do("UPDATE organisation SET wrap_up_s = 90")
    floor.hang_up(leg_id)
    floor.do("UPDATE organisation SET wrap_up_s = 5")
    assert floor.agent(ana).wrap_up_until == floor.now + timedelta(seconds=90)


def test_extending_several_times_adds_up(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    until = floor.agent(ana).wrap_up_until
    assert until is not None
    for seconds in (30, 60, 30):
        wrap_up.extend(floor.tenant, ana, attempt_id, seconds, floor.now)
    assert floor.agent(ana).wrap_up_until == until + timedelta(minutes=2)
    floor.now = until
    assert (look(floor), floor.state(ana)) == ([], "wrap_up")


def test_an_extension_in_the_last_instant_wins(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    floor.pass_time(seconds=PRESET_S)
    (due,) = wrap_up.due(floor.db, NODE, floor.now)
    wrap_up.extend(floor.tenant, ana, attempt_id, 30, floor.now)
    assert not wrap_up.end(floor.db, due, floor.now)
    assert floor.state(ana) == "wrap_up"


def test_what_comes_too_late_is_told(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    floor.pass_time(seconds=PRESET_S)
    look(floor)
    with pytest.raises(Refused, match="take your time"):
        wrap_up.extend(floor.tenant, ana, attempt_id, 30, floor.now)
    with pytest.raises(Refused, match="choose one"):
        wrap_up.extend(floor.tenant, ana, attempt_id, 86_400, floor.now)
    with pytest.raises(Refused):
        wrap_up.extend(floor.tenant, ana, attempt_id + 1, 30, floor.now)


def test_downtime_is_caught_up_once_and_counts_to_the_deadline_only(floor: Floor, ana: int) -> None:
    hung_up(floor)
    until = floor.agent(ana).wrap_up_until
    floor.pass_time(hours=3)
    assert look(floor) == [True]
    history = floor.rows("SELECT state, pause_reason, at FROM agent_state ORDER BY id DESC LIMIT 2")
    assert [(row["state"], row["pause_reason"]) for row in history] == [
        ("paused", WRAP_UP_OVER),
        ("wrap_up", ""),
    ]
    assert history[0]["at"] == until
    assert look(floor) == []


def test_closing_the_window_after_the_time_is_over_closes_it(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    floor.pass_time(seconds=PRESET_S)
    look(floor)
    dispositions.close_window(floor.tenant, ana, attempt_id, floor.now)
    assert (floor.state(ana), window_is_open(floor, ana)) == ("paused", False)
    save(floor, ana, attempt_id)
    assert floor.state(ana) == "ready"


def test_a_pause_that_was_asked_for_is_what_follows(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    floor.pass_time(seconds=PRESET_S)
    look(floor)
    assert (floor.agent(ana).pause_reason, window_is_open(floor, ana)) == ("Lunch", True)
    save(floor, ana, attempt_id)
    assert (floor.state(ana), floor.agent(ana).pause_reason) == ("paused", "Lunch")


def test_who_wanted_to_go_is_gone_and_the_result_is_given_up(floor: Floor, ana: int) -> None:
    attempt_id = hung_up(floor)
    sessions.end_session(floor.tenant, ana, floor.now)
    assert floor.state(ana) == "wrap_up"
    floor.pass_time(seconds=PRESET_S)
    assert look(floor) == [True]
    assert floor.state(ana) == "logged_out"
    assert floor.value("SELECT state FROM attempt WHERE id = %(id)s", id=attempt_id) == "ended"


def test_a_phone_lost_in_wrap_up_leaves_the_deadline(floor: Floor, ana: int) -> None:
    hung_up(floor)
    floor.lose_phone(ana)
    floor.pass_time(seconds=PRESET_S)
    assert (look(floor), floor.state(ana)) == ([True], "paused")


def at_once(*doings: Callable[[], object]) -> list[object]:
    """Everything at the same time; what each came to, an error for one that was refused."""
    start = Barrier(len(doings))

    def one(doing: Callable[[], object]) -> object:
        start.wait()
        try:
            return doing()
        except Refused as error:
            return error

    with ThreadPoolExecutor(len(doings)) as threads:
        return list(threads.map(one, doings))


def test_save_and_extend_meet_the_deadline_in_any_order(floor: Floor, ana: int) -> None:
    for _ in range(5):
        attempt_id = hung_up(floor)
        floor.pass_time(seconds=PRESET_S)
        (due,) = wrap_up.due(floor.db, NODE, floor.now)
        _, extended, ended = at_once(
            partial(save, floor, ana, attempt_id),
            partial(wrap_up.extend, floor.tenant, ana, attempt_id, 30, floor.now),
            partial(wrap_up.end, floor.db, due, floor.now),
        )
        assert not (extended is None and ended), "an extension that was granted holds"
        assert floor.state(ana) == "ready", (
            "whoever was first, the result is saved and the next call may come"
        )
        assert floor.agent(ana).wrap_up_until is None
        floor.check()


def test_extend_and_the_deadline_have_one_winner(floor: Floor, ana: int) -> None:
    for _ in range(5):
        attempt_id = hung_up(floor)
        floor.pass_time(seconds=PRESET_S)
        (due,) = wrap_up.due(floor.db, NODE, floor.now)
        extended, ended = at_once(
            partial(wrap_up.extend, floor.tenant, ana, attempt_id, 60, floor.now),
            partial(wrap_up.end, floor.db, due, floor.now),
        )
        assert (extended is None) != bool(ended)
        assert floor.state(ana) == ("paused" if ended else "wrap_up")
        save(floor, ana, attempt_id)
