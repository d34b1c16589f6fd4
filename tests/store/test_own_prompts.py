"""Organisations' own prompts on record: whose they are, who may change them, what calls play."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dialing_floor import Floor
from recordings import as_file, hum

from ari_app.own_prompts import OwnPrompts
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Forbidden, NotFound
from dialer.prompts import Prompt, Sound
from dialer.roles import Role
from dialer.sounds import read_sound
from dialer.store import audit, prompts


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture(scope="module")
def sound() -> Sound:
    return read_sound(as_file(hum(1)))


def media(floor: Floor, locale: str = "en") -> str:
    with floor.db.transaction() as connection:
        return prompts.media_of(connection, floor.organisation_id, Prompt.PRESS_1, locale)


def put(floor: Floor, by: int, sound: Sound, name: str = "ours.wav") -> None:
    prompts.upload(floor.tenant, by, Prompt.PRESS_1, "en", name, sound, now())


def test_calls_play_the_organisations_own_where_it_has_one(floor: Floor, db: Database, sound: Sound) -> None:
    other, ada = Floor(db, "Borealis"), floor.hire("Ada", role=Role.ADMIN)
    assert media(floor) == "prompt:en/press_1"
    put(floor, ada, sound)
    assert media(floor) == f"prompt:en/press_1/{floor.organisation_id}"
    assert media(floor, "sv") == "prompt:sv/press_1"
    assert media(other) == "prompt:en/press_1"
    assert prompts.sound_of(floor.tenant, floor.organisation_id, Prompt.PRESS_1, "en") == sound
    assert prompts.sound_of(other.tenant, floor.organisation_id, Prompt.PRESS_1, "en") is None
    prompts.remove(floor.tenant, ada, Prompt.PRESS_1, "en")
    assert media(floor) == "prompt:en/press_1"
    with pytest.raises(NotFound, match="Ringpool's own already"):
        prompts.remove(floor.tenant, ada, Prompt.PRESS_1, "en")


def test_only_admins_change_prompts_and_the_log_says_who_did_what(floor: Floor, sound: Sound) -> None:
    ada = floor.hire("Ada", role=Role.ADMIN)
    with pytest.raises(Forbidden):
        put(floor, floor.max_id, sound)
    put(floor, ada, sound, "ours\x00\n.wav")
    put(floor, ada, read_sound(as_file(hum(2))), "better.wav")
    prompts.remove(floor.tenant, ada, Prompt.PRESS_1, "en")
    found = audit.page(floor.tenant, floor.organisation_id, audit.Filters(family="prompt"))
    assert [change.action for change in found] == ["prompt.remove", "prompt.upload", "prompt.upload"]
    assert {change.subject for change in found} == {"prompt:press_1.en"}
    assert found[1].before is not None and found[1].before["file_name"] == "ours.wav"
    assert found[1].after is not None and found[1].after["file_name"] == "better.wav"


def test_every_folder_may_be_read_by_an_asterisk_that_is_another_user(
    floor: Floor, sound: Sound, tmp_path: Path
) -> None:
    put(floor, floor.hire("Ada", role=Role.ADMIN), sound)
    before = os.umask(0o077)
    try:
        OwnPrompts(tmp_path).follow(floor.db)
    finally:
        os.umask(before)
    folders = [path for path in tmp_path.rglob("*") if path.is_dir()]
    assert {path.stat().st_mode & 0o777 for path in folders} == {0o755}
    assert len(folders) == 3


def test_every_node_has_what_was_uploaded_and_nothing_else(
    floor: Floor, sound: Sound, tmp_path: Path
) -> None:
    ada, files = floor.hire("Ada", role=Role.ADMIN), OwnPrompts(tmp_path)
    place = tmp_path / f"own/{floor.organisation_id}/en/press_1.wav"
    assert files.follow(floor.db) == 0
    put(floor, ada, sound)
    assert files.follow(floor.db) == 1
    assert (place.read_bytes(), place.with_suffix(".wav16").read_bytes()) == (sound.narrow, sound.wide)
    assert place.stat().st_mode & 0o777 == 0o644
    assert files.follow(floor.db) == 0
    assert OwnPrompts(tmp_path).follow(floor.db) == 0, "a dialer that starts anew writes nothing again"

    longer = read_sound(as_file(hum(2)))
    put(floor, ada, longer)
    place.with_suffix(".wav16").unlink()
    assert OwnPrompts(tmp_path).follow(floor.db) == 1
    assert place.read_bytes() == longer.narrow

    prompts.remove(floor.tenant, ada, Prompt.PRESS_1, "en")
    assert files.follow(floor.db) == 1
    assert list(tmp_path.rglob("*.wav*")) == []
