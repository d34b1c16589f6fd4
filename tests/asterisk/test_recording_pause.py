"""A recording that is paused while payment details are taken: what is said meanwhile is not in it (CMP-4)."""

from __future__ import annotations

from typing import Any

from dialer.clock import now
from dialer.store import dispositions, recording_pauses

from .ears import Ears
from .rig import Rig, until
from .spectrum import tone_levels

CARD_HZ, THANKS_HZ = 1810, 2210
"""Sounded into the conversation while the recording is paused, and after it."""


def talking(rig: Rig) -> dict[str, Any]:
    """Ana talks with Bo."""
    rig.start_dialer()
    rig.start_sessions("Ana")
    (bo,) = rig.add_prospects("230000")
    return rig.until_call(bo, "talking")


def hang_up(rig: Rig, call: dict[str, Any]) -> None:
    """Ana does."""
    dispositions.ask_hang_up(rig.db, call["user_id"], call["id"], now())
    rig.until_call(call["number"], "wrap_up")


def recording_of(rig: Rig, call: dict[str, Any]) -> dict[str, Any]:
    found = rig.row("SELECT * FROM recording WHERE attempt_id = %(id)s", id=call["id"])
    assert found is not None
    return found


def press(rig: Rig, call: dict[str, Any], *, pause: bool) -> None:
    """The button, and its effect on record."""
    recording_pauses.ask(rig.db, call["user_id"], call["id"], pause=pause)
    until(lambda: recording_of(rig, call)["paused"] is pause, f"paused is {pause}")


def sound(ears: Ears, call: dict[str, Any], pitch_hz: int) -> None:
    """Sound a pitch to everybody in the conversation until it was heard."""
    playing = ears.request("POST", f"/bridges/{call['bridge_id']}/play", media=f"tone:{pitch_hz}/60000")

    def heard() -> bool:
        return tone_levels(ears.listen_in(call["leg_id"], 0.8), pitch_hz)[pitch_hz] > 0.1

    until(heard, f"Bo hears {pitch_hz} Hz")
    ears.request("DELETE", f"/playbacks/{playing['id']}")


def levels_in(rig: Rig, call: dict[str, Any]) -> dict[int, float]:
    file = rig.node.settings.recordings / f"{call['recording_id']}.wav"
    return tone_levels(file, CARD_HZ, THANKS_HZ)


def test_what_is_said_during_the_pause_is_not_in_the_recording(rig: Rig, ears: Ears) -> None:
    call = talking(rig)
    press(rig, call, pause=True)
    sound(ears, call, CARD_HZ)
    press(rig, call, pause=False)
    sound(ears, call, THANKS_HZ)
    hang_up(rig, call)
    heard = levels_in(rig, call)
    assert heard[CARD_HZ] < 0.0005
    assert heard[THANKS_HZ] > 0.01
    (pause,) = rig.rows("SELECT * FROM recording_pause")
    assert pause["ended_at"] > pause["started_at"]


def test_a_pause_outlives_the_dialer_and_ends_with_the_call(rig: Rig, ears: Ears) -> None:
    call = talking(rig)
    press(rig, call, pause=True)
    rig.kill_dialer()
    rig.start_dialer()
    sound(ears, call, CARD_HZ)
    hang_up(rig, call)
    assert levels_in(rig, call)[CARD_HZ] < 0.0005
    recording = recording_of(rig, call)
    assert (recording["paused"], recording["pause_wanted"]) == (False, False)
    (pause,) = rig.rows("SELECT * FROM recording_pause")
    assert pause["ended_at"] == recording["ended_at"]


def test_a_pause_holds_after_a_resume_that_a_killed_dialer_did_not_note(rig: Rig, ears: Ears) -> None:
    call = talking(rig)
    press(rig, call, pause=True)
    rig.kill_dialer()
    recording_pauses.ask(rig.db, call["user_id"], call["id"], pause=False)
    recording_pauses.take(rig.db, recording_of(rig, call)["node"])
    ears.request("DELETE", f"/recordings/live/{call['recording_id']}/pause")
    recording_pauses.ask(rig.db, call["user_id"], call["id"], pause=True)
    rig.start_dialer()
    until(lambda: not recording_of(rig, call)["pause_in_doubt"], "Asterisk was asked again")
    sound(ears, call, CARD_HZ)
    hang_up(rig, call)
    assert levels_in(rig, call)[CARD_HZ] < 0.0005


def test_both_hear_that_they_are_recorded_and_it_is_in_the_recording(rig: Rig, ears: Ears) -> None:
    rig.execute("UPDATE organisation SET announce_recording = 'all' WHERE id = %(o)s", o=rig.organisation_id)
    call = talking(rig)

    def announced() -> bool:
        kept = (each["playback"]["id"] for each in list(ears.events) if each["type"] == "PlaybackFinished")
        return str(call["recording_id"]) in kept

    until(announced, "the announcement was played to its end")
    attempt = rig.attempt(call["number"])
    assert attempt is not None
    assert (attempt["bridged_at"] - attempt["answered_at"]).total_seconds() < 2, "nobody waited for it"


def test_a_dialer_that_comes_back_announces_nothing_in_the_middle_of_a_talk(rig: Rig, ears: Ears) -> None:
    rig.execute("UPDATE organisation SET announce_recording = 'all' WHERE id = %(o)s", o=rig.organisation_id)
    call = talking(rig)

    def announced(kind: str) -> int:
        told = (each for each in list(ears.events) if each["type"] == kind)
        return len(
            {str(each["timestamp"]) for each in told if each["playback"]["id"] == str(call["recording_id"])}
        )

    until(lambda: announced("PlaybackFinished"), "the announcement was played to its end")
    rig.kill_dialer()
    rig.execute(
        "UPDATE attempt SET launched_at = launched_at - interval '1 min', answered_at = answered_at - interval '1 min',"
        " bridged_at = bridged_at - interval '1 min'"
    )
    rig.start_dialer()
    hang_up(rig, call)
    assert announced("PlaybackStarted") == 1
