"""What the Call Disposition window asks the server for: drafts, referrals, times, recordings (LPS-4 to 8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.store import dispositions, recording_pauses
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def list_id(floor: Floor, max_: User, ana: User) -> int:
    return floor.add_list(max_, ana)


@pytest.fixture
def leg_id(floor: Floor, ana: User, list_id: int) -> UUID:
    floor.sit_down(ana, list_id)
    return floor.call(list_id)


@pytest.fixture
def client(as_: Browser, ana: User, leg_id: UUID) -> FlaskClient:
    return as_(ana)


@pytest.fixture
def attempt_id(floor: Floor, ana: User, leg_id: UUID) -> int:
    call = dispositions.open_call(floor.tenant, ana.id)
    assert call is not None
    return call.attempt_id


def save(client: FlaskClient, floor: Floor, attempt_id: int, **form: object) -> str:
    sale = dispositions.call_results(floor.tenant)[0]
    typed = {"result_id": sale.id, "notes": "", **form}
    answer = client.post(f"/session/calls/{attempt_id}/result", data=typed, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.text)


# -- drafts ------------------------------------------------------------------------------------------


def test_a_draft_is_shown_wherever_the_window_opens(client: FlaskClient, attempt_id: int) -> None:
    typed = {"notes": ["Wants <b>gold</b>", 10], "custom:Plan": ["Silver", 10]}
    answer = client.post(f"/session/calls/{attempt_id}/draft", json=typed)
    assert answer.json == {"fields": typed}
    page = client.get("/session/").text
    assert "Wants &lt;b&gt;gold&lt;/b&gt;" in page
    assert 'value="Silver"' in page
    assert client.get(f"/session/calls/{attempt_id}/draft").json == {"fields": typed}


@pytest.mark.parametrize("raw", ["no json", "[1]", '{"notes": "x"}', '{"notes": ["\\u0000", 1]}'])
def test_what_is_no_draft_changes_nothing(client: FlaskClient, attempt_id: int, raw: str) -> None:
    answer = client.post(f"/session/calls/{attempt_id}/draft", data=raw, content_type="application/json")
    assert answer.status_code == 400
    assert client.get(f"/session/calls/{attempt_id}/draft").json == {"fields": {}}


def test_nobody_sees_anothers_draft(as_: Browser, client: FlaskClient, max_: User, attempt_id: int) -> None:
    client.post(f"/session/calls/{attempt_id}/draft", json={"notes": ["Hm", 10]})
    assert as_(max_).get(f"/session/calls/{attempt_id}/draft").status_code == 404
    assert as_(max_).post(f"/session/calls/{attempt_id}/draft", json={}).status_code == 404


# -- fields, follow-ups, referrals ---------------------------------------------------------------------


def test_fields_are_saved_with_the_result(
    client: FlaskClient, floor: Floor, leg_id: UUID, attempt_id: int
) -> None:
    floor.hang_up(leg_id)
    form = {"first_name": "Boris", "custom:Plan": "Silver", "custom:Unheard of": "x", "status": "pool"}
    assert "Waiting for Next Transfer" in save(client, floor, attempt_id, **form)
    with floor.db.transaction() as connection:
        bo = connection.execute("SELECT * FROM prospect WHERE first_name = 'Boris'").fetchone()
    assert bo is not None
    assert (bo["custom"], bo["status"]) == ({"Plan": "Silver", "Renewal": "March"}, "done")


def test_a_field_that_cannot_be_so_is_named(
    client: FlaskClient, floor: Floor, leg_id: UUID, attempt_id: int
) -> None:
    floor.hang_up(leg_id)
    page = save(client, floor, attempt_id, email="nobody")
    assert "E-mail: This is no e-mail address" in page
    assert 'data-bad-field="email"' in page


@pytest.mark.parametrize(
    ("asked", "bad", "said"),
    [
        (
            "date=2027-03-31&time=09:30",
            False,
            "31 Mar, 09:30 for the prospect (CDT), Wed 31 Mar, 10:30 for you",
        ),
        ("date=2020-03-31&time=09:30", False, "Follow Ups (Past due)"),
        ("date=2027-03-31&time=", True, "choose its time"),
        ("date=soon&time=09:30", True, "date cannot be read"),
    ],
)
def test_a_time_is_said_for_both(
    client: FlaskClient, attempt_id: int, asked: str, bad: bool, said: str
) -> None:
    answer = client.get(f"/session/calls/{attempt_id}/when?{asked}").json
    assert answer is not None
    assert answer["bad"] is bad
    assert said in answer["said"]


def test_a_referral_is_saved_and_said(client: FlaskClient, attempt_id: int) -> None:
    eva = {"first_name": "Eva", "last_name": "<Ek>", "phone": "214 555 7777", "relation": "sister"}
    answer = client.post(f"/session/calls/{attempt_id}/referrals", data=eva)
    assert "Eva &lt;Ek&gt;: saved at the end of the list." in answer.text
    assert answer.headers["HX-Trigger"] == "referral-saved"
    again = client.post(f"/session/calls/{attempt_id}/referrals", data=eva)
    assert "on the list already" in again.text
    assert "HX-Trigger" not in again.headers
    assert "sister" in client.get("/session/stage").text


def test_calling_a_referral_at_once_is_not_for_lead_pool_sessions(client: FlaskClient) -> None:
    page = client.get("/session/stage").text
    assert "Not in a lead pool session" in page


# -- recordings --------------------------------------------------------------------------------------


def test_an_earlier_calls_recording_is_opened_from_the_window_by_who_talked(
    app: Flask,
    as_: Browser,
    client: FlaskClient,
    floor: Floor,
    leg_id: UUID,
    list_id: int,
    attempt_id: int,
    tmp_path: Path,
) -> None:
    floor.hang_up(leg_id)
    save(client, floor, attempt_id)
    recording_id = floor.recorded(attempt_id)
    app.config["RINGPOOL_RECORDINGS"] = tmp_path
    (tmp_path / f"{recording_id}.wav").write_bytes(b"RIFF" + bytes(range(200)))
    floor.call_first_again(list_id)
    assert f'data-recording="/recordings/{recording_id}"' in client.get("/session/stage").text
    (tmp_path / f"{recording_id}.wav").unlink()
    page = client.get("/session/stage").text
    assert "Recording missing" in page
    assert f"/recordings/{recording_id}" not in page
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET deleted_at = now()")
    assert "Recording missing" not in client.get("/session/stage").text


def test_the_recording_is_paused_from_the_window(
    client: FlaskClient, floor: Floor, leg_id: UUID, attempt_id: int
) -> None:
    page = client.get("/session/stage").text
    assert "Pause recording" in page
    page = client.post(f"/session/calls/{attempt_id}/pause-recording", headers={"HX-Request": "true"}).text
    assert "Recording is being paused" in page
    assert "Resume recording" in page
    (wish,) = recording_pauses.take(floor.db, "main")
    recording_pauses.done(floor.db, wish, now())
    assert "Recording paused" in client.get("/session/stage").text
    page = client.post(f"/session/calls/{attempt_id}/resume-recording", headers={"HX-Request": "true"}).text
    assert "Recording goes on" in page
    floor.hang_up(leg_id)
    page = client.get("/session/stage").text
    assert "Recording paused" not in page
    answer = client.post(f"/session/calls/{attempt_id}/pause-recording", headers={"HX-Request": "true"})
    assert "This call is not being recorded any more." in answer.text


# -- scripts -----------------------------------------------------------------------------------------


def test_the_script_field_says_what_is_filled_in(as_: Browser, max_: User, list_id: int) -> None:
    page = as_(max_).get(f"/lists/{list_id}/edit").text
    assert "{first_name}, {last_name}, {account_name}" in page
