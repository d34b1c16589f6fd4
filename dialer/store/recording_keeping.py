"""How long recordings are kept and where they lie: what is to be done, and that it was done (CMP-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from dialer.db import Database
from dialer.sound_peaks import Outline
from dialer.sql import load
from dialer.store import audit, recordings

SQL = load("recordings")


@dataclass(frozen=True, slots=True)
class Complete:
    """A recording whose call is over. ``unmeasured``: without its outline; ``moving``: its move was begun."""

    organisation_id: int
    id: UUID
    unmeasured: bool
    moving: bool


@dataclass(frozen=True, slots=True)
class Outlived:
    """One that its organisation wants to keep no longer. ``place``: folder, moving (may be in both) or store."""

    organisation_id: int
    id: UUID
    place: str


def complete(
    db: Database, node: str, before: datetime, *, to_move: bool, but: Sequence[UUID], limit: int
) -> list[Complete]:
    """Recordings of calls that were over before then: all with ``to_move``, else those without an outline."""
    asked = {"node": node, "before": before, "to_move": to_move, "but": list(but), "limit": limit}
    with db.transaction() as connection:
        return [Complete(**row) for row in connection.execute(SQL.complete, asked).fetchall()]


def keep_outline(db: Database, each: Complete, outline: Outline) -> None:
    """Keep what its waveform is drawn from."""
    recordings.keep_outline(db, each.organisation_id, each.id, outline)


def move(db: Database, each: Complete) -> bool:
    """It may be in the store from now on; False when it was deleted meanwhile, or is there for good."""
    return _is_so(db, SQL.move, each)


def moved(db: Database, each: Complete) -> bool:
    """It is in the store and in no folder; False when it was deleted meanwhile."""
    return _is_so(db, SQL.moved, each)


def _is_so(db: Database, query: str, each: Complete) -> bool:
    asked = {"organisation_id": each.organisation_id, "recording_id": each.id}
    with db.transaction() as connection:
        return connection.execute(query, asked).fetchone() is not None


def outlived(
    db: Database,
    node: str,
    now: datetime,
    before: datetime,
    *,
    has_folder: bool,
    has_store: bool,
    but: Sequence[UUID],
    limit: int,
) -> list[Outlived]:
    """Recordings that are older than their organisation keeps them, of calls that were over ``before``."""
    asked = {
        "node": node,
        "now": now,
        "before": before,
        "has_folder": has_folder,
        "has_store": has_store,
        "but": list(but),
        "limit": limit,
    }
    with db.transaction() as connection:
        return [Outlived(**row) for row in connection.execute(SQL.outlived, asked).fetchall()]


def deleted(db: Database, gone: Sequence[Outlived], at: datetime) -> None:
    """Their files are deleted; the audit log says so once for each organisation."""
    for organisation_id, some in groupby(
        sorted(gone, key=lambda one: one.organisation_id), key=lambda one: one.organisation_id
    ):
        asked = {"organisation_id": organisation_id, "ids": [each.id for each in some], "at": at}
        with db.transaction() as connection:
            count = len(connection.execute(SQL.deleted, asked).fetchall())
            if count:
                audit.keep(
                    connection,
                    organisation_id,
                    None,
                    "recording.delete",
                    "recordings",
                    None,
                    {"recordings": count},
                )
