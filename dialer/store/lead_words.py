"""The words by which leads are found, kept with them (dialer/lead_words.py)."""

from __future__ import annotations

from dialer.db import Connection
from dialer.lead_words import words_of
from dialer.sql import load

SQL = load("lead_words")


def keep(connection: Connection, organisation_id: int, prospect_id: int) -> None:
    """Let the prospect's lead, if it has one, be found by what the prospect is called now."""
    of_prospect = {"organisation_id": organisation_id, "prospect_id": prospect_id}
    for lead in connection.execute(SQL.said, of_prospect).fetchall():
        words = words_of(lead["texts"], lead["numbers"])
        of_lead = {"organisation_id": organisation_id, "lead_id": lead["lead_id"]}
        connection.execute(SQL.keep, {**of_lead, "words": sorted(words)})
