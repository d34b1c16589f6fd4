"""`ringpool prompts`, and what the doctor says of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from recordings import as_file, hum

Command = Callable[..., Result]


def doctors_word(run: Command) -> dict[str, str]:
    found = json.loads(run("doctor", "--json").output)["findings"]
    return next(line for line in found if line["name"] == "prompts")


def test_prompts_are_built_where_the_setting_says_and_the_doctor_agrees(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "prompts build FOLDER" in doctors_word(run)["next_step"]
    folder = tmp_path / "prompts"
    monkeypatch.setenv("RINGPOOL_PROMPTS", str(folder))
    assert "en/press_1.wav" in doctors_word(run)["says"]
    built = run("prompts", "build")
    assert (built.exit_code, f"RINGPOOL_PROMPTS={folder}" in built.output) == (0, True)
    assert (folder / "sv" / "press_1.wav16").is_file()
    assert doctors_word(run)["state"] == "ok"
    assert "already" in run("prompts", "build").output
    (folder / "en" / "lead_taken.wav").unlink()
    assert f"{folder}: en/lead_taken.wav." in doctors_word(run)["says"]


def test_an_own_prompt_is_uploaded_listed_and_removed(with_admin: Command, tmp_path: Path) -> None:
    file = tmp_path / "ours.flac"
    file.write_bytes(as_file(hum(2), kind="FLAC"))
    assert "own:" not in with_admin("prompts", "list").output
    uploaded = with_admin("prompts", "upload", "press_1", "sv", str(file))
    assert uploaded.exit_code == 0, uploaded.output
    assert "own: ours.flac, 2.3 s" in with_admin("prompts", "list").output
    assert with_admin("prompts", "remove", "press_1", "sv").exit_code == 0
    assert "own:" not in with_admin("prompts", "list").output
    file.write_text("no sound")
    refused = with_admin("prompts", "upload", "press_1", "sv", str(file))
    assert refused.exit_code == 1
    assert "save it as WAV" in refused.stderr


def test_without_a_folder_it_is_asked_for(run: Command) -> None:
    refused = run("prompts", "build")
    assert refused.exit_code == 1
    assert "set RINGPOOL_PROMPTS" in refused.stderr
