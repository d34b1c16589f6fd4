"""Recording, as Company Setup has it: whether, how long kept, who is told (CMP-4)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from dialer.calls.commands import Announce
from dialer.db import Connection, Transactions, one
from dialer.errors import NotFound
from dialer.live import tell_panel
from dialer.prompts import Prompt
from dialer.recording_rules import RecordingRules
from dialer.sql import load
from dialer.store import audit, prompts
from dialer.store.company_edits import editing

SQL = load("recordings")


def rules(db: Transactions, organisation_id: int) -> RecordingRules:
    """The organisation's rules, with its version. Raises NotFound."""
    with db.transaction() as connection:
        return _rules(connection, organisation_id)


def edit(db: Transactions, user_id: int, new: RecordingRules) -> None:
    """Save rules that were loaded as ``new.version``. Calls that go on keep what they began with.

    Raises BadValue for what cannot be used, Conflict when somebody was first, Forbidden for who is no admin.
    """
    new = new.checked()
    with editing(db, user_id, new.version) as (connection, organisation_id):
        before = _rules(connection, organisation_id)
        saved = {**asdict(new), "announce_states": list(new.announce_states)}
        connection.execute(SQL.save_rules, {**saved, "organisation_id": organisation_id})
        subject = f"organisation:{organisation_id}"
        audit.keep(connection, organisation_id, user_id, "company.edit", subject, _plain(before), _plain(new))
        tell_panel(connection, organisation_id, "company")


def would_go(db: Transactions, organisation_id: int, days: int) -> int:
    """How many recordings are older than so many days: they are deleted when no more are kept."""
    with db.transaction() as connection:
        row = one(connection, SQL.would_go, {"organisation_id": organisation_id, "days": days})
    assert row is not None
    return int(row["recordings"])


def announcement(
    connection: Connection, organisation_id: int, prospect_id: int, bridge_id: UUID, recording_id: UUID
) -> Announce | None:
    """What tells both that their call is recorded, where the organisation wants it said."""
    found = _rules(connection, organisation_id)
    if found.announce_recording == "nobody":
        return None
    asked = {"organisation_id": organisation_id, "prospect_id": prospect_id}
    row = one(connection, SQL.region, asked)
    if row is None or not found.announces_to(row["region"]):
        return None
    media = prompts.media_of(
        connection, organisation_id, Prompt.RECORDING_ANNOUNCEMENT, found.announce_locale
    )
    return Announce(bridge_id, recording_id, media)


def _rules(connection: Connection, organisation_id: int) -> RecordingRules:
    row = one(connection, SQL.rules, {"organisation_id": organisation_id})
    if row is None:
        raise NotFound("There is no such organisation.")
    return RecordingRules(**{**row, "announce_states": tuple(row["announce_states"])})


def _plain(some: RecordingRules) -> dict[str, Any]:
    """As the audit log keeps them."""
    kept = asdict(replace(some, version=0))
    del kept["version"]
    return {**kept, "announce_states": list(some.announce_states)}
