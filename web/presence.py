"""Open pages of the panel keep their user present: whoever is there can be rung for leads.

Requests of pages and of their parts count, and the stream of changes for as long as it is open.
"""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, request

from dialer.db import Transactions
from dialer.errors import DatabaseUnavailable
from dialer.store import presence
from dialer.store.people import User
from web.access import me_if_known, tenant

EVERY_S = 30.0
"""One process asks to write a user down no oftener than this, however many pages they have open."""


class Presence:
    """When this process last wrote down that a user is there."""

    def __init__(self) -> None:
        self._told_at: dict[int, float] = {}

    def heard(self, db: Transactions, user: User, *, anew: bool = True) -> None:
        """A page of the user's was heard of. Not ``anew``: one that is open still, which revives nobody."""
        now = time.monotonic()
        if now - self._told_at.get(user.id, float("-inf")) < EVERY_S:
            return
        self._told_at[user.id] = now
        try:
            presence.seen(db, user.organisation_id, user.id, anew=anew)
        except DatabaseUnavailable:
            self._told_at.pop(user.id, None)  # the page says so itself, and speaks again

    def left(self, db: Transactions, user: User) -> None:
        """The user signs out."""
        self._told_at.pop(user.id, None)
        presence.gone(db, user.organisation_id, user.id)

    def arrived(self, db: Transactions, user: User) -> None:
        """The user signs in, perhaps with another process than knew them last."""
        self._told_at.pop(user.id, None)
        self.heard(db, user)


def register(app: Flask) -> None:
    """Let every request of somebody who is signed in count."""
    app.extensions["ringpool_presence"] = Presence()

    @app.after_request
    def heard(response: Response) -> Response:
        # Only where the request had to know who asks: files and programs do not.
        if "_login_user" in g and request.endpoint != "sign_in.out" and (user := me_if_known()) is not None:
            of_app().heard(tenant(), user)
        return response


def of_app() -> Presence:
    """The app's."""
    found: Presence = current_app.extensions["ringpool_presence"]
    return found
