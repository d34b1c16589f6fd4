"""Dialing alone over the real Asterisk: a click calls, the agent hears it ring, and both talk (LPS-12, LPS-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cli.stack.world import OutsideWorld
from dialer.clock import now
from dialer.store import dispositions, sessions, solo
from dialer.store.sessions import SessionKind

from .books import everything_is_accounted_for
from .conftest import Node
from .ears import Ears, hears, listening
from .rig import Rig, call_center, until
from .spectrum import tone_levels

RINGING = (440, 480)
"""Hz, together."""

CHORD = (220, 294, 370, 740)
"""What waiting agents hear."""


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        rig.set_list(kind="normal", max_attempts=3)
        try:
            yield rig
        finally:
            world.phone("1001").set_answer_after(0)


def click(rig: Rig, number: str, name: str = "Ana") -> None:
    solo.ask_call(rig.db, rig.users[name], rig.prospect(number)["id"], now())


def hang_up(rig: Rig, call_id: int) -> None:
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], call_id, now())


def rings(ears: Ears, leg_id: object) -> bool:
    """Whether the leg hears the ringing tone just now; it sounds a third of the time."""
    levels = tone_levels(ears.listen_in(leg_id, 0.5), *RINGING)
    return all(levels[pitch] > 0.3 for pitch in RINGING)


def _hears_music(ears: Ears, leg_id: object) -> bool:
    levels = tone_levels(ears.listen_in(leg_id, 1), *CHORD)
    return sum(levels.values()) > 0.5


def told(rig: Rig) -> str | None:
    """How the last call ended, as Ana's page says it."""
    desk = solo.desk_of(rig.db, rig.users["Ana"])
    return desk.last.outcome if desk is not None and desk.last is not None else None


def test_a_click_calls_and_both_hear_each_other(rig: Rig) -> None:
    bo, other = rig.add_prospects("230900", "0000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    with listening(rig.node.settings) as ears:
        click(rig, bo)
        rig.until_rings(bo)
        assert rig.agent("Ana") == "reserved"
        until(lambda: rings(ears, rig.leg_of("Ana")), "she hears it ring")
        call = rig.until_call(bo, "talking")
        assert (call["mode"], call["user_id"]) == ("click", rig.users["Ana"])
        assert rig.agent("Ana") == "on_call"
        hears(ears, rig.leg_of("Ana"), 1230)
        hears(ears, call["leg_id"], rig.world.phone("1001").tone_hz)
        hang_up(rig, call["id"])
        rig.until_call(bo, "wrap_up")
        rig.save("Ana")
        rig.until_agent("Ana", "ready")
        until(lambda: _hears_music(ears, rig.leg_of("Ana")), "there is music again")
    assert rig.count("recording WHERE ended_at IS NOT NULL") == 1
    assert rig.attempt(other) is None, "nobody is called who was not asked for"
    rig.nothing_is_left_open()
    rig.only_phones_are_up("Ana")
    everything_is_accounted_for(rig)


def test_busy_and_no_answer_are_told_and_the_agent_is_free_for_the_next(rig: Rig) -> None:
    rig.let_ring(2)
    busy, silent, gone = rig.add_prospects("2100", "3000", "4000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    for number, outcome, place in (
        (busy, "busy", "resting"),
        (silent, "no_answer", "resting"),
        (gone, "invalid", "excluded"),
    ):
        click(rig, number)
        call = rig.until_call(number, "ended")
        assert (call["outcome"], rig.prospect(number)["status"]) == (outcome, place)
        rig.until_agent("Ana", "ready")
        assert told(rig) == outcome
    rig.nothing_is_left_open()
    rig.only_phones_are_up("Ana")
    everything_is_accounted_for(rig)


def test_two_clicks_make_one_call(rig: Rig) -> None:
    bo, other = rig.add_prospects("0900", "0900")
    rig.start_dialer()
    rig.start_sessions("Ana")
    for number in (bo, bo, bo):
        click(rig, number)
    rig.until_rings(bo)
    click(rig, bo)
    call = rig.until_call(bo, "dialing")
    hang_up(rig, call["id"])
    rig.until_call(bo, "ended")
    rig.until_agent("Ana", "ready")
    desk = solo.desk_of(rig.db, rig.users["Ana"])
    assert desk is not None
    assert not desk.wanted, "the click that came while it rang asked for nothing more"
    assert rig.count("attempt") == 1
    assert rig.attempt(other) is None
    everything_is_accounted_for(rig)


def test_an_agent_who_hangs_up_while_it_rings_cancels_the_call(rig: Rig) -> None:
    (bo,) = rig.add_prospects("0900")
    rig.start_dialer()
    rig.start_sessions("Ana")
    click(rig, bo)
    call = rig.until_rings(bo)
    hang_up(rig, call["id"])
    assert rig.until_call(bo, "ended")["outcome"] == "cancelled"
    until(lambda: not rig.world.live_calls() or len(rig.world.live_calls()) == 1, "the phone rings no more")
    rig.until_agent("Ana", "ready")
    rig.only_phones_are_up("Ana")
    with listening(rig.node.settings) as ears:
        until(lambda: _hears_music(ears, rig.leg_of("Ana")), "there is music again")
    rig.nothing_is_left_open()


def test_one_after_another_goes_on_by_itself_until_the_agent_pauses(rig: Rig) -> None:
    numbers = rig.add_prospects("2000", "0000", "0000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    solo.dial_one_after_another(rig.db, rig.users["Ana"], True, now())
    rig.until_call(numbers[0], "ended")
    call = rig.until_call(numbers[1], "talking")
    sessions.ask_pause(rig.db, rig.users["Ana"], "Lunch", now())
    hang_up(rig, call["id"])
    rig.until_call(numbers[1], "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "paused")
    assert rig.attempt(numbers[2]) is None
    sessions.resume(rig.db, rig.users["Ana"], now())
    rig.until_call(numbers[2], "talking")


def test_a_follow_up_is_dialed_by_who_promised_it_only(rig: Rig) -> None:
    (bo,) = rig.add_prospects("0000")
    prospect_id = rig.prospect(bo)["id"]
    rig.execute("UPDATE prospect SET status = 'follow_up' WHERE id = %(id)s", id=prospect_id)
    rig.execute(
        "INSERT INTO follow_up (organisation_id, prospect_id, user_id, due_at, created_at)"
        " VALUES (%(o)s, %(p)s, %(u)s, %(at)s, %(at)s)",
        o=rig.organisation_id, p=prospect_id, u=rig.users["Ana"], at=now() - timedelta(days=2),
    )  # fmt: skip
    rig.start_dialer()
    rig.phones_register("Ana", "Abe")
    for name in ("Abe", "Ana"):
        sessions.start_follow_ups(rig.db, rig.users[name], SessionKind.FOLLOW_UPS_PAST_DUE, now())
        rig.until_agent(name, "ready")
    click(rig, bo, "Abe")
    until(lambda: (desk := solo.desk_of(rig.db, rig.users["Abe"])) and desk.refusal, "Abe is refused")
    assert rig.attempt(bo) is None
    click(rig, bo)
    call = rig.until_call(bo, "talking")
    assert call["user_id"] == rig.users["Ana"]
    hang_up(rig, call["id"])
    rig.until_call(bo, "wrap_up")
    rig.save("Ana")
    assert rig.count("follow_up WHERE done_at IS NULL") == 0
    rig.nothing_is_left_open()


def test_a_dialer_killed_while_it_rings_takes_the_call_up_again(rig: Rig) -> None:
    rig.set_list(ring_s=90)
    bo, other = rig.add_prospects("3000", "0000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    click(rig, bo)
    rig.until_rings(bo)
    rig.kill_dialer()
    rig.start_dialer()
    call = rig.until_call(bo, "dialing")
    assert rig.agent("Ana") == "reserved"
    with listening(rig.node.settings) as ears:
        until(lambda: rings(ears, rig.leg_of("Ana")), "she still hears it ring")
        hang_up(rig, call["id"])
        assert rig.until_call(bo, "ended")["outcome"] == "cancelled"
        until(lambda: _hears_music(ears, rig.leg_of("Ana")), "there is music again")
    click(rig, other)
    hang_up(rig, rig.until_call(other, "talking")["id"])
    rig.until_call(other, "wrap_up")
    rig.save("Ana")
    rig.nothing_is_left_open()
    everything_is_accounted_for(rig)


def test_a_prospect_whose_agent_is_lost_hears_the_message(rig: Rig) -> None:
    (bo,) = rig.add_prospects("0000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    click(rig, bo)
    call = rig.until_call(bo, "talking")
    with listening(rig.node.settings) as ears:
        rig.world.phone("1001").hang_up()
        until(lambda: ears.played_to(call["leg_id"]), "the message is played")
    assert rig.until_call(bo, "ended")["outcome"] == "dropped"
    rig.nothing_is_left_open()


def test_a_phone_rung_for_the_call_is_up_before_the_prospect_is_dialed(rig: Rig) -> None:
    rig.execute("UPDATE app_user SET phone_mode = 'ring_each_call'")
    bo, other = rig.add_prospects("0300", "0000")
    rig.world.phone("1001").set_answer_after(2)
    rig.start_dialer()
    rig.start_sessions("Ana")
    click(rig, bo)
    rig.until_call(bo, "ringing_agent")
    assert not any(call.dialed == bo for call in rig.world.live_calls())
    call = rig.until_call(bo, "talking")
    with listening(rig.node.settings) as ears:
        assert str(call["leg_id"]) in ears.bridge_of(call["agent_leg_id"])
    hang_up(rig, call["id"])
    rig.until_call(bo, "wrap_up")
    rig.save("Ana")
    until(lambda: not rig.channels(), "her phone is let go")
    rig.world.phone("1001").set_answer_after(None)
    rig.until_agent("Ana", "ready")
    click(rig, other)
    assert rig.until_call(other, "ended")["outcome"] == "not_called"
    assert rig.until_agent("Ana", "paused") == "paused"
    assert rig.prospect(other)["attempts"] == 0
    until(lambda: not rig.channels(), "nobody is on the line")
    rig.nothing_is_left_open()
    everything_is_accounted_for(rig)


def test_a_dialer_killed_while_the_agents_phone_rings_calls_nobody_for_it(rig: Rig) -> None:
    rig.execute("UPDATE app_user SET phone_mode = 'ring_each_call'")
    (bo,) = rig.add_prospects("0000")
    rig.world.phone("1001").set_answer_after(None)
    rig.start_dialer()
    rig.start_sessions("Ana")
    click(rig, bo)
    until(rig.channels, "her phone rings")
    rig.kill_dialer()
    rig.start_dialer()
    assert rig.until_call(bo, "ended")["outcome"] == "not_called"
    assert rig.until_agent("Ana", "paused") == "paused"
    assert rig.prospect(bo)["attempts"] == 0
    assert not rig.world.calls(bo)
    until(lambda: not rig.channels(), "nobody is on the line")
    rig.nothing_is_left_open()
