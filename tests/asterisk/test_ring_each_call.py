"""DIAL-9: an agent whose phone is rung for each call, and the standing phone that comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack.ami import Ami
from cli.stack.world import OutsideWorld
from dialer.agents import PHONE_VANISHED
from dialer.clock import now
from dialer.store import dispositions, sessions

from .books import everything_is_accounted_for
from .conftest import Node
from .ears import listening
from .rig import Rig, call_center, until


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        rig.execute("UPDATE app_user SET phone_mode = 'ring_each_call'")
        try:
            yield rig
        finally:
            for extension in ("1001", "1002"):
                world.phone(extension).set_answer_after(0)


def test_the_phone_is_rung_for_the_call_and_let_go_after_it(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    assert not rig.channels()
    for _ in range(2):
        (bo,) = rig.add_prospects("0000")
        call = rig.until_call(bo, "talking")
        with listening(rig.node.settings) as ears:
            assert str(call["agent_leg_id"]) in ears.bridge_of(call["leg_id"])
        dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
        rig.until_call(bo, "wrap_up")
        until(lambda: not rig.channels(), "her phone is let go")
        rig.save("Ana")
        rig.until_agent("Ana", "ready")
    rig.nothing_is_left_open()
    until(lambda: not rig.count("leg WHERE ended_at IS NULL"), "no leg is open")
    everything_is_accounted_for(rig)


def test_an_agent_who_hangs_up_ends_the_call(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    (bo,) = rig.add_prospects("0000")
    rig.until_call(bo, "talking")
    rig.world.phone("1001").hang_up()
    assert rig.until_call(bo, "wrap_up")["outcome"] == "connected"
    rig.save("Ana")
    until(lambda: not rig.channels(), "nobody is on the line")
    rig.nothing_is_left_open()


def test_a_phone_that_vanishes_in_a_call_pauses_its_agent_and_bo_goes_to_the_next(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    (bo,) = rig.add_prospects("0000")
    lost = str(rig.until_call(bo, "talking")["agent_leg_id"])
    rig.start_sessions("Abe")
    listed = rig.node.asterisk.console("core show channels concise").splitlines()
    (channel,) = (line.split("!")[0] for line in listed if line.endswith(lost))
    settings = rig.node.settings
    with Ami(settings.ami_port, settings.ami_user, settings.ami_password) as manager:
        manager.action("Hangup", Channel=channel, Cause="38")  # network out of order
    until(
        lambda: rig.count("attempt WHERE state = 'talking' AND user_id = %(abe)s", abe=rig.users["Abe"]),
        "Bo talks with Abe",
    )
    assert rig.until_agent("Ana", "paused") == "paused"
    assert rig.count("agent WHERE pause_reason = %(why)s", why=PHONE_VANISHED) == 1
    sessions.resume(rig.db, rig.users["Ana"], now())
    rig.until_agent("Ana", "ready")
    dispositions.ask_hang_up(rig.db, rig.users["Abe"], rig.until_call(bo, "talking")["id"], now())
    rig.until_call(bo, "wrap_up")
    rig.save("Abe")
    rig.nothing_is_left_open()


def test_a_phone_that_nobody_answers_costs_its_agent_a_pause_and_the_prospect_hears_the_message(
    rig: Rig,
) -> None:
    rig.world.phone("1001").set_answer_after(None)
    rig.start_dialer()
    rig.start_sessions("Ana")
    (bo,) = rig.add_prospects("0000")
    with listening(rig.node.settings) as ears:
        call = rig.until_call(bo, "ended")
        assert call["outcome"] == "dropped"
        assert ears.played_to(call["leg_id"])[:1] == ["sound:im-sorry"]
    assert rig.until_agent("Ana", "paused") == "paused"
    until(lambda: not rig.channels(), "nobody is on the line")
    rig.nothing_is_left_open()


def test_a_phone_that_is_not_there_passes_the_prospect_to_the_next_agent(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    rig.world.phone("1001").go_away()
    until(lambda: not rig.world.phone("1001").is_registered(), "Ana's phone is away")
    seen = set()
    for _ in range(2):
        (bo,) = rig.add_prospects("0001")
        seen.add(rig.until_call(bo, "wrap_up")["user_id"])
        rig.save("Abe")
        rig.until_agent("Abe", "ready")
    assert seen == {rig.users["Abe"]}
    assert rig.until_agent("Ana", "paused") == "paused"
    rig.nothing_is_left_open()
    rig.phones_register("Ana")
    sessions.resume(rig.db, rig.users["Ana"], now())
    rig.until_agent("Ana", "ready")
