"""The outline of a recording: how its waveform is drawn (CMP-4)."""

from __future__ import annotations

import struct
import wave
from pathlib import Path

from dialer.sound_peaks import PEAKS, outline


def sound(path: Path, samples: list[int], rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def test_loud_and_silent_halves_are_told_apart(tmp_path: Path) -> None:
    found = outline(sound(tmp_path / "a.wav", [0] * 8000 + [-32768, 0] * 4000))
    assert found is not None
    assert found.length_ms == 2000
    assert len(found.peaks) == PEAKS
    assert set(found.peaks[: PEAKS // 2]) == {0}
    assert set(found.peaks[PEAKS // 2 :]) == {255}


def test_a_sound_shorter_than_its_peaks_has_one_for_each_sample(tmp_path: Path) -> None:
    found = outline(sound(tmp_path / "a.wav", [0, 16384, -128]))
    assert found is not None
    assert list(found.peaks) == [0, 128, 1]


def test_an_empty_sound_has_no_peaks(tmp_path: Path) -> None:
    found = outline(sound(tmp_path / "a.wav", []))
    assert found is not None
    assert (found.peaks, found.length_ms) == (b"", 0)


def test_what_is_no_sound_has_no_outline(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF" + bytes(100))
    assert outline(tmp_path / "a.wav") is None
    (tmp_path / "b.wav").write_bytes(b"")
    assert outline(tmp_path / "b.wav") is None
    assert outline(tmp_path / "gone.wav") is None
