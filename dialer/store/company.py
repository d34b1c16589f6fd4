"""Company Setup on record: an organisation's settings (ORG-4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dialer.company import CompanySettings, with_own_prompts
from dialer.db import Connection, Transactions, one
from dialer.errors import NotFound
from dialer.live import tell_panel, wake_dialer
from dialer.sql import load
from dialer.store import audit
from dialer.store.company_edits import Edit, editing, last_edit
from dialer.store.company_rows import custom_fields, pause_reasons

__all__ = [
    "CompanySettings",
    "Edit",
    "OrgDetails",
    "custom_fields",
    "edit_settings",
    "editing",
    "last_edit",
    "org_details",
    "pause_reasons",
    "settings",
]

SQL = load("company")


@dataclass(frozen=True, slots=True)
class OrgDetails:
    """What only super admins change; ``super_admins`` are the names of the first five."""

    name: str
    country: str
    time_zone: str
    agent_leg_caller_id: str
    lead_pool_sessions: bool
    import_queue: bool
    created_at: datetime
    super_admins: list[str]


def settings(db: Transactions, organisation_id: int) -> CompanySettings:
    """The organisation's settings with their version. Raises NotFound."""
    with db.transaction() as connection:
        return _settings(connection, organisation_id)


def edit_settings(db: Transactions, user_id: int, new: CompanySettings) -> CompanySettings:
    """Save settings that were loaded as ``new.version``; returns them with the next version.

    Raises Refused for a value that cannot be used, Conflict when somebody was first, Forbidden for
    who is no admin. Calls already launched keep what they were launched with. Hours count from the next
    call on; who waited for a cap that was raised may be dialed at once.
    """
    new = new.checked()
    with editing(db, user_id, new.version) as (connection, organisation_id):
        before = asdict(_settings(connection, organisation_id))
        connection.execute(
            SQL.save_settings,
            {
                **asdict(new),
                "organisation_id": organisation_id,
                "mandatory_phones": list(new.mandatory_phones),
                "drop_message": with_own_prompts(new.drop_message, organisation_id),
            },
        )
        if new.attempts_per_day > before["attempts_per_day"]:
            connection.execute(SQL.let_go_on, {"organisation_id": organisation_id})
        saved = _settings(connection, organisation_id)
        audit.keep(
            connection,
            organisation_id,
            user_id,
            "company.edit",
            f"organisation:{organisation_id}",
            _plain(before),
            _plain(asdict(saved)),
        )
        tell_panel(connection, organisation_id, "company")
        wake_dialer(connection)
        return saved


def org_details(db: Transactions, organisation_id: int) -> OrgDetails:
    """The organisation's details. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.org_details, {"organisation_id": organisation_id})
        if row is None:
            raise NotFound("There is no such organisation.")
        return OrgDetails(**row)


def _settings(connection: Connection, organisation_id: int) -> CompanySettings:
    row = one(connection, SQL.settings, {"organisation_id": organisation_id})
    if row is None:
        raise NotFound("There is no such organisation.")
    return CompanySettings(**{**row, "mandatory_phones": tuple(row["mandatory_phones"])})


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As the audit log keeps them: without the count of edits, times without seconds."""
    kept = {name: value for name, value in values.items() if name != "version"}
    for name in ("calling_from", "calling_until", "night_at"):
        kept[name] = kept[name].strftime("%H:%M")
    kept["mandatory_phones"] = list(kept["mandatory_phones"])
    return kept
