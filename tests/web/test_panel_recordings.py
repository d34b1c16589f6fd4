"""Recordings in the panel: the popup, its addresses, who hears what, and what the log says (CMP-4)."""

from __future__ import annotations

import re
import struct
import wave
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.recording_files import NoSuchPart, Part
from dialer.store import audit, recordings
from dialer.store.audit import Change, Filters
from dialer.store.people import User
from web.recordings import addresses

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def recording_id(app: Flask, floor: Floor, max_: User, ana: User, tmp_path: Path) -> UUID:
    """Ana talked with Bo for a second, and it is on record."""
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    with floor.db.transaction() as connection:
        row = connection.execute("SELECT id FROM attempt").fetchone()
    assert row is not None
    recording_id = floor.recorded(row["id"])
    app.config["RINGPOOL_RECORDINGS"] = tmp_path
    with wave.open(str(tmp_path / f"{recording_id}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<8000h", *([12000] * 8000)))
    return recording_id


def opened(client: FlaskClient, recording_id: UUID) -> str:
    """The sound's address, as the popup has it."""
    page = client.get(f"/recordings/{recording_id}")
    assert page.status_code == 200
    found = re.search(r'<audio src="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def noted(floor: Floor) -> list[Change]:
    return audit.page(floor.tenant, floor.organisation.id, Filters(family="recording"))


def test_a_listening_is_noted_once_however_many_parts_are_fetched(
    as_: Browser, floor: Floor, ana: User, recording_id: UUID
) -> None:
    client = as_(ana)
    address = opened(client, recording_id)
    assert noted(floor) == [], "opened is not heard"
    whole = client.get(address)
    assert (whole.status_code, whole.mimetype, whole.headers["Accept-Ranges"]) == (200, "audio/wav", "bytes")
    part = client.get(address, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    client.get(address, headers={"Range": "bytes=44-"})
    (heard,) = noted(floor)
    assert (heard.user_id, heard.subject, heard.action) == (
        ana.id, f"recording:{recording_id}", "recording.listen",
    )  # fmt: skip
    client.get(opened(client, recording_id))
    assert len(noted(floor)) == 2, "opened and heard again"


def test_a_later_address_belongs_to_the_same_listening(
    as_: Browser, floor: Floor, ana: User, recording_id: UUID
) -> None:
    client = as_(ana)
    token = re.search(r'data-token="([^"]+)"', client.get(f"/recordings/{recording_id}").text)
    assert token is not None
    fresh = client.get(f"/recordings/{recording_id}/address", query_string={"earlier": token[1]}).json
    client.get(f"/recordings/sound/{token[1]}.wav")
    client.get(fresh["sound"])
    assert len(noted(floor)) == 1
    made_up = client.get(f"/recordings/{recording_id}/address", query_string={"earlier": "made up"}).json
    client.get(made_up["sound"])
    assert len(noted(floor)) == 2


def test_who_asks_for_address_after_address_is_noted_again_after_hours(
    app: Flask, as_: Browser, floor: Floor, ana: User, recording_id: UUID
) -> None:
    begun = int((now() - addresses.ONE_LISTENING - timedelta(minutes=1)).timestamp())
    with app.app_context():
        fresh = addresses._signer().dumps([str(recording_id), ana.id, "long ago", begun])
    client = as_(ana)
    assert client.get(f"/recordings/sound/{fresh}.wav").status_code == 200
    again = client.get(f"/recordings/{recording_id}/address", query_string={"earlier": fresh}).json
    assert client.get(again["sound"]).status_code == 200
    assert len(noted(floor)) == 2


def test_the_popup_has_a_waveform_pauses_and_times(
    as_: Browser, floor: Floor, ana: User, recording_id: UUID
) -> None:
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO recording_pause (organisation_id, recording_id, started_at, ended_at) SELECT "
            "organisation_id, id, started_at + interval '5 s', started_at + interval '65 s' FROM recording"
        )
    page = as_(ana).get(f"/recordings/{recording_id}").text
    assert f'data-peaks="{bytes([12000 >> 7] * 600).hex()}"' in page
    assert 'data-length-ms="1000"' in page
    assert 'data-pauses="5000"' in page
    assert "0:05: paused for 1:00" in page


def test_an_outline_is_kept_when_the_file_is_whole(
    as_: Browser, floor: Floor, ana: User, recording_id: UUID
) -> None:
    """For a moment after the call Asterisk still writes: what is drawn then is drawn anew later."""

    def kept() -> object:
        as_(ana).get(f"/recordings/{recording_id}")
        with floor.db.transaction() as connection:
            return connection.execute("SELECT length_ms FROM recording").fetchone()

    assert kept() == {"length_ms": None}
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET ended_at = ended_at - interval '1 minute'")
    assert kept() == {"length_ms": 1000}


def test_managers_hear_all_of_their_organisation_and_agents_their_own(
    as_: Browser, floor: Floor, max_: User, ana: User, recording_id: UUID
) -> None:
    address = f"/recordings/{recording_id}"
    assert as_(max_).get(address).status_code == 200
    assert as_(ana).get(address).status_code == 200
    abe = floor.hire("Stig", extension="1009")
    with floor.db.transaction() as connection:
        connection.execute(
            "INSERT INTO list_assignment (organisation_id, list_id, user_id) "
            "SELECT organisation_id, id, %s FROM list", (abe.id,),
        )  # fmt: skip
    assert as_(abe).get(address).status_code == 404
    elsewhere = Floor(floor.db, "Borealis")
    assert as_(elsewhere.hire("Max", max_.role)).get(address).status_code == 404


def test_an_address_is_one_users_and_good_for_minutes(
    app: Flask, as_: Browser, max_: User, ana: User, recording_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_(ana)
    address = opened(client, recording_id)
    assert as_(max_).get(address).status_code == 404, "Ana's address, and a manager who may hear it"
    assert app.test_client().get(address).status_code == 302
    assert client.get(address.replace(".wav", "x.wav")).status_code == 404
    monkeypatch.setattr(addresses, "read", lambda token: _read(token, timedelta(seconds=-2)))
    assert client.get(address).status_code == 404


_read = addresses.read


def test_managers_download_and_agents_do_not(
    as_: Browser, floor: Floor, max_: User, ana: User, recording_id: UUID
) -> None:
    agent, manager = as_(ana), as_(max_)
    assert "Download" not in agent.get(f"/recordings/{recording_id}").text
    assert agent.get(opened(agent, recording_id) + "?copy=1").status_code == 403
    assert noted(floor) == []
    assert "Download" in manager.get(f"/recordings/{recording_id}").text
    copy = manager.get(opened(manager, recording_id) + "?copy=1")
    assert copy.headers["Content-Disposition"].startswith("attachment")
    assert [each.action for each in noted(floor)] == ["recording.download"]


def test_a_recording_that_is_gone_or_deleted_is_said(
    app: Flask, as_: Browser, floor: Floor, max_: User, recording_id: UUID, tmp_path: Path
) -> None:
    client = as_(max_)
    address = opened(client, recording_id)
    (tmp_path / f"{recording_id}.wav").unlink()
    assert "not on this machine" in client.get(f"/recordings/{recording_id}").text
    assert client.get(address).status_code == 404
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET deleted_at = %s", (now(),))
    deleted = client.get(f"/recordings/{recording_id}")
    assert (deleted.status_code, "This recording was deleted" in deleted.text) == (404, True)
    assert noted(floor) == []


def test_a_file_that_goes_while_it_is_asked_for_is_not_there(
    as_: Browser, max_: User, recording_id: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_(max_)
    address = opened(client, recording_id)
    file, note = tmp_path / f"{recording_id}.wav", recordings.note

    def moved_meanwhile(*of: Any, **how: Any) -> None:
        file.unlink()
        note(*of, **how)

    monkeypatch.setattr(recordings, "note", moved_meanwhile)
    assert client.get(address).status_code == 404


class Stored:
    """As a store answers; the real one is asked in test_recording_keeping."""

    def part(self, organisation_id: int, recording_id: UUID, byte_range: str | None) -> Part:
        if byte_range is None:
            return Part(0, 10, 10, iter([b"01234", b"56789"]), is_all=True)
        if byte_range == "bytes=10-":
            raise NoSuchPart
        assert byte_range == "bytes=2-4"
        return Part(2, 10, 3, iter([b"234"]))


@pytest.fixture
def stored(app: Flask, floor: Floor, recording_id: UUID, tmp_path: Path) -> UUID:
    (tmp_path / f"{recording_id}.wav").unlink()
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET place = 'store'")
        connection.execute("UPDATE prospect SET first_name = %s, last_name = ''", ('Åsa\n"B"',))
    app.extensions["ringpool_recording_store"] = Stored()
    return recording_id


def test_a_stored_recording_is_passed_on_in_parts(as_: Browser, max_: User, stored: UUID) -> None:
    client = as_(max_)
    address = opened(client, stored)
    assert client.get(address).data == b"0123456789"
    part = client.get(address, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert client.get(address, headers={"Range": "bytes=10-"}).status_code == 416
    several = client.get(address, headers={"Range": "bytes=0-1,4-5"})
    assert (several.status_code, several.data) == (200, b"0123456789")
    lines = client.get(address, headers={"Range": "lines=2-4"})
    assert (lines.status_code, lines.data) == (200, b"0123456789")


@pytest.mark.parametrize("place", ["folder", "store"])
def test_a_copy_is_named_by_when_and_with_whom(
    app: Flask, as_: Browser, floor: Floor, max_: User, stored: UUID, tmp_path: Path, place: str
) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET place = %s, started_at = '2026-07-01T02:30:00Z'", (place,))
        connection.execute("UPDATE organisation SET time_zone = 'America/Chicago'")
    (tmp_path / f"{stored}.wav").write_bytes(b"RIFF")
    client = as_(max_)
    named = client.get(opened(client, stored) + "?copy=1").headers["Content-Disposition"]
    assert "filename*=UTF-8''2026-06-30%2021.30%20%C3%85sa%20%22B%22.wav" in named


@pytest.mark.parametrize("here", [True, False])
def test_a_recording_on_its_way_to_the_store_is_heard_wherever_it_is(
    as_: Browser, floor: Floor, max_: User, stored: UUID, tmp_path: Path, here: bool
) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET place = 'moving'")
    if here:
        (tmp_path / f"{stored}.wav").write_bytes(b"RIFF")
    client = as_(max_)
    assert client.get(opened(client, stored)).data == (b"RIFF" if here else b"0123456789")
