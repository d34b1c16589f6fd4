"""Notifications: they say that something changed and never what it is.

A lost one costs a second, because every listener also polls slowly.
"""

from __future__ import annotations

from dialer.db import Connection

DIALER = "ringpool_dialer"
"""Channel the dialer listens on; the payload is ignored."""

IMPORTER = "ringpool_importer"
"""Channel the importers listen on; the payload is ignored."""

PANEL = "ringpool_panel"
"""Channel the panel listens on; the payload is ``ORGANISATION:TOPIC``, e.g. ``7:list:3``."""


def wake_dialer(connection: Connection) -> None:
    """Let the dialer look at sessions, agents and legs at once instead of at its next poll."""
    connection.execute("SELECT pg_notify(%s, '')", (DIALER,))


def wake_importer(connection: Connection) -> None:
    """Let the importers look at the queue at once instead of at their next poll."""
    connection.execute("SELECT pg_notify(%s, '')", (IMPORTER,))


def tell_panel(connection: Connection, organisation_id: int, *topics: str) -> None:
    """Let open pages that show one of the topics fetch themselves again.

    Topics: ``list:ID`` (its counts and its team grid), ``user:ID`` (that agent's own
    session and call), ``ring:ID`` (a lead that rings for that agent, and whether they want any), ``lists``
    (the lists as a whole), ``company`` (what agents choose from), ``import:ID`` (a job of the queue),
    ``draft:ID`` (what that agent types about a call), ``leads`` (where leads are, as a whole), ``lead:ID``,
    ``campaigns`` (campaigns, their groups, and who can be rung).
    """
    payloads = [f"{organisation_id}:{topic}" for topic in topics]
    connection.execute("SELECT pg_notify(%s, unnest(%s::text[]))", (PANEL, payloads))
