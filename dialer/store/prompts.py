"""Prompts as a call plays them, and an organisation's own in place of Ringpool's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dialer.db import Connection, Database, Transactions, one
from dialer.errors import NotFound
from dialer.prompts import Prompt, Sound, media_uri, spoken
from dialer.sql import load
from dialer.store import audit
from dialer.store.company_edits import as_admin

SQL = load("prompts")


@dataclass(frozen=True, slots=True)
class OwnPrompt:
    """An organisation's upload, as its admins see it; ``by`` is None where nobody of it made it."""

    prompt: Prompt
    locale: str
    file_name: str
    seconds: float
    uploaded_at: datetime
    by: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """An upload as a node compares it with its files."""

    organisation_id: int
    prompt: Prompt
    locale: str
    digest: str


def media_of(connection: Connection, organisation_id: int, prompt: Prompt, locale: str) -> str:
    """What ``PlayMessage`` is given to say a prompt: the organisation's own if it has one, else Ringpool's.

    English for a locale that has no prompts. One look-up by key, inside the caller's transaction.
    """
    found = one(connection, SQL.has_own, _key(organisation_id, prompt, spoken(locale)))
    return media_uri(prompt, locale, organisation_id if found and found["own"] else None)


def own_prompts(db: Transactions, organisation_id: int) -> list[OwnPrompt]:
    """What the organisation has uploaded. A prompt that this version does not know is left out."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.own, {"organisation_id": organisation_id}).fetchall()
    return [OwnPrompt(**{**row, "prompt": Prompt(row["prompt"])}) for row in rows if _known(row["prompt"])]


def sound_of(db: Transactions, organisation_id: int, prompt: Prompt, locale: str) -> Sound | None:
    """The organisation's own sound; None where it has none."""
    with db.transaction() as connection:
        row = one(connection, SQL.sound, _key(organisation_id, prompt, locale))
    return Sound(row["seconds"], bytes(row["narrow"]), bytes(row["wide"])) if row else None


def all_own(db: Database) -> list[Standing]:
    """All organisations' uploads."""
    with db.transaction() as connection:
        rows = connection.execute(SQL.all_own).fetchall()
    return [Standing(**{**row, "prompt": Prompt(row["prompt"])}) for row in rows if _known(row["prompt"])]


def upload(
    db: Transactions, user_id: int, prompt: Prompt, locale: str, file_name: str, sound: Sound, now: datetime
) -> None:
    """Let this be the organisation's prompt. Raises Forbidden for who is no admin, NotFound for nobody."""
    name = "".join(each for each in file_name if each.isprintable())[:200]
    with db.transaction() as connection:
        home = as_admin(connection, user_id)
        key = _key(home.id, prompt, locale)
        before = one(connection, SQL.one_own, key)
        connection.execute(
            SQL.put,
            key
            | {
                "file_name": name,
                "seconds": sound.seconds,
                "narrow": sound.narrow,
                "wide": sound.wide,
                "digest": sound.digest,
                "user_id": user_id,
                "now": now,
            },
        )
        after = {"file_name": name, "seconds": sound.seconds}
        audit.keep(connection, home.id, user_id, "prompt.upload", _subject(prompt, locale), before, after)


def remove(db: Transactions, user_id: int, prompt: Prompt, locale: str) -> None:
    """Let Ringpool's own prompt be heard again.

    Raises NotFound where the organisation has none of its own, Forbidden for who is no admin.
    """
    with db.transaction() as connection:
        home = as_admin(connection, user_id)
        before = one(connection, SQL.remove, _key(home.id, prompt, locale))
        if before is None:
            raise NotFound("This prompt is Ringpool's own already.")
        audit.keep(connection, home.id, user_id, "prompt.remove", _subject(prompt, locale), before, None)


def _key(organisation_id: int, prompt: Prompt, locale: str) -> dict[str, object]:
    return {"organisation_id": organisation_id, "prompt": prompt.value, "locale": locale}


def _subject(prompt: Prompt, locale: str) -> str:
    return f"prompt:{prompt}.{locale}"


def _known(name: str) -> bool:
    return name in set(Prompt)
