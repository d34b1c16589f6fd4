"""Addresses of recordings: signed, for one user and one listening, and good for a few minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from dialer.errors import NotFound
from web.access import me

GOOD_FOR = timedelta(minutes=5)
"""A player that is still at it later asks for another address."""

ONE_LISTENING = timedelta(hours=4)
"""For so long after the first address another one belongs to its listening."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address was made for, and when its listening began."""

    recording_id: UUID
    listening: str
    begun_at: datetime


def new(recording_id: UUID, earlier: str = "") -> str:
    """An address for the signed-in user; with an earlier one of theirs it is the same listening."""
    now = datetime.now(UTC)
    of = Address(recording_id, secrets.token_urlsafe(9), now)
    if earlier:
        try:
            found = read(earlier, ONE_LISTENING)
        except NotFound:
            found = of
        # By its beginning: who asks again and again would listen for ever, noted once.
        if found.recording_id == recording_id and now - found.begun_at < ONE_LISTENING:
            of = found
    return _signer().dumps([str(recording_id), me().id, of.listening, int(of.begun_at.timestamp())])


def read(token: str, good_for: timedelta = GOOD_FOR) -> Address:
    """What the address is for. Raises NotFound: too old, another user's, or none of ours."""
    try:
        signed = _signer().loads(token, max_age=int(good_for.total_seconds()))
    except BadData:
        signed = None, None, "", 0
    recording_id, user_id, listening, begun = signed
    if recording_id is None or user_id != me().id:
        raise NotFound("This address of a recording is not good any more; open the recording again.")
    return Address(UUID(recording_id), listening, datetime.fromtimestamp(begun, UTC))


def sound_url(token: str, *, copy: bool = False) -> str:
    """Where the sound of an address is."""
    return url_for("recordings.sound", token=token, copy=1 if copy else None)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="listening")
