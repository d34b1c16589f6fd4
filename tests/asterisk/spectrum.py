"""Which tones a recording holds."""

import wave
from pathlib import Path

import numpy as np


def tone_levels(path: Path, *pitches_hz: int) -> dict[int, float]:
    """For each pitch its share (0 to 1) of the recording's energy, over the whole of a 16-bit mono WAV."""
    with wave.open(str(path)) as recording:
        rate = recording.getframerate()
        samples = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2").astype(float)
    if not samples.size or not samples.any():
        return dict.fromkeys(pitches_hz, 0.0)
    energy = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(samples.size, 1 / rate)
    return {pitch: float(energy[np.abs(hertz - pitch) < 4].sum() / energy.sum()) for pitch in pitches_hz}
