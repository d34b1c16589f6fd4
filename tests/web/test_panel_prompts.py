"""The page Prompts: what is said, played in the browser, replaced by one's own and put back."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor
from recordings import as_file, hum, samples_of, share_near

from dialer.db import Database
from dialer.prompts import TEXTS, Prompt
from dialer.sounds import MOST_BYTES
from dialer.store import company, prompts
from dialer.store.people import Role, User

As = Callable[[User], FlaskClient]
HERE = "/company/prompts"


def post(
    browser: FlaskClient, data: bytes, name: str = "ours.wav", prompt: str = "press_1/en"
) -> tuple[int, str]:
    answer = browser.post(f"{HERE}/{prompt}", data={"file": (io.BytesIO(data), name)})
    return answer.status_code, answer.text


def test_the_page_has_every_prompt_in_both_languages(as_: As, ada: User) -> None:
    page = as_(ada).get(HERE)
    assert page.status_code == 200
    for texts in TEXTS.values():
        for text in texts.values():
            assert text in page.text


def test_an_upload_is_heard_and_goes_again(floor: Floor, as_: As, ada: User) -> None:
    browser = as_(ada)
    status, _ = post(browser, as_file(hum(2, channels=2), kind="OGG", width="VORBIS"), "Greeting <b>.ogg")
    assert status == 302
    page = browser.get(HERE).text
    assert "Greeting &lt;b&gt;.ogg" in page
    assert "Your own" in page
    played = browser.get(f"{HERE}/press_1/en.wav")
    assert (played.status_code, played.mimetype) == (200, "audio/wav")
    assert samples_of(played.data)[1] == 16000
    assert share_near(played.data, 1000) > 0.95
    log = browser.get("/audit/").text
    assert "New lead, English" in log

    assert browser.post(f"{HERE}/press_1/en/remove").status_code == 302
    assert "Your own" not in browser.get(HERE).text
    assert browser.post(f"{HERE}/press_1/en/remove").status_code == 404
    assert prompts.own_prompts(floor.tenant, floor.organisation.id) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no sound at all", "save it as WAV, MP3, OGG or FLAC"),
        (b"", "save it as WAV, MP3, OGG or FLAC"),
        (as_file(hum(0.1)), "shorter than 0.3 seconds"),
        (b"\x00" * (MOST_BYTES + 1), "larger than 10 MB"),
    ],
)
def test_what_is_no_recording_is_refused_beside_its_field(
    floor: Floor, as_: As, ada: User, data: bytes, said: str
) -> None:
    status, page = post(as_(ada), data)
    assert (status, said in page) == (422, True)
    assert page.index(said) > page.index('id="press_1-en"')
    assert page.index(said) < page.index('id="press_1-sv"')
    assert prompts.own_prompts(floor.tenant, floor.organisation.id) == []


def test_without_a_file_one_is_asked_for(as_: As, ada: User) -> None:
    answer = as_(ada).post(f"{HERE}/press_1/en")
    assert (answer.status_code, "Choose a recording first." in answer.text) == (422, True)


def test_built_prompts_are_played_where_this_machine_has_them(
    app: Flask, as_: As, max_: User, tmp_path: Path
) -> None:
    browser = as_(max_)
    assert browser.get(f"{HERE}/press_1/sv.wav").status_code == 404
    assert "this machine has no prompts folder" in browser.get(HERE).text
    app.config["RINGPOOL_PROMPTS"] = tmp_path
    (tmp_path / "sv").mkdir()
    (tmp_path / "sv" / "press_1.wav16").write_bytes(b"RIFF sound")
    assert browser.get(f"{HERE}/press_1/sv.wav").data == b"RIFF sound"
    for path in ("press_1/de.wav", "nothing/en.wav", "..%2f..%2fetc/en.wav"):
        assert browser.get(f"{HERE}/{path}").status_code == 404, path


def test_another_organisations_prompts_are_not_to_be_had(db: Database, as_: As, ada: User) -> None:
    assert post(as_(ada), as_file(hum(1)))[0] == 302
    theirs = as_(Floor(db, "Nord").hire("Nils", Role.ADMIN))
    assert theirs.get(f"{HERE}/press_1/en.wav").status_code == 404
    assert theirs.post(f"{HERE}/press_1/en/remove").status_code == 404


def test_an_abandoned_call_can_hear_the_prompt(floor: Floor, as_: As, ada: User) -> None:
    browser = as_(ada)
    found = company.settings(floor.tenant, floor.organisation.id)
    form = {
        "version": str(found.version),
        "calling_from": "09:00",
        "calling_until": "20:00",
        "attempts_per_day": "5",
        "wrap_up_s": "45",
        "night_at": "02:30",
        "sounds-0": "prompt:sv/abandoned_call",
        "sounds-1": "silence/1",
        "sounds-2": "prompt:sv/abandoned_call",
    }
    assert browser.post("/company/", data=form).status_code == 302
    said = f"prompt:sv/abandoned_call/{floor.organisation.id}"
    stored = company.settings(floor.tenant, floor.organisation.id).drop_message
    assert stored == f"{said},sound:silence/1,{said}"
    page = browser.get("/company/").text
    assert 'value="prompt:sv/abandoned_call"' in page
    assert TEXTS[Prompt.ABANDONED_CALL]["sv"] in page
    form |= {"version": str(found.version + 1), "sounds-0": "prompt:sv/nonsense"}
    assert browser.post("/company/", data=form).status_code == 422
