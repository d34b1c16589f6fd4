"""What Ringpool says on the phone: each prompt, its words, and how a call names it.

A call's commands say ``prompt:LOCALE/NAME[/ORGANISATION]``; only the dialer knows in which folder the
sounds are (``sounds_of``), so that no path is kept in the records.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

SCHEME = "prompt:"

OWN = "own"
"""The part of the prompts folder that belongs to organisations."""

NARROW_HZ, WIDE_HZ = 8000, 16000
"""What ordinary telephones carry, and what HD ones do."""

LOCALES = ("en", "sv")
"""The first is spoken where there is no other."""


class Prompt(StrEnum):
    """Something that is said; the values are the SQL text and the files' names."""

    PRESS_1 = "press_1"
    LEAD_TAKEN = "lead_taken"
    LEAD_GONE = "lead_gone"
    BORROWER_BUSY = "borrower_busy"
    BORROWER_NO_ANSWER = "borrower_no_answer"
    BORROWER_NOT_REACHED = "borrower_not_reached"
    MAY_NOT_BE_CALLED_NOW = "may_not_be_called_now"
    RECORDING_ANNOUNCEMENT = "recording_announcement"
    ABANDONED_CALL = "abandoned_call"


TEXTS: dict[Prompt, dict[str, str]] = {
    Prompt.PRESS_1: {
        "en": "New lead. Press 1 to take it.",
        "sv": "Nytt lead. Tryck ett för att ta det.",
    },
    Prompt.LEAD_TAKEN: {
        "en": "This lead has been taken.",
        "sv": "Det här leadet är redan taget.",
    },
    Prompt.LEAD_GONE: {
        "en": "This lead is no longer there to be taken.",
        "sv": "Det här leadet går inte längre att ta.",
    },
    Prompt.BORROWER_BUSY: {
        "en": "The line is busy. The lead stays yours; you can call again from My leads.",
        "sv": "Det är upptaget. Leadet är fortfarande ditt; du kan ringa igen från Mina leads.",
    },
    Prompt.BORROWER_NO_ANSWER: {
        "en": "Nobody answers. The lead stays yours; you can call again from My leads.",
        "sv": "Ingen svarar. Leadet är fortfarande ditt; du kan ringa igen från Mina leads.",
    },
    Prompt.BORROWER_NOT_REACHED: {
        "en": "The number could not be reached. The lead stays yours; you can call again from My leads.",
        "sv": "Numret kunde inte nås. Leadet är fortfarande ditt; du kan ringa igen från Mina leads.",
    },
    Prompt.MAY_NOT_BE_CALLED_NOW: {
        "en": "This number may not be called now. The lead stays yours; you can call it later from My leads.",
        "sv": "Det här numret får inte ringas nu. Leadet är fortfarande ditt; du kan ringa senare från Mina leads.",
    },
    Prompt.RECORDING_ANNOUNCEMENT: {
        "en": "This call may be recorded.",
        "sv": "Samtalet kan komma att spelas in.",
    },
    Prompt.ABANDONED_CALL: {
        "en": "We are sorry: nobody is free to talk to you right now. We will call again another time. Goodbye.",
        "sv": "Vi beklagar: ingen är ledig att tala med dig just nu. Vi ringer igen en annan gång. Hej då.",
    },
}
"""What Ringpool's own voice says."""

FALLBACKS: dict[Prompt, str] = {
    Prompt.PRESS_1: "sound:vm-press,sound:digits/1",
    Prompt.LEAD_TAKEN: "sound:im-sorry,sound:vm-goodbye",
    Prompt.LEAD_GONE: "sound:im-sorry,sound:vm-goodbye",
    Prompt.BORROWER_BUSY: "sound:im-sorry,sound:please-try-call-later",
    Prompt.BORROWER_NO_ANSWER: "sound:number-not-answering,sound:please-try-call-later",
    Prompt.BORROWER_NOT_REACHED: "sound:cannot-complete-as-dialed,sound:please-try-call-later",
    Prompt.MAY_NOT_BE_CALLED_NOW: "sound:im-sorry,sound:please-try-call-later",
    Prompt.RECORDING_ANNOUNCEMENT: "sound:beep",
    Prompt.ABANDONED_CALL: "sound:im-sorry,sound:vm-goodbye",
}
"""What is played of every Asterisk's own sounds where the prompt's file is missing."""


def spoken(locale: str) -> str:
    """The language that somebody with this locale is spoken to in."""
    return locale if locale in LOCALES else LOCALES[0]


def media_uri(prompt: Prompt, locale: str, organisation_id: int | None = None) -> str:
    """How a command names a prompt; with an organisation, its own upload if that is on the node."""
    own = f"/{organisation_id}" if organisation_id is not None else ""
    return f"{SCHEME}{spoken(locale)}/{prompt}{own}"


def prompt_named(uri: str) -> tuple[Prompt, str] | None:
    """The prompt and the language that a media URI names; None where it names none."""
    if not uri.startswith(SCHEME):
        return None
    locale, _, rest = uri.removeprefix(SCHEME).partition("/")
    name, _, organisation = rest.partition("/")
    if locale not in LOCALES or name not in set(Prompt) or not (organisation or "0").isdecimal():
        return None
    return Prompt(name), locale


def built_sound(prompt: Prompt, locale: str) -> str:
    """Where Ringpool's own sound lies in the prompts folder; a path without its ending."""
    return f"{locale}/{prompt}"


def own_sound(prompt: Prompt, locale: str, organisation_id: int) -> str:
    """Where an organisation's upload lies in the prompts folder; a path without its ending."""
    return f"{OWN}/{organisation_id}/{locale}/{prompt}"


def sounds_of(media: str, path_of: Callable[[str], str | None]) -> list[str]:
    """The comma-separated media one by one, every prompt replaced by what Asterisk can play.

    ``path_of`` gives the absolute path, without ending, of a sound in the prompts folder, or None
    where it is not there. An organisation's own sound comes first, then Ringpool's, then Asterisk's.
    """
    return [sound for uri in media.split(",") for sound in _sounds(uri, path_of)]


def _sounds(uri: str, path_of: Callable[[str], str | None]) -> list[str]:
    if not uri.startswith(SCHEME):
        return [uri]
    locale, name, *organisation = uri.removeprefix(SCHEME).split("/")
    prompt = Prompt(name)
    wanted = [own_sound(prompt, locale, int(each)) for each in organisation]
    for sound in (*wanted, built_sound(prompt, locale)):
        if (path := path_of(sound)) is not None:
            return [f"sound:{path}"]
    return FALLBACKS[prompt].split(",")


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as Asterisk plays it: WAV files, 16-bit mono, at NARROW_HZ and WIDE_HZ."""

    seconds: float
    narrow: bytes
    wide: bytes

    @property
    def digest(self) -> str:
        """The same for the same sound, and for no other."""
        return digest_of(self.narrow, self.wide)


def digest_of(narrow: bytes, wide: bytes) -> str:
    """SHA-256 of a sound's two files, hexadecimal."""
    return hashlib.sha256(narrow + wide).hexdigest()
