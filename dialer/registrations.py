"""What is registered of a user (ORG-5), and which values can be used. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time

from dialer.errors import Refused
from dialer.phone_numbers import UnusableNumber, normalise
from dialer.roles import Role

PHONE_MODES = ("stay_connected", "ring_each_call")
PHONE_KINDS = ("sip", "browser")
LOCALES = ("en", "sv")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
MOST_SKILLS = 100
MOST_FILTERS = 500
LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Registration:
    """A user as they are registered, without password, PIN and SIP secret.

    ``skills`` go from 1 to 10. ``states``, ``languages`` and ``products`` are distribution filters:
    empty means any. Working hours are in the organisation's zone, ``works_days`` ISO weekdays
    (Monday 1); without hours the user is offered work at any time of those days.
    """

    name: str
    email: str
    role: Role = Role.AGENT
    extension: str | None = None
    phone_mode: str = "stay_connected"
    phone_kind: str = "sip"
    caller_id: str | None = None
    locale: str = "en"
    active: bool = True
    team_ids: frozenset[int] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    works_from: time | None = None
    works_until: time | None = None
    works_days: tuple[int, ...] = EVERY_DAY


def checked(given: Registration, country: str) -> Registration:
    """The registration with its values tidied; a caller ID without ``+`` is read as of ``country``.

    Raises Refused with the first value that cannot be used.
    """
    name, email = " ".join(given.name.split()), given.email.strip()
    if not name:
        raise Refused("Give the user a name.")
    if len(name) > 200:
        raise Refused("The name is too long; use at most 200 characters.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or len(email) > 320:
        raise Refused("The e-mail address must look like name@company.com.")
    extension = (given.extension or "").strip() or None
    if extension is not None and not re.fullmatch(r"[0-9]{2,10}", extension):
        raise Refused("An extension has two to ten digits.")
    for value, known in (
        (given.phone_mode, PHONE_MODES),
        (given.phone_kind, PHONE_KINDS),
        (given.locale, LOCALES),
    ):
        if value not in known:
            raise Refused("Phone mode, phone or language is not one of those that exist.")
    if (given.works_from is None) != (given.works_until is None):
        raise Refused("Give both times of the working hours, or neither.")
    if given.works_from is not None and given.works_from == given.works_until:
        raise Refused("The two times of the working hours must differ.")
    if not set(given.works_days) <= set(EVERY_DAY) or not given.works_days:
        raise Refused("Choose at least one working day.")
    return replace(
        given,
        name=name,
        email=email,
        extension=extension,
        caller_id=_caller_id(given.caller_id, country),
        skills=_skills(given.skills),
        states=_words(given.states),
        languages=_words(given.languages),
        products=_words(given.products),
        works_days=tuple(sorted(set(given.works_days))),
    )


def check_pin(pin: str) -> None:
    """Raises Refused for a PIN that cannot be typed on a phone, or is guessed too soon."""
    if not re.fullmatch(r"[0-9]{4,12}", pin):
        raise Refused("A PIN has 4 to 12 digits.")


def check_sip_secret(secret: str) -> None:
    """Raises Refused for a secret that phones cannot take, or that is guessed too soon."""
    if not re.fullmatch(r"[!-~]{8,128}", secret):
        raise Refused("A SIP secret has 8 to 128 letters, digits and signs, without spaces.")


def _caller_id(text: str | None, country: str) -> str | None:
    if not (text or "").strip():
        return None
    try:
        return normalise(text or "", country)
    except UnusableNumber:
        raise Refused("A caller ID looks like +15551234567.") from None


def _skills(given: Mapping[str, int]) -> dict[str, int]:
    skills: dict[str, int] = {}
    seen = set()
    for skill, level in given.items():
        name = " ".join(skill.split())
        if not name or len(name) > LONGEST_WORD:
            raise Refused("A skill's name has 1 to 60 characters.")
        if name.casefold() in seen:
            raise Refused("A skill stands twice; keep one of the two.")
        if not 1 <= level <= 10:
            raise Refused("A skill's level goes from 1 to 10.")
        seen.add(name.casefold())
        skills[name] = level
    if len(skills) > MOST_SKILLS:
        raise Refused("That are too many skills; keep at most 100.")
    return skills


def _words(given: Iterable[str]) -> tuple[str, ...]:
    words: dict[str, str] = {}
    for each in given:
        word = " ".join(each.split())
        if len(word) > LONGEST_WORD:
            raise Refused("A state, language or product has at most 60 characters.")
        if word:
            words.setdefault(word.casefold(), word)
    if len(words) > MOST_FILTERS:
        raise Refused("That are too many states, languages or products; keep at most 500.")
    return tuple(words.values())
