"""Referrals: whom a prospect names becomes a prospect of their own on the same list (LPS-7)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialer import live
from dialer.db import Connection, Transactions, one
from dialer.errors import BadValue, NotFound, Refused
from dialer.import_checks import RANDOM_BYTES
from dialer.imports import custom_label
from dialer.phone_numbers import UnusableNumber, normalise
from dialer.prospects import checked
from dialer.sort_keys import encoder
from dialer.sql import load
from dialer.store import drafts
from dialer.store.solo import ask_call_within
from dialer.store.zone_counts import count_zones
from dialer.time_zones import zone_from_number

SQL = load("referrals")
IMPORTS = load("imports")
LEASES = load("leases")

LONGEST_NOTE = 10_000
LONGEST_RELATION = 200

FIELDS = ("first_name", "last_name", "phone", "email", "relation", "note")


@dataclass(frozen=True, slots=True)
class Referred:
    """Somebody whom a prospect named, as the agent typed it. ``relation``: what they are to each other."""

    first_name: str
    last_name: str
    phone: str
    email: str = ""
    relation: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """Somebody on record whom the prospect named. ``excluded_by`` says why nobody calls them, if so."""

    prospect_id: int
    first_name: str
    last_name: str
    relation: str
    excluded_by: str | None
    number: str | None
    in_this_call: bool


def add(
    db: Transactions,
    user_id: int,
    attempt_id: int,
    referred: Referred,
    now: datetime,
    *,
    call_at_once: bool = False,
) -> Referral:
    """Save a referral made in the user's open call, as a prospect at the end of the list.

    The number is read and looked up as in an import: one that the list has already is refused, one on
    Do Not Call or in the parking lot comes in but is not dialed. With ``call_at_once`` they are called as
    soon as the call in hand has its result; in a lead pool session that is refused, and nothing is saved.
    Raises Refused and its BadValue, and NotFound for a call that is not the user's or has its result.
    """
    with db.transaction() as connection:
        of_user = {"user_id": user_id, "attempt_id": attempt_id}
        found = one(connection, SQL.list_of_call, of_user)
        if found is not None:
            # Held, so that two cannot bring the same number at once.
            connection.execute(LEASES.lock_list, found)
        call = one(connection, SQL.lock_call, {**of_user, **found}) if found else None
        if found is None or call is None:
            raise NotFound("There is no such call of yours.")
        texts = _checked(referred)
        number = _number(referred.phone, call["country"])
        excluded_by = _why_not_called(connection, found, call, number)
        zone = zone_from_number(number, call["time_zone"])
        made = {**found, **texts, "at": now, "zone": zone, "number": number, "excluded_by": excluded_by}
        key = _sort_key(call, {**texts, "time_zone": zone, call["phone_field"]: number})
        added = one(connection, SQL.add_prospect, {**made, "sort_key": key})
        assert added is not None
        made["prospect_id"] = prospect_id = added["id"]
        connection.execute(SQL.add_phone, {**made, "phone_field": call["phone_field"]})
        count_zones(connection, found, call["country"], [(call["phone_field"], [number], [zone])])
        connection.execute(SQL.add, {**made, **of_user, "from_prospect_id": call["prospect_id"]})
        names = tuple(f"referral_{name}" for name in FIELDS)
        drafts.forget(connection, found["organisation_id"], user_id, attempt_id, names, now)
        if call_at_once and excluded_by is None:
            ask_call_within(connection, user_id, prospect_id, now)
        live.tell_panel(connection, found["organisation_id"], f"list:{found['list_id']}")
        live.wake_dialer(connection)
        return Referral(
            prospect_id,
            texts["first_name"],
            texts["last_name"],
            texts["relation"],
            excluded_by,
            number,
            in_this_call=True,
        )


def of_prospect(
    connection: Connection, organisation_id: int, prospect_id: int, attempt_id: int
) -> tuple[Referral, ...]:
    """Whom the prospect named so far, newest first."""
    asked = {"organisation_id": organisation_id, "prospect_id": prospect_id, "attempt_id": attempt_id}
    return tuple(Referral(**row) for row in connection.execute(SQL.of_prospect, asked).fetchall())


def _checked(referred: Referred) -> dict[str, str]:
    texts = {
        name: checked(name, getattr(referred, name), {}) if getattr(referred, name).strip() else ""
        for name in ("first_name", "last_name", "email")
    }
    if not texts["first_name"] and not texts["last_name"]:
        raise BadValue("first_name", "Give the referred person's name.")
    texts["relation"] = " ".join(referred.relation.split())
    texts["note"] = referred.note.strip()
    if len(texts["relation"]) > LONGEST_RELATION or len(texts["note"]) > LONGEST_NOTE:
        raise BadValue("note", "The text is too long; shorten it.")
    return texts


def _number(text: str, country: str) -> str:
    if not text.strip():
        raise BadValue("phone", "Give the referred person's phone number.")
    try:
        return normalise(text.strip(), country)
    except UnusableNumber as error:
        raise BadValue("phone", error.said) from None


def _why_not_called(
    connection: Connection, of_list: Mapping[str, Any], call: Mapping[str, Any], number: str
) -> str | None:
    """Why nobody may call the number, None if they may. Raises Refused for one that the list has."""
    asked = {**of_list, "time_zone": call["time_zone"], "rows": 0, "numbers": [number]}
    known = one(connection, IMPORTS.look_up, asked)
    assert known is not None
    if known["known"]:
        raise Refused("This number is on the list already; nobody is called twice.")
    return next((reason for reason in ("do_not_call", "parking_lot") if known[reason]), None)


def _sort_key(call: Mapping[str, Any], values: Mapping[str, str]) -> bytes:
    sort_by = call["sort_by"]
    if sort_by == "upload":
        return b""
    if sort_by == "random":
        return os.urandom(RANDOM_BYTES)
    # A custom field is empty, and empty ones are alike of every kind.
    value = "" if custom_label(sort_by) else values.get(sort_by, "")
    return encoder("text", call["sort_descending"])(value)
