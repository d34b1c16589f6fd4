"""Recordings made fit for the telephone: whatever file comes, checked, mixed down, levelled and resampled."""

from __future__ import annotations

import io
import wave
from typing import TypeAlias

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from dialer.errors import Refused
from dialer.prompts import NARROW_HZ, WIDE_HZ, Sound

Samples: TypeAlias = NDArray[np.float32]
"""One channel, from -1 to 1."""

MOST_BYTES = 10 * 1024 * 1024
SHORTEST_S, LONGEST_S = 0.3, 60.0

LEVEL = 10 ** (-20 / 20)
"""How loud speech is made: its RMS while somebody speaks, of full scale (-20 dBFS)."""
PEAK = 10 ** (-3 / 20)
"""No sample is louder, whatever the level."""
EDGE_S = 0.15
"""Silence before the first sound and after the last."""

_RATES_HZ = range(4000, 192001)
_MOST_CHANNELS = 8
_FRAME_S = 0.02
_SILENCE = 10 ** (-55 / 20)
"""RMS of the loudest frame of a recording in which nobody speaks."""
_PAUSE = 10 ** (-35 / 20)
"""A frame so much softer than the loudest one is a pause."""


def read_sound(data: bytes) -> Sound:
    """A WAV, MP3, OGG or FLAC file of any rate and width as a sound. Raises Refused for what is none."""
    if len(data) > MOST_BYTES:
        raise Refused("The file is larger than 10 MB; shorten the recording, or save it as MP3.")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.samplerate not in _RATES_HZ or file.channels > _MOST_CHANNELS:
                raise Refused("The recording has an unusual format; save it as mono or stereo at 44,100 Hz.")
            rate_hz, samples = file.samplerate, _mixed_down(file)
    except (soundfile.SoundFileError, RuntimeError, ValueError, TypeError):
        raise Refused(
            "The file is no recording that can be read; save it as WAV, MP3, OGG or FLAC and upload it again."
        ) from None
    if not np.isfinite(samples).all():
        raise Refused("The recording is damaged; save it again as WAV, MP3, OGG or FLAC.")
    if samples.size < SHORTEST_S * rate_hz:
        raise Refused("The recording is shorter than 0.3 seconds; record the whole sentence.")
    if samples.size > LONGEST_S * rate_hz:
        raise Refused("The recording is longer than 60 seconds; shorten it.")
    # Files of floats may go beyond full scale, up to where sums of them are infinite.
    return made_fit(samples / max(np.float32(1), np.abs(samples).max()), rate_hz)


def made_fit(samples: Samples, rate_hz: int) -> Sound:
    """Samples of any rate as a sound: without what is silent before and after, and as loud as the others.

    Raises Refused where nothing is heard.
    """
    centred = samples - samples.mean(dtype=np.float64).astype(np.float32)
    wide = soxr.resample(centred, rate_hz, WIDE_HZ, quality="HQ")
    wide = _between_edges(wide)
    narrow = soxr.resample(wide, WIDE_HZ, NARROW_HZ, quality="HQ")
    loudest = max(float(np.abs(wide).max()), float(np.abs(narrow).max()))
    gain = np.float32(min(LEVEL / _speech_level(wide), PEAK / loudest))
    return Sound(round(wide.size / WIDE_HZ, 2), _wav(narrow * gain, NARROW_HZ), _wav(wide * gain, WIDE_HZ))


def _mixed_down(file: soundfile.SoundFile) -> Samples:
    """One channel of the file, a little more than is allowed at most: a small file may unpack to hours."""
    parts, taken = [], 0
    most = int((LONGEST_S + 1) * file.samplerate)
    for block in file.blocks(blocksize=65536, frames=most, dtype="float32", always_2d=True):
        parts.append(block.mean(axis=1, dtype=np.float32))
        taken += len(block)
    return np.concatenate(parts) if taken else np.zeros(0, np.float32)


def _frames_rms(samples: Samples) -> NDArray[np.float64]:
    size = int(_FRAME_S * WIDE_HZ)
    whole = samples[: samples.size // size * size].astype(np.float64).reshape(-1, size)
    return np.asarray(np.sqrt((whole**2).mean(axis=1)))


def _between_edges(samples: Samples) -> Samples:
    rms = _frames_rms(samples)
    if not rms.size or rms.max() < _SILENCE:
        raise Refused("Nothing is heard in the recording; see that the microphone is on and record it again.")
    heard = np.flatnonzero(rms > max(rms.max() * _PAUSE, _SILENCE / 2))
    size = int(_FRAME_S * WIDE_HZ)
    # A frame more on either side: soft consonants begin and end words.
    begin, end = max(0, heard[0] - 2) * size, (heard[-1] + 3) * size
    edge = np.zeros(int(EDGE_S * WIDE_HZ), np.float32)
    return np.concatenate([edge, samples[begin:end], edge])


def _speech_level(samples: Samples) -> float:
    """The RMS of the samples while somebody speaks."""
    rms = _frames_rms(samples)
    spoken = rms[rms > rms.max() * _PAUSE]
    return float(np.sqrt((spoken**2).mean()))


def _wav(samples: Samples, rate_hz: int) -> bytes:
    whole = np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2")
    into = io.BytesIO()
    with wave.open(into, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(whole.tobytes())
    return into.getvalue()
