"""Rows that an organisation sets up and puts in order: fields, call results, pause reasons, roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import psycopg

from dialer.company import (
    FIRST_PAUSE_REASONS,
    MOST_ROWS,
    CallResult,
    ContactRole,
    CustomField,
    PauseReason,
)
from dialer.db import Connection, Transactions, one
from dialer.errors import NotFound, Refused
from dialer.live import tell_panel
from dialer.sql import load
from dialer.store import audit
from dialer.store.company_edits import editing

SQL = load("company_rows")

Row = CustomField | CallResult | PauseReason | ContactRole
R = TypeVar("R", bound=CustomField | CallResult | PauseReason | ContactRole)


@dataclass(frozen=True, slots=True)
class _Table:
    """The queries of one kind of row, and the columns in which no two may be alike."""

    rows: str
    add: str
    save: str
    drop: str
    place: str
    unique: tuple[str, ...]


def _table(kind: type[Row], rows: str, add: str, save: str, *unique: str) -> _Table:
    ordered = load("ordered_rows", table=kind.family)
    return _Table(rows, add, save, ordered.drop, ordered.place, unique)


_TABLES: dict[type, _Table] = {
    CustomField: _table(CustomField, SQL.custom_fields, SQL.add_custom_field, SQL.save_custom_field, "label"),
    CallResult: _table(CallResult, SQL.call_results, SQL.add_call_result, SQL.save_call_result, "label"),
    PauseReason: _table(PauseReason, SQL.pause_reasons, SQL.add_pause_reason, SQL.save_pause_reason, "label"),
    ContactRole: _table(
        ContactRole, SQL.contact_roles, SQL.add_contact_role, SQL.save_contact_role, "name", "short_name"
    ),
}


def custom_fields(db: Transactions, organisation_id: int, *, inactive: bool = False) -> list[CustomField]:
    """The organisation's custom fields in their order; with ``inactive`` also those that are."""
    return rows(db, organisation_id, CustomField, inactive=inactive)


def pause_reasons(db: Transactions, organisation_id: int, *, inactive: bool = False) -> list[PauseReason]:
    """The organisation's pause reasons in their order; with ``inactive`` also those that are."""
    return rows(db, organisation_id, PauseReason, inactive=inactive)


def rows(db: Transactions, organisation_id: int, kind: type[R], *, inactive: bool = False) -> list[R]:
    """The organisation's rows of one kind in their order; with ``inactive`` also those that are."""
    with db.transaction() as connection:
        return [row for row in _rows(connection, organisation_id, kind) if inactive or row.active]


def add(db: Transactions, user_id: int, row: Row) -> int:
    """Put a new row last and return its id.

    Raises Refused for a value that cannot be used or a name that is taken, Forbidden for who is no admin.
    """
    row, table = row.checked(), _TABLES[type(row)]
    with editing(db, user_id, None) as (connection, organisation_id):
        others = _rows(connection, organisation_id, type(row))
        if len(others) >= MOST_ROWS:
            raise Refused("There are 200 of these already; delete one that is not used.")
        _check_names(row, others)
        place = max((other.position for other in others), default=0) + 1
        made = _write(connection, organisation_id, table.add, replace(row, position=place))
        assert made is not None
        _keep(connection, organisation_id, user_id, "add", replace(row, id=made["id"]), None, row)
        tell_panel(connection, organisation_id, "company")
        return int(made["id"])


def edit(db: Transactions, user_id: int, row: Row, version: int | None) -> None:
    """Save the row with ``row.id``; its position stays.

    Raises NotFound, Refused, Conflict when the organisation was edited since ``version``, Forbidden.
    """
    row = row.checked()
    with editing(db, user_id, version) as (connection, organisation_id):
        others = _rows(connection, organisation_id, type(row))
        before = _find(others, row.id)
        _check_names(row, others)
        if isinstance(row, CustomField) and isinstance(before, CustomField):
            _check_field(connection, organisation_id, before, row)
        if isinstance(row, CallResult) and not row.active:
            _check_some_active(others, row.id)
        _write(connection, organisation_id, _TABLES[type(row)].save, row)
        _keep(connection, organisation_id, user_id, "edit", row, before, row)
        tell_panel(connection, organisation_id, "company")


def move(db: Transactions, user_id: int, kind: type[Row], row_id: int, by: int, version: int | None) -> None:
    """Move a row up (``by`` -1) or down (1) by one place; at the end of the list it stays.

    Raises NotFound, Conflict, Forbidden.
    """
    with editing(db, user_id, version) as (connection, organisation_id):
        others = _rows(connection, organisation_id, kind)
        here = others.index(_find(others, row_id))
        there = min(max(here + by, 0), len(others) - 1)
        before = [other.id for other in others]
        others.insert(there, others.pop(here))
        ids = [other.id for other in others]
        connection.execute(_TABLES[kind].place, {"organisation_id": organisation_id, "ids": ids})
        subject = f"organisation:{organisation_id}"
        action = f"{kind.family}.order"
        audit.keep(connection, organisation_id, user_id, action, subject, {"order": before}, {"order": ids})
        tell_panel(connection, organisation_id, "company")


def drop(db: Transactions, user_id: int, kind: type[Row], row_id: int, version: int | None) -> None:
    """Delete a row that nothing knows. Raises Refused for one in use, NotFound, Conflict, Forbidden."""
    try:
        with editing(db, user_id, version) as (connection, organisation_id):
            others = _rows(connection, organisation_id, kind)
            row = _find(others, row_id)
            if isinstance(row, CustomField):
                _check_field(connection, organisation_id, row, None)
            if isinstance(row, CallResult):
                _check_some_active(others, row.id)
            connection.execute(_TABLES[kind].drop, {"organisation_id": organisation_id, "id": row_id})
            _keep(connection, organisation_id, user_id, "delete", row, row, None)
            tell_panel(connection, organisation_id, "company")
    except psycopg.errors.ForeignKeyViolation:
        raise Refused("Calls have this result already; deactivate it instead of deleting it.") from None


def first_pause_reasons(connection: Connection, organisation_id: int) -> None:
    """Give a new organisation the reasons that everybody needs."""
    for position, label in enumerate(FIRST_PAUSE_REASONS, start=1):
        reason = PauseReason(label, position=position)
        _write(connection, organisation_id, SQL.add_pause_reason, reason)


def _rows(connection: Connection, organisation_id: int, kind: type[R]) -> list[R]:
    found = connection.execute(_TABLES[kind].rows, {"organisation_id": organisation_id}).fetchall()
    return [kind(**row) for row in found]


def _find(others: list[R], row_id: int) -> R:
    for other in others:
        if other.id == row_id:
            return other
    raise NotFound("It is not there any more; somebody deleted it.")


def _write(connection: Connection, organisation_id: int, query: str, row: Row) -> dict[str, Any] | None:
    try:
        written = connection.execute(query, {**asdict(row), "organisation_id": organisation_id})
        return written.fetchone() if written.description else None
    except psycopg.errors.UniqueViolation:  # an import added a field meanwhile
        raise Refused("This name is taken; choose another one.") from None


def _check_names(row: Row, others: Sequence[Row]) -> None:
    for column in _TABLES[type(row)].unique:
        name = getattr(row, column).casefold()
        if any(other.id != row.id and getattr(other, column).casefold() == name for other in others):
            raise Refused("This name is taken; choose another one.")


def _check_field(
    connection: Connection, organisation_id: int, before: CustomField, after: CustomField | None
) -> None:
    """A field's name is its key in every prospect that has it, its kind the order of sorted lists."""
    if after is not None and (before.label, before.kind) == (after.label, after.kind):
        return
    of_field = {"organisation_id": organisation_id, "label": before.label}
    held = before.used or one(connection, SQL.custom_field_holds, of_field) == {"holds": True}
    if held and after is None:
        raise Refused("Prospects have this field already; deactivate it instead of deleting it.")
    if held:
        raise Refused(
            "Prospects have this field already, under its name, so its name and kind stay; "
            "deactivate it and add another one."
        )


def _check_some_active(results: Sequence[Row], gone_id: int) -> None:
    if not any(result.active for result in results if result.id != gone_id):
        raise Refused("Agents need at least one active call result; add another one first.")


def _keep(
    connection: Connection,
    organisation_id: int,
    user_id: int,
    verb: str,
    of: Row,
    before: Row | None,
    after: Row | None,
) -> None:
    audit.keep(
        connection,
        organisation_id,
        user_id,
        f"{of.family}.{verb}",
        f"{of.family}:{of.id}",
        _plain(before),
        _plain(after),
    )


def _plain(row: Row | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {name: value for name, value in asdict(row).items() if name not in ("id", "position", "used")}
