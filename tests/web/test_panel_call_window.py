"""What the Call Disposition window asks the server for: drafts, referrals, times, recordings (LPS-4 to 8)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor

from dialer.store import audit, dispositions
from dialer.store.audit import Change, Filters
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


@pytest.fixture
def recording_id(
    app: Flask, floor: Floor, client: FlaskClient, leg_id: UUID, attempt_id: int, tmp_path: Path
) -> UUID:
    """Ana's first call with Bo was recorded and is over."""
    floor.hang_up(leg_id)
    save(client, floor, attempt_id)
    recording_id = uuid4()
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO recording (organisation_id, id, attempt_id, user_id, node, started_at) "
            "SELECT organisation_id, %s, id, user_id, node, answered_at FROM attempt WHERE id = %s",
            (recording_id, attempt_id),
        )
    app.config["RINGPOOL_RECORDINGS"] = tmp_path
    (tmp_path / f"{recording_id}.wav").write_bytes(b"RIFF" + bytes(range(200)))
    return recording_id


def listenings(floor: Floor) -> list[Change]:
    return audit.page(floor.tenant, floor.organisation.id, Filters(family="recording"))


def test_a_recording_is_heard_in_parts_and_noted_once(
    client: FlaskClient, floor: Floor, ana: User, recording_id: UUID
) -> None:
    address = f"/session/recordings/{recording_id}.wav"
    whole = client.get(address)
    assert (whole.status_code, whole.mimetype, whole.headers["Accept-Ranges"]) == (200, "audio/wav", "bytes")
    part = client.get(address, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data) == (206, bytes(range(4)))
    (heard,) = listenings(floor)
    assert (heard.user_id, heard.subject) == (ana.id, f"recording:{recording_id}")
    client.get(address, headers={"Range": "bytes=0-"})
    assert len(listenings(floor)) == 2, "played from the beginning again"


def test_a_part_alone_is_noted_too(client: FlaskClient, floor: Floor, recording_id: UUID) -> None:
    client.get(f"/session/recordings/{recording_id}.wav", headers={"Range": "bytes=4-7"})
    assert len(listenings(floor)) == 1


def test_who_hears_a_recording(
    as_: Browser, floor: Floor, max_: User, list_id: int, recording_id: UUID
) -> None:
    address = f"/session/recordings/{recording_id}.wav"
    assert as_(max_).get(address).status_code == 200
    stranger = floor.hire("Stig", extension="1009")
    assert as_(stranger).get(address).status_code == 404
    elsewhere = Floor(floor.db, "Borealis")
    assert as_(elsewhere.hire("Max", max_.role)).get(address).status_code == 404
    assert [each.user_id for each in listenings(floor)] == [max_.id]


def test_a_recording_that_is_gone_is_said(
    app: Flask, client: FlaskClient, floor: Floor, list_id: int, recording_id: UUID, tmp_path: Path
) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done' WHERE status <> 'done'")
        connection.execute("DELETE FROM lease")
        connection.execute("UPDATE prospect SET status = 'pool' WHERE position = 1")
    floor.call(list_id)
    assert f"{recording_id}.wav" in client.get("/session/stage").text
    (tmp_path / f"{recording_id}.wav").unlink()
    page = client.get("/session/stage").text
    assert "Recording missing" in page
    assert f"{recording_id}.wav" not in page
    assert client.get(f"/session/recordings/{recording_id}.wav").status_code == 404
    app.config["RINGPOOL_RECORDINGS"] = None
    assert client.get(f"/session/recordings/{recording_id}.wav").status_code == 404
    assert listenings(floor) == []


# -- scripts -----------------------------------------------------------------------------------------


def test_the_script_field_says_what_is_filled_in(as_: Browser, max_: User, list_id: int) -> None:
    page = as_(max_).get(f"/lists/{list_id}/edit").text
    assert "{first_name}, {last_name}, {account_name}" in page
