"""Races: two things at once, again and again with random delays. Afterwards every record is true and nobody hangs."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from dialer.clock import now
from dialer.errors import RingpoolError
from dialer.store import agents, dispositions, sessions

from .books import everything_is_accounted_for
from .ears import Ears
from .rig import Rig, until

SEED = 20


@pytest.fixture
def chance() -> random.Random:
    return random.Random(SEED)


def in_a_moment(do: Callable[[], object], delay_s: float) -> threading.Timer:
    """Do something after so long, on the side; refusals are a part of the race."""

    def quietly() -> None:
        try:
            do()
        except RingpoolError:
            pass

    timer = threading.Timer(delay_s, quietly)
    timer.start()
    return timer


def settle(rig: Rig, *names: str) -> None:
    """Agents hang up, save and come back until nobody is on the line but they; then nothing may be open."""

    def quiet() -> bool:
        for name in names:
            match rig.agent(name):
                case "on_call":
                    if call := dispositions.open_call(rig.db, rig.users[name]):
                        dispositions.ask_hang_up(rig.db, rig.users[name], call.attempt_id, now())
                case "wrap_up":
                    rig.save(name)
                case "paused" | "phone_lost":
                    sessions.resume(rig.db, rig.users[name], now())
        waiting = rig.count("attempt WHERE state <> 'ended'") or rig.count(
            "prospect WHERE status IN ('pool', 'held', 'calling')"
        )
        return not waiting and all(rig.agent(n) == "ready" for n in names)

    until(quiet, lambda: f"all is quiet, now {[rig.agent(n) for n in names]}")
    rig.nothing_is_left_open()
    assert not rig.said("an event could not be handled")
    assert not rig.said("something could not be done")


def close(rig: Rig, *names: str) -> None:
    settle(rig, *names)
    rig.only_phones_are_up(*names)
    until(lambda: not rig.count("recording WHERE ended_at IS NULL"), "every recording is ended")
    everything_is_accounted_for(rig)


def hang_up_as_prospect(rig: Rig, number: str) -> None:
    """The prospect puts the receiver down, the moment the carrier has them on the line."""
    for call in rig.world.live_calls():
        if call.dialed == number:
            rig.world.ami.action("Hangup", Channel=call.channel, Cause="16")


def test_the_prospect_hangs_up_while_the_bridge_is_made(rig: Rig, chance: random.Random) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    for _ in range(12):
        (bo,) = rig.add_prospects("0000")
        rig.until_picked_up(bo)
        time.sleep(chance.uniform(0, 0.03))  # the race itself
        hang_up_as_prospect(rig, bo)
        call = rig.until_call(bo, "wrap_up", "ended")
        assert call["outcome"] in ("connected", "hung_up")
        settle(rig, "Ana", "Abe")
    rig_numbers = rig.add_prospects(*["6000"] * 12)
    until(
        lambda: all((rig.attempt(n) or {}).get("ended_at") for n in rig_numbers) or save_all(rig),
        "all are over",
        60,
    )
    close(rig, "Ana", "Abe")


def save_all(rig: Rig) -> bool:
    for name in ("Ana", "Abe"):
        if rig.agent(name) == "wrap_up":
            rig.save(name)
    return False


def test_the_agents_phone_dies_on_hand_over(rig: Rig, ears: Ears, chance: random.Random) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    for _ in range(6):
        (bo,) = rig.add_prospects("0100")
        rig.until_rings(bo)
        in_a_moment(lambda: rig.world.phone("1001").hang_up(), chance.uniform(0.9, 1.1)).join()
        call = rig.until_call(bo, "talking", "dropping", "ended")
        if call["state"] == "talking":
            until(
                lambda c=call: len(ears.bridge_of(c["leg_id"])) > 1 or rig.agent("Ana") != "on_call",
                "not alone",
            )
        settle(rig, "Ana", "Abe")
    close(rig, "Ana", "Abe")


def test_two_prospects_answer_for_one_agent_at_once(rig: Rig, ears: Ears) -> None:
    rig.set_list(lines_per_agent=3)
    rig.start_dialer()
    rig.start_sessions("Ana")
    for _ in range(4):
        numbers = rig.add_prospects("0000", "0000", "0000")
        until(
            lambda n=numbers: sum((rig.attempt(each) or {}).get("state") == "ended" for each in n) == 2,
            "two are over",
        )
        calls = [rig.attempt(each) or {} for each in numbers]
        assert sorted(c["outcome"] or "" for c in calls) == ["", "dropped", "dropped"]
        assert all(ears.played_to(c["leg_id"]) for c in calls if c["outcome"])
        settle(rig, "Ana")
    close(rig, "Ana")


def test_a_session_is_paused_or_ended_while_prospects_ring(rig: Rig, chance: random.Random) -> None:
    def pause() -> None:
        sessions.ask_pause(rig.db, rig.users["Ana"], "Lunch", now())

    def leave() -> None:
        sessions.end_session(rig.db, rig.users["Ana"], now())

    rig.start_dialer()
    rig.start_sessions("Ana")
    for turn in range(8):
        (bo,) = rig.add_prospects("0000")
        at_s = chance.uniform(0, 0.15)
        in_a_moment(pause if turn % 2 else leave, at_s).join()
        until(
            lambda n=bo: rig.agent("Ana") in ("paused", "logged_out") or rig.attempt(n),
            "dialed, or she left first",
        )
        if rig.attempt(bo):
            # DIAL-7: who rings is still hers.
            assert rig.until_call(bo, "talking")["user_id"] == rig.users["Ana"]
            call = dispositions.open_call(rig.db, rig.users["Ana"])
            assert call is not None
            dispositions.ask_hang_up(rig.db, rig.users["Ana"], call.attempt_id, now())
            rig.until_call(bo, "wrap_up")
            rig.save("Ana")
        rig.until_agent("Ana", "paused", "logged_out")
        if rig.agent("Ana") == "logged_out":
            until(lambda: not rig.channels(), "her phone is let go")
            sessions.start_session(rig.db, rig.users["Ana"], rig.list_id, now())
        settle(rig, "Ana")
    assert not rig.count("attempt WHERE outcome <> 'connected'")
    close(rig, "Ana")


def test_answer_and_no_answer_cross(rig: Rig) -> None:
    rig.let_ring(1)
    rig.set_list(lines_per_agent=3)
    numbers = rig.add_prospects(*["0100"] * 9)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")

    def all_over() -> bool:
        for name in ("Ana", "Abe"):
            if rig.agent(name) == "on_call" and (call := dispositions.open_call(rig.db, rig.users[name])):
                dispositions.ask_hang_up(rig.db, rig.users[name], call.attempt_id, now())
        save_all(rig)
        return all((rig.attempt(n) or {}).get("state") == "ended" for n in numbers)

    until(all_over, "every call is over", 60)
    outcomes = {(rig.attempt(n) or {})["outcome"] for n in numbers}
    assert outcomes <= {"connected", "no_answer", "dropped", "hung_up"}, outcomes
    close(rig, "Ana", "Abe")


def test_save_and_go_and_the_loss_of_the_phone_at_once(rig: Rig, chance: random.Random) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    for _ in range(5):
        (bo,) = rig.add_prospects("0001")
        rig.until_call(bo, "wrap_up")
        leg_id = rig.leg_of("Ana")
        losing = in_a_moment(rig.world.phone("1001").hang_up, chance.uniform(0, 0.05))
        time.sleep(chance.uniform(0, 0.05))  # the race itself
        rig.save("Ana")
        losing.join()
        until(
            lambda leg_id=leg_id: str(agents.agent_of(rig.db, rig.users["Ana"]).leg_id) != leg_id,
            "the dialer knows that the phone is lost",
        )
        settle(rig, "Ana")
    close(rig, "Ana")


def test_the_dialer_killed_at_random_while_a_list_is_dialed(rig: Rig, chance: random.Random) -> None:
    rig.set_list(lines_per_agent=3)
    rig.let_ring(3)
    rig.add_prospects(*["0001", "0101", "2000", "6000", "9000", "3000"] * 5)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    kills = 0
    while rig.count("prospect WHERE status IN ('pool', 'held')"):
        dialed = rig.count("attempt")
        until(
            lambda n=dialed: save_all(rig) or rig.count("attempt") > n or list_done(rig),
            "dialing goes on",
            60,
        )
        time.sleep(chance.uniform(0, 0.5))  # the moment of the kill
        if kills < 6:
            rig.kill_dialer()
            rig.start_dialer()
            kills += 1
    until(lambda: save_all(rig) or not rig.count("attempt WHERE state <> 'ended'"), "every call is over", 60)
    assert kills > 2
    assert rig.count("attempt") == 30
    close(rig, "Ana", "Abe")


def list_done(rig: Rig) -> bool:
    return not rig.count("prospect WHERE status IN ('pool', 'held')")
