"""Column mappings saved by name, for files that come again and again (LPL-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from dialer.db import Transactions, one
from dialer.errors import NotFound, Refused
from dialer.sql import load
from dialer.store import audit

SQL = load("mappings")


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """Field name, or custom:LABEL, → header."""

    id: int
    name: str
    mapping: dict[str, str]


def mappings(db: Transactions, organisation_id: int) -> list[SavedMapping]:
    """The organisation's saved mappings by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.mappings, {"organisation_id": organisation_id}).fetchall()
        return [SavedMapping(**row) for row in rows]


def named(db: Transactions, organisation_id: int, name: str) -> SavedMapping:
    """The saved mapping of this name, upper and lower case alike. Raises NotFound."""
    for each in mappings(db, organisation_id):
        if each.name.casefold() == name.strip().casefold():
            return each
    raise NotFound("There is no saved mapping of this name.")


def save(db: Transactions, user_id: int, name: str, mapping: Mapping[str, str], now: datetime) -> int:
    """Keep the mapping under the name, in place of one that is called so; returns its id.

    Raises NotFound for who does not manage lists, Refused for an empty mapping or a name that is
    empty or long.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise Refused("Give the mapping a name of 1 to 120 characters.")
    if not mapping:
        raise Refused("Choose at least one column before you save the mapping.")
    with db.transaction() as connection:
        asked = {"user_id": user_id, "name": name, "mapping": Jsonb(dict(mapping)), "now": now}
        was = one(connection, SQL.named, asked)
        row = one(connection, SQL.save, asked)
        if row is None:
            raise NotFound("Only managers and admins can save mappings.")
        before = {"name": was["name"], "mapping": was["mapping"]} if was else None
        after = {"name": name, "mapping": dict(mapping)}
        subject = f"mapping:{row['id']}"
        audit.keep(connection, row["organisation_id"], user_id, "mapping.save", subject, before, after)
        mapping_id: int = row["id"]
        return mapping_id


def delete(db: Transactions, user_id: int, mapping_id: int) -> str:
    """Forget a saved mapping and return its name. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.delete, {"user_id": user_id, "mapping_id": mapping_id})
        if row is None:
            raise NotFound("This mapping has been deleted already.")
        before = {"name": row["name"], "mapping": row["mapping"]}
        subject = f"mapping:{mapping_id}"
        audit.keep(connection, row["organisation_id"], user_id, "mapping.delete", subject, before, None)
        name: str = row["name"]
        return name
