"""Faults: the dialer killed, the wire to Asterisk cut, the database stopped, two dialers on one node."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.postgres import EmbeddedPostgres
from cli.stack.world import OutsideWorld
from dialer.clock import now
from dialer.migrate import migrate
from dialer.store import dispositions

from .books import everything_is_accounted_for
from .conftest import Node
from .ears import Ears
from .own_stack import own_node
from .rig import Rig, call_center, until
from .wire import FAILS, Wire


@pytest.fixture
def wire(rig: Rig) -> Iterator[Wire]:
    """The dialer reaches Asterisk over a wire that can be cut."""
    with Wire(rig.node.settings.http_port) as wire:
        rig.ari_url = f"http://127.0.0.1:{wire.port}/ari"
        yield wire


@pytest.fixture
def own_server(node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[tuple[Rig, EmbeddedPostgres]]:
    """A rig on a PostgreSQL that the test may stop."""
    with EmbeddedPostgres(tmp_path / "pg", settings={"fsync": "off"}) as server:
        migrate(server.url)
        with call_center(server.url, node, world, tmp_path) as rig:
            yield rig, server
            # Whatever happened to it, the rig's cleaning up needs it.
            halt(server, signal.SIGCONT)


def halt(server: EmbeddedPostgres, number: signal.Signals) -> None:
    """Stop the server and its processes where they stand, so that they answer nothing, or let them go on."""
    listed = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    for pid in (server.pid, *map(int, listed.split())):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def finish(rig: Rig, *names: str) -> None:
    """Everybody hangs up, every call comes to its end, and the books are right."""

    def all_over() -> bool:
        for name in names:
            if rig.agent(name) == "on_call":
                hang_up(rig, name)
        return not rig.count("attempt WHERE state NOT IN ('ended', 'wrap_up')")

    until(all_over, "every call is over")
    for name in names:
        if rig.until_agent(name, "ready", "wrap_up", "paused", "phone_lost") == "wrap_up":
            rig.save(name)
        rig.until_agent(name, "ready")
    rig.nothing_is_left_open()
    rig.only_phones_are_up(*names)
    until(lambda: not rig.count("recording WHERE ended_at IS NULL"), "every recording is ended")
    everything_is_accounted_for(rig)


def hang_up(rig: Rig, name: str) -> None:
    """The agent presses Hang up."""
    call = dispositions.open_call(rig.db, rig.users[name])
    if call is not None:
        dispositions.ask_hang_up(rig.db, rig.users[name], call.attempt_id, now())


def test_the_dialer_killed_with_calls_ringing_talking_and_in_wrap_up(rig: Rig, ears: Ears) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    _over, talking = rig.add_prospects("0001", "0000")
    until(
        lambda: rig.count("attempt WHERE state = 'wrap_up'") and rig.count("attempt WHERE state = 'talking'"),
        "one call is over and one goes on",
    )
    (busy,) = (name for name in ("Ana", "Abe") if rig.agent(name) == "on_call")
    (free,) = {"Ana", "Abe"} - {busy}
    rig.save(free)
    (ringing,) = rig.add_prospects("0900")
    rig.until_rings(ringing)
    call = rig.until_call(talking, "talking")
    until(lambda: len(ears.bridge_of(call["leg_id"])) >= 2, "they are in a bridge")
    together = ears.bridge_of(call["leg_id"])
    rig.kill_dialer()
    rig.start_dialer()
    assert ears.bridge_of(call["leg_id"]) == together
    assert rig.until_call(talking, "talking")["leg_id"] == call["leg_id"]
    rig.until_call(ringing, "talking")
    finish(rig, "Ana", "Abe")
    assert rig.count("attempt") == 3
    assert not rig.count("attempt WHERE outcome <> 'connected'")


def test_a_dialer_told_to_stop_leaves_calls_up_and_the_next_adopts_them(rig: Rig, ears: Ears) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    talking, ringing = rig.add_prospects("0000", "0900")
    call = rig.until_call(talking, "talking")
    rig.until_rings(ringing)
    rig.stop_dialer()
    assert len(ears.bridge_of(call["leg_id"])) >= 2
    rig.start_dialer()
    rig.until_call(ringing, "talking")
    finish(rig, "Ana", "Abe")


def test_a_prospect_who_answers_while_the_dialer_is_away_is_not_dialed_again(rig: Rig) -> None:
    """Asterisk lets nobody into an application that nobody listens to: it hangs up."""
    (bo,) = rig.add_prospects("0100")
    rig.start_dialer()
    rig.start_sessions("Ana")
    rig.until_rings(bo)
    rig.kill_dialer()
    until(lambda: rig.world.calls(bo), "the call is over")
    rig.start_dialer()
    assert rig.until_call(bo, "ended")["outcome"] == "lost"
    finish(rig, "Ana")
    assert rig.count("attempt") == 1


def test_the_dialer_killed_while_a_prospect_waits_for_an_agent(rig: Rig, ears: Ears) -> None:
    rig.set_list(lines_per_agent=2)
    numbers = rig.add_prospects("0100", "0100")
    rig.start_dialer()
    rig.start_sessions("Ana")
    until(lambda: rig.count("attempt WHERE state = 'answered'"), "one waits")
    rig.kill_dialer()
    waits = rig.row("SELECT * FROM attempt WHERE state = 'answered'") or {}
    rig.start_dialer()
    assert rig.until_call(waits["number"], "ended")["outcome"] == "dropped"
    assert ears.played_to(waits["leg_id"])[:1] == ["sound:im-sorry"]
    finish(rig, "Ana")
    assert rig.count("attempt") == len(numbers)


def test_the_wire_to_asterisk_cut_while_calls_ring_answer_and_talk(rig: Rig, ears: Ears, wire: Wire) -> None:
    talking, ringing = rig.add_prospects("0000", "0100")
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    call = rig.until_call(talking, "talking")
    rig.until_rings(ringing)
    together = ears.bridge_of(call["leg_id"])
    downs = rig.said("dialing")
    wire.cut()
    until(lambda: rig.world.calls(ringing), "who answers meanwhile is hung up on by Asterisk")
    wire.mend()
    until(lambda: rig.said("dialing") > downs, "it dials again")
    assert ears.bridge_of(call["leg_id"]) == together
    assert rig.until_call(ringing, "ended")["outcome"] == "lost"
    finish(rig, "Ana", "Abe")
    assert rig.count("attempt") == 2


def test_the_wire_cut_again_and_again_while_a_list_is_dialed(rig: Rig, wire: Wire) -> None:
    rig.set_list(lines_per_agent=2, max_attempts=1)
    rig.add_prospects(*["0101", "2000", "6000", "0001"] * 3)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    seen = 0

    def all_dialed() -> bool:
        nonlocal seen
        for name in ("Ana", "Abe"):
            if rig.agent(name) == "wrap_up":
                rig.save(name)
        dialed = rig.count("attempt")
        if dialed > seen and rig.said("dialing") >= wire.broken:
            seen = dialed
            wire.break_connections()
        return not rig.count("prospect WHERE status IN ('pool', 'held', 'calling')")

    until(all_dialed, "the list is dialed to its end", 60)
    finish(rig, "Ana", "Abe")
    assert wire.broken >= 4
    assert rig.count("attempt") == 12


def test_asterisk_that_fails_every_request_gets_no_prospect_dialed_twice(rig: Rig, wire: Wire) -> None:
    (bo,) = rig.add_prospects("0000")
    rig.start_dialer()
    rig.start_sessions("Ana")
    first = rig.until_call(bo, "talking")
    wire.answers = FAILS
    hang_up(rig, "Ana")
    until(lambda: rig.said("asterisk refused a command"), "the hang-up is refused")
    numbers = rig.add_prospects("0001")
    wire.answers = None
    assert rig.attempt(bo) == rig.attempt(bo) | {"leg_id": first["leg_id"]}
    hang_up(rig, "Ana")
    rig.until_call(bo, "wrap_up")
    rig.save("Ana")
    rig.until_call(numbers[0], "wrap_up")
    finish(rig, "Ana")


def test_the_database_away_when_a_prospect_answers_who_hears_the_message_within_two_seconds(
    own_server: tuple[Rig, EmbeddedPostgres], ears: Ears
) -> None:
    rig, server = own_server
    (bo,) = rig.add_prospects("0200")
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = rig.until_rings(bo)
    halt(server, signal.SIGSTOP)
    try:
        answered_s = rig.until_picked_up(bo)
        until(lambda: ears.played_to(call["leg_id"]), "Bo hears the message", 5)
        assert ears.when_played(call["leg_id"]) - answered_s < 2.5
        until(lambda: not any(c.dialed == bo for c in rig.world.live_calls()), "and the line is cut after it")
    finally:
        halt(server, signal.SIGCONT)
    over = rig.until_call(bo, "ended")
    assert (over["outcome"], over["user_id"]) == ("dropped", None)
    assert abs(over["answered_at"].timestamp() - answered_s) < 1
    finish(rig, "Ana")


def test_the_database_started_anew_while_calls_ring_and_talk(
    own_server: tuple[Rig, EmbeddedPostgres], ears: Ears
) -> None:
    rig, server = own_server
    talking, ringing = rig.add_prospects("0000", "0400")
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    call = rig.until_call(talking, "talking")
    rig.until_rings(ringing)
    together = ears.bridge_of(call["leg_id"])
    server.stop()
    until(lambda: rig.said("timers wait for the database"), "the dialer notices")
    server.start()
    back_s = time.monotonic()
    beat = now()
    until(
        lambda: (rig.row("SELECT heartbeat_at FROM node") or {})["heartbeat_at"] > beat, "the dialer is back"
    )
    assert time.monotonic() - back_s < 6
    assert ears.bridge_of(call["leg_id"]) == together
    rig.until_call(ringing, "talking")
    finish(rig, "Ana", "Abe")


def test_the_database_away_for_20_s_with_calls_ringing_talking_and_in_wrap_up(
    own_server: tuple[Rig, EmbeddedPostgres], ears: Ears
) -> None:
    rig, server = own_server
    rig.set_list(lines_per_agent=2)
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    talking, short, ringing = rig.add_prospects("0000", "0001", "0900")
    call = rig.until_call(talking, "talking")
    over = rig.until_call(short, "wrap_up")
    ring = rig.until_rings(ringing)
    together = ears.bridge_of(call["leg_id"])
    server.stop()
    stopped_s = time.monotonic()
    answered_s = rig.until_picked_up(ringing)
    until(lambda: ears.played_to(ring["leg_id"]), "who answers meanwhile hears the message", 5)
    assert ears.when_played(ring["leg_id"]) - answered_s < 2.5
    # The length of the outage is the fault itself.
    until(lambda: time.monotonic() - stopped_s >= 20, "20 s have passed")
    assert ears.bridge_of(call["leg_id"]) == together
    server.start()
    dropped = rig.until_call(ringing, "ended")
    assert (dropped["outcome"], dropped["user_id"]) == ("dropped", None)
    assert ears.bridge_of(call["leg_id"]) == together
    assert rig.until_call(short, "wrap_up")["user_id"] == over["user_id"]
    assert rig.count("attempt") == 3
    finish(rig, "Ana", "Abe")


def test_a_second_dialer_on_the_node_takes_it_over_and_the_first_stands_by(rig: Rig) -> None:
    rig.set_list(lines_per_agent=2)
    rig.start_dialer()
    first = rig.dialer
    rig.start_sessions("Ana")
    rig.start_dialer()  # the same node and application
    second = rig.dialer
    assert first is not None
    assert second is not None
    try:
        until(lambda: rig.said("another dialer took this node over"), "the first says so")
        numbers = rig.add_prospects("0001", "2000")
        for number in numbers:
            rig.until_call(number, "wrap_up", "ended")
        rig.save("Ana")
        assert rig.count("attempt") == 2
        rig.kill_dialer()
        until(lambda: rig.said("the other dialer is silent"), "the first takes the node over again")
        (bo,) = rig.add_prospects("0001")
        rig.until_call(bo, "wrap_up")
        finish(rig, "Ana")
    finally:
        for dialer in (first, second):
            dialer.kill()
            dialer.wait()
        rig.dialer = None


def test_asterisk_killed_and_started_again(
    database_url: str, asterisk_install: AsteriskInstall, tmp_path: Path
) -> None:
    with (
        own_node(asterisk_install, tmp_path) as (node, world),
        call_center(database_url, node, world, tmp_path) as rig,
    ):
        talking, ringing = rig.add_prospects("0000", "3000")
        rig.start_dialer()
        rig.start_sessions("Ana", "Abe")
        call = rig.until_call(talking, "talking")
        rig.until_rings(ringing)
        dialing = rig.said("dialing")
        node.asterisk.kill()
        node.asterisk.start()
        until(lambda: rig.said("dialing") > dialing, "it dials again")
        assert rig.until_call(talking, "wrap_up")["outcome"] == "connected"
        assert rig.until_call(ringing, "ended")["outcome"] == "lost"
        (busy,) = (n for n in ("Ana", "Abe") if rig.users[n] == call["user_id"])
        rig.save(busy)
        for name in ("Ana", "Abe"):
            # Asterisk keeps a registration for good only about a second after it came: what was newer
            # died with it, and the phone says it again, here at once.
            world.phone(rig.extension(name)).come_back()
            rig.until_agent(name, "ready")
        (bo,) = rig.add_prospects("0001")
        rig.until_call(bo, "wrap_up")
        assert rig.count("attempt") == 3
        assert not rig.count("recording WHERE ended_at IS NULL")
        rig.nothing_is_left_open()
        rig.nobody_was_called_twice_at_once()
