"""The address at which phones register, and from where it can be found."""

from __future__ import annotations

import pytest

from cli.checks import State, phones
from cli.installation import OwnAsterisk, Plan
from cli.stack.folders import Folders
from dialer.settings import BadSetting, Settings, from_environment
from dialer.sip_address import Reach, SipAddress, sip_address


@pytest.mark.parametrize(
    ("text", "read", "reach"),
    [
        ("sip.example.com", "sip.example.com:5060", Reach.NETWORK),
        ("10.0.0.5:5070", "10.0.0.5:5070", Reach.NETWORK),
        ("[2001:db8::5]:5070", "[2001:db8::5]:5070", Reach.NETWORK),
        ("127.0.0.1", "127.0.0.1:5060", Reach.THIS_MACHINE),
        ("localhost:5070", "localhost:5070", Reach.THIS_MACHINE),
        ("[::1]", "[::1]:5060", Reach.THIS_MACHINE),
        ("0.0.0.0", "0.0.0.0:5060", Reach.NOWHERE),
        ("[::]:5060", "[::]:5060", Reach.NOWHERE),
    ],
)
def test_an_address_is_read_and_judged(text: str, read: str, reach: Reach) -> None:
    found = sip_address(text)
    assert (str(found), found.reach) == (read, reach)


@pytest.mark.parametrize("text", ["sip:ana@example.com", "a b", "host:99999", "host:", "2001:db8::5"])
def test_what_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(BadSetting, match="RINGPOOL_SIP_ADDRESS"):
        from_environment({"DATABASE_URL": "x", "RINGPOOL_SIP_ADDRESS": text})


@pytest.mark.parametrize(
    ("address", "proxies", "state"),
    [
        ("", 0, State.SKIPPED),
        ("0.0.0.0:5060", 0, State.WRONG),
        ("127.0.0.1:5060", 0, State.OK),
        ("127.0.0.1:5060", 1, State.WRONG),
        ("sip.example.com:5060", 1, State.OK),
    ],
)
def test_the_doctor_names_an_address_that_phones_cannot_find(
    address: str, proxies: int, state: State
) -> None:
    found = phones(Settings(database_url="x", sip_address=address, panel_proxies=proxies))
    assert found.state is state
    assert bool(found.next_step) == (state is State.WRONG)


def _plan(**told: object) -> Plan:
    ports = dict.fromkeys(
        (
            "panel_port",
            "sip_port",
            "http_port",
            "ami_port",
            "agi_port",
            "metrics_port",
            "rtp_start",
            "rtp_end",
        ),
        5070,
    )
    usual = {
        "folders": Folders.from_environment(),
        "panel_host": "127.0.0.1",
        "sip_bind": "0.0.0.0",
        "trunk": None,
    }
    return Plan(**{**ports, **usual, **told})  # type: ignore[arg-type]


def test_up_tells_agents_what_it_was_told_or_what_others_see() -> None:
    assert _plan(sip_address="sip.example.com").phones_register_at == "sip.example.com:5060"
    assert _plan(external_address="203.0.113.9").phones_register_at == "203.0.113.9:5070"
    assert _plan(sip_bind="10.0.0.5").phones_register_at == "10.0.0.5:5070"
    assert sip_address(_plan().phones_register_at).reach is not Reach.NOWHERE
    assert _plan(own_asterisk=OwnAsterisk("http://a/ari", "", "")).phones_register_at == ""
    assert str(SipAddress("::1", 5070)) == "[::1]:5070"
