"""Who hears which recording, noted in the audit log (ORG-6, CMP-4); its outline and its pauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dialer.db import Transactions, one
from dialer.errors import Forbidden, NotFound
from dialer.recording_files import SETTLED
from dialer.sound_peaks import Outline
from dialer.sql import load
from dialer.store import audit

SQL = load("recordings")


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch of the call that is not in the recording; ``at`` is where it is missing in the sound."""

    at: timedelta
    started_at: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class Recording:
    """One that the user may hear. ``peaks`` None: not outlined yet; ``settled``: nothing is written to it any more.

    ``place``: folder, moving (in one or both) or store; ``manages``: whether they may keep a copy.
    """

    organisation_id: int
    id: UUID
    attempt_id: int
    node: str
    place: str
    peaks: bytes | None
    length_ms: int | None
    started_at: datetime
    deleted_at: datetime | None
    settled: bool
    prospect: str
    account_name: str
    by: str
    number: str
    manages: bool


def for_user(db: Transactions, user_id: int, recording_id: UUID) -> Recording:
    """The recording of a call that is over. Raises NotFound: not there, deleted, or not for this user."""
    with db.transaction() as connection:
        asked = {"user_id": user_id, "recording_id": recording_id, "settled": SETTLED}
        found = one(connection, SQL.may_hear, asked)
    if found is None:
        raise NotFound("There is no such recording for you.")
    recording = Recording(**found)
    if recording.deleted_at is not None:
        raise NotFound("This recording was deleted, as your organisation keeps them no longer.")
    return recording


def pauses(db: Transactions, recording: Recording) -> list[Pause]:
    """When it was paused. The sound goes on without a gap, so each is at the length heard until then."""
    asked = {"organisation_id": recording.organisation_id, "recording_id": recording.id}
    with db.transaction() as connection:
        rows = connection.execute(SQL.pauses, asked).fetchall()
    found: list[Pause] = []
    missing = timedelta()
    for row in rows:
        length = row["ended_at"] - row["started_at"]
        at = max(timedelta(), row["started_at"] - recording.started_at - missing)
        found.append(Pause(at, row["started_at"], length))
        missing += length
    return found


def note(db: Transactions, user_id: int, recording: Recording, listening: str, *, copy: bool = False) -> None:
    """Note that the user hears the recording, or takes a copy, once for each listening.

    Players fetch a recording in parts: they all belong to the listening that its address was made for.
    Raises Forbidden for a copy by who is no manager.
    """
    if copy and not recording.manages:
        raise Forbidden("Only managers can download recordings; ask one of yours.")
    organisation_id, subject = recording.organisation_id, f"recording:{recording.id}"
    asked = {
        "organisation_id": organisation_id,
        "user_id": user_id,
        "subject": subject,
        "listening": listening,
    }
    with db.transaction() as connection:
        if not copy and one(connection, SQL.is_noted, asked):
            return
        heard = {"name": recording.prospect, "listening": listening}
        action = "recording.download" if copy else "recording.listen"
        audit.keep(connection, organisation_id, user_id, action, subject, None, heard)


def keep_outline(db: Transactions, organisation_id: int, recording_id: UUID, outline: Outline) -> None:
    """Keep what the waveform is drawn from; the first one stays."""
    asked = {"organisation_id": organisation_id, "recording_id": recording_id}
    with db.transaction() as connection:
        connection.execute(
            SQL.keep_outline, {**asked, "peaks": outline.peaks, "length_ms": outline.length_ms}
        )
