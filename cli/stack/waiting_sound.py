"""The sound an agent waits with: a soft chord that swells and fades, made here so that no file is needed.

Its notes keep away from 400–600 Hz and 1000–2000 Hz, where simulated agents and prospects hum: a
recording tells by its spectrum who was heard. Raw µ-law and A-law at 8000 Hz: Asterisk plays them
to telephones without transcoding.
"""

import math
from pathlib import Path

RATE_HZ = 8000
LOOP_S = 16
PEAK = 1500
"""Of 32767: about -27 dBFS."""
# D major, in whole cycles per loop so that the loop has no seam: (Hz, cycles of its swell per loop).
_NOTES = ((146.8125, 1), (220.0, 2), (293.6875, 3), (370.0, 2), (740.0, 1))


def write_waiting_sound(folder: Path) -> None:
    """Write `waiting.ulaw` and `waiting.alaw` (16 s each) unless they are there."""
    if (folder / "waiting.alaw").exists() and (folder / "waiting.ulaw").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    samples = _samples()
    for name, encode in (("waiting.ulaw", _ulaw), ("waiting.alaw", _alaw)):
        table = {value: encode(value) for value in set(samples)}
        partial = folder / f".{name}"
        partial.write_bytes(bytes(table[value] for value in samples))
        partial.rename(folder / name)


def _samples() -> list[int]:
    total = [0.0] * (RATE_HZ * LOOP_S)
    for index, (pitch_hz, swells) in enumerate(_NOTES):
        turn, swell = 2 * math.pi * pitch_hz / RATE_HZ, 2 * math.pi * swells / len(total)
        for at in range(len(total)):
            total[at] += math.sin(turn * at) * (0.5 - 0.5 * math.cos(swell * at + index))
    return [round(PEAK * value / len(_NOTES)) for value in total]


def _ulaw(sample: int) -> int:
    """One 16-bit sample in G.711 µ-law."""
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | (magnitude >> exponent + 3) & 0x0F) & 0xFF


def _alaw(sample: int) -> int:
    """One 16-bit sample in G.711 A-law."""
    sign, magnitude = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    magnitude = min(magnitude, 32767)
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = magnitude >> (exponent + 3 if exponent else 4)
    return (sign | exponent << 4 | mantissa & 0x0F) ^ 0x55
