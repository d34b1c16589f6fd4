"""Which tones a recording holds, and how loud it is."""

import time
import wave
from pathlib import Path

import numpy as np

PATIENCE_S = 5.0


def tone_levels(path: Path, *pitches_hz: int) -> dict[int, float]:
    """For each pitch its share (0 to 1) of the recording's energy, over the whole of a 16-bit mono WAV."""
    with _finished(path) as recording:
        rate = recording.getframerate()
        samples = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2").astype(float)
    if not samples.size or not samples.any():
        return dict.fromkeys(pitches_hz, 0.0)
    energy = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(samples.size, 1 / rate)
    return {pitch: float(energy[np.abs(hertz - pitch) < 4].sum() / energy.sum()) for pitch in pitches_hz}


def loudness(path: Path) -> float:
    """The mean of the samples' absolute values (0 to 32,767), over the whole of a 16-bit mono WAV."""
    with _finished(path) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2").astype(float)
    return float(np.abs(samples).mean()) if samples.size else 0.0


def _finished(path: Path) -> wave.Wave_read:
    """The recording, once Asterisk has written its header: the file is there a moment before."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return wave.open(str(path))
        except (EOFError, wave.Error):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
