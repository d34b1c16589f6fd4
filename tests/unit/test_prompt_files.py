"""Ringpool's own prompts as they are built: there, audible, of a sensible length, and made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recordings import samples_of

from cli.stack.prompt_files import MARKER, PromptsNotWritten, build_prompts, unreadable
from dialer.prompts import TEXTS, built_sound
from dialer.sounds import PEAK


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("prompts")
    assert build_prompts(made)
    return made


@pytest.mark.parametrize(
    ("prompt", "locale"), [(p, locale) for p, texts in TEXTS.items() for locale in texts]
)
def test_every_prompt_is_spoken_in_every_language(folder: Path, prompt: str, locale: str) -> None:
    path = folder / built_sound(prompt, locale)  # type: ignore[arg-type]
    lengths = set()
    for ending, wanted_hz in ((".wav", 8000), (".wav16", 16000)):
        samples, rate_hz = samples_of(path.with_suffix(ending).read_bytes())
        assert rate_hz == wanted_hz
        lengths.add(round(samples.size / rate_hz, 2))
        assert 0.01 < np.sqrt((samples**2).mean()) < 0.2
        assert np.abs(samples).max() <= PEAK + 0.001
        assert np.abs(samples[: rate_hz // 10]).max() < 0.01
    assert len(lengths) == 1
    # 8 to 20 letters a second are speech.
    assert 8 < len(TEXTS[prompt][locale]) / lengths.pop() < 20  # type: ignore[index]


def test_no_two_prompts_sound_the_same(folder: Path) -> None:
    files = sorted(folder.glob("*/*.wav"))
    assert len({file.read_bytes() for file in files}) == len(files) == sum(map(len, TEXTS.values()))


def test_everybody_may_read_them(folder: Path) -> None:
    assert all(file.stat().st_mode & 0o777 == 0o644 for file in folder.glob("*/*.wav*"))


def test_they_are_made_once_and_again_where_one_is_missing_or_the_texts_are_others(folder: Path) -> None:
    assert not build_prompts(folder)
    (folder / "sv" / "press_1.wav16").unlink()
    assert unreadable(folder) == ["sv/press_1.wav16"]
    assert build_prompts(folder)
    (folder / MARKER).write_text('{"made_of": "older texts"}')
    assert build_prompts(folder)
    assert not build_prompts(folder)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PromptsNotWritten, match="give another folder"):
        build_prompts(tmp_path / "file" / "prompts")
