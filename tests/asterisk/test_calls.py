"""Calls over the real Asterisk: prospects called over SIP, answered ones handed to agents, talked to, and over."""

from __future__ import annotations

from dialer.clock import now
from dialer.store import dispositions, sessions

from .books import everything_is_accounted_for
from .ears import hears, listening
from .rig import Rig, until
from .spectrum import tone_levels

CHORD = (220, 294, 370, 740)
"""What waiting agents hear."""


def test_an_answered_prospect_is_handed_to_the_ready_agent(rig: Rig) -> None:
    (bo,) = rig.add_prospects("0002")
    rig.start_dialer()
    rig.start_sessions("Ana")
    rig.until_call(bo, "talking")
    assert rig.agent("Ana") == "on_call"
    call = rig.until_call(bo, "wrap_up")
    assert call["outcome"] == "connected"
    rig.until_agent("Ana", "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "ready")
    rig.nothing_is_left_open()


def test_every_way_a_call_can_end_has_its_outcome_and_its_place(rig: Rig) -> None:
    rig.set_list(lines_per_agent=10, max_attempts=3)
    rig.let_ring(2)
    ends = {
        "2000": ("busy", "resting"),
        "2100": ("busy", "resting"),
        "3000": ("no_answer", "resting"),
        "4000": ("invalid", "excluded"),
        "5000": ("congested", "resting"),
        "9000": ("rejected", "resting"),
        "9100": ("rejected", "resting"),
    }
    numbers = dict(zip(ends, rig.add_prospects(*ends), strict=True))
    rig.start_dialer()
    rig.start_sessions("Ana")
    for script, (outcome, place) in ends.items():
        call = rig.until_call(numbers[script], "ended")
        prospect = rig.prospect(numbers[script])
        assert (script, call["outcome"], prospect["status"]) == (script, outcome, place)
        assert prospect["attempts"] == 1
    rig.only_phones_are_up("Ana")
    rig.nothing_is_left_open()
    everything_is_accounted_for(rig)


def test_who_hangs_up_as_soon_as_they_answer_is_talked_to_or_hung_up(rig: Rig) -> None:
    numbers = rig.add_prospects("6000", "6000", "6000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    for number in numbers:
        call = rig.until_call(number, "wrap_up", "ended")
        assert call["outcome"] in ("connected", "hung_up")
        if call["state"] == "wrap_up":
            rig.save("Ana")
        rig.until_agent("Ana", "ready", "reserved", "on_call", "wrap_up")
    until(lambda: rig.agent("Ana") == "ready", "Ana is ready")
    rig.only_phones_are_up("Ana")
    rig.nothing_is_left_open()


def test_prospects_go_to_the_agent_whose_last_hand_over_is_longest_ago(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    order = []
    for _ in range(4):
        (bo,) = rig.add_prospects("0001")
        call = rig.until_call(bo, "talking")
        order.append(next(name for name, user_id in rig.users.items() if user_id == call["user_id"]))
        rig.until_call(bo, "wrap_up")
        rig.save(order[-1])
        rig.until_agent(order[-1], "ready")
    assert order in (["Ana", "Abe"] * 2, ["Abe", "Ana"] * 2)


def test_two_answer_for_one_agent_and_the_second_hears_the_message_within_two_seconds(rig: Rig) -> None:
    rig.set_list(lines_per_agent=2)
    numbers = rig.add_prospects("0100", "0100")
    with listening(rig.node.settings) as ears:
        rig.start_dialer()
        rig.start_sessions("Ana")
        until(
            lambda: sorted(c["state"] for n in numbers if (c := rig.attempt(n))) == ["dropping", "talking"],
            "one talks and the other is dropped",
        )
        alone, with_ana = sorted((rig.attempt(n) or {} for n in numbers), key=lambda call: call["state"])
        until(lambda: ears.played_to(alone["leg_id"]), "the message is played")
        waited_s = ears.when_played(alone["leg_id"]) - alone["answered_at"].timestamp()
        over = rig.until_call(alone["number"], "ended")
        assert over["outcome"] == "dropped"
        assert ears.played_to(alone["leg_id"]) == ["sound:im-sorry", "sound:vm-goodbye"]
        assert not ears.played_to(with_ana["leg_id"])
    assert 1.9 < waited_s < 2.6
    assert rig.agent("Ana") == "on_call"
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], with_ana["id"], now())
    rig.until_call(with_ana["number"], "wrap_up")
    rig.save("Ana")
    rig.nothing_is_left_open()


def test_a_prospect_who_hangs_up_while_waiting_was_not_dropped(rig: Rig) -> None:
    rig.set_list(lines_per_agent=2)
    first, second = rig.add_prospects("0000", "0101")
    rig.start_dialer()
    rig.start_sessions("Ana")
    rig.until_call(first, "talking")
    assert rig.until_call(second, "ended")["outcome"] == "hung_up"
    rig.nothing_open_but(first)


def test_no_call_comes_before_the_result_of_the_last_is_saved(rig: Rig) -> None:
    first, second = rig.add_prospects("0001", "0001")
    rig.start_dialer()
    rig.start_sessions("Ana")
    rig.until_call(first, "wrap_up")
    # Two looks of the dial loop at least.
    beat = rig.row("SELECT heartbeat_at FROM node") or {}
    until(
        lambda: (
            ((rig.row("SELECT heartbeat_at FROM node") or {})["heartbeat_at"] - beat["heartbeat_at"]).seconds
            >= 2
        ),
        "two seconds of the dialer's have passed",
    )
    assert rig.attempt(second) is None
    rig.save("Ana")
    rig.until_call(second, "wrap_up")


def test_pause_resume_and_end(rig: Rig) -> None:
    (first,) = rig.add_prospects("0000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = rig.until_call(first, "talking")
    sessions.ask_pause(rig.db, rig.users["Ana"], "Coffee", now())
    assert rig.agent("Ana") == "on_call"
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
    rig.until_call(first, "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "paused")
    (second,) = rig.add_prospects("0001")
    sessions.resume(rig.db, rig.users["Ana"], now())
    rig.until_call(second, "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "ready")
    sessions.end_session(rig.db, rig.users["Ana"], now())
    rig.until_agent("Ana", "logged_out")
    until(lambda: not rig.channels(), "her phone is let go")
    until(lambda: not rig.count("leg WHERE ended_at IS NULL"), "no leg is open")
    everything_is_accounted_for(rig)


def test_the_recording_holds_both_voices_and_no_music_and_both_hear_each_other(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    ana_hz = rig.world.phone("1001").tone_hz
    with listening(rig.node.settings) as ears:
        for tone in ("23", "31"):
            bo_hz = 1000 + 10 * int(tone)
            waiting = tone_levels(ears.listen_in(rig.leg_of("Ana"), 1), *CHORD, 800)
            assert sum(waiting[pitch] for pitch in CHORD) > 0.5, "music plays, again after each call"
            (bo,) = rig.add_prospects(f"{tone}0060")
            call = rig.until_call(bo, "talking")
            # Again where the machine was too busy to send sound without gaps.
            hears(ears, rig.leg_of("Ana"), bo_hz)
            hears(ears, call["leg_id"], ana_hz)
            dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
            rig.until_call(bo, "wrap_up")
            rig.save("Ana")
            rig.until_agent("Ana", "ready")
            kept = rig.row("SELECT * FROM recording WHERE attempt_id = %(id)s", id=call["id"]) or {}
            assert kept["ended_at"] is not None
            file = rig.node.settings.recordings / f"{kept['id']}.wav"
            until(file.exists, "the recording is there")
            levels = tone_levels(file, ana_hz, bo_hz, *CHORD)
            assert min(levels[ana_hz], levels[bo_hz]) > 0.2
            assert sum(levels[pitch] for pitch in CHORD) < 0.001
