"""Prompts as a call plays them, and an organisation's own in place of Ringpool's."""

from __future__ import annotations

from dialer.db import Connection, one
from dialer.prompts import Prompt, media_uri, spoken
from dialer.sql import load

SQL = load("prompts")


def media_of(connection: Connection, organisation_id: int, prompt: Prompt, locale: str) -> str:
    """What ``PlayMessage`` is given to say a prompt: the organisation's own if it has one, else Ringpool's.

    English for a locale that has no prompts. One look-up by key, inside the caller's transaction.
    """
    wanted = {"organisation_id": organisation_id, "prompt": prompt.value, "locale": spoken(locale)}
    found = one(connection, SQL.has_own, wanted)
    return media_uri(prompt, locale, organisation_id if found and found["own"] else None)
