"""What the Call Disposition window shows beside the call itself (LPS-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dialer.db import Transactions, one
from dialer.drafts import Draft
from dialer.follow_ups import Promise
from dialer.sql import load
from dialer.store import drafts, referrals
from dialer.store.prospect_edits import shown
from dialer.store.referrals import Referral

SQL = load("call_window")
FOLLOW_UPS = load("follow_ups")


@dataclass(frozen=True, slots=True)
class Phone:
    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class CustomValue:
    """A custom field with the prospect's value; ``kind``: text, number or date."""

    label: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """A call before this one. ``notes`` are what that call added; ``talked`` None: nobody did."""

    id: int
    launched_at: datetime
    outcome: str | None
    result: str | None
    by: str | None
    notes: str
    talked: timedelta | None
    recordings: list[UUID]
    """Those that the user may hear; more than one where the call went from one agent's bridge to another's."""
    stored: list[UUID]
    """Those of them that are in the store, and so in no node's folder."""


@dataclass(frozen=True, slots=True)
class ReferredBy:
    """Who named this prospect."""

    first_name: str
    last_name: str
    account_name: str
    relation: str
    created_at: datetime
    noted_by: str | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that the window shows and that the call does not say itself."""

    agent_name: str
    dials_alone: bool
    """Whether the user chooses whom they call; in a lead pool session the pool does."""
    phones: tuple[Phone, ...]
    custom: tuple[CustomValue, ...]
    earlier: tuple[EarlierCall, ...]
    referred_by: ReferredBy | None
    referrals: tuple[Referral, ...]
    promise: Promise | None
    """What this user had promised the prospect before this call."""
    draft: Draft


def surroundings(db: Transactions, user_id: int, attempt_id: int) -> Surroundings | None:
    """What belongs to the user's open call; None when it is over."""
    with db.transaction() as connection:
        call = one(connection, SQL.of_call, {"user_id": user_id, "attempt_id": attempt_id})
        if call is None:
            return None
        organisation_id, prospect_id = call["organisation_id"], call["prospect_id"]
        asked = {
            "organisation_id": organisation_id,
            "prospect_id": prospect_id,
            "attempt_id": attempt_id,
            "user_id": user_id,
        }
        phones = connection.execute(SQL.phones, asked).fetchall()
        kinds = connection.execute(SQL.custom_fields, asked).fetchall()
        earlier = connection.execute(SQL.earlier_calls, asked).fetchall()
        named_by = one(connection, SQL.referred_by, asked)
        promise = one(connection, FOLLOW_UPS.open_of, asked)
        return Surroundings(
            call["agent_name"],
            call["dials_alone"],
            tuple(Phone(**row) for row in phones),
            _custom(call["custom"], {row["label"]: row["kind"] for row in kinds}),
            tuple(EarlierCall(**row) for row in earlier),
            ReferredBy(**named_by) if named_by else None,
            referrals.of_prospect(connection, organisation_id, prospect_id, attempt_id),
            Promise(**promise) if promise else None,
            drafts.of_call(connection, organisation_id, attempt_id),
        )


def _custom(values: dict[str, Any], kinds: dict[str, str]) -> tuple[CustomValue, ...]:
    """The organisation's fields in their order, then what the record has besides, as text."""
    known = [CustomValue(label, kind, shown(values.get(label))) for label, kind in kinds.items()]
    others = [
        CustomValue(label, "text", shown(value)) for label, value in values.items() if label not in kinds
    ]
    return (*known, *others)
