"""What distribution groups and campaigns are set to (RING-1), and which values can be used. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import time

from dialer.errors import BadValue
from dialer.registrations import WORDS, one_line, problems_of_skills, problems_of_words, tidy_words
from dialer.ring_rules import MOST_RUNG

LONGEST_NAME = 120
LONGEST_SCRIPT = 20_000
RUNG_AT_ONCE = (1, MOST_RUNG)
RING_S = (5, 60)
PRESS_S = (5, 60)
LEAD_RING_S = (15, 120)


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """A distribution group: filters over agents. Empty means any, several are all to be met.

    ``skills`` has the least level of each, 1 to 10. Without any filter it is everybody.
    """

    name: str
    team_ids: frozenset[int] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """How a campaign's leads are rung for, and then called.

    ``most_rung`` agents ring at once for ``ring_s``; who picked up has ``press_s`` to press 1. The lead's
    phone rings for ``lead_ring_s``, within calling hours in the lead's own local time.
    """

    name: str
    group_id: int
    most_rung: int = 10
    ring_s: int = 20
    press_s: int = 15
    active: bool = True
    calling_from: time = time(9)
    calling_until: time = time(17)
    lead_ring_s: int = 25
    script: str = ""


def checked_group(given: GroupSettings) -> GroupSettings:
    """The group with its values tidied. Raises BadValue for the first that cannot be used."""
    tidy = _tidied_group(given)
    for problem in problems_of_group(tidy):
        raise problem
    return tidy


def problems_of_group(given: GroupSettings) -> Iterator[BadValue]:
    """Everything that ``checked_group`` would refuse, for a form that shows it all at once."""
    tidy = _tidied_group(given)
    if not tidy.name:
        yield BadValue("name", "Give the group a name.")
    if len(tidy.name) > LONGEST_NAME:
        yield BadValue("name", "The name is too long; use at most 120 characters.")
    yield from problems_of_skills(tidy.skills)
    yield from problems_of_words({name: getattr(tidy, name) for name in WORDS})


def checked_campaign(given: CampaignSettings) -> CampaignSettings:
    """The campaign with its values tidied. Raises BadValue for the first that cannot be used."""
    tidy = replace(given, name=one_line(given.name), script=given.script.replace("\r\n", "\n"))
    for problem in _problems_of_campaign(tidy):
        raise problem
    return tidy


def problems_of_campaign(given: CampaignSettings) -> list[BadValue]:
    """Everything that ``checked_campaign`` would refuse, for a form that shows it all at once."""
    return list(_problems_of_campaign(replace(given, name=one_line(given.name))))


def _tidied_group(given: GroupSettings) -> GroupSettings:
    return replace(
        given,
        name=one_line(given.name),
        skills={one_line(skill): level for skill, level in given.skills.items()},
        states=tidy_words(given.states),
        languages=tidy_words(given.languages),
        products=tidy_words(given.products),
    )


def _problems_of_campaign(tidy: CampaignSettings) -> Iterator[BadValue]:
    if not tidy.name:
        yield BadValue("name", "Give the campaign a name.")
    if len(tidy.name) > LONGEST_NAME:
        yield BadValue("name", "The name is too long; use at most 120 characters.")
    if not _within(RUNG_AT_ONCE, tidy.most_rung):
        yield BadValue("most_rung", "From 1 to 10 agents can be rung at once.")
    if not _within(RING_S, tidy.ring_s):
        yield BadValue("ring_s", "Agents' phones ring for 5 to 60 seconds.")
    if not _within(PRESS_S, tidy.press_s):
        yield BadValue("press_s", "Allow 5 to 60 seconds to press 1.")
    if not _within(LEAD_RING_S, tidy.lead_ring_s):
        yield BadValue("lead_ring_s", "The lead's phone rings for 15 to 120 seconds.")
    if tidy.calling_from == tidy.calling_until:
        yield BadValue("calling_until", "The two times must differ.")
    if len(tidy.script) > LONGEST_SCRIPT:
        yield BadValue("script", "The script is too long; use at most 20,000 characters.")


def _within(limits: tuple[int, int], value: int) -> bool:
    return limits[0] <= value <= limits[1]
