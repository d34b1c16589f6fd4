"""The settings that `ringpool up` leaves for the other commands."""

from pathlib import Path

import pytest

from cli.context import as_environment, read_settings, settings_for, write_settings
from cli.stack.folders import Folders
from dialer.settings import BadSetting, Settings, from_environment

LEFT = Settings(
    database_url="postgresql://postgres@/postgres?host=%2Fhome%2Fx",
    ari_password="a=b #c 'd'",
    trunk="carrier",
    recordings=Path("/srv/recordings"),
)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = write_settings(tmp_path, LEFT)
    assert path.stat().st_mode & 0o777 == 0o600
    assert from_environment(read_settings(tmp_path)) == LEFT


def test_every_setting_has_its_variable() -> None:
    assert from_environment(as_environment(LEFT)) == LEFT


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    write_settings(tmp_path, LEFT)
    folders = Folders(cache=tmp_path / "cache", home=tmp_path)
    found = settings_for(folders, {"RINGPOOL_TRUNK_ENDPOINT": "other", "RINGPOOL_ARI_PASSWORD": ""})
    assert (found.trunk, found.ari_password, found.database_url) == (
        "other",
        LEFT.ari_password,
        LEFT.database_url,
    )


def test_without_a_database_url_it_is_the_embedded_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("c")  # a short name: the socket lies below it
    found = settings_for(Folders(cache=folder, home=folder / "home"), {})
    assert "host=" in found.database_url and found.database_url.startswith("postgresql://")


def test_a_line_break_in_a_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="RINGPOOL_ARI_PASSWORD"):
        write_settings(tmp_path, Settings(database_url="x", ari_password="a\nRINGPOOL_NODE=b"))


def test_the_store_of_recordings_comes_from_the_environment_with_its_secret_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("shh\n")
    env = {
        "DATABASE_URL": "postgresql://",
        "RINGPOOL_RECORDINGS_S3_BUCKET": "calls",
        "RINGPOOL_RECORDINGS_S3_URL": "https://s3.example.com",
        "RINGPOOL_RECORDINGS_S3_SECRET_FILE": str(tmp_path / "secret"),
    }
    found = from_environment(env)
    assert (found.recordings_s3_bucket, found.recordings_s3_secret) == ("calls", "shh")
    with pytest.raises(BadSetting, match="RINGPOOL_RECORDINGS_S3_URL"):
        from_environment({**env, "RINGPOOL_RECORDINGS_S3_URL": "s3.example.com"})
