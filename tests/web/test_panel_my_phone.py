"""My phone: what a desk or soft phone must be told, and who hears the secret (DIAL-8, DIAL-9)."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor
from structlog.testing import capture_logs

from dialer.agents import PHONE_VANISHED
from dialer.sip_address import SipAddress
from dialer.store import agents, audit
from dialer.store.audit import Filters
from dialer.store.people import User
from dialer.store.phone_setup import SipLogin
from web.phone_setup import provisioning

Browser = Callable[[User], FlaskClient]


@pytest.fixture(autouse=True)
def server(app: Flask) -> None:
    app.config["RINGPOOL_SIP_ADDRESS"] = "sip.example.com:5070"


def secret_of(floor: Floor, user: User) -> str:
    with floor.db.transaction() as connection:
        row = connection.execute("SELECT sip_secret FROM app_user WHERE id = %s", (user.id,)).fetchone()
    assert row is not None
    return str(row["sip_secret"])


def set_user(floor: Floor, user: User, change: str) -> None:
    with floor.db.transaction() as connection:
        connection.execute(f"UPDATE app_user SET {change} WHERE id = %s", (user.id,))  # type: ignore[arg-type]


def test_everything_but_the_secret_is_on_the_page(as_: Browser, floor: Floor, ana: User) -> None:
    page = as_(ana).get("/my-phone/").text
    for text in ("sip.example.com", "5070", "1001", "PCMU (G.711 µ-law), PCMA", "RFC 4733", "Stay connected"):
        assert text in page
    assert "between prospects you hear music" in page
    assert secret_of(floor, ana) not in page
    assert '<svg class="qr"' not in page


def test_every_usual_phone_has_its_words(as_: Browser, ana: User) -> None:
    page = as_(ana).get("/my-phone/").text
    for name in ("Linphone", "Zoiper", "MicroSIP", "Yealink", "Grandstream"):
        assert name in page


def test_the_secret_comes_when_asked_for_and_is_noted_but_never_logged(
    as_: Browser, floor: Floor, ana: User
) -> None:
    client = as_(ana)
    with capture_logs() as logs:
        answer = client.post("/my-phone/secret")
    secret = secret_of(floor, ana)
    assert answer.status_code == 200
    assert f'value="{secret}"' in answer.text
    assert 'class="qr"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret not in repr(logs)
    [change] = audit.page(floor.tenant, floor.organisation.id, Filters(subject=f"user:{ana.id}"))[:1]
    assert (change.action, change.user_id, change.after) == ("user.show", ana.id, {"sip_secret": "shown"})
    assert secret not in client.get("/my-phone/").text


def test_the_secret_is_not_to_be_had_by_an_address(as_: Browser, ana: User) -> None:
    assert as_(ana).get("/my-phone/secret").status_code == 405


def test_everybody_sees_their_own_alone(as_: Browser, floor: Floor, ana: User, max_: User) -> None:
    abe = floor.hire("Abe", extension="1002")
    page = as_(abe).post("/my-phone/secret").text
    assert secret_of(floor, abe) in page
    assert secret_of(floor, ana) not in page
    assert "ask your manager for a new one" in page


def test_a_browser_phone_needs_nothing(as_: Browser, floor: Floor, ana: User) -> None:
    set_user(floor, ana, "phone_kind = 'browser'")
    client = as_(ana)
    page = client.get("/my-phone/").text
    assert "Nothing to set up" in page
    assert "Show the secret" not in page
    refused = client.post("/my-phone/secret", follow_redirects=True).text
    assert "Your phone is the browser, which needs no secret; open My Session." in refused
    assert secret_of(floor, ana) not in refused


def test_without_an_extension_it_is_said_whom_to_ask(as_: Browser, max_: User) -> None:
    assert "You have no phone extension yet" in as_(max_).get("/my-phone/").text
    assert "You have no phone extension yet" in as_(max_).post("/my-phone/secret", follow_redirects=True).text


def test_without_an_address_the_page_says_so_and_draws_no_code(app: Flask, as_: Browser, ana: User) -> None:
    app.config["RINGPOOL_SIP_ADDRESS"] = ""
    page = as_(ana).post("/my-phone/secret").text
    assert "address is not known here yet" in page
    assert 'class="qr"' not in page


def test_a_ring_each_call_agent_reads_what_that_means(as_: Browser, floor: Floor, ana: User) -> None:
    set_user(floor, ana, "phone_mode = 'ring_each_call'")
    page = as_(ana).get("/my-phone/").text
    assert "Ring each call" in page
    assert "must answer by itself" in page


def test_what_is_known_of_the_phone_is_said_and_no_more(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    client = as_(ana)
    assert "Whether it is registered is shown by the phone itself." in client.get("/my-phone/").text
    floor.sit_down(ana, floor.add_list(max_, ana))
    assert "Your phone is connected to your session." in client.get("/my-phone/").text
    floor.lose_phone(ana)
    assert "Ringpool called your phone and lost it" in client.get("/my-phone/").text


def test_my_session_leads_there_when_the_phone_is_lost(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    client = as_(ana)
    link = 'href="/my-phone/">'
    assert len(re.findall(link, client.get("/session/stage").text)) == 0
    floor.lose_phone(ana)
    assert "Set up my phone" in client.get("/session/stage").text
    set_user(floor, ana, "phone_kind = 'browser'")
    assert "Set up my phone" not in as_(ana).get("/session/stage").text


def test_a_pause_because_of_the_phone_leads_there_too(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    floor.sit_down(ana, floor.add_list(max_, ana))
    with floor.db.transaction() as connection:
        connection.execute("UPDATE agent SET state = 'paused', pause_reason = %s", (PHONE_VANISHED,))
    page = as_(ana).get("/session/stage").text
    assert PHONE_VANISHED in page
    assert "Set up my phone" in page
    assert agents.agent_of(floor.tenant, ana.id).pause_reason == PHONE_VANISHED


def test_the_code_holds_an_account_that_the_phone_can_read() -> None:
    login = SipLogin("1001", "a<b&c")
    text = provisioning.account_config(SipAddress("10.0.0.5"), login)
    account = ElementTree.fromstring(text.encode()).find("Account")
    assert account is not None
    found = {each.tag: each.text for each in account}
    assert (found["RegisterServer"], found["UserID"], found["AuthPass"]) == ("10.0.0.5:5060", "1001", "a<b&c")
    assert text.isascii()
    assert "a<b&c" not in repr(login), "a log of it says nothing"
