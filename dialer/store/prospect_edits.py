"""Corrections of a prospect's fields that an agent makes during the call (LPS-4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from dialer.db import Connection, one
from dialer.errors import NotFound
from dialer.imports import custom_label
from dialer.prospects import EDITABLE, checked
from dialer.sort_keys import encoder
from dialer.sql import load
from dialer.store import lead_words
from dialer.store.zone_counts import count_zones
from dialer.time_zones import zone_of

SQL = load("prospect_edits")
IMPORTS = load("imports")


def apply(connection: Connection, organisation_id: int, prospect_id: int, edits: Mapping[str, str]) -> None:
    """Save the fields that differ from what is on record; values that stay are not looked at.

    ``edits`` by field: first_name, custom:LABEL. Fields that nobody has are let go. A state or postal
    code that changes takes the time zone with it, where that came from the old one. Raises BadValue.
    """
    of_prospect = {"organisation_id": organisation_id, "prospect_id": prospect_id}
    old = one(connection, SQL.lock, of_prospect)
    if old is None:
        raise NotFound("There is no such prospect.")
    new: dict[str, Any] = {name: old[name] for name in EDITABLE}
    custom = dict(old["custom"])
    for name, value in edits.items():
        label = custom_label(name)
        if label is None and name in EDITABLE:
            if value != old[name]:
                new[name] = checked(name, value, {})
        elif label is not None and (label in custom or label in old["kinds"]):
            before = custom.get(label)
            if value != shown(before):
                custom[label] = checked(name, value, old["kinds"])
    if custom == old["custom"] and all(new[name] == old[name] for name in EDITABLE):
        return
    new["time_zone"] = _zone(old, new)
    new["sort_key"] = _sort_key(old, new, custom)
    connection.execute(SQL.save, {**of_prospect, **new, "custom": Jsonb(custom)})
    lead_words.keep(connection, organisation_id, prospect_id)
    if new["time_zone"] != old["time_zone"]:
        _move_zone(connection, organisation_id, prospect_id, old, new["time_zone"])


def shown(value: object) -> str:
    """A custom field's value as the window shows it and sends it back; nothing is an empty text."""
    return "" if value is None else str(value)


def _zone(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    def derived(of: Mapping[str, Any]) -> str:
        return zone_of(
            time_zone="",
            region=of["region"],
            postal_code=of["postal_code"],
            number=old["number"] or "",
            default=old["default_zone"],
        )

    # One that the list named itself is not of the place and stays.
    return derived(new) if derived(old) == old["time_zone"] else str(old["time_zone"])


def _sort_key(old: Mapping[str, Any], new: Mapping[str, Any], custom: Mapping[str, Any]) -> bytes:
    """The key of the list's order; as it was where the order does not go by a field that changed."""
    sort_by, label = old["sort_by"], custom_label(old["sort_by"])
    if label is not None:
        key = next((each for each in custom if each.lower() == label.lower()), None)
        if key is None or custom[key] == old["custom"].get(key):
            return bytes(old["sort_key"])
        kinds = {each.lower(): kind for each, kind in old["kinds"].items()}
        return encoder(kinds.get(label.lower(), "text"), old["sort_descending"])(shown(custom[key]))
    if sort_by in new and new[sort_by] != old[sort_by]:
        return encoder("text", old["sort_descending"])(new[sort_by])
    return bytes(old["sort_key"])


def _move_zone(
    connection: Connection, organisation_id: int, prospect_id: int, old: Mapping[str, Any], zone: str
) -> None:
    of_list = {"organisation_id": organisation_id, "list_id": old["list_id"]}
    asked = {"organisation_id": organisation_id, "ids": [prospect_id]}
    kinds = [(row["kind"], row["number"]) for row in connection.execute(IMPORTS.numbers_of, asked).fetchall()]
    for in_zone, sign in ((old["time_zone"], -1), (zone, 1)):
        numbers = [(kind, [number], [in_zone]) for kind, number in kinds]
        count_zones(connection, of_list, old["country"], numbers, sign)
