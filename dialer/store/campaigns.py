"""Campaigns: how posted leads are rung for, and their lists (RING-1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

import psycopg

from dialer.campaigns import CampaignSettings, checked_campaign
from dialer.db import Connection, Transactions, clock, one
from dialer.errors import BadValue, Forbidden, NotFound
from dialer.live import tell_panel, wake_dialer
from dialer.ring_rules import LeadFacts, NotRung
from dialer.sql import load
from dialer.store import audit, distribution_groups, people, ring_candidates
from dialer.store.ring_candidates import Turn

SQL = load("campaigns")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; ``list_id`` is where its leads are."""

    organisation_id: int
    id: int
    version: int
    created_at: datetime
    list_id: int
    group_name: str
    settings: CampaignSettings


def overview(db: Transactions, organisation_id: int) -> list[Campaign]:
    """The organisation's campaigns by name, those switched off last."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.overview, {"organisation_id": organisation_id}).fetchall()
        return [_as_campaign(row) for row in rows]


def campaign(db: Transactions, campaign_id: int) -> Campaign:
    """The campaign. Raises NotFound."""
    with db.transaction() as connection:
        return _campaign(connection, campaign_id)


def add(
    db: Transactions, organisation_id: int, given: CampaignSettings, now: datetime, *, by: int | None = None
) -> int:
    """Make a campaign with its list and return its id.

    Raises Forbidden, and BadValue for a value that cannot be used.
    """
    tidy = checked_campaign(given)
    with _one_name(), db.transaction() as connection:
        _require(connection, by)
        distribution_groups.keep_for_campaign(connection, organisation_id, tidy.group_id)
        values = {**asdict(tidy), "organisation_id": organisation_id, "by": by, "now": now}
        row = one(connection, SQL.add, values)
        assert row is not None
        after = _described(_campaign(connection, row["id"]))
        audit.keep(connection, organisation_id, by, "campaign.add", f"campaign:{row['id']}", None, after)
        tell_panel(connection, organisation_id, "campaigns")
        campaign_id: int = row["id"]
        return campaign_id


def edit(
    db: Transactions, campaign_id: int, given: CampaignSettings, version: int, *, by: int | None = None
) -> None:
    """Change a campaign and its list; the next lead is rung for by it.

    Raises NotFound, Forbidden, Conflict when somebody else saved since ``version``, and BadValue for a
    value that cannot be used.
    """
    tidy = checked_campaign(given)
    with _one_name(), db.transaction() as connection:
        _require(connection, by)
        before = _campaign(connection, campaign_id)
        organisation_id, subject = before.organisation_id, f"campaign:{campaign_id}"
        distribution_groups.keep_for_campaign(connection, organisation_id, tidy.group_id)
        asked = {"organisation_id": organisation_id, "campaign_id": campaign_id, "version": version}
        saved = one(connection, SQL.save, {**asdict(tidy), **asked})
        if saved is None:
            raise audit.conflict(connection, organisation_id, subject)
        connection.execute(SQL.save_list, {**asdict(tidy), **asked, "list_id": saved["list_id"]})
        after = _described(_campaign(connection, campaign_id))
        audit.keep(connection, organisation_id, by, "campaign.edit", subject, _described(before), after)
        tell_panel(connection, organisation_id, "campaigns")
        wake_dialer(connection)


def preview(db: Transactions, organisation_id: int, campaign_id: int, lead: LeadFacts) -> Turn:
    """Who would ring for a lead that came now, and why the others would not. Raises NotFound.

    The others are in the order in which they come nearest to being rung. By the database's clock, as the
    dialer asks, too.
    """
    with db.transaction() as connection:
        turn = ring_candidates.turn(connection, organisation_id, campaign_id, lead, clock(connection))
    rules = list(NotRung)
    nearest = sorted(turn.others, key=lambda pair: (-rules.index(pair[1]), pair[0].name.casefold()))
    return replace(turn, others=nearest)


def _campaign(connection: Connection, campaign_id: int) -> Campaign:
    row = one(connection, SQL.campaign, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound("There is no such campaign.")
    return _as_campaign(row)


def _as_campaign(row: dict[str, Any]) -> Campaign:
    settings = CampaignSettings(**{each.name: row[each.name] for each in fields(CampaignSettings)})
    names = ("organisation_id", "id", "version", "created_at", "list_id", "group_name")
    return Campaign(**{name: row[name] for name in names}, settings=settings)


def _described(found: Campaign) -> dict[str, Any]:
    """The campaign in the audit log's values: its group by name, times as text."""
    told = asdict(found.settings)
    del told["group_id"]
    for name in ("calling_from", "calling_until"):
        told[name] = told[name].isoformat("minutes")
    return {**told, "group": found.group_name}


def _require(connection: Connection, by: int | None) -> None:
    if by is not None and not people.role_of(connection, by).manages_lists:
        raise Forbidden("Your role does not let you change campaigns.")


@contextmanager
def _one_name() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise BadValue("name", "There is already a campaign with this name; choose another.") from None
