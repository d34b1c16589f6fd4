"""Logging in with a real phone on the real Asterisk; the doctor on a stack that works (TEL-2, TEL-3)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.checks import State, examine
from cli.stack.tether import tethered
from cli.stack.world import OutsideWorld
from dialer import passwords
from dialer.settings import Settings

from .conftest import Node
from .rig import Rig, call_center, until

PIN = "4711"


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        rig.execute("UPDATE app_user SET pin_hash = %(pin)s", pin=passwords.hash_password(PIN))
        yield rig


@pytest.fixture
def keypad(rig: Rig) -> Iterator[None]:
    """The FastAGI server where the node's dialplan looks for it."""
    settings = rig.node.settings
    environment = os.environ | {"DATABASE_URL": rig.url, "RINGPOOL_AGI_PORT": str(settings.agi_port)}
    server = subprocess.Popen(tethered([sys.executable, "-m", "cli.main", "agi"], "KILL"), env=environment)
    try:
        until(lambda: _answers(settings.agi_port), "the keypad scripts are served")
        yield
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0


def is_spoken_to(rig: Rig, extension: str) -> bool:
    """Whether the keypad's own call of this phone is sent sound: keys that come before it asks are lost."""
    console = rig.node.asterisk.console
    channels = (line.split("!") for line in console("core show channels concise").splitlines() if "!" in line)
    names = {name.removeprefix("PJSIP/") for name, *_, application in (each[:6] for each in channels)
             if application == "AGI" and name.startswith(f"PJSIP/{extension}-")}  # fmt: skip
    for line in console("pjsip show channelstats").splitlines():
        # [bridge] channel, time up, codec, received, lost, %, jitter, sent, …
        name, *numbers = line.split()[-12:] or [""]
        if name in names and len(numbers) == 11 and int(numbers[6]) > 0:
            return True
    return False


def test_ana_logs_in_and_out_by_extension_and_pin(rig: Rig, keypad: None) -> None:
    rig.start_dialer()
    rig.phones_register("Ana")
    phone = rig.world.phone("1001")
    phone.dial("*11")
    until(lambda: is_spoken_to(rig, "1001"), "the keypad asks")
    phone.press(f"{PIN}#")
    rig.until_agent("Ana", "ready")
    phone.dial("*12")
    until(lambda: len(phone._calls()) == 2, "the keypad answers on the phone's second line")
    until(lambda: is_spoken_to(rig, "1001"), "the keypad asks")
    # Its standing call is the older of the two: the keys go to the other. Channel names end in a counter.
    newest = max(phone._calls(), key=lambda call: int(call.channel[-8:], 16))
    for key in f"{PIN}#":
        rig.world.ami.action("PlayDTMF", Channel=newest.channel, Digit=key, Duration="120")
    rig.until_agent("Ana", "logged_out")


def test_a_wrong_pin_starts_no_session(rig: Rig, keypad: None) -> None:
    rig.start_dialer()
    rig.phones_register("Ana")
    phone = rig.world.phone("1001")
    phone.dial("*11")
    until(lambda: is_spoken_to(rig, "1001"), "the keypad asks")
    phone.press("0000#")
    until(lambda: rig.count("app_user WHERE pin_failures = 1"), "the guess is counted")
    phone.hang_up()
    until(lambda: not phone.in_call(), "the phone is down")
    assert rig.count("session") == 0


def test_the_doctor_finds_a_working_stack_well(rig: Rig, keypad: None, tmp_path: Path) -> None:
    rig.start_dialer()
    settings = rig.node.settings
    well = Settings(
        database_url=rig.url,
        ari_url=settings.ari_url,
        ari_password=settings.ari_password,
        ami_port=settings.ami_port,
        ami_password=settings.ami_password,
        agi_port=settings.agi_port,
        recordings=settings.recordings,
        prompts=settings.prompts,
        sip_address=f"192.0.2.10:{settings.sip_port}",
    )
    until(lambda: rig.count("node WHERE asterisk_up"), "the dialer was heard of")
    findings = list(examine(well, tmp_path))
    assert [found for found in findings if found.state is not State.OK] == []
    assert len(findings) == 13


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
