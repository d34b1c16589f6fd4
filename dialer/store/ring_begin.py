"""Rings begin: whom a lead rings, put on record before Asterisk hears of it (RING-3)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import uuid4

from dialer import live
from dialer.agents import AgentState, PhoneMode
from dialer.agents import Rung as AgentRung
from dialer.calls import ring_all
from dialer.calls.commands import Command
from dialer.calls.ring import LegState, Ring, RingState, RungLeg
from dialer.db import Connection, Database, one
from dialer.dialing_rules import why_not
from dialer.prompts import Prompt
from dialer.ring_rules import LeadException, LeadFacts, NotRung
from dialer.sql import load
from dialer.store import agents, lead_places, prompts, ring_candidates
from dialer.store.launching import facts_of
from dialer.store.ring_rows import columns_of

SQL = load("rings")

PHONES_BUSY_FOR = timedelta(seconds=60)
"""A lead waits so long, since it came or was to be rung for again, while all whom it could ring are rung for
others, or are another node's to ring."""

MOST_AT_ONCE = 50
"""Leads looked at in one look."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A lead to be rung for. Leads of one ``kind`` ring the same agents: where one must wait, all must."""

    organisation_id: int
    lead_id: int
    kind: Hashable


@dataclass(frozen=True, slots=True)
class Begun:
    """A ring to make now."""

    ring: Ring
    commands: list[Command]


class NotBegun(Enum):
    """Why no ring was made for a lead."""

    WAITS = "waits"
    """Whoever it could ring is rung for another, or by another node."""
    SETTLED = "settled"
    """It is an exception now, or somebody else has it in hand."""


def waiting(db: Database) -> list[Waiting]:
    """Leads to be rung for: of each campaign the oldest first, and the campaigns in turn."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.waiting_leads, {"most": MOST_AT_ONCE}).fetchall()
    return [
        Waiting(
            row["organisation_id"],
            row["lead_id"],
            (row["organisation_id"], row["campaign_id"], row["region"], row["language"], row["product"]),
        )
        for row in rows
    ]


def begin(
    db: Database, organisation_id: int, lead_id: int, node: str, now: datetime, at: datetime
) -> Begun | NotBegun:
    """Ring for a lead, or say why not: it is an exception then, or waits on for those who are rung already.

    ``now``: the database's clock, by which rules are asked; the ring's own times are ``at``.
    """
    with db.transaction() as connection:
        of_lead = {"organisation_id": organisation_id, "lead_id": lead_id}
        lead = one(connection, SQL.lock_waiting_lead, of_lead)
        if lead is None:
            return NotBegun.SETTLED
        facts = one(connection, SQL.facts_of_prospect, lead)
        assert facts is not None
        refusal = why_not(facts_of(facts, now), now)
        says = LeadFacts(lead["region"], lead["language"], lead["product"])
        turn = ring_candidates.turn(connection, organisation_id, lead["campaign_id"], says, now, node)
        reason = _why_nobody(turn, None if refusal is None else refusal.rule.value)
        if reason is None:
            return _ring(connection, lead, turn, node, at)
        # They will be free in a moment, or another node rings them.
        busy = any(why in (NotRung.RUNG_ALREADY, NotRung.OTHER_NODE) for _, why in turn.others)
        waits = reason == LeadException.NO_ONE_ELIGIBLE.value and busy
        if waits and now - lead["changed_at"] < PHONES_BUSY_FOR:
            return NotBegun.WAITS
        lead_places.make_exception(connection, organisation_id, lead_id, reason, at)
        return NotBegun.SETTLED


def _why_nobody(turn: ring_candidates.Turn, rule: str | None) -> str | None:
    if not turn.active:
        return LeadException.CAMPAIGN_OFF.value
    if rule is not None:
        return rule
    return None if turn.rung else LeadException.NO_ONE_ELIGIBLE.value


def _ring(
    connection: Connection, lead: Mapping[str, Any], turn: ring_candidates.Turn, node: str, at: datetime
) -> Begun | NotBegun:
    organisation_id = lead["organisation_id"]
    legs = _legs(connection, organisation_id, turn, at)
    endpoints = {leg.user_id: f"PJSIP/{turn.phones[leg.user_id].extension}" for leg in legs}
    if not legs:
        return NotBegun.WAITS  # all of them got a call in this very moment: looked at again at once
    ring = Ring(RingState.RINGING, uuid4(), turn.press_s, tuple(legs), at)
    ring, wishes = ring_all.begin(ring, endpoints, lead["agent_leg_caller_id"], turn.ring_s)
    lead_places.begin_ringing(connection, organisation_id, lead["lead_id"], at)
    placed = one(
        connection,
        SQL.insert_ring,
        {
            "organisation_id": organisation_id,
            "key": ring.key,
            "lead_id": lead["lead_id"],
            "node": node,
            "press_s": ring.press_s,
            "due_at": ring.due_at,
            "at": at,
        },
    )
    assert placed is not None
    _place(connection, organisation_id, placed["id"], node, ring.legs, endpoints)
    return Begun(ring, [wish for wish in wishes if isinstance(wish, Command)])


def _legs(
    connection: Connection, organisation_id: int, turn: ring_candidates.Turn, at: datetime
) -> list[RungLeg]:
    """The places of those who are as the rule saw them, now that nobody else can move them."""
    users = {"organisation_id": organisation_id, "user_ids": [each.user_id for each in turn.rung]}
    for each in turn.rung:
        if each.agent_state is None:
            connection.execute(
                agents.SQL.make_agent, {"organisation_id": organisation_id, "user_id": each.user_id, "at": at}
            )
    locked = [agents.to_agent(row) for row in connection.execute(SQL.lock_agents, users).fetchall()]
    rung = {row["user_id"] for row in connection.execute(SQL.rung_of, users).fetchall()}
    said: dict[tuple[Prompt, str], str] = {}

    def media(prompt: Prompt, locale: str) -> str:
        if (prompt, locale) not in said:
            said[prompt, locale] = prompts.media_of(connection, organisation_id, prompt, locale)
        return said[prompt, locale]

    legs = []
    for agent in locked:
        phone = turn.phones[agent.user_id]
        in_session = agent.state is not AgentState.LOGGED_OUT
        if agent.user_id in rung or (in_session and not agent.takes_calls):
            continue
        standing = in_session and agent.phone_mode is PhoneMode.STAY_CONNECTED
        if standing and not (agent.phone_up and agent.leg_id and agent.bridge_id):
            continue
        legs.append(
            RungLeg(
                user_id=agent.user_id,
                leg_id=agent.leg_id if standing and agent.leg_id else uuid4(),
                bridge_id=agent.bridge_id if standing and agent.bridge_id else uuid4(),
                standing=standing,
                in_session=in_session,
                prompt=media(Prompt.PRESS_1, phone.locale),
                taken=media(Prompt.LEAD_TAKEN, phone.locale),
                gone=media(Prompt.LEAD_GONE, phone.locale),
                state=LegState.LISTENING if standing else LegState.RINGING,
                started_at=at,
                answered_at=at if standing else None,
            )
        )
    return legs


def _place(
    connection: Connection,
    organisation_id: int,
    ring_id: int,
    node: str,
    legs: Sequence[RungLeg],
    endpoints: Mapping[int, str],
) -> None:
    """Put the agents' places on record, and reserve those who are in a session."""
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL.insert_ring_leg,
            [
                {
                    **columns_of(leg),
                    "organisation_id": organisation_id,
                    "ring_id": ring_id,
                    "extension": endpoints[leg.user_id].removeprefix("PJSIP/"),
                    "at": leg.started_at,
                    "node": node,
                    "endpoint": endpoints[leg.user_id],
                }
                for leg in legs
            ],
        )
    for leg in legs:
        if leg.in_session:
            agent = agents.lock(connection, organisation_id, leg.user_id)
            agents.move(connection, agent, AgentRung(leg.started_at, ring_id))
    live.tell_panel(connection, organisation_id, "campaigns", *(f"ring:{leg.user_id}" for leg in legs))
