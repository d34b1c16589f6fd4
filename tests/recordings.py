"""Recordings made for tests, of any format, and what is measured in them."""

from __future__ import annotations

import io
import wave

import numpy as np
import soundfile
from numpy.typing import NDArray


def hum(
    seconds: float, pitch_hz: float = 1000, *, rate_hz: int = 44100, channels: int = 1, peak: float = 0.3
) -> NDArray[np.float32]:
    """A tone, the same in every channel."""
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    tone = (peak * np.sin(2 * np.pi * pitch_hz * at)).astype(np.float32)
    return np.repeat(tone[:, None], channels, axis=1)


def as_file(
    samples: NDArray[np.float32], rate_hz: int = 44100, kind: str = "WAV", width: str = "PCM_16"
) -> bytes:
    """The samples as a file of this format."""
    into = io.BytesIO()
    soundfile.write(into, samples, rate_hz, format=kind, subtype=width)
    return into.getvalue()


def samples_of(wav: bytes) -> tuple[NDArray[np.float64], int]:
    """A 16-bit mono WAV's samples, of full scale, and their rate."""
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        data = file.readframes(file.getnframes())
        return np.frombuffer(data, "<i2").astype(float) / 32768, file.getframerate()


def share_near(wav: bytes, pitch_hz: float, within_hz: float = 20) -> float:
    """How much of the energy is at this pitch."""
    samples, rate_hz = samples_of(wav)
    energy = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(samples.size, 1 / rate_hz)
    return float(energy[np.abs(hertz - pitch_hz) < within_hz].sum() / energy.sum())
