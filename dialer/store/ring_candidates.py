"""Who could be rung for a campaign's leads, and who could not (RING-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.agents import AgentState, PhoneMode, Wanted
from dialer.db import Connection, Transactions, clock, one
from dialer.errors import NotFound
from dialer.ring_rules import Candidate, Filters, LeadFacts, NotRung, chosen, why_not_rung
from dialer.roles import Role
from dialer.sql import load

SQL = load("rings")


@dataclass(frozen=True, slots=True)
class Phone:
    """How somebody's phone is reached: rung, or connected already as ``leg_id``."""

    extension: str
    locale: str
    leg_id: UUID | None
    bridge_id: UUID | None


@dataclass(frozen=True, slots=True)
class Turn:
    """Who would ring for a lead just now, first come first, and why the others would not."""

    rung: list[Candidate]
    others: list[tuple[Candidate, NotRung]]
    phones: Mapping[int, Phone]
    """Of those who would ring, by user id."""
    ring_s: int
    press_s: int
    active: bool
    """Whether the campaign is switched on."""


def turn(
    connection: Connection,
    organisation_id: int,
    campaign_id: int,
    lead: LeadFacts,
    now: datetime,
    node: str | None = None,
) -> Turn:
    """Ask the rule of everybody. Nothing is locked. Raises NotFound for no such campaign.

    ``node``: where the ringing is done; None asks for any.
    """
    of_campaign = {"organisation_id": organisation_id, "campaign_id": campaign_id}
    campaign = one(connection, SQL.group_of_campaign, of_campaign)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    everybody = {"organisation_id": organisation_id, "user_id": None}
    rows = connection.execute(SQL.candidates, everybody).fetchall()
    filters = _filters(campaign)
    eligible, others = [], []
    for row in rows:
        candidate = _candidate(row)
        why = why_not_rung(candidate, filters, lead, campaign["time_zone"], now, node)
        if why is None:
            eligible.append(candidate)
        else:
            others.append((candidate, why))
    rung, too_many = chosen(eligible, campaign["most_rung"])
    others += [(candidate, NotRung.OTHERS_FIRST) for candidate in too_many]
    ids = {candidate.user_id for candidate in rung}
    phones = {row["user_id"]: _phone(row) for row in rows if row["user_id"] in ids}
    return Turn(rung, others, phones, campaign["ring_s"], campaign["press_s"], campaign["active"])


def why_none_rings(db: Transactions, organisation_id: int, user_id: int, zone: str) -> NotRung | None:
    """Why no lead rings the user just now, whatever it says of itself and whichever group it goes to.

    ``zone``: the organisation's.
    """
    with db.transaction() as connection:
        asked = {"organisation_id": organisation_id, "user_id": user_id}
        row = one(connection, SQL.candidates, asked)
        if row is None:
            return NotRung.NO_AGENT
        return why_not_rung(_candidate(row), Filters(), LeadFacts(), zone, clock(connection))


def _filters(row: Mapping[str, Any]) -> Filters:
    return Filters(
        frozenset(row["team_ids"]),
        row["skills"],
        frozenset(row["states"]),
        frozenset(row["languages"]),
        frozenset(row["products"]),
    )


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        user_id=row["user_id"],
        name=row["name"],
        role=Role(row["role"]),
        active=row["active"],
        extension=row["extension"],
        team_ids=frozenset(row["team_ids"]),
        skills=row["skills"],
        states=frozenset(row["states"]),
        languages=frozenset(row["languages"]),
        products=frozenset(row["products"]),
        works_from=row["works_from"],
        works_until=row["works_until"],
        works_days=frozenset(row["works_days"]),
        takes_leads=row["takes_leads"],
        seen_at=row["seen_at"],
        agent_state=row["agent_state"] and AgentState(row["agent_state"]),
        wanted=row["wanted"] and Wanted(row["wanted"]),
        node=row["node"],
        phone_closed=row["phone_closed"],
        rings=row["rings"],
        on_a_call=row["on_a_call"],
        owes_result=row["owes_result"],
        last_rung_at=row["last_rung_at"],
    )


def _phone(row: Mapping[str, Any]) -> Phone:
    """A stay-connected phone of somebody in a session has its leg; any other is rung."""
    in_session = row["agent_state"] not in (None, AgentState.LOGGED_OUT.value)
    standing = in_session and row["phone_mode"] == PhoneMode.STAY_CONNECTED.value
    return Phone(
        row["extension"],
        row["locale"],
        row["leg_id"] if standing else None,
        row["bridge_id"] if standing else None,
    )
