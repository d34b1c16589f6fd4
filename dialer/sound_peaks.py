"""The outline of a recording, as its waveform is drawn: peaks evenly over the length."""

from __future__ import annotations

import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

PEAKS = 600
"""As many as a waveform on a wide screen has columns worth telling apart."""

LOOKED_AT = 2_000
"""Samples of each peak's stretch: an hour is outlined in a moment, and no syllable is missed."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Peaks from 0 to 255, one byte each; an empty sound has none."""

    peaks: bytes
    length_ms: int


def outline(path: Path) -> Outline | None:
    """Read a WAV file of 16-bit samples; None for one that is none, or is gone."""
    try:
        with wave.open(str(path)) as sound:
            frames, rate, channels = sound.getnframes(), sound.getframerate(), sound.getnchannels()
            if sound.getsampwidth() != 2 or not rate:
                return None
            count = min(PEAKS, frames)
            peaks = bytearray()
            for place in range(count):
                first, last = place * frames // count, (place + 1) * frames // count
                sound.setpos(first)
                peaks.append(_peak(sound.readframes(last - first), channels))
    except (OSError, EOFError, wave.Error):
        return None
    return Outline(bytes(peaks), frames * 1000 // rate)


def _peak(frames: bytes, channels: int) -> int:
    samples = array("h", frames[: len(frames) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    stride = max(1, len(samples) // (LOOKED_AT * channels))
    looked_at = samples[::stride]
    loudest = max(max(looked_at), -min(looked_at)) if looked_at else 0
    return min(255, loudest >> 7)
