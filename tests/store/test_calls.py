"""Calls on record: one event, one transaction; what becomes of the agent, the prospect and the records."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from dialing_floor import NODE, OTHER_NODE, Floor

from dialer import agents as agent_table
from dialer.calls.commands import Announce, HangUp, Join, Originate, PlayMessage
from dialer.calls.events import AgentFreed, LegAnswered, LegGone, LegJoined, TimerDue
from dialer.calls.power import VANISHED
from dialer.db import Database
from dialer.store import calls, dispositions, sessions


@pytest.fixture
def floor(db: Database) -> Iterator[Floor]:
    floor = Floor(db)
    yield floor
    floor.check()


def test_a_call_from_ringing_to_the_saved_result(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    assert floor.prospect(leg_id)["status"] == "calling"
    floor.pass_time(seconds=5)
    commands = floor.answer(leg_id)
    assert isinstance(commands[0], Join)
    assert floor.state(ana) == "reserved"
    floor.join(leg_id)
    assert floor.state(ana) == "on_call"
    floor.pass_time(seconds=60)
    floor.hang_up(leg_id)
    attempt = floor.attempt(leg_id)
    assert (attempt["state"], attempt["outcome"], attempt["ended_at"]) == ("wrap_up", "connected", floor.now)
    assert (floor.state(ana), attempt["user_id"]) == ("wrap_up", ana)
    dispositions.save_result(floor.tenant, ana, attempt["id"], floor.result("final"), "Sold.", floor.now)
    assert (floor.state(ana), floor.attempt(leg_id)["state"]) == ("ready", "ended")
    assert floor.prospect(leg_id)["status"] == "done"
    kinds = [row["kind"] for row in floor.rows("SELECT kind FROM event ORDER BY id")]
    assert kinds == ["LegAnswered", "LegJoined", "LegGone", "ResultSaved"]


def test_a_conversation_is_one_recording_with_both_ends(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.talk()
    floor.pass_time(seconds=60)
    floor.hang_up(leg_id)
    (recording,) = floor.rows("SELECT * FROM recording")
    assert recording["attempt_id"] == floor.attempt(leg_id)["id"]
    assert recording["ended_at"] - recording["started_at"] == timedelta(seconds=60)


def test_the_leg_keeps_when_it_was_answered_and_how_it_ended(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    floor.hang_up(leg_id, 0)
    leg = floor.rows("SELECT * FROM leg WHERE id = %(leg)s", leg=leg_id)[0]
    assert (leg["answered_at"], leg["ended_at"], leg["cause"]) == (floor.now, floor.now, 16)


def test_the_reservation_in_sql_is_the_rule_of_the_agents_table(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    before = floor.agent(ana)
    leg_id = floor.ring()
    floor.answer(leg_id)
    reserved = agent_table.step(before, agent_table.Reserved(floor.now, floor.attempt(leg_id)["id"]))
    assert floor.agent(ana) == reserved
    last = floor.rows("SELECT state, at FROM agent_state ORDER BY id DESC LIMIT 1")[0]
    assert last == {"state": "reserved", "at": floor.now}


def test_calls_go_to_whoever_was_handed_one_longest_ago(floor: Floor) -> None:
    ana, abe, eve = (floor.at_work(name) for name in ("Ana", "Abe", "Eve"))
    turns = []
    for _ in range(2):
        for _ in range(3):
            leg_id = floor.talk()
            floor.pass_time(seconds=30)
            attempt = floor.attempt(leg_id)
            turns.append(attempt["user_id"])
            floor.hang_up(leg_id)
            dispositions.save_result(
                floor.tenant, attempt["user_id"], attempt["id"], floor.result("final"), "", floor.now
            )
    assert turns == [ana, abe, eve, ana, abe, eve]


def test_who_asked_for_a_pause_comes_last(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    floor.share_out()
    first, second = floor.launch(2)
    sessions.ask_pause(floor.tenant, ana, "Lunch", floor.now)
    floor.answer(first)
    floor.answer(second)
    assert [floor.attempt(leg)["user_id"] for leg in (first, second)] == [abe, ana]


def test_calls_go_to_agents_of_their_own_list_and_node_only(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    floor.share_out()
    first, second = floor.launch(2)
    floor.do("UPDATE agent SET node = %(n)s WHERE user_id = %(u)s", n=OTHER_NODE, u=ana)
    floor.answer(first)
    assert floor.attempt(first)["state"] == "answered"
    floor.do("UPDATE agent SET node = %(n)s, list_id = list_id + 1 WHERE user_id = %(u)s", n=NODE, u=ana)
    floor.answer(second)
    assert floor.attempt(second)["state"] == "answered"
    assert floor.state(ana) == "ready"


def test_two_prospects_answer_for_one_agent_and_exactly_one_wins(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.share_out()
    for _ in range(3):
        legs = floor.launch(2)
        start = Barrier(2)

        def answer(leg_id: UUID, start: Barrier = start) -> None:
            start.wait()
            floor.answer(leg_id)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(answer, legs))
        states = sorted(floor.attempt(leg)["state"] for leg in legs)
        assert states == ["answered", "bridging"]
        for leg_id in legs:
            floor.hang_up(leg_id)
        floor.check()


def test_an_event_that_comes_twice_at_once_is_one(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(floor.answer, [leg_id, leg_id]))
    assert floor.attempt(leg_id)["state"] == "bridging"
    assert floor.value("SELECT count(*) FROM agent_state WHERE state = 'reserved'") == 1


def test_without_an_agent_bo_hears_the_message_after_two_seconds(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    floor.lose_phone(ana)
    floor.answer(leg_id)
    assert calls.waiting(floor.db, NODE) == [leg_id]
    answered_at = floor.now
    assert calls.due(floor.db, NODE, floor.now) == []
    floor.pass_time(seconds=2)
    assert calls.due(floor.db, NODE, floor.now) == [(leg_id, answered_at + timedelta(seconds=2))]
    commands = floor.ring_timer(leg_id)
    assert [type(command) for command in commands] == [PlayMessage]
    floor.pass_time(seconds=4)
    floor.hang_up(leg_id)
    assert (floor.attempt(leg_id)["outcome"], floor.attempt(leg_id)["state"]) == ("dropped", "ended")
    bo = floor.prospect(leg_id)
    assert (bo["status"], bo["not_before"]) == ("resting", floor.now + timedelta(days=1))


def test_a_deadline_that_was_moved_changes_nothing(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    stale = TimerDue(floor.now, floor.attempt(leg_id)["due_at"])
    floor.answer(leg_id)
    assert floor.tell(leg_id, stale) == []
    assert floor.attempt(leg_id)["state"] == "bridging"


def test_an_agent_who_comes_free_takes_whoever_waits(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    floor.lose_phone(ana)
    floor.answer(leg_id)
    floor.pass_time(seconds=1)
    sessions.resume(floor.tenant, ana, floor.now)
    floor.answer_phones()
    floor.tell(leg_id, AgentFreed(floor.now))
    assert floor.attempt(leg_id)["user_id"] == ana


def test_bo_hanging_up_while_the_bridge_is_made_gives_the_agent_back(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.ring()
    floor.answer(leg_id)
    floor.hang_up(leg_id)
    assert floor.state(ana) == "ready"
    assert floor.attempt(leg_id)["outcome"] == "hung_up"
    assert floor.rows("SELECT ended_at FROM recording")[0]["ended_at"] == floor.now


# -- where prospects go, and looking back after a crash -----------------------------------------------------


@pytest.mark.parametrize(
    ("cause", "outcome", "rests"),
    [
        (17, "busy", timedelta(minutes=10)),
        (19, "no_answer", timedelta(hours=2)),
        (34, "congested", timedelta(minutes=30)),
        (VANISHED, "lost", timedelta(minutes=30)),
    ],
)
def test_bo_rests_as_long_as_the_list_says(floor: Floor, cause: int, outcome: str, rests: timedelta) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    floor.hang_up(leg_id, cause)
    bo = floor.prospect(leg_id)
    assert (bo["last_outcome"], bo["status"], bo["not_before"]) == (outcome, "resting", floor.now + rests)


def test_a_number_that_does_not_exist_is_excluded(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    floor.hang_up(leg_id, 1)
    bo = floor.prospect(leg_id)
    assert (bo["status"], bo["excluded_by"]) == ("excluded", "invalid_number")


def test_bo_is_called_until_the_attempts_are_used(floor: Floor) -> None:
    floor.at_work("Ana")
    floor.do("DELETE FROM prospect WHERE position > 1")
    legs = []
    for _ in range(3):
        leg_id = floor.ring()
        legs.append(leg_id)
        floor.hang_up(leg_id, 17)
        floor.pass_time(minutes=10)
        calls_made = floor.prospect(leg_id)["attempts"]
        assert calls_made == len(legs)
        assert floor.prospect(leg_id)["status"] == ("resting" if calls_made < 3 else "done")
        floor.do("UPDATE prospect SET status = 'pool', not_before = NULL WHERE status = 'resting'")
    floor.share_out()
    assert floor.launch() == []


def test_an_event_of_no_call_of_ours_changes_nothing(floor: Floor) -> None:
    stranger = uuid4()
    assert calls.on_event(floor.db, stranger, LegAnswered(floor.now, stranger)) is None
    assert calls.leg_owner(floor.db, stranger) is None


def test_late_events_after_the_end_change_nothing(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    floor.hang_up(leg_id, 17)
    before = floor.attempt(leg_id), floor.prospect(leg_id)
    for event in (LegGone(floor.now, leg_id, 16), LegJoined(floor.now, leg_id, uuid4())):
        floor.tell(leg_id, event)
    assert (floor.attempt(leg_id), floor.prospect(leg_id)) == before
    assert floor.answer(leg_id) == [HangUp(leg_id)]


def test_what_was_to_be_sent_is_found_again_after_a_crash(floor: Floor) -> None:
    floor.at_work("Ana")
    leg_id = floor.ring()
    (ringing,) = calls.open_calls(floor.db, NODE)
    assert [type(command) for command in ringing.pending] == [Originate]
    commands = floor.answer(leg_id)
    (answered,) = calls.open_calls(floor.db, NODE)
    assert answered.pending == commands
    assert calls.open_calls(floor.db, OTHER_NODE) == []
    floor.join(leg_id)
    floor.hang_up(leg_id)
    assert calls.open_calls(floor.db, NODE) == [], "a wrap-up is over on the line"


def test_legs_that_asterisk_no_longer_has_are_closed(floor: Floor) -> None:
    ana = floor.at_work("Ana")
    phone = floor.agent(ana).leg_id
    leg_id = floor.ring()
    old = uuid4()
    floor.do(
        "INSERT INTO leg (organisation_id, id, kind, user_id, node, endpoint, created_at) "
        "VALUES (%(o)s, %(id)s, 'agent', %(u)s, 'main', 'PJSIP/1', %(at)s)",
        id=old,
        u=ana,
        at=floor.now,
    )
    assert calls.known_legs(floor.db, [old, uuid4()]) == [old]
    calls.close_vanished_legs(floor.db, NODE, [], floor.now)
    open_legs = {row["id"] for row in floor.rows("SELECT id FROM leg WHERE ended_at IS NULL")}
    assert open_legs == {phone, leg_id}, "theirs are closed by their own events"


def test_hanging_up_is_noted_once_and_only_for_ones_own_call(floor: Floor) -> None:
    ana, abe = floor.at_work("Ana"), floor.at_work("Abe")
    leg_id = floor.talk()
    attempt_id = floor.attempt(leg_id)["id"]
    dispositions.ask_hang_up(floor.tenant, abe, attempt_id, floor.now)
    assert calls.take_hang_ups(floor.db, NODE) == []
    dispositions.ask_hang_up(floor.tenant, ana, attempt_id, floor.now)
    assert calls.take_hang_ups(floor.db, NODE) == [leg_id]
    assert calls.take_hang_ups(floor.db, NODE) == []


# -- the announcement of a recording ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "states", "region", "told"),
    [
        ("nobody", [], "CA", False),
        ("all", [], "TX", True),
        ("states", ["CA", "FL"], "California", True),
        ("states", ["CA", "FL"], "fl", True),
        ("states", ["CA", "FL"], "TX", False),
        ("states", ["CA", "FL"], "", True),
    ],
)
def test_both_are_told_that_they_are_recorded_once_they_are_together(
    floor: Floor, rule: str, states: list[str], region: str, told: bool
) -> None:
    floor.do(
        "UPDATE organisation SET announce_recording = %(rule)s, announce_states = %(states)s WHERE id = %(o)s",
        rule=rule,
        states=states,
    )
    floor.do("UPDATE prospect SET region = %(region)s", region=region)
    floor.at_work("Ana")
    leg_id = floor.ring()
    commands = floor.answer(leg_id)
    assert not any(isinstance(each, Announce) for each in commands), "nobody waits for it"
    attempt = floor.attempt(leg_id)
    joined = floor.tell(leg_id, LegJoined(floor.now, leg_id, attempt["bridge_id"]))
    said = [each for each in joined if isinstance(each, Announce)]
    assert bool(said) is told
    if told:
        (each,) = said
        assert (each.bridge_id, each.recording_id) == (attempt["bridge_id"], attempt["recording_id"])
        assert "recording_announcement" in each.media


def test_a_call_that_is_not_recorded_is_not_announced(floor: Floor) -> None:
    floor.do("UPDATE organisation SET announce_recording = 'all', record_calls = false WHERE id = %(o)s")
    floor.at_work("Ana")
    leg_id = floor.ring()
    floor.answer(leg_id)
    joined = floor.tell(leg_id, LegJoined(floor.now, leg_id, floor.attempt(leg_id)["bridge_id"]))
    assert not any(isinstance(each, Announce) for each in joined)
