"""Rings on record: one event, one transaction (RING-3).

``begin`` chooses whom to ring and puts the ring on record before Asterisk hears of it; ``on_event``
locks a ring, steps its machine, carries out the effects and returns the commands. Rings are locked
before leads, and those before agents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from dialer import live
from dialer.agents import AgentState, PhoneMode
from dialer.agents import Rung as AgentRung
from dialer.calls import ring_all
from dialer.calls.commands import Command, LetLeadGo, MoveAgent, TakeLead
from dialer.calls.events import Event, LegEvent, LegGone, TimerDue
from dialer.calls.ring import LegOutcome, LegState, Ring, RingOutcome, RingState, RungLeg
from dialer.db import Connection, Database, one
from dialer.dialing_rules import why_not
from dialer.prompts import Prompt
from dialer.ring_rules import LeadException, LeadFacts, NotRung
from dialer.sql import load
from dialer.store import agents, lead_places, prompts, ring_candidates
from dialer.store.launching import facts_of
from dialer.store.ring_winners import Winner, take_lead

SQL = load("rings")

PHONES_BUSY_FOR = timedelta(seconds=60)
"""A lead waits so long, since it came or was to be rung for again, while all whom it could ring are rung for
others, or are another node's to ring."""

MOST_LOST = 2
"""A lead whose ringing is cut short by a fault is rung for again this often."""

MOST_AT_ONCE = 50
"""Leads of a campaign that are looked at together."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A ring to make now."""

    ring: Ring
    commands: list[Command]


@dataclass(frozen=True, slots=True)
class Handled:
    """What an event did: the ring before and after, what to send, and the call of a lead that was taken."""

    organisation_id: int
    ring_id: int
    before: Ring
    ring: Ring
    commands: list[Command]
    winner: Winner | None


def waiting(db: Database) -> list[tuple[int, int]]:
    """Leads to be rung for: (organisation, lead)."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.waiting_leads, {"most": MOST_AT_ONCE}).fetchall()
    return [(row["organisation_id"], row["lead_id"]) for row in rows]


def begin(
    db: Database, organisation_id: int, lead_id: int, node: str, now: datetime, at: datetime
) -> Begun | None:
    """Ring for a lead, or say why not: it is an exception then, or waits on for those who are rung already.

    ``now``: the database's clock, by which rules are asked; the ring's own times are ``at``.
    """
    with db.transaction() as connection:
        of_lead = {"organisation_id": organisation_id, "lead_id": lead_id}
        lead = one(connection, SQL.lock_waiting_lead, of_lead)
        if lead is None:
            return None
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
        if not (waits and now - lead["changed_at"] < PHONES_BUSY_FOR):
            lead_places.make_exception(connection, organisation_id, lead_id, reason, at)
        return None


def _why_nobody(turn: ring_candidates.Turn, rule: str | None) -> str | None:
    if not turn.active:
        return LeadException.CAMPAIGN_OFF.value
    if rule is not None:
        return rule
    return None if turn.rung else LeadException.NO_ONE_ELIGIBLE.value


def _ring(
    connection: Connection, lead: Mapping[str, Any], turn: ring_candidates.Turn, node: str, at: datetime
) -> Begun | None:
    organisation_id = lead["organisation_id"]
    legs = _legs(connection, organisation_id, turn, at)
    endpoints = {leg.user_id: f"PJSIP/{turn.phones[leg.user_id].extension}" for leg in legs}
    if not legs:
        return None  # all of them got a call in this very moment: looked at again at once
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
                    **_values(leg),
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
    live.tell_panel(connection, organisation_id, *(f"ring:{leg.user_id}" for leg in legs))


def on_event(db: Database, key: UUID, event: Event, trunk: str) -> Handled | None:
    """Apply one event to a ring; None when there is no such ring.

    A TimerDue for another deadline than the one on record changes nothing. ``trunk``: where a lead
    that is taken is called.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.lock_ring, {"key": key})
        return None if row is None else _apply(connection, row, event, trunk)


def _apply(connection: Connection, row: Mapping[str, Any], event: Event, trunk: str) -> Handled:
    before = _to_ring(connection, row)
    identity = (row["organisation_id"], row["id"])
    if isinstance(event, TimerDue) and before.due_at != event.due_at:
        return Handled(*identity, before, before, [], None)
    ring, wishes = ring_all.step(before, event)
    commands: list[Command] = []
    winner: Winner | None = None
    while wishes:
        wish = wishes.pop(0)
        if isinstance(wish, TakeLead):
            leg = ring.leg(wish.leg_id)
            assert leg is not None
            answer, winner = take_lead(connection, row, leg, trunk, event.at)
            ring, more = ring_all.step(ring, answer)
            wishes = more + wishes
        elif isinstance(wish, LetLeadGo):
            _let_go(connection, row, wish.outcome, event.at)
        elif isinstance(wish, MoveAgent):
            agents.move(connection, agents.lock(connection, row["organisation_id"], wish.user_id), wish.event)
        elif isinstance(wish, Command):
            commands.append(wish)
        else:
            raise TypeError(f"no way to carry out {wish!r}")
    _save(connection, row, before, ring, event, winner)
    return Handled(*identity, before, ring, commands, winner)


def _let_go(connection: Connection, row: Mapping[str, Any], outcome: RingOutcome, at: datetime) -> None:
    """The lead goes where the ring's outcome sends it."""
    of_lead = (connection, row["organisation_id"], row["lead_id"])
    ringing = (lead_places.LeadState.RINGING,)
    match outcome:
        case RingOutcome.WITHDRAWN:
            lead_places.withdraw(*of_lead, at, ringing)
        case RingOutcome.LOST if row["lost_rings"] < MOST_LOST:
            lead_places.wait_again(*of_lead, at, ringing, lost=True)
        case RingOutcome.LOST:
            lead_places.make_exception(*of_lead, LeadException.LOST.value, at)
        case _:
            lead_places.make_exception(*of_lead, LeadException.NOBODY_TOOK.value, at)


def _save(
    connection: Connection,
    row: Mapping[str, Any],
    before: Ring,
    ring: Ring,
    event: Event,
    winner: Winner | None,
) -> None:
    organisation_id, ring_id = row["organisation_id"], row["id"]
    if ring == before:
        return
    connection.execute(
        SQL.save_ring,
        {
            "organisation_id": organisation_id,
            "ring_id": ring_id,
            "state": ring.state.value,
            "outcome": ring.outcome and ring.outcome.value,
            "winner_id": ring.winner_id,
            "attempt_id": winner and winner.handled.attempt_id,
            "due_at": ring.due_at,
            "ended_at": ring.ended_at,
        },
    )
    changed = [leg for was, leg in zip(before.legs, ring.legs, strict=True) if leg != was]
    with connection.cursor() as cursor:
        cursor.executemany(
            SQL.save_ring_leg,
            [
                {
                    **_values(leg),
                    "organisation_id": organisation_id,
                    "ring_id": ring_id,
                    "gone": isinstance(event, LegGone) and event.leg_id == leg.leg_id,
                }
                for leg in changed
            ],
        )
    live.tell_panel(connection, organisation_id, *(f"ring:{leg.user_id}" for leg in changed))
    user = ring.leg(event.leg_id) if isinstance(event, LegEvent) else None
    connection.execute(
        SQL.keep_event,
        {
            "organisation_id": organisation_id,
            "at": event.at,
            "kind": type(event).__name__,
            "user_id": user and user.user_id,
            "data": Jsonb({"ring": ring_id, "from": before.state.value, "to": ring.state.value}),
        },
    )
    if ring.state is not before.state:
        live.tell_panel(connection, organisation_id, f"lead:{row['lead_id']}")
        live.wake_dialer(connection)  # a phone is free again, and another lead may wait for it


def _values(leg: RungLeg) -> dict[str, Any]:
    """A leg's columns."""
    values = {each.name: getattr(leg, each.name) for each in fields(leg)}
    return values | {"state": leg.state.value, "outcome": leg.outcome and leg.outcome.value}


def _to_ring(connection: Connection, row: Mapping[str, Any]) -> Ring:
    of_ring = {"organisation_id": row["organisation_id"], "ring_id": row["id"]}
    rows = connection.execute(SQL.legs_of_ring, of_ring).fetchall()
    return Ring(
        state=RingState(row["state"]),
        key=row["key"],
        press_s=row["press_s"],
        legs=tuple(_to_leg(each) for each in rows),
        started_at=row["started_at"],
        due_at=row["due_at"],
        outcome=row["outcome"] and RingOutcome(row["outcome"]),
        winner_id=row["winner_id"],
        ended_at=row["ended_at"],
    )


def _to_leg(row: Mapping[str, Any]) -> RungLeg:
    values = {each.name: row[each.name] for each in fields(RungLeg)}
    values["state"] = LegState(row["state"])
    values["outcome"] = row["outcome"] and LegOutcome(row["outcome"])
    return RungLeg(**values)


def open_rings(db: Database, node: str) -> list[Ring]:
    """Rings of this node that are not over."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.open_rings, {"node": node}).fetchall()
        return [_to_ring(connection, row) for row in rows]


def due(db: Database, node: str, now: datetime) -> list[tuple[UUID, datetime]]:
    """Rings whose deadline has passed: (key, the deadline)."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.due_rings, {"node": node, "now": now}).fetchall()
    return [(row["key"], row["due_at"]) for row in rows]


def withdrawals(db: Database, node: str) -> list[UUID]:
    """Rings whose lead is to be withdrawn; named again until they know."""
    with db.transaction() as connection:
        return [row["key"] for row in connection.execute(SQL.withdrawals, {"node": node}).fetchall()]


def key_of(connection: Connection, organisation_id: int, ring_id: int) -> UUID:
    """The key of a ring."""
    row = one(connection, SQL.key_of_ring, {"organisation_id": organisation_id, "ring_id": ring_id})
    assert row is not None
    key: UUID = row["key"]
    return key
