"""Ringpool's own prompts as files: `FOLDER/LOCALE/NAME.wav` and `.wav16`, spoken at set-up from their texts."""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import version
from pathlib import Path

from cli.stack.speech import PITCH, VOICES, WORDS_PER_MINUTE, speak
from dialer import sounds
from dialer.errors import RingpoolError
from dialer.prompts import TEXTS, built_sound
from dialer.sounds import made_fit

MARKER = "built.json"
"""Says what the files were made of: the same is not made twice."""


class PromptsNotWritten(RingpoolError):
    """The folder for the prompts cannot be written to; give another, or mend who may write there."""


def build_prompts(folder: Path) -> bool:
    """Have every prompt in the folder in every language; whether any had to be made (half a second for all).

    Everybody may read them: Asterisk may be another user. Raises PromptsNotWritten, SpeechFailed.
    """
    made_of = _made_of()
    if _marked(folder) == made_of and not unreadable(folder):
        return False
    try:
        for prompt, texts in TEXTS.items():
            for locale, text in texts.items():
                sound, path = made_fit(*speak(text, locale)), folder / built_sound(prompt, locale)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.parent.chmod(0o755)
                _write(path.with_suffix(".wav"), sound.narrow)
                _write(path.with_suffix(".wav16"), sound.wide)
        _write(folder / MARKER, json.dumps({"made_of": made_of}).encode())
    except OSError as error:
        raise PromptsNotWritten(
            f"The prompts cannot be written to {folder} ({error.strerror}): "
            "give another folder, or mend who may write there."
        ) from error
    return True


def unreadable(folder: Path) -> list[str]:
    """Files that are missing or cannot be read, by their names in the folder."""
    names = [built_sound(prompt, locale) for prompt, texts in TEXTS.items() for locale in texts]
    files = [f"{name}{ending}" for name in names for ending in (".wav", ".wav16")]
    return [file for file in files if not os.access(folder / file, os.R_OK)]


def _made_of() -> str:
    """Changes with every text, voice and way of making sounds."""
    levels = [sounds.LEVEL, sounds.PEAK, sounds.EDGE_S, PITCH, WORDS_PER_MINUTE]
    parts = [TEXTS, VOICES, levels, version("espeakng-loader")]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _marked(folder: Path) -> str:
    try:
        return str(json.loads((folder / MARKER).read_text())["made_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}")
    partial.write_bytes(data)
    partial.chmod(0o644)
    partial.rename(path)
