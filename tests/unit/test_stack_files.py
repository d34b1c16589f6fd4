"""What the stack writes and reads, without starting anything."""

import math
from pathlib import Path

import pytest

from asterisk_conf.accounts import phone_account
from cli.stack.asterisk_files import CDR_COLUMNS, NodeSettings, render
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.cdr import CallRecord, read_cdr
from cli.stack.folders import Folders, HomeInUse, SocketPathTooLong, holding, socket_folder
from cli.stack.secret_file import secret
from cli.stack.trunk import Trunk, TrunkNotUnderstood
from cli.stack.waiting_sound import _alaw, _ulaw

INSTALL = AsteriskInstall(
    ("asterisk",), "22.1.0", Path("/nowhere/modules"), Path("/nowhere/data"), "en", None
)


def node_settings(folder: Path, trunk: Trunk | None = None) -> NodeSettings:
    return NodeSettings(
        install=INSTALL,
        folder=folder,
        sip_port=5060,
        http_port=8088,
        ami_port=5038,
        rtp_start=10000,
        rtp_end=10999,
        ari_password="ari-secret",
        ami_password="ami-secret",
        trunk=trunk,
    )


def test_cache_and_home_come_from_the_environment(tmp_path: Path) -> None:
    env = {"RINGPOOL_CACHE": str(tmp_path / "c"), "RINGPOOL_HOME": str(tmp_path / "h")}
    assert Folders.from_environment(env) == Folders(tmp_path / "c", tmp_path / "h")


def test_the_cache_follows_xdg(tmp_path: Path) -> None:
    assert Folders.from_environment({"XDG_CACHE_HOME": str(tmp_path)}).cache == tmp_path / "ringpool"


def test_a_long_path_has_its_sockets_in_the_cache(tmp_path: Path) -> None:
    cache = Path("/tmp") / f"ringpool-test-{tmp_path.parent.name}"
    wanted = tmp_path / ("x" * 100)
    try:
        folder = socket_folder(wanted, cache)
        assert folder.is_relative_to(cache)
        assert socket_folder(wanted, cache) == folder
    finally:
        for made in (*cache.glob("s/*"), cache / "s", cache):
            made.rmdir()


def test_a_home_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    with holding(tmp_path), pytest.raises(HomeInUse, match="RINGPOOL_HOME"), holding(tmp_path):
        pass
    with holding(tmp_path):
        pass


def test_two_long_paths_are_refused_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(SocketPathTooLong, match="RINGPOOL_CACHE"):
        socket_folder(tmp_path / ("x" * 100), tmp_path / ("y" * 100))


def test_a_secret_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    first = secret(tmp_path, "ari")
    assert (len(first), secret(tmp_path, "ari"), secret(tmp_path, "ami") != first) == (32, first, True)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:carrier.example", Trunk("carrier.example")),
        ("sip:192.0.2.7:5080", Trunk("192.0.2.7", 5080)),
        ("sip:[2001:db8::1]:5060", Trunk("[2001:db8::1]", 5060)),
        ("sip:ana:p%40ss@carrier.example", Trunk("carrier.example", 5060, "udp", "ana", "p@ss")),
        (
            "sip:ana:x@carrier.example;transport=tcp;register",
            Trunk("carrier.example", 5060, "tcp", "ana", "x", registers=True),
        ),
    ],
)
def test_a_trunk_is_read_as_people_write_it(uri: str, expected: Trunk) -> None:
    assert Trunk.from_uri(uri) == expected


@pytest.mark.parametrize(
    "uri", ["", "carrier", "sip:", "sip:host:99999", "sip:host;transport=smoke", "sips:host"]
)
def test_a_trunk_that_is_not_understood_is_explained(uri: str) -> None:
    with pytest.raises(TrunkNotUnderstood, match="sip:HOST:PORT"):
        Trunk.from_uri(uri)


def test_a_refused_trunk_does_not_repeat_its_password() -> None:
    with pytest.raises(TrunkNotUnderstood) as refusal:
        Trunk.from_uri("sip:ana:hunter2@host:port")
    assert "hunter2" not in str(refusal.value)


def test_rendered_files_are_private_and_hold_what_was_set(tmp_path: Path) -> None:
    settings = node_settings(tmp_path / "n", Trunk("192.0.2.7", 5080, "tcp"))
    render(settings, tmp_path / "cache")
    pjsip = (settings.etc / "pjsip.conf").read_text()
    # A bare semicolon would start a comment.
    assert "contact = sip:192.0.2.7:5080\\;transport=tcp" in pjsip
    assert "password = ari-secret" in (settings.etc / "ari.conf").read_text()
    assert {file.stat().st_mode & 0o777 for file in settings.etc.iterdir()} == {0o600}


def test_a_node_without_a_trunk_has_none(tmp_path: Path) -> None:
    settings = node_settings(tmp_path / "n")
    render(settings, tmp_path / "cache")
    assert "[trunk]" not in (settings.etc / "pjsip.conf").read_text()


def test_a_cdr_row_being_written_is_left_for_later(tmp_path: Path) -> None:
    file = tmp_path / "ringpool.csv"
    values = {name: "" for name, _ in CDR_COLUMNS} | {"uniqueid": "a1", "dst": "4670", "userfield": 'x,"y'}
    values |= {"start": "10.250000", "answer": "0.000000", "end": "12.500000", "disposition": "NO ANSWER"}
    row = ",".join('"' + value.replace('"', '""') + '"' for value in values.values())
    file.write_text(f"{row}\n{row[:20]}")
    [record] = read_cdr(file)
    assert (record.uniqueid, record.start, record.answer, record.end) == ("a1", 10.25, None, 12.5)
    assert record.userfield == 'x,"y'


def test_calls_overlap_only_while_both_exist() -> None:
    def record(start: float, end: float) -> CallRecord:
        return CallRecord("", "", "", "", "", start, None, end, "", "", "")

    assert record(1, 3).overlaps(record(2, 4))
    assert not record(1, 2).overlaps(record(2, 4))


def test_g711_samples_come_back_within_a_quantum() -> None:
    def from_ulaw(code: int) -> int:
        code = ~code & 0xFF
        magnitude = ((code & 0x0F) << 3 | 0x84) << (code >> 4 & 7)
        return (132 - magnitude) if code & 0x80 else (magnitude - 132)

    def from_alaw(code: int) -> int:
        code ^= 0x55
        exponent, mantissa = code >> 4 & 7, code & 0x0F
        magnitude = (mantissa << 4) + 8 if exponent == 0 else ((mantissa << 4) + 0x108) << exponent - 1
        return magnitude if code & 0x80 else -magnitude

    for sample in range(-30000, 30000, 77):
        assert math.isclose(from_ulaw(_ulaw(sample)), sample, rel_tol=0.04, abs_tol=9)
        assert math.isclose(from_alaw(_alaw(sample)), sample, rel_tol=0.04, abs_tol=9)


def test_an_account_is_pushed_in_the_order_that_it_needs() -> None:
    account = phone_account("1001", "s", 'Ana "A" <x>')
    assert [thing.kind for thing in account] == ["auth", "aor", "endpoint"]
    assert account[2].fields["callerid"] == '"Ana A x" <1001>'
    assert "webrtc" not in account[2].fields
    assert phone_account("1001", "s", "Ana", in_browser=True)[2].fields["webrtc"] == "yes"


@pytest.mark.parametrize(
    ("formats", "allowed"),
    [("", "ulaw,alaw"), ("alaw", "alaw,ulaw"), ("G722, ulaw", "g722,ulaw,alaw")],
)
def test_a_phone_may_speak_what_calls_are_offered_in_first(formats: str, allowed: str) -> None:
    assert phone_account("1001", "s", "Ana", media_formats=formats)[2].fields["allow"] == allowed
