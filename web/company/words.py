"""What Company Setup stores, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint
from flask_babel import LazyString, ngettext
from flask_babel import lazy_gettext as _l

from dialer.prompts import TEXTS, Prompt, media_uri
from web.words import LOCALES

PHONE_WORDS = {"phone": _l("Phone"), "mobile_phone": _l("Mobile Phone"), "work_phone": _l("Work Phone")}

KIND_WORDS = {"text": _l("Text"), "number": _l("Numbers"), "date": _l("Dates")}

EFFECT_WORDS = {
    "final": _l("Final: never called again"),
    "follow_up": _l("Follow-up by this agent"),
    "retry": _l("Called again after a delay"),
    "do_not_call": _l("Do Not Call: the number is out for good"),
    "wrong_number": _l("Wrong number: out of this list"),
}

SOURCE_WORDS = {
    "panel": _l("Panel"),
    "call result": _l("Call result"),
    "api": _l("API"),
    "command line": _l("Command line"),
}

PROMPT_WORDS: dict[str, LazyString] = {
    Prompt.PRESS_1: _l("New lead"),
    Prompt.LEAD_TAKEN: _l("Lead taken"),
    Prompt.LEAD_GONE: _l("Lead gone"),
    Prompt.BORROWER_BUSY: _l("Line busy"),
    Prompt.BORROWER_NO_ANSWER: _l("No answer"),
    Prompt.BORROWER_NOT_REACHED: _l("Not reached"),
    Prompt.MAY_NOT_BE_CALLED_NOW: _l("May not be called now"),
    Prompt.RECORDING_ANNOUNCEMENT: _l("Recording announcement"),
    Prompt.ABANDONED_CALL: _l("Abandoned call"),
}

PROMPT_USES: dict[str, LazyString] = {
    Prompt.PRESS_1: _l("For agents who pick up, again and again until somebody presses 1."),
    Prompt.LEAD_TAKEN: _l("For agents who were not the first to press 1."),
    Prompt.LEAD_GONE: _l(
        "For agents who picked up when the lead was withdrawn, or when nobody took it in time."
    ),
    Prompt.BORROWER_BUSY: _l("For the agent who took a lead whose line is busy."),
    Prompt.BORROWER_NO_ANSWER: _l("For the agent who took a lead that does not answer."),
    Prompt.BORROWER_NOT_REACHED: _l("For the agent who took a lead whose number does not work."),
    Prompt.MAY_NOT_BE_CALLED_NOW: _l(
        "For the agent who took a lead that a dialing rule keeps from being called."
    ),
    Prompt.RECORDING_ANNOUNCEMENT: _l("For both in a call, where recordings are announced."),
    Prompt.ABANDONED_CALL: _l(
        "For prospects who answer when no agent is free, where Calling names this prompt."
    ),
}

SOUNDS = {
    **{media_uri(Prompt.ABANDONED_CALL, each): text for each, text in TEXTS[Prompt.ABANDONED_CALL].items()},
    "im-sorry": "I'm sorry.",
    "sorry": "We're sorry.",
    "hello": "Hello.",
    "vm-nobodyavail": "Nobody is available to take your call at the moment.",
    "number-not-answering": "The number is not answering.",
    "all-circuits-busy-now": "All circuits are busy now.",
    "please-try-call-later": "Please try your call again later.",
    "one-moment-please": "One moment, please.",
    "queue-thankyou": "Thank you for your patience.",
    "privacy-thankyou": "Thank you.",
    "goodbye": "Goodbye!",
    "vm-goodbye": "Goodbye.",
    "silence/1": "(one second of silence)",
}
"""What an abandoned call can hear: a prompt, or sounds that every Asterisk brings, and what they say."""


def delay(length: timedelta | None) -> str:
    """A delay as people say it: days, hours and minutes, without those that are none."""
    if length is None:
        return ""
    minutes = round(length / timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = (
        ngettext("%(num)d day", "%(num)d days", days) if days else "",
        ngettext("%(num)d hour", "%(num)d hours", hours) if hours else "",
        ngettext("%(num)d minute", "%(num)d minutes", rest) if rest else "",
    )
    return " ".join(part for part in parts if part)


def register(blueprint: Blueprint) -> None:
    """Give the words to every template of the app."""
    for name, words in (("phone_column", PHONE_WORDS), ("field_kind", KIND_WORDS), ("effect", EFFECT_WORDS)):
        blueprint.add_app_template_filter(_reader(words), name)
    blueprint.add_app_template_filter(_reader(SOURCE_WORDS), "number_source")
    blueprint.add_app_template_filter(_reader(PROMPT_WORDS), "prompt_name")
    blueprint.add_app_template_filter(_reader(PROMPT_USES), "prompt_use")
    blueprint.add_app_template_filter(LOCALES.__getitem__, "language_name")
    blueprint.add_app_template_filter(delay, "delay")


def _reader(words: dict[str, LazyString]) -> Callable[[str], str]:
    return lambda stored: str(words.get(stored, stored))
