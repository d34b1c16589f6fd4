"""What an agent who dials alone sees in My Session: their records, and what came of the last call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import format_datetime
from flask_babel import lazy_gettext as _l

from dialer.agents import Agent, AgentState
from dialer.db import Tenant, Transactions
from dialer.store import agent_metrics, solo
from dialer.store.agent_metrics import Metrics
from dialer.store.sessions import SessionKind
from web.access import me

FOLLOW_UPS = {
    SessionKind.FOLLOW_UPS_NOT_DUE: _l("Follow Ups (Not due)"),
    SessionKind.FOLLOW_UPS_PAST_DUE: _l("Follow Ups (Past due)"),
}

OWN = {**FOLLOW_UPS, SessionKind.LEADS: _l("My leads")}
"""What is dialed without a list, as one's own."""


@dataclass(frozen=True, slots=True)
class FollowUps:
    """One of the two lists of follow-ups, or one's leads, as My Lists shows it."""

    kind: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Solo:
    """``desk`` while a session is open in which the agent dials alone; ``follow_ups`` while none is."""

    desk: solo.Desk | None
    records: list[solo.Record]
    follow_ups: tuple[FollowUps, ...]
    loaded: FollowUps | None
    """The follow-ups that are loaded, or being dialed."""


def seen(db: Transactions, user_id: int, agent: Agent) -> Solo:
    """What the agent sees now; ``?follow_ups=`` loads one of the two into My Session."""
    if agent.state is AgentState.LOGGED_OUT:
        counts = solo.follow_up_counts(db, user_id)
        every = zip(OWN.items(), (counts.not_due, counts.past_due, counts.leads), strict=True)
        follow_ups = tuple(
            FollowUps(kind.value, str(name), count)
            for (kind, name), count in every
            if count or kind.of_follow_ups
        )
        asked = request.values.get("follow_ups")
        return Solo(None, [], follow_ups, next((f for f in follow_ups if f.kind == asked), None))
    desk = solo.desk_of(db, user_id)
    if desk is None:
        return Solo(None, [], (), None)
    found = solo.records(db, user_id)
    loaded = None
    if desk.kind.of_own:
        loaded = FollowUps(desk.kind.value, str(OWN[desk.kind]), len(found))
    return Solo(desk, found, (), loaded)


def metrics(db: Tenant, shown: Solo | None = None) -> Metrics | None:
    """What the open session in which the agent dials alone comes to."""
    if shown is not None and shown.desk is None:
        return None
    return agent_metrics.of_user(db, db.organisation_id, me().id)


def there(moment: datetime, zone: str) -> str:
    """Date and time as the prospect's clock shows them."""
    return str(format_datetime(moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None), "short", rebase=False))
