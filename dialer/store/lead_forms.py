"""Web forms: what a site shows, and who may show it (RING-2)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg

from dialer.db import Connection, Database, Transactions, one
from dialer.errors import BadValue, Forbidden, NotFound
from dialer.imports import CUSTOM
from dialer.registrations import LOCALES
from dialer.sql import load
from dialer.store import audit, people

SQL = load("lead_forms")

FIELDS = (
    "first_name", "last_name", "email", "mobile_phone", "account_name", "region", "postal_code", "notes",
)  # fmt: skip
"""What a form may ask for beside the phone; custom fields are custom:LABEL."""

MOST_ORIGINS = 20


@dataclass(frozen=True, slots=True)
class FormSettings:
    """What a manager chooses. ``fields`` in the order of the form; ``origins`` as https://example.com."""

    campaign_id: int
    name: str
    locale: str = "en"
    fields: Sequence[str] = ("first_name", "last_name", "email")
    origins: Sequence[str] = ()
    consent: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is kept. ``takes_leads``: its campaign does."""

    id: int
    organisation_id: int
    campaign_id: int
    campaign_name: str
    takes_leads: bool
    key: str
    name: str
    locale: str
    fields: list[str]
    origins: list[str]
    consent: str
    active: bool
    version: int
    created_at: datetime


def by_key(db: Database, key: str) -> Form | None:
    """The form that a site shows; None for a key that is none, or is switched off.

    Needs the whole database: the key says whose form it is.
    """
    with db.transaction() as connection:
        row = one(connection, SQL.by_key, {"key": key})
        return Form(**row) if row else None


def forms(db: Transactions, organisation_id: int) -> list[Form]:
    """The organisation's forms, by name."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.forms, {"organisation_id": organisation_id, "form_id": None}).fetchall()
        return [Form(**row) for row in rows]


def form(db: Transactions, organisation_id: int, form_id: int) -> Form:
    """One form. Raises NotFound."""
    with db.transaction() as connection:
        row = one(connection, SQL.forms, {"organisation_id": organisation_id, "form_id": form_id})
    if row is None:
        raise NotFound("There is no such form.")
    return Form(**row)


def fields_to_choose(db: Transactions, organisation_id: int) -> list[str]:
    """What a form of the organisation may ask for."""
    with db.transaction() as connection:
        return _fields(connection, organisation_id)


def add(db: Transactions, by_id: int, organisation_id: int, given: FormSettings, now: datetime) -> int:
    """Make a form and return its id. Raises Forbidden, BadValue."""
    with _named_once(), db.transaction() as connection:
        values = _checked(connection, by_id, organisation_id, given)
        added = {**values, "organisation_id": organisation_id, "key": secrets.token_urlsafe(18), "now": now}
        row = one(connection, SQL.add, added)
        assert row is not None
        audit.keep(
            connection, organisation_id, by_id, "lead_form.add", f"lead_form:{row['id']}", None, values
        )
        form_id: int = row["id"]
        return form_id


def edit(
    db: Transactions, by_id: int, organisation_id: int, form_id: int, version: int, given: FormSettings
) -> None:
    """Save a form over the version that was seen. Raises Forbidden, BadValue, NotFound, Conflict."""
    where = {"organisation_id": organisation_id, "form_id": form_id}
    subject = f"lead_form:{form_id}"
    with _named_once(), db.transaction() as connection:
        values = _checked(connection, by_id, organisation_id, given)
        before = one(connection, SQL.lock, where)
        if before is None:
            raise NotFound("There is no such form.")
        if before.pop("version") != version:
            raise audit.conflict(connection, organisation_id, subject)
        connection.execute(SQL.edit, {**where, **values})
        audit.keep(connection, organisation_id, by_id, "lead_form.edit", subject, before, values)


def remove(db: Transactions, by_id: int, organisation_id: int, form_id: int) -> None:
    """Take a form away; sites that show it show nothing. Raises Forbidden, NotFound."""
    with db.transaction() as connection:
        _require_manager(connection, by_id)
        row = one(connection, SQL.remove, {"organisation_id": organisation_id, "form_id": form_id})
        if row is None:
            raise NotFound("There is no such form.")
        gone = {"name": row["name"]}
        audit.keep(connection, organisation_id, by_id, "lead_form.remove", f"lead_form:{form_id}", gone, None)


def _checked(connection: Connection, by_id: int, organisation_id: int, given: FormSettings) -> dict[str, Any]:
    _require_manager(connection, by_id)
    name = given.name.strip()
    if not 1 <= len(name) <= 120:
        raise BadValue("name", "Give the form a name of at most 120 characters.")
    if given.locale not in LOCALES:
        raise BadValue("locale", "Choose one of the languages.")
    asked = {"organisation_id": organisation_id, "campaign_id": given.campaign_id}
    if one(connection, SQL.campaign, asked) is None:
        raise BadValue("campaign_id", "Choose the campaign that gets the leads.")
    known = _fields(connection, organisation_id)
    if unknown := set(given.fields) - set(known):
        raise BadValue(
            "fields", "There is no field %(name)s any more.", name=min(unknown).removeprefix(CUSTOM)
        )
    consent = given.consent.strip()
    if len(consent) > 2000:
        raise BadValue("consent", "The text is too long; shorten it.")
    return {
        **asdict(given),
        "name": name,
        "fields": [field for field in known if field in given.fields],
        "origins": _origins(given.origins),
        "consent": consent,
    }


def _origins(given: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(_origin(each.strip()) for each in given if each.strip()))
    if len(found) > MOST_ORIGINS:
        raise BadValue("origins", "Give at most %(most)s sites.", most=MOST_ORIGINS)
    return found


def _origin(text: str) -> str:
    """Scheme, host and port, as a browser compares them and a header can hold them."""
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    try:
        host = (parts.hostname or "").encode("idna").decode()  # as a header can hold it
    except UnicodeError:
        host = ""
    plain = re.fullmatch(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?", host)
    if parts.scheme not in ("http", "https") or not plain or parts.username is not None:
        raise BadValue(
            "origins", "%(site)s is no site; give one like https://www.example.com.", site=text[:80]
        )
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def _fields(connection: Connection, organisation_id: int) -> list[str]:
    labels = connection.execute(SQL.custom_labels, {"organisation_id": organisation_id}).fetchall()
    return [*FIELDS, *(f"{CUSTOM}{row['label']}" for row in labels)]


def _require_manager(connection: Connection, by_id: int) -> None:
    if not people.role_of(connection, by_id).manages_lists:
        raise Forbidden("Only managers and admins make forms.")


@contextmanager
def _named_once() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name == "lead_form_name":
            raise BadValue("name", "Another form has this name; choose another.") from None
        raise
