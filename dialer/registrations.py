"""What is registered of a user (ORG-5), and which values can be used. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time

from dialer.errors import BadValue
from dialer.phone_numbers import UnusableNumber, normalise
from dialer.roles import Role

PHONE_MODES = ("stay_connected", "ring_each_call")
PHONE_KINDS = ("sip", "browser")
LOCALES = ("en", "sv")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
MOST_SKILLS = 100
MOST_WORDS = 500
LONGEST_WORD = 60

WORDS = ("states", "languages", "products")
"""The distribution filters that are words."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A user as they are registered, without password, PIN and SIP secret.

    ``skills`` go from 1 to 10. ``states``, ``languages`` and ``products`` are distribution filters:
    empty means any. Working hours are in the organisation's zone and may go over midnight,
    ``works_days`` are ISO weekdays (Monday 1); without hours any time of those days is meant.
    ``takes_leads``: leads may ring them; they switch that themselves, too.
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
    takes_leads: bool = True


def checked(given: Registration, country: str) -> Registration:
    """The registration with its values tidied; a caller ID without ``+`` is read as of ``country``.

    Raises BadValue for the first value that cannot be used.
    """
    tidy = _tidied(given, country)
    for problem in _problems(tidy):
        raise problem
    return tidy


def problems(given: Registration, country: str) -> list[BadValue]:
    """Everything that ``checked`` would refuse, for a form that shows it all at once."""
    return list(_problems(_tidied(given, country)))


def check_pin(pin: str) -> None:
    """Raises BadValue for a PIN that cannot be typed on a phone, or is guessed too soon."""
    if not re.fullmatch(r"[0-9]{4,12}", pin):
        raise BadValue("pin", "A PIN has 4 to 12 digits.")


def check_sip_secret(secret: str) -> None:
    """Raises BadValue for a secret that phones cannot take, or that is guessed too soon."""
    if not re.fullmatch(r"[!-~]{8,128}", secret):
        raise BadValue("sip_secret", "A SIP secret has 8 to 128 letters, digits and signs, without spaces.")


def _tidied(given: Registration, country: str) -> Registration:
    return replace(
        given,
        name=one_line(given.name),
        email=given.email.strip(),
        extension=(given.extension or "").strip() or None,
        caller_id=_number(given.caller_id, country),
        skills={one_line(skill): level for skill, level in given.skills.items()},
        states=tidy_words(given.states),
        languages=tidy_words(given.languages),
        products=tidy_words(given.products),
        works_days=tuple(sorted(set(given.works_days))),
    )


def _problems(tidy: Registration) -> Iterator[BadValue]:
    if not tidy.name:
        yield BadValue("name", "Give the user a name.")
    if len(tidy.name) > 200:
        yield BadValue("name", "The name is too long; use at most 200 characters.")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", tidy.email) or len(tidy.email) > 320:
        yield BadValue("email", "The e-mail address must look like name@company.com.")
    if tidy.extension is not None and not re.fullmatch(r"[0-9]{2,10}", tidy.extension):
        yield BadValue("extension", "An extension has two to ten digits.")
    if tidy.caller_id is not None and not re.fullmatch(r"\+[0-9]{6,15}", tidy.caller_id):
        yield BadValue("caller_id", "A caller ID looks like +15551234567.")
    if tidy.phone_mode not in PHONE_MODES:
        yield BadValue("phone_mode", "The phone mode must be stay_connected or ring_each_call.")
    if tidy.phone_kind not in PHONE_KINDS:
        yield BadValue("phone_kind", "The phone must be sip or browser.")
    if tidy.locale not in LOCALES:
        yield BadValue("locale", "The language must be en or sv.")
    yield from problems_of_skills(tidy.skills)
    yield from problems_of_words({name: getattr(tidy, name) for name in WORDS})
    yield from _problems_of_hours(tidy)


def problems_of_skills(skills: Mapping[str, int]) -> Iterator[BadValue]:
    """What is wrong with skills and their levels."""
    if not all(0 < len(skill) <= LONGEST_WORD for skill in skills):
        yield BadValue("skills", "A skill's name has 1 to 60 characters.")
    if len({skill.casefold() for skill in skills}) < len(skills):
        yield BadValue("skills", "A skill stands twice; keep one of the two.")
    if not all(1 <= level <= 10 for level in skills.values()):
        yield BadValue("skills", "A skill's level goes from 1 to 10.")
    if len(skills) > MOST_SKILLS:
        yield BadValue("skills", "Those are too many skills; keep at most 100.")


def problems_of_words(filters: Mapping[str, Collection[str]]) -> Iterator[BadValue]:
    """What is wrong with the words of filters, by the filter's name."""
    for name, words in filters.items():
        if any(len(word) > LONGEST_WORD for word in words):
            yield BadValue(name, "Each of them has at most 60 characters.")
        if len(words) > MOST_WORDS:
            yield BadValue(name, "Those are too many; keep at most 500.")


def _problems_of_hours(tidy: Registration) -> Iterator[BadValue]:
    if (tidy.works_from is None) != (tidy.works_until is None):
        yield BadValue("works_until", "Give both times of the working hours, or neither.")
    if tidy.works_from is not None and tidy.works_from == tidy.works_until:
        yield BadValue("works_until", "The two times of the working hours must differ.")
    if not tidy.works_days or not set(tidy.works_days) <= set(EVERY_DAY):
        yield BadValue("works_days", "Choose at least one working day.")


def _number(text: str | None, country: str) -> str | None:
    """The number as E.164; what cannot be read stays as it is, for ``_problems`` to find."""
    try:
        return normalise(text, country) if text and text.strip() else None
    except UnusableNumber:
        return text


def tidy_words(given: Iterable[str]) -> tuple[str, ...]:
    """Each word once, as it was written first."""
    found: dict[str, str] = {}
    for each in given:
        if word := one_line(each):
            found.setdefault(word.casefold(), word)
    return tuple(found.values())


def one_line(text: str) -> str:
    """The text with one space where there were several, or a line break."""
    return " ".join(text.split())
