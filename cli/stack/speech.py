"""Text spoken by eSpeak NG, whose library and voices the package espeakng-loader brings."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache

import espeakng_loader
import numpy as np

from dialer.errors import RingpoolError
from dialer.sounds import Samples

VOICES = {"en": "en-us", "sv": "sv"}
"""Locale → voice."""
WORDS_PER_MINUTE = 145
PITCH = 42
"""Of 100."""

# speak_lib.h
_SYNCHRONOUS, _UTF_8, _RATE, _PITCH = 2, 1, 1, 3

_one_at_a_time = threading.Lock()


class SpeechFailed(RingpoolError):
    """The voices of eSpeak NG are not there: install the package espeakng-loader again."""


def speak(text: str, locale: str) -> tuple[Samples, int]:
    """The text as samples, and their rate in Hz. Raises SpeechFailed."""
    library, rate_hz = _library()
    spoken = bytearray()

    def more(samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            spoken.extend(ctypes.string_at(samples, count * 2))  # type: ignore[arg-type]
        return 0

    heard = _Callback(more)
    data = text.encode() + b"\0"
    with _one_at_a_time:
        library.espeak_SetSynthCallback(heard)
        failed = (
            library.espeak_SetVoiceByName(VOICES[locale].encode())
            or library.espeak_SetParameter(_RATE, WORDS_PER_MINUTE, 0)
            or library.espeak_SetParameter(_PITCH, PITCH, 0)
            or library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 0, 0, _UTF_8, None, None)
            or library.espeak_Synchronize()
        )
    if failed or not spoken:
        raise SpeechFailed(SpeechFailed.__doc__ or "")
    return np.frombuffer(bytes(spoken), dtype="<i2").astype(np.float32) / np.float32(32768), rate_hz


_Callback: Callable[..., object] = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
)


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """The library, set up once for the process, and the rate of what it speaks."""
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
        rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
    except OSError:
        rate_hz = -1
    if rate_hz <= 0:
        raise SpeechFailed(SpeechFailed.__doc__ or "")
    return library, rate_hz
