"""Addresses of recordings: signed, for one user and one listening, and good for a few minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import current_app, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from dialer.errors import NotFound
from web.access import me

GOOD_FOR = timedelta(minutes=5)
"""A player that is still at it later asks for another address."""

ONE_LISTENING = timedelta(hours=4)
"""For so long another address belongs to the listening of the first."""


@dataclass(frozen=True, slots=True)
class Address:
    """What an address was made for."""

    recording_id: UUID
    listening: str


def new(recording_id: UUID, earlier: str = "") -> str:
    """An address for the signed-in user; with an earlier one of theirs it is the same listening."""
    listening = secrets.token_urlsafe(9)
    if earlier:
        try:
            found = read(earlier, ONE_LISTENING)
        except NotFound:
            found = None
        if found is not None and found.recording_id == recording_id:
            listening = found.listening
    return _signer().dumps([str(recording_id), me().id, listening])


def read(token: str, good_for: timedelta = GOOD_FOR) -> Address:
    """What the address is for. Raises NotFound: too old, another user's, or none of ours."""
    try:
        recording_id, user_id, listening = _signer().loads(token, max_age=int(good_for.total_seconds()))
    except BadData:
        recording_id, user_id, listening = None, None, ""
    if recording_id is None or user_id != me().id:
        raise NotFound("This address of a recording is not good any more; open the recording again.")
    return Address(UUID(recording_id), listening)


def sound_url(token: str, *, copy: bool = False) -> str:
    """Where the sound of an address is."""
    return url_for("recordings.sound", token=token, copy=1 if copy else None)


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="recording")
