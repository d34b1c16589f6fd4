"""Asterisk is found or fetched, starts from rendered files, and goes with its parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.stack import asterisk_fetch, asterisk_install
from cli.stack.asterisk_install import AsteriskInstall, AsteriskUnusable
from cli.stack.asterisk_run import AsteriskProgram, ConsoleFailed
from cli.stack.folders import Folders
from cli.stack.ports import NoFreePorts, PortTaken, RtpRange, free_port, require_free

from .conftest import Node
from .test_stack_supervisor import alive, wait_until


def test_the_install_is_new_enough_and_has_a_beep(asterisk_install: AsteriskInstall) -> None:
    assert asterisk_install.major >= 20
    sounds = asterisk_install.data / "sounds" / asterisk_install.sounds_language
    assert list(sounds.glob("beep.*"))


def test_the_second_install_fetches_nothing(asterisk_install: AsteriskInstall) -> None:
    told: list[str] = []
    again = asterisk_install_again(told)
    assert again == asterisk_install
    assert told == []


def asterisk_install_again(told: list[str]) -> AsteriskInstall:
    return asterisk_install.install(Folders.from_environment(), lambda _share, text: told.append(text))


def test_a_program_that_is_no_asterisk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGPOOL_ASTERISK", "/bin/true")
    with pytest.raises(AsteriskUnusable, match="RINGPOOL_ASTERISK"):
        asterisk_install.install(Folders(tmp_path, tmp_path))


def test_an_old_asterisk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "asterisk"
    old.write_text("#!/bin/sh\necho Asterisk 18.9.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("RINGPOOL_ASTERISK", str(old))
    with pytest.raises(AsteriskUnusable, match=r"version 18\.9\.0"):
        asterisk_install.install(Folders(tmp_path, tmp_path))


def test_without_apt_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(asterisk_fetch.FetchFailed, match=r"no apt-get.*RINGPOOL_ASTERISK"):
        asterisk_fetch.fetch_packages(tmp_path, lambda _share, _text: None)


def test_a_cache_that_libraries_cannot_be_loaded_from_is_refused(tmp_path: Path) -> None:
    with pytest.raises(asterisk_fetch.FetchFailed, match="without : and ;"):
        asterisk_fetch.fetch_packages(tmp_path / "a;b", lambda _share, _text: None)


def test_on_another_processor_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(asterisk_fetch.FetchFailed, match="riscv64"):
        asterisk_fetch.machine()


def test_without_a_network_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A port where nobody listens stands for a mirror that cannot be reached.
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    mirror = f"http://127.0.0.1:{free_port()}/debian"
    archive = asterisk_fetch.Archive(mirror, "suite", "main", keyring)
    monkeypatch.setattr(asterisk_fetch, "archives", lambda: [archive])
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with pytest.raises(asterisk_fetch.FetchFailed, match=r"RINGPOOL_ASTERISK"):
        asterisk_fetch.fetch_packages(tmp_path, lambda _share, _text: None)


def test_the_node_starts_without_complaint(node: Node) -> None:
    told = (node.settings.folder / "log" / "messages.log").read_text()
    complaints = [
        line for line in told.splitlines() if "ERROR[" in line and ("loader.c" in line or "config" in line)
    ]
    assert complaints == []


def test_the_waiting_sound_is_known_to_the_node(node: Node) -> None:
    shown = node.asterisk.console("moh show files")
    assert f"{node.settings.folder}/lib/moh/waiting" in shown.split("Class: ringpool-waiting")[1]


def test_a_console_without_an_asterisk_says_so(asterisk_install: AsteriskInstall, tmp_path: Path) -> None:
    configuration = tmp_path / "asterisk.conf"
    configuration.write_text(f"[directories]\nastrundir => {tmp_path}\n")
    program = AsteriskProgram("Asterisk", asterisk_install, configuration, tmp_path / "log")
    with pytest.raises(ConsoleFailed, match="not running"):
        program.console("core show version")


def test_asterisk_goes_when_its_parent_is_killed(node: Node, tmp_path: Path) -> None:
    settings = node.settings
    code = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from cli.stack import asterisk_install
from cli.stack.asterisk_files import NodeSettings, render
from cli.stack.asterisk_run import AsteriskProgram
from cli.stack.folders import Folders
from cli.stack.ports import free_ports
folders = Folders.from_environment()
install = asterisk_install.install(folders)
sip, http, ami = free_ports(3)
folder = Path({str(tmp_path)!r})
settings = NodeSettings(install, folder, sip, http, ami, {settings.rtp_start}, {settings.rtp_end}, "x", "y")
asterisk = AsteriskProgram("Asterisk", install, render(settings, folders.cache), folder / "console.log")
asterisk.start()
print(asterisk.pid, flush=True)
import signal; signal.pause()
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not alive(pid))


def test_a_taken_port_is_named_with_its_option() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"Port {port} is taken.*--web-port"):
            require_free(port, "--web-port")
        assert free_port(port) != port


def test_media_ranges_are_not_shared() -> None:
    with RtpRange(500) as first, RtpRange(700) as second:
        assert first.end - first.start + 1 == 500
        assert second.end - second.start + 1 == 1000
        assert first.end < second.start or second.end < first.start


def test_a_range_that_does_not_fit_is_refused() -> None:
    with pytest.raises(NoFreePorts, match="--rtp-ports"):
        RtpRange(20000)
