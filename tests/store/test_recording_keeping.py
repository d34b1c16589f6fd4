"""Recordings are outlined, moved to an S3-compatible store and deleted when their time is over (CMP-4)."""

from __future__ import annotations

import struct
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import boto3
import pytest
from dialing_floor import NODE, OTHER_NODE, Floor
from moto.server import ThreadedMotoServer
from structlog.testing import capture_logs

from ari_app.recording_duty import RecordingDuty
from dialer import recording_files
from dialer.db import Database
from dialer.recording_files import Folder, NoSuchPart, Store, StoreUnavailable
from dialer.settings import Settings
from dialer.store import recording_keeping

KEYS = {"aws_access_key_id": "somebody", "aws_secret_access_key": "only for tests"}


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """A server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(s3_url: str, db: Database) -> Store:
    """A bucket of this test's own."""
    bucket = f"recordings-{db.url.rpartition('test_')[2][:20]}"
    client = boto3.client("s3", endpoint_url=s3_url, region_name="us-east-1", **KEYS)
    client.create_bucket(Bucket=bucket)
    return made(s3_url, bucket)


def made(url: str, bucket: str) -> Store:
    settings = Settings(
        database_url="",
        recordings_s3_bucket=bucket,
        recordings_s3_url=url,
        recordings_s3_key=KEYS["aws_access_key_id"],
        recordings_s3_secret=KEYS["aws_secret_access_key"],
        recordings_s3_prefix="calls/",
    )
    found = recording_files.store(settings)
    assert found is not None
    return found


@pytest.fixture
def floor(db: Database) -> Floor:
    floor = Floor(db)
    floor.at_work("Ana")
    return floor


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def write(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<800h", *([9000] * 800)))


def recorded(floor: Floor, folder: Folder) -> UUID:
    """A call that is going on, and its file."""
    leg_id = floor.talk()
    recording_id: UUID = floor.attempt(leg_id)["recording_id"]
    write(folder.file(recording_id))
    return recording_id


def over(floor: Floor, folder: Folder) -> UUID:
    """A call that is over, and its file."""
    recording_id = recorded(floor, folder)
    floor.hang_up(floor.value("SELECT leg_id FROM attempt WHERE state = 'talking'"))
    return recording_id


def row(floor: Floor, recording_id: UUID) -> dict[str, Any]:
    return floor.rows("SELECT * FROM recording WHERE id = %(id)s", id=recording_id)[0]


def later(floor: Floor, **how_long: float) -> datetime:
    return floor.now + timedelta(**how_long)


def test_a_call_that_is_over_is_outlined_once_and_one_that_goes_on_is_left_alone(
    floor: Floor, folder: Folder
) -> None:
    going_on = recorded(floor, folder)
    duty = RecordingDuty(NODE, folder, None)
    assert duty.keep(floor.db, later(floor, hours=5)) == 0
    floor.hang_up(floor.value("SELECT leg_id FROM attempt WHERE state = 'talking'"))
    assert duty.keep(floor.db, later(floor, seconds=10)) == 0, "not while it may still be written"
    assert duty.keep(floor.db, later(floor, minutes=1)) == 1
    assert duty.keep(floor.db, later(floor, minutes=1)) == 0
    kept = row(floor, going_on)
    assert (kept["length_ms"], max(kept["peaks"])) == (100, 9000 >> 7)


def test_a_recording_is_moved_to_the_store_and_heard_from_there_in_parts(
    floor: Floor, folder: Folder, store: Store
) -> None:
    recording_id = over(floor, folder)
    sound = folder.file(recording_id).read_bytes()
    duty = RecordingDuty(NODE, folder, store)
    assert duty.keep(floor.db, later(floor, minutes=1)) == 1
    assert not folder.has(recording_id)
    assert (row(floor, recording_id)["place"], row(floor, recording_id)["length_ms"]) == ("store", 100)
    whole = store.part(floor.organisation_id, recording_id)
    assert whole is not None
    assert b"".join(whole.blocks) == sound
    part = store.part(floor.organisation_id, recording_id, "bytes=10-19")
    assert part is not None
    assert (part.first, part.length, part.whole) == (10, 10, len(sound))
    assert b"".join(part.blocks) == sound[10:20]
    assert store.part(floor.organisation_id, UUID(int=1)) is None
    with pytest.raises(NoSuchPart):
        store.part(floor.organisation_id, recording_id, f"bytes={len(sound)}-")
    assert store.has(floor.organisation_id, recording_id)
    assert not store.has(floor.organisation_id, UUID(int=1))


class Killed(BaseException):
    """The dialer is no more."""


def killed(*_: object, **__: object) -> NoReturn:
    raise Killed


STEPS = [(Store, "put"), (Folder, "delete"), (recording_keeping, "moved")]


@pytest.fixture(params=STEPS, ids=[f"before {name}" for _, name in STEPS])
def half_moved(
    request: pytest.FixtureRequest,
    floor: Floor,
    folder: Folder,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> UUID:
    """A recording whose dialer was killed while it moved it."""
    recording_id, duty = over(floor, folder), RecordingDuty(NODE, folder, store)
    with monkeypatch.context() as patch:
        patch.setattr(*request.param, killed)
        with pytest.raises(Killed):
            duty.keep(floor.db, later(floor, minutes=1))
    return recording_id


def test_a_move_that_a_killed_dialer_began_is_ended_by_the_next_one(
    floor: Floor, folder: Folder, store: Store, half_moved: UUID
) -> None:
    assert folder.has(half_moved) or store.has(floor.organisation_id, half_moved)
    RecordingDuty(NODE, folder, store).keep(floor.db, later(floor, minutes=1))
    assert row(floor, half_moved)["place"] == "store"
    assert store.has(floor.organisation_id, half_moved)
    assert not folder.has(half_moved)
    assert RecordingDuty(NODE, folder, store).keep(floor.db, later(floor, minutes=1)) == 0


def test_what_a_killed_dialer_was_moving_is_deleted_wherever_it_is(
    floor: Floor, folder: Folder, store: Store, half_moved: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor.do("UPDATE organisation SET keep_recordings_days = 30 WHERE id = %(o)s")
    monkeypatch.setattr(recording_keeping, "complete", lambda *_, **__: [])
    assert RecordingDuty(OTHER_NODE, folder, store).keep(floor.db, later(floor, days=31)) == 0
    assert RecordingDuty(NODE, folder, None).keep(floor.db, later(floor, days=31)) == 0
    assert RecordingDuty(NODE, folder, store).keep(floor.db, later(floor, days=31)) == 1
    assert not folder.has(half_moved)
    assert not store.has(floor.organisation_id, half_moved)


def test_a_recording_that_is_deleted_while_it_is_moved_is_nowhere(
    floor: Floor, folder: Folder, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two dialers of a node, one taking over from the other."""
    recording_id, put = over(floor, folder), Store.put
    floor.do("UPDATE organisation SET keep_recordings_days = 30 WHERE id = %(o)s")

    def deleted_before(self: Store, *of: Any) -> None:
        monkeypatch.setattr(recording_keeping, "complete", lambda *_, **__: [])
        assert RecordingDuty(NODE, Folder(folder.path), store).keep(floor.db, later(floor, days=31)) == 1
        write(folder.file(recording_id))  # as it was being read
        put(self, *of)

    monkeypatch.setattr(Store, "put", deleted_before)
    RecordingDuty(NODE, folder, store).keep(floor.db, later(floor, days=1))
    assert not folder.has(recording_id)
    assert not store.has(floor.organisation_id, recording_id)


def test_a_store_that_does_not_answer_is_asked_once_and_nothing_else_waits_for_it(
    floor: Floor, folder: Folder
) -> None:
    floor.at_work("Abe")
    floor.at_work("Bea")
    kept = [over(floor, folder) for _ in range(3)]
    duty = RecordingDuty(NODE, folder, made("http://127.0.0.1:9", "recordings"))
    with capture_logs() as said:
        duty.keep(floor.db, later(floor, minutes=1))
        assert duty.keep(floor.db, later(floor, minutes=1)) == 0
    assert [each["event"] for each in said] == ["a recording could not be moved to the store"]
    assert {row(floor, each)["length_ms"] for each in kept} == {100}
    floor.do("UPDATE recording SET place = 'folder'")
    floor.do("UPDATE organisation SET keep_recordings_days = 30 WHERE id = %(o)s")
    assert duty.keep(floor.db, later(floor, days=31)) == 2, "but the one that failed just now"


def test_a_folder_that_is_not_mounted_has_lost_nothing(floor: Floor, folder: Folder, tmp_path: Path) -> None:
    recording_id = over(floor, folder)
    floor.do("UPDATE organisation SET keep_recordings_days = 30 WHERE id = %(o)s")
    away = RecordingDuty(NODE, Folder(tmp_path / "not mounted"), None)
    assert away.keep(floor.db, later(floor, days=31)) == 0
    assert (row(floor, recording_id)["deleted_at"], row(floor, recording_id)["peaks"]) == (None, None)


def test_a_store_that_is_away_keeps_the_file_here_and_holds_up_nothing(
    floor: Floor, folder: Folder, s3_url: str
) -> None:
    recording_id = over(floor, folder)
    duty = RecordingDuty(NODE, folder, made(s3_url, "no-such-bucket"))
    assert duty.keep(floor.db, later(floor, minutes=1)) == 1
    assert duty.keep(floor.db, later(floor, minutes=1)) == 0, "not again at once"
    assert folder.has(recording_id)
    assert row(floor, recording_id)["place"] == "moving"
    with pytest.raises(StoreUnavailable, match="RINGPOOL_RECORDINGS_S3"):
        made(s3_url, "no-such-bucket").part(1, recording_id, "bytes=0-1")


def test_recordings_are_kept_for_ever_unless_the_organisation_says_otherwise(
    floor: Floor, folder: Folder
) -> None:
    recording_id = over(floor, folder)
    duty = RecordingDuty(NODE, folder, None)
    duty.keep(floor.db, later(floor, minutes=1))
    assert duty.keep(floor.db, later(floor, days=5000)) == 0
    assert folder.has(recording_id)


@pytest.mark.parametrize("stored", [False, True], ids=["in the folder", "in the store"])
def test_what_is_older_than_it_is_kept_is_deleted_and_said(
    floor: Floor, folder: Folder, store: Store, stored: bool
) -> None:
    recording_id = over(floor, folder)
    duty = RecordingDuty(NODE, folder, store if stored else None)
    duty.keep(floor.db, later(floor, minutes=1))
    floor.do("UPDATE organisation SET keep_recordings_days = 30 WHERE id = %(o)s")
    assert duty.keep(floor.db, later(floor, days=29)) == 0
    assert duty.keep(floor.db, later(floor, days=31)) == 1
    assert not folder.has(recording_id)
    assert store.part(floor.organisation_id, recording_id) is None
    assert row(floor, recording_id)["deleted_at"] is not None
    assert duty.keep(floor.db, later(floor, days=31)) == 0
    (said,) = floor.rows("SELECT after FROM audit WHERE action = 'recording.delete'")
    assert said["after"] == {"recordings": 1}


def test_another_node_leaves_this_ones_files_alone(floor: Floor, folder: Folder) -> None:
    recording_id = over(floor, folder)
    floor.do("UPDATE organisation SET keep_recordings_days = 1 WHERE id = %(o)s")
    assert RecordingDuty(OTHER_NODE, folder, None).keep(floor.db, later(floor, days=3)) == 0
    assert RecordingDuty(NODE, None, None).keep(floor.db, later(floor, days=3)) == 0
    assert folder.has(recording_id)
    assert row(floor, recording_id)["deleted_at"] is None


def test_an_old_call_that_still_goes_on_is_not_touched(floor: Floor, folder: Folder) -> None:
    recording_id = recorded(floor, folder)
    floor.do("UPDATE organisation SET keep_recordings_days = 1 WHERE id = %(o)s")
    assert RecordingDuty(NODE, folder, None).keep(floor.db, later(floor, days=3)) == 0
    assert folder.has(recording_id)
