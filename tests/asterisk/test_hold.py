"""Hold on the real Asterisk: who hears what, and what may happen meanwhile (DIAL-6)."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.clock import now
from dialer.store import dispositions, holds

from .ears import Ears, hears
from .rig import Rig, until
from .spectrum import loudness, tone_levels

CHORD = (220, 294, 370, 740)
"""What whoever is on hold hears."""

TONE, BO_HZ = "23", 1230


def talk(rig: Rig) -> dict[str, Any]:
    (bo,) = rig.add_prospects(f"{TONE}0000")
    return rig.until_call(bo, "talking")


def press(rig: Rig, call: dict[str, Any], *, hold: bool) -> None:
    """The button, by whoever has the call, and its effect on record."""
    found = rig.attempt(call["number"])
    assert found is not None
    holds.ask(rig.db, found["user_id"], call["id"], hold=hold)
    until(lambda: (rig.attempt(call["number"]) or {})["on_hold"] is hold, f"hold is {hold}")


def hears_music_only(ears: Ears, leg_id: object, *others_hz: int) -> None:
    def music() -> bool:
        levels = tone_levels(ears.listen_in(leg_id, 1), *CHORD, *others_hz)
        return sum(levels[pitch] for pitch in CHORD) > 0.5 and all(levels[hz] < 0.01 for hz in others_hz)

    until(music, f"{leg_id} hears music and nothing else")


def hears_nothing(ears: Ears, leg_id: object) -> None:
    until(lambda: loudness(ears.listen_in(leg_id, 0.8)) < 1, f"{leg_id} hears nothing")


def hear_each_other(rig: Rig, ears: Ears, call: dict[str, Any], name: str) -> None:
    hears(ears, rig.leg_of(name), BO_HZ)
    hears(ears, call["leg_id"], rig.world.phone(rig.extension(name)).tone_hz)


@pytest.mark.parametrize("recorded", [True, False], ids=["recorded", "not recorded"])
def test_on_hold_bo_hears_music_and_ana_nothing_and_afterwards_both_each_other(
    rig: Rig, ears: Ears, recorded: bool
) -> None:
    rig.execute("UPDATE organisation SET record_calls = %(on)s", on=recorded)
    rig.start_dialer()
    rig.start_sessions("Ana")
    ana_hz = rig.world.phone("1001").tone_hz
    call = talk(rig)
    hear_each_other(rig, ears, call, "Ana")
    for _ in range(2):
        press(rig, call, hold=True)
        assert rig.agent("Ana") == "on_hold"
        hears_music_only(ears, call["leg_id"], ana_hz)
        hears_nothing(ears, rig.leg_of("Ana"))
        press(rig, call, hold=False)
        assert rig.agent("Ana") == "on_call"
        hear_each_other(rig, ears, call, "Ana")
    after = rig.until_call(call["number"], "talking")
    assert after["bridged_at"] == call["bridged_at"], "it is one conversation"


def test_hang_up_on_hold_ends_the_call_and_the_next_one_is_heard(rig: Rig, ears: Ears) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = talk(rig)
    press(rig, call, hold=True)
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
    assert rig.until_call(call["number"], "wrap_up")["outcome"] == "connected"
    hears_music_only(ears, rig.leg_of("Ana"), BO_HZ)
    rig.save("Ana")
    hear_each_other(rig, ears, talk(rig), "Ana")


def test_bo_may_hang_up_on_hold(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    (bo,) = rig.add_prospects("0004")
    call = rig.until_call(bo, "talking")
    press(rig, call, hold=True)
    assert rig.until_call(bo, "wrap_up")["outcome"] == "connected"
    rig.until_agent("Ana", "wrap_up")
    rig.save("Ana")
    rig.nothing_is_left_open()


def test_who_loses_their_phone_with_bo_on_hold_hands_on_somebody_who_hears_and_is_heard(
    rig: Rig, ears: Ears
) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = talk(rig)
    press(rig, call, hold=True)
    hears_music_only(ears, call["leg_id"])
    rig.start_sessions("Abe")
    rig.world.phone("1001").hang_up()
    until(lambda: (rig.attempt(call["number"]) or {})["user_id"] == rig.users["Abe"], "Abe has the call")
    rig.until_agent("Abe", "on_call")
    hear_each_other(rig, ears, call, "Abe")
    assert not rig.until_call(call["number"], "talking")["on_hold"]


def test_bo_on_hold_with_nobody_left_hears_the_message_and_no_music(rig: Rig, ears: Ears) -> None:
    rig.execute("UPDATE organisation SET drop_message = 'tone:1500;tonezone=none,sound:vm-goodbye'")
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = talk(rig)
    press(rig, call, hold=True)
    hears_music_only(ears, call["leg_id"])
    rig.world.phone("1001").hang_up()
    rig.until_call(call["number"], "dropping")
    until(lambda: ears.played_to(call["leg_id"]), "the message is played")
    levels = tone_levels(ears.listen_in(call["leg_id"], 1), 1500, *CHORD)
    assert levels[1500] > 0.9


def test_a_dialer_that_is_killed_leaves_bo_on_hold_and_the_next_takes_him_back(rig: Rig, ears: Ears) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = talk(rig)
    press(rig, call, hold=True)
    hears_music_only(ears, call["leg_id"])
    rig.kill_dialer()
    rig.start_dialer()
    assert rig.agent("Ana") == "on_hold"
    hears_music_only(ears, call["leg_id"], rig.world.phone("1001").tone_hz)
    hears_nothing(ears, rig.leg_of("Ana"))
    press(rig, call, hold=False)
    hear_each_other(rig, ears, call, "Ana")


def test_hold_works_for_a_phone_that_is_rung_for_each_call(rig: Rig, ears: Ears) -> None:
    rig.execute("UPDATE app_user SET phone_mode = 'ring_each_call'")
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = talk(rig)
    press(rig, call, hold=True)
    hears_music_only(ears, call["leg_id"], rig.world.phone("1001").tone_hz)
    hears_nothing(ears, call["agent_leg_id"])
    press(rig, call, hold=False)
    hears(ears, call["agent_leg_id"], BO_HZ)
    rig.world.phone("1001").hang_up()
    rig.until_call(call["number"], "wrap_up")
