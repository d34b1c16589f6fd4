"""Who is asking, what they may see, and whose rows they work on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from dialer.db import Database, Look, Tenant
from dialer.errors import DatabaseUnavailable, NotFound
from dialer.store import people
from dialer.store.people import Role, User

log = structlog.get_logger()

P = ParamSpec("P")
R = TypeVar("R")


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """A user as Flask-Login keeps them; a new password or another organisation ends the sign-in."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.organisation_id}:{self.user.id}:{self.user.fingerprint}"


def database() -> Database:
    """The whole database: only for finding out who signs in."""
    found: Database = current_app.extensions["ringpool_database"]
    return found


def me() -> User:
    """The signed-in user; the views that call it are all behind ``room``."""
    found: User = current_user.user
    return found


def me_if_known() -> User | None:
    """The signed-in user; None for nobody, and while the database does not answer."""
    if g.get("database_down"):
        return None
    try:
        return current_user.user if current_user.is_authenticated else None
    except DatabaseUnavailable:
        g.database_down = True
        return None


def tenant() -> Tenant:
    """The rows of the signed-in user's organisation, and no others."""
    look: Look | None = g.get("look")
    return look or database().for_organisation(me().organisation_id)


def one_look(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """For a view behind ``room`` that only reads: all it asks of the database is one transaction."""

    @wraps(view)
    def looking(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        with tenant().look() as g.look:
            try:
                return view(*args, **kwargs)
            finally:
                g.look = None

    return looking


def room(*roles: Role) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Only for signed-in users, and with roles given only for those; a refusal is logged."""

    def guard(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if not current_user.is_authenticated:
                return to_sign_in()
            if roles and me().role not in roles:
                log.warning("request refused", user_id=me().id, role=me().role.value, path=request.path)
                abort(403)
            return view(*args, **kwargs)

        return guarded

    return guard


MANAGERS = (Role.SUPER_ADMIN, Role.ADMIN, Role.MANAGER)


BIGGEST_ID = 2**63 - 1


def id_asked(name: str) -> int | None:
    """The id that the address asks for by this name; None for none, or for one that cannot be."""
    asked = request.args.get(name, type=int)
    return asked if asked is not None and 0 < asked <= BIGGEST_ID else None


def to_sign_in() -> ResponseReturnValue:
    """Send a page to the sign-in and back; tell a partial's page to reload itself.

    What a page asks for by itself (a stream, a sound) is refused and led nowhere: the sign-in's cookie
    would come in between the form that another window shows and its token.
    """
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": url_for("sign_in.form")}
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return "", 401
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.form", next=wanted if wanted != "/" else None))


def safe_next(target: str | None) -> str:
    """``target`` when it is a path of this site, else the front page."""
    parts = urlsplit((target or "").replace("\\", "/"))
    if not target or parts.scheme or parts.netloc or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return url_for("sign_in.front")
    return "/" + target.lstrip("/")


def register(app: Flask, database: Database) -> None:
    """Let Flask-Login find users in the database."""
    app.extensions["ringpool_database"] = database
    manager = LoginManager()
    manager.init_app(
        app, add_context_processor=False
    )  # it would ask the database even on the page that says it is gone

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(signed: str) -> SignedIn | None:
        organisation_id, _, rest = signed.partition(":")
        user_id, _, fingerprint = rest.partition(":")
        if not (organisation_id.isdecimal() and user_id.isdecimal()):
            return None
        try:
            user = people.user(database.for_organisation(int(organisation_id)), int(user_id))
        except NotFound:
            return None
        return SignedIn(user) if user.active and user.fingerprint == fingerprint else None
