"""What an organisation sets up for itself (ORG-4): the values and what they may be."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import ClassVar

from dialer.errors import Refused
from dialer.imports import FIELDS
from dialer.prompts import media_uri, prompt_named

PHONE_COLUMNS = ("phone", "mobile_phone", "work_phone")
FIELD_KINDS = ("text", "number", "date")
EFFECTS = ("final", "follow_up", "retry", "do_not_call", "wrong_number")

MOST_SOUNDS = 8
MOST_ROWS = 200
"""Fields, results, reasons or roles that one organisation may have; a page shows them all."""

_SOUND = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*", re.ASCII)
_LONGEST_DELAY = timedelta(days=365)

FIRST_PAUSE_REASONS = ("Break", "Lunch", "Meeting", "Training", "Paperwork", "Other")
"""What a new organisation's agents can choose from."""


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """An organisation's own rules. Times of day: calling hours are the prospect's, the night is its own.

    Equal calling hours mean any hour. ``mandatory_phones`` are the phone columns every list must
    bring; the first is the default Phone Field. ``drop_message``: ARI media URIs, comma-separated.
    """

    mandatory_phones: tuple[str, ...]
    calling_from: time
    calling_until: time
    attempts_per_day: int
    wrap_up_s: int
    night_at: time
    drop_message: str
    record_calls: bool
    version: int

    def checked(self) -> CompanySettings:
        """The same as it is stored. Raises Refused for what cannot be used."""
        phones = self.mandatory_phones
        if not phones or len(set(phones)) != len(phones) or not set(phones) <= set(PHONE_COLUMNS):
            raise Refused("Choose one to three different phone columns.")
        if not 1 <= self.attempts_per_day <= 100:
            raise Refused("Allow 1 to 100 attempts at a number in 24 hours.")
        if not 0 <= self.wrap_up_s <= 3600:
            raise Refused("The wrap-up lasts from 0 to 3600 seconds.")
        return replace(self, drop_message=join_sounds(split_sounds(self.drop_message)))


def split_sounds(message: str) -> tuple[str, ...]:
    """Names of the sounds of a message written ``sound:NAME[,sound:NAME]``; a prompt's stays as it is.

    Raises Refused.
    """
    sounds = []
    for uri in message.split(","):
        if (prompt := prompt_named(uri.strip())) is not None:
            sounds.append(media_uri(*prompt))
            continue
        scheme, _, name = uri.strip().partition(":")
        if scheme != "sound":
            raise Refused("Write the message as sound:NAME, several with commas between them.")
        sounds.append(name)
    return tuple(sounds)


def join_sounds(names: tuple[str, ...]) -> str:
    """The message that plays these sounds in turn. Raises Refused for a name no sound can have."""
    if not names:
        raise Refused("Choose at least one sound: somebody who answered must never hear silence.")
    if len(names) > MOST_SOUNDS:
        raise Refused("Choose at most eight sounds; the message must be over within 30 seconds.")
    for name in names:
        if prompt_named(name) is not None:
            continue
        if len(name) > 100 or not _SOUND.fullmatch(name):
            raise Refused(
                "A sound's name has letters, digits, dashes, dots and underscores, "
                "with a slash between folders and no ending, for example custom/goodbye."
            )
    return ",".join(name if prompt_named(name) is not None else f"sound:{name}" for name in names)


def with_own_prompts(message: str, organisation_id: int) -> str:
    """The message with its prompts as the organisation's, where it has uploaded its own."""
    named = [(uri, prompt_named(uri)) for uri in message.split(",")]
    return ",".join(media_uri(*prompt, organisation_id) if prompt else uri for uri, prompt in named)


def text_of(raw: str, longest: int, missing: str) -> str:
    """One line of text without blanks around it. Raises Refused with ``missing`` when nothing is left."""
    text = " ".join(raw.split())
    if not text:
        raise Refused(missing)
    if len(text) > longest:
        raise Refused("The text is too long; shorten it.")
    if not text.isprintable():
        raise Refused("The text holds characters that cannot be printed; type it again.")
    return text


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the organisation's own. ``label`` is also its key in a prospect's record."""

    family: ClassVar[str] = "custom_field"

    label: str
    kind: str = "text"
    active: bool = True
    id: int = 0
    position: int = 0
    used: bool = False
    """Whether a list brings it: its name and kind stay from then on."""

    def checked(self) -> CustomField:
        """The same as it is stored. Raises Refused for what cannot be used."""
        label = text_of(self.label, 100, "Give the field a name.")
        if label.casefold() in {name.casefold() for field in FIELDS for name in (field.label, field.name)}:
            raise Refused("Every prospect has a field with this name already; choose another name.")
        if self.kind not in FIELD_KINDS:
            raise Refused("A field holds text, numbers or dates.")
        return replace(self, label=label)


@dataclass(frozen=True, slots=True)
class CallResult:
    """What an agent can say came of a call, and what follows from it (LPS-6)."""

    family: ClassVar[str] = "call_result"

    label: str
    effect: str
    retry_after: timedelta | None = None
    active: bool = True
    id: int = 0
    position: int = 0

    def checked(self) -> CallResult:
        """The same as it is stored. Raises Refused for what cannot be used."""
        label = text_of(self.label, 100, "Give the call result a name.")
        if self.effect not in EFFECTS:
            raise Refused("Choose what follows from the call result.")
        delay = self.retry_after if self.effect == "retry" else None
        if self.effect == "retry" and not (delay and timedelta(minutes=1) <= delay <= _LONGEST_DELAY):
            raise Refused("Say after how long the prospect is called again: one minute to 365 days.")
        return replace(self, label=label, retry_after=delay)


@dataclass(frozen=True, slots=True)
class PauseReason:
    """Why an agent pauses, as they can choose it."""

    family: ClassVar[str] = "pause_reason"

    label: str
    active: bool = True
    id: int = 0
    position: int = 0

    def checked(self) -> PauseReason:
        """The same as it is stored. Raises Refused for what cannot be used."""
        return replace(self, label=text_of(self.label, 60, "Give the pause reason a name."))


@dataclass(frozen=True, slots=True)
class ContactRole:
    """A role that contacts are assigned under (ASG-3); its short name stands in narrow columns."""

    family: ClassVar[str] = "contact_role"

    name: str
    short_name: str
    active: bool = True
    id: int = 0
    position: int = 0

    def checked(self) -> ContactRole:
        """The same as it is stored. Raises Refused for what cannot be used."""
        short = text_of(self.short_name, 12, "Give the role a short name of at most 12 characters.")
        return replace(self, name=text_of(self.name, 100, "Give the role a name."), short_name=short)
