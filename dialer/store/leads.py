"""Posting leads, and moving them by hand (RING-2, RING-4).

A lead comes in whole or not at all: its prospect, its phones and its place are one transaction, at the end
of which the dialer is told. Where it goes from there says store/lead_places.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from dialer import live
from dialer.db import Connection, Transactions, one
from dialer.dialing_rules import SENTENCES, Rule
from dialer.errors import BadValue, NotFound, Refused
from dialer.leads import CheckedLead, NewLead, checked
from dialer.sql import load
from dialer.store import agents, audit, lead_places, lead_requests, lead_words, sessions, solo
from dialer.store.lead_places import LeadState
from dialer.store.lead_requests import Request
from dialer.store.sessions import SessionKind
from dialer.store.zone_counts import count_zones

SQL = load("leads")


class CameTwice(Refused):
    """The number came to the campaign a moment ago; the first lead stands."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A lead that has come in. It has no application until somebody takes it."""

    lead_id: int
    prospect_id: int
    again: bool = False
    """It came with an earlier request of the same key."""


def post(
    db: Transactions,
    organisation_id: int,
    new: NewLead,
    now: datetime,
    *,
    source: str = "",
    token_id: int | None = None,
    request: Request | None = None,
    by_id: int | None = None,
) -> Posted:
    """Store a lead and let the dialer begin to ring for it.

    A ``request`` that was answered within the last day is answered the same. ``by_id`` is the user on whose
    behalf a program or a command posts it. Raises BadValue for a value that cannot be used, a number on Do
    Not Call among them; NotFound for a campaign that is not the organisation's; Refused for one that is
    switched off; CameTwice for a number that came to it within a minute; OtherBody. Nothing is stored then.
    """
    with db.transaction() as connection:
        of_organisation = {"organisation_id": organisation_id, "now": now}
        if request is not None:
            before = lead_requests.answered(connection, organisation_id, request, now)
            if before is not None:
                return Posted(*before, again=True)
        campaign = _campaign(connection, organisation_id, new.campaign_id)
        lead = checked(
            new,
            country=campaign["country"],
            default_zone=campaign["time_zone"],
            phone_field=campaign["phone_field"],
            kinds=campaign["kinds"],
        )
        excluded_by = _why_excluded(connection, of_organisation, new.campaign_id, campaign, lead)
        of_list = {"organisation_id": organisation_id, "list_id": campaign["list_id"]}
        prospect_id = _add_prospect(connection, of_list, new, lead, excluded_by, now)
        numbers = [(kind, [number], [lead.time_zone]) for kind, number in lead.phones.items()]
        count_zones(connection, of_list, campaign["country"], numbers)
        values = {"campaign_id": new.campaign_id, "source": source, "token_id": token_id}
        words = {"language": new.language, "product": new.product, "consent": new.consent}
        added = one(connection, SQL.add, {**of_organisation, **values, **words, "prospect_id": prospect_id})
        assert added is not None
        lead_words.keep(connection, organisation_id, prospect_id)
        if request is not None:
            lead_requests.keep(connection, organisation_id, request, added["id"], now)
        if by_id is not None:
            _note(connection, organisation_id, by_id, "add", added["id"], {"campaign_id": new.campaign_id})
        live.wake_dialer(connection)
        live.tell_panel(connection, organisation_id, "leads", f"list:{campaign['list_id']}")
        return Posted(added["id"], prospect_id)


def withdraw(db: Transactions, by_id: int, organisation_id: int, lead_id: int, now: datetime) -> None:
    """Take a lead back: nobody is rung for it any more. One that rings is withdrawn in a moment.

    Does nothing to one that is withdrawn, or is about to be. Raises NotFound, also for who is no manager;
    Refused for one that is somebody's.
    """
    with db.transaction() as connection:
        row = _lock(connection, by_id, organisation_id, lead_id)
        if row["state"] == LeadState.WITHDRAWN.value or row["withdraw_asked_at"] is not None:
            return
        _refuse_taken(row)
        if row["state"] == LeadState.RINGING.value:
            asked = {"organisation_id": organisation_id, "lead_id": lead_id, "now": now}
            connection.execute(SQL.ask_withdraw, asked)
            live.wake_dialer(connection)
            live.tell_panel(connection, organisation_id, "leads", f"lead:{lead_id}")
        else:
            lead_places.withdraw(connection, organisation_id, lead_id, now)
        _note(connection, organisation_id, by_id, "withdraw", lead_id, None)


def ring_again(db: Transactions, by_id: int, organisation_id: int, lead_id: int, now: datetime) -> None:
    """Let agents be rung anew for a lead that nobody took.

    Does nothing while it waits or rings. Raises NotFound, also for who is no manager; Refused for one that
    is somebody's, or is withdrawn, or whose campaign is switched off.
    """
    with db.transaction() as connection:
        row = _lock(connection, by_id, organisation_id, lead_id)
        _refuse_taken(row)
        _refuse_withdrawn(row, Refused("This lead was withdrawn; post it again to ring for it."))
        if row["state"] != LeadState.EXCEPTION.value:
            return
        if not row["campaign_active"]:
            raise Refused(
                "The campaign %(name)s is switched off; switch it on first.", name=row["campaign_name"]
            )
        lead_places.wait_again(connection, organisation_id, lead_id, now)
        _note(connection, organisation_id, by_id, "ring_again", lead_id, None)


def assign(
    db: Transactions, by_id: int, organisation_id: int, lead_id: int, user_id: int, now: datetime
) -> int:
    """Make the lead a user's own, with an application; returns the application's id.

    Whoever is rung for it just now is let go: the first of a press of 1 and this has it. Raises NotFound for
    a lead or user that is not there, and for who is no manager; Refused for a lead that is somebody's or is
    withdrawn.
    """
    with db.transaction() as connection:
        row = _lock(connection, by_id, organisation_id, lead_id)
        asked = {"organisation_id": organisation_id, "user_id": user_id}
        if one(connection, SQL.assignee, asked) is None:
            raise NotFound("There is no such agent, or their account is closed.")
        _refuse_taken(row)
        _refuse_withdrawn(row, Refused("This lead was withdrawn; it is nobody's to call."))
        application_id = lead_places.take(connection, organisation_id, lead_id, user_id, now)
        assert application_id is not None, "the lead is locked"
        if row["state"] == LeadState.RINGING.value:
            live.wake_dialer(connection)
        _note(connection, organisation_id, by_id, "assign", lead_id, {"user_id": user_id})
        return application_id


def call_own(db: Transactions, user_id: int, lead_id: int, now: datetime) -> None:
    """Ask the dialer to call a lead of the user's own; without a session one on their leads is started.

    Raises NotFound for a lead that is not theirs, Refused as ``solo.ask_call`` and
    ``sessions.start_follow_ups`` do.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.own, {"lead_id": lead_id, "user_id": user_id})
        if row is None:
            raise NotFound("This lead is not yours.")
        agent = agents.look(connection, row["organisation_id"], user_id)
        if agent is None or agent.session_id is None:
            sessions.start_own(connection, user_id, SessionKind.LEADS, now)
        solo.ask_call_within(connection, user_id, row["prospect_id"], now)


def _campaign(connection: Connection, organisation_id: int, campaign_id: int) -> dict[str, Any]:
    found = one(connection, SQL.campaign, {"organisation_id": organisation_id, "campaign_id": campaign_id})
    if found is None:
        raise NotFound("There is no such campaign.")
    if not found["active"]:
        raise Refused("The campaign %(name)s is switched off; it takes no leads.", name=found["name"])
    return found


def _why_excluded(
    connection: Connection,
    of: Mapping[str, Any],
    campaign_id: int,
    campaign: Mapping[str, Any],
    lead: CheckedLead,
) -> str | None:
    """Why nobody calls the number just now, None if they may. Refuses what may not come in at all."""
    numbers = sorted(lead.phones.values())
    for number in numbers:  # in their order: two leads with the same numbers wait, and do not lock each other
        connection.execute(SQL.one_at_a_time, {**of, "campaign_id": campaign_id, "number": number})
    zone = campaign["time_zone"]
    known = one(
        connection,
        SQL.barred,
        {
            **of,
            "numbers": numbers,
            "dialed": lead.dialed,
            "campaign_id": campaign_id,
            "organisation_zone": zone,
        },
    )
    assert known is not None
    for kind, number in lead.phones.items():
        if number in known["do_not_call"]:
            raise BadValue(kind, SENTENCES[Rule.DO_NOT_CALL])
    if known["first_lead_id"] is not None:
        raise CameTwice(
            "This number came to the campaign less than a minute ago, as lead %(lead)s.",
            lead=str(known["first_lead_id"]),
        )
    return "parking_lot" if known["parked"] else None


def _add_prospect(
    connection: Connection,
    of_list: Mapping[str, Any],
    new: NewLead,
    lead: CheckedLead,
    excluded_by: str | None,
    now: datetime,
) -> int:
    added = one(
        connection,
        SQL.add_prospect,
        {
            **of_list,
            **lead.texts,
            "custom": Jsonb(dict(lead.custom)),
            "notes": new.notes.strip(),
            "time_zone": lead.time_zone,
            "excluded_by": excluded_by,
            "now": now,
        },
    )
    assert added is not None
    prospect_id: int = added["id"]
    phones = {"kinds": list(lead.phones), "numbers": list(lead.phones.values())}
    connection.execute(SQL.add_phones, {**of_list, **phones, "prospect_id": prospect_id})
    return prospect_id


def _lock(connection: Connection, by_id: int, organisation_id: int, lead_id: int) -> dict[str, Any]:
    asked = {"by_id": by_id, "organisation_id": organisation_id, "lead_id": lead_id}
    row = one(connection, SQL.lock, asked)
    if row is None:
        raise NotFound("There is no such lead.")
    return row


def _refuse_taken(row: Mapping[str, Any]) -> None:
    if row["state"] == LeadState.TAKEN.value:
        raise Refused("%(name)s has this lead already.", name=row["user_name"])


def _refuse_withdrawn(row: Mapping[str, Any], refusal: Refused) -> None:
    if row["state"] == LeadState.WITHDRAWN.value or row["withdraw_asked_at"] is not None:
        raise refusal


def _note(
    connection: Connection,
    organisation_id: int,
    by_id: int,
    what: str,
    lead_id: int,
    after: Mapping[str, Any] | None,
) -> None:
    audit.keep(connection, organisation_id, by_id, f"lead.{what}", f"lead:{lead_id}", None, after)
