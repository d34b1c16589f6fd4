"""What is seen of leads: the pages of a manager, one lead with its rings, an agent's own leads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dialer.db import Transactions, one
from dialer.dialing_rules import SENTENCES, Rule
from dialer.errors import NotFound
from dialer.lead_words import Sought, after, sought
from dialer.ring_rules import LEAD_EXCEPTIONS, LeadException
from dialer.sql import load
from dialer.store.lead_places import LeadState

SQL = load("leads")

PAGE = 50
"""Leads on a page."""

REASONS: dict[str, str] = {
    **{rule.value: SENTENCES[rule] for rule in Rule},
    **{why.value: LEAD_EXCEPTIONS[why] for why in LeadException},
}
"""Why a lead is nobody's, as the sentence that a manager reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A lead as a table shows it. ``number`` is the one that is dialed."""

    id: int
    prospect_id: int
    campaign_id: int
    campaign_name: str
    source: str
    language: str
    product: str
    consent: str
    state: str
    reason: str | None
    user_id: int | None
    user_name: str | None
    application_id: int | None
    received_at: datetime
    changed_at: datetime
    withdraw_asked_at: datetime | None
    first_name: str
    last_name: str
    account_name: str
    region: str
    time_zone: str
    number: str | None

    @property
    def name(self) -> str:
        """What the lead is called; empty where it did not say."""
        return f"{self.first_name} {self.last_name}".strip() or self.account_name

    @property
    def why(self) -> str | None:
        """The reason as a sentence."""
        return REASONS.get(self.reason, self.reason) if self.reason else None


@dataclass(frozen=True, slots=True)
class Leg:
    """One agent in a ring."""

    id: int
    user_id: int
    user_name: str
    standing: bool
    state: str
    outcome: str | None
    started_at: datetime
    answered_at: datetime | None
    pressed_at: datetime | None
    ended_at: datetime | None

    @property
    def rang_for(self) -> timedelta | None:
        """How long the phone rang; None for one that was connected already, or rings."""
        until = self.answered_at or self.ended_at
        return None if self.standing or until is None else until - self.started_at


@dataclass(frozen=True, slots=True)
class Ring:
    """One ringing of agents for a lead."""

    id: int
    state: str
    outcome: str | None
    winner_id: int | None
    winner_name: str | None
    started_at: datetime
    ended_at: datetime | None
    legs: tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call to the lead's own phone."""

    id: int
    mode: str
    state: str
    outcome: str | None
    number: str
    user_id: int | None
    user_name: str | None
    launched_at: datetime
    bridged_at: datetime | None
    ended_at: datetime | None
    result: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeLead(Lead):
    """A lead with all that it said, and what was done for it, the newest first."""

    email: str
    postal_code: str
    custom: dict[str, str]
    notes: str
    phones: tuple[tuple[str, str], ...]
    rings: tuple[Ring, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLead(Lead):
    """A lead of an agent's own, with how the last call to it went."""

    prospect_status: str
    attempts: int
    last_outcome: str | None
    last_result: str | None
    not_before: datetime | None
    notes: str
    promised_at: datetime | None
    called_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leads are wanted; empty is any. ``words`` are what dialer/lead_words.py makes of them."""

    states: Collection[LeadState] = ()
    campaign_id: int | None = None
    words: str = ""


def page(
    db: Transactions,
    organisation_id: int,
    wanted: Wanted,
    *,
    before_id: int | None = None,
    limit: int = PAGE,
) -> list[Lead]:
    """Leads, the newest first, from the one before ``before_id`` on; none where that one is not there."""
    asked = {
        "organisation_id": organisation_id,
        "states": [state.value for state in wanted.states or LeadState],
        "campaign_id": wanted.campaign_id,
        "before_id": before_id,
        "before_at": None,
        "limit": limit,
    }
    query = SQL.page
    if wanted.words.strip():
        meant = sought(wanted.words)
        if meant is None:
            return []
        query, more = _search(meant)
        asked |= more
    with db.transaction() as connection:
        if before_id is not None:
            place = one(connection, SQL.place_of, {**asked, "lead_id": before_id})
            if place is None:
                return []
            asked["before_at"] = place["received_at"]
        # How many leads a word finds is looked at anew each time: a few, or half of them.
        rows = connection.execute(query, asked, prepare=False).fetchall()
        return [Lead(**row) for row in rows]


def _search(meant: Sought) -> tuple[str, dict[str, Any]]:
    """The query that finds what is meant, and its parameters."""
    beginnings = meant.terms or meant.any_of
    ranges: dict[str, Any] = {f"{end}_{place}": None for end in ("from", "to") for place in (1, 2, 3)}
    for place, beginning in enumerate(beginnings, 1):
        ranges |= {f"from_{place}": beginning, f"to_{place}": after(beginning)}
    of_terms = (SQL.search_any, SQL.search_one, SQL.search_two, SQL.search_three)
    return of_terms[len(meant.terms)], {**ranges, "id": meant.lead_id}


def lead(db: Transactions, organisation_id: int, lead_id: int) -> WholeLead:
    """One lead with its rings and calls. Raises NotFound, also for another organisation's."""
    asked = {"organisation_id": organisation_id, "lead_id": lead_id}
    with db.transaction() as connection:
        row = one(connection, SQL.one, asked)
        if row is None:
            raise NotFound("There is no such lead.")
        rings = connection.execute(SQL.rings, asked).fetchall()
        legs = connection.execute(SQL.legs, asked).fetchall()
        calls = connection.execute(SQL.calls, asked).fetchall()
    found = dict(row)
    found["phones"] = tuple((kind, number) for kind, number in found["phones"])
    return WholeLead(
        **found,
        rings=tuple(Ring(**ring, legs=_legs_of(ring["id"], legs)) for ring in rings),
        calls=tuple(Call(**call) for call in calls),
    )


def _legs_of(ring_id: int, legs: Collection[dict[str, Any]]) -> tuple[Leg, ...]:
    return tuple(
        Leg(**{name: value for name, value in leg.items() if name != "ring_id"})
        for leg in legs
        if leg["ring_id"] == ring_id
    )


def counts(db: Transactions, organisation_id: int) -> dict[LeadState, int]:
    """How many leads wait, ring, and are exceptions."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.counts, {"organisation_id": organisation_id}).fetchall()
    return {LeadState(row["state"]): row["leads"] for row in rows}


def own(
    db: Transactions, organisation_id: int, user_id: int, *, before_id: int | None = None, limit: int = PAGE
) -> list[OwnLead]:
    """The user's own leads, those that came to them last first."""
    asked = {
        "organisation_id": organisation_id,
        "user_id": user_id,
        "before_id": before_id,
        "before_at": None,
        "limit": limit,
    }
    with db.transaction() as connection:
        if before_id is not None:
            place = one(connection, SQL.place_of_own, {**asked, "lead_id": before_id})
            if place is None:
                return []
            asked["before_at"] = place["changed_at"]
        return [OwnLead(**row) for row in connection.execute(SQL.of_user, asked).fetchall()]


@dataclass(frozen=True, slots=True)
class Named:
    """An agent or a campaign to choose."""

    id: int
    name: str
    active: bool = True


def assignable(db: Transactions, organisation_id: int) -> list[Named]:
    """Who can be given a lead, agents first."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.assignable, {"organisation_id": organisation_id}).fetchall()
        return [Named(**row) for row in rows]


def campaigns(db: Transactions, organisation_id: int) -> list[Named]:
    """The organisation's campaigns, those that take leads first."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.campaigns, {"organisation_id": organisation_id}).fetchall()
        return [Named(**row) for row in rows]
