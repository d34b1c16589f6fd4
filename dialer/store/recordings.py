"""Who hears which recording, noted in the audit log (ORG-6, CMP-4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from dialer.db import Transactions, one
from dialer.errors import NotFound
from dialer.sql import load
from dialer.store import audit

SQL = load("recordings")

ONE_LISTENING = timedelta(hours=1)
"""Parts of a recording asked for within this after its beginning was are the same listening."""


def listen(db: Transactions, user_id: int, recording_id: UUID, now: datetime, *, beginning: bool) -> None:
    """Note that the user hears a recording; ``beginning`` False: a part of it further on.

    Players fetch a recording in parts: what follows its beginning is noted once, and a part without a
    beginning is noted too. Raises NotFound for a recording that is not there or not for this user.
    """
    with db.transaction() as connection:
        found = one(connection, SQL.may_hear, {"user_id": user_id, "recording_id": recording_id})
        if found is None:
            raise NotFound("There is no such recording for you.")
        subject = f"recording:{recording_id}"
        asked = {"organisation_id": found["organisation_id"], "user_id": user_id, "subject": subject}
        if not beginning and one(connection, SQL.heard_lately, {**asked, "since": now - ONE_LISTENING}):
            return
        heard = {"name": found["name"]}
        audit.keep(connection, found["organisation_id"], user_id, "recording.listen", subject, None, heard)
