"""Dialing alone in My Session, as the server answers it (LPS-1, LPS-8, LPS-12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.calls.events import LegAnswered, LegJoined
from dialer.store import calls, solo
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def list_id(floor: Floor, max_: User, ana: User) -> int:
    return floor.add_normal_list(max_, ana)


@pytest.fixture
def client(as_: Browser, ana: User, list_id: int) -> FlaskClient:
    return as_(ana)


def post(client: FlaskClient, action: str, **form: object) -> str:
    answer = client.post(f"/session/{action}", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.text)


def first(floor: Floor, ana: User) -> int:
    return solo.records(floor.tenant, ana.id)[0].prospect_id


def test_my_lists_end_with_the_two_lists_of_follow_ups(client: FlaskClient, floor: Floor, ana: User) -> None:
    floor.promise(ana, timedelta(days=-2), timedelta(days=2), timedelta(days=3))
    page = client.get("/session/").text
    rows = {
        name: re.search(rf'id="my-follow-ups-{name}".*?<td class="num">(\d+)', page, re.DOTALL)
        for name in ("past-due", "not-due")
    }
    assert {name: found and found[1] for name, found in rows.items()} == {"past-due": "1", "not-due": "2"}
    assert "Follow Ups (Not due)" in page
    assert "Follow Ups (Past due)" in page


def test_follow_ups_are_there_without_any_list(as_: Browser, floor: Floor, max_: User) -> None:
    page = as_(max_).get("/session/").text
    assert "No lists yet" in page
    assert "Follow Ups (Past due)" in page


@pytest.mark.parametrize("loaded", ["list", "follow_ups"])
def test_what_is_loaded_waits_for_start_session(client: FlaskClient, list_id: int, loaded: str) -> None:
    value = list_id if loaded == "list" else "follow_ups_past_due"
    page = client.get(f"/session/?{loaded}={value}").text
    assert 'Click "Start Session" button to begin your Dialing Session' in page
    assert "nobody is called before you say so" in page


def test_the_records_of_a_normal_list_show_with_call_and_skip(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    page = client.get("/session/stage").text
    for text in ("Bo Prospect 1", "+1 214-555-1001", "Not called yet", "Call next", "One after another: off"):
        assert text in page
    assert "Waiting for Next Transfer" not in page
    assert 'id="grid"' not in page, "nobody else dials it"
    assert "Bo Prospect 1" in client.get("/session/solo/records").text


def test_a_second_agent_is_told_who_dials_the_list(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    abe = floor.hire("Abe", extension="1002")
    list_id = floor.add_normal_list(max_, ana, abe)
    floor.sit_down(ana, list_id)
    page = post(as_(abe), "start", list=list_id)
    assert "Ana is dialing this list; a normal call list is dialed by one agent alone." in page


def test_the_window_opens_while_it_rings_and_closes_when_nobody_answers(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    assert "Calling …" in post(client, f"solo/call/{first(floor, ana)}")
    (leg_id,) = floor.answer_desks()
    page = client.get("/session/stage").text
    assert "Call Disposition" in page
    assert "Calling …" in page
    assert "Hang up" in page
    assert re.search(r'id="save-and-go"[^>]*disabled', page), "nobody was talked to yet"
    floor.hang_up(leg_id, cause=17)
    page = client.get("/session/stage").text
    assert "Call Disposition" not in page
    assert re.search(r"Bo Prospect 1</span> · <span id=\"last-outcome\">Busy", page)


def test_an_answered_call_is_talked_on_and_saved_as_in_a_pool(
    client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.sit_down(ana, list_id)
    post(client, "solo/next")
    (leg_id,) = floor.answer_desks()
    calls.on_event(floor.db, leg_id, LegAnswered(now(), leg_id))
    with floor.db.transaction() as connection:
        row = connection.execute("SELECT id, bridge_id FROM attempt").fetchone()
    assert row is not None
    calls.on_event(floor.db, leg_id, LegJoined(now(), leg_id, row["bridge_id"]))
    assert "Talk time" in client.get("/session/stage").text
    floor.hang_up(leg_id)
    results = re.findall(r'name="result_id"[^>]* value="(\d+)"', client.get("/session/stage").text)
    page = post(client, f"calls/{row['id']}/result", result_id=results[0], notes="")
    assert "Bo Prospect 2" in page
    assert "Bo Prospect 1" not in page


def test_a_rule_in_the_way_is_said(client: FlaskClient, floor: Floor, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    prospect_id = first(floor, ana)
    floor.bar(prospect_id)
    post(client, f"solo/call/{prospect_id}")
    assert floor.answer_desks() == []
    page = client.get("/session/stage").text
    assert re.search(r'id="refusal".*Bo Prospect 1</span>: The number is on Do Not Call\.', page, re.DOTALL)


def test_skip_and_one_after_another(client: FlaskClient, floor: Floor, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    page = post(client, f"solo/skip/{first(floor, ana)}")
    assert page.index("Bo Prospect 2") < page.index("Bo Prospect 1")
    assert "Skipped" in page
    page = post(client, "solo/one-after-another", on="1")
    assert "One after another: on" in page
    assert "One after another: off" in post(client, "solo/one-after-another", on="0")


def test_follow_ups_are_dialed_by_who_promised_them(
    as_: Browser, client: FlaskClient, floor: Floor, ana: User, list_id: int
) -> None:
    floor.promise(ana, timedelta(days=-2), note="Ask for Mrs Bolt")
    page = post(client, "solo/follow-ups", follow_ups="follow_ups_past_due")
    assert "Connecting phone" in page
    floor.connect_phones()
    page = client.get("/session/stage").text
    assert "Follow Ups (Past due)" in page
    assert "Ask for Mrs Bolt" in page
    abe = floor.hire("Abe", extension="1002")
    other = as_(abe)
    post(other, "solo/follow-ups", follow_ups="follow_ups_past_due")
    floor.connect_phones()
    assert "Ask for Mrs Bolt" not in other.get("/session/stage").text
    post(other, f"solo/call/{first(floor, ana)}")
    assert floor.answer_desks() == []
    page = other.get("/session/stage").text
    assert "This record is not yours to call" in page
    assert "Bo Prospect" not in page, "nor is its name"
    assert other.post("/session/solo/follow-ups", data={"follow_ups": "everything"}).status_code == 404


def test_in_a_lead_pool_session_nobody_is_called_by_a_click(
    client: FlaskClient, floor: Floor, max_: User, ana: User
) -> None:
    floor.sit_down(ana, floor.add_list(max_, ana, name="Pool"))
    assert "In a lead pool session answered calls come to you" in post(client, "solo/next")


def test_the_records_speak_swedish(client: FlaskClient, floor: Floor, ana: User, list_id: int) -> None:
    floor.sit_down(ana, list_id)
    client.post("/language", data={"language": "sv"})
    assert "Ring nästa" in client.get("/session/stage").text
