"""The panel as one Flask application."""

from __future__ import annotations

import time
from functools import partial
from itertools import chain

from babel.support import Translations
from flask import Flask, Response, abort, g, jsonify, request
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_translations
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from asterisk_conf.accounts import codecs
from dialer.db import Database
from dialer.errors import DatabaseUnavailable
from dialer.settings import BadSetting, Settings
from web import (
    access,
    api,
    bodies,
    errors,
    formats,
    kept_markup,
    limits,
    live,
    navigation,
    presence,
    sentences,
    words,
)
from web.access import me_if_known
from web.activity import words as activity_words
from web.audit import words as audit_words
from web.campaigns import words as campaign_words
from web.lists import uploads
from web.people import words as people_words
from web.recordings import places
from web.session import talkers
from web.team_stream import TeamGrids
from web.words import LOCALES

PROGRAMS = ("api", "api-docs")
"""Blueprints for programs with a token."""

THEMES = ("auto", "light", "dark")

POLICY = (
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


class _Cookies(SecureCookieSessionInterface):
    """The session's cookie is marked Secure wherever the panel is reached over https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def create_app(settings: Settings, *, testing: bool = False) -> Flask:
    """Build the panel. Raises BadSetting when the secret key is missing or short."""
    if len(settings.secret_key) < 16:
        raise BadSetting(
            "RINGPOOL_SECRET_KEY is missing or short; give at least 16 random characters, "
            "or name a file that holds them in RINGPOOL_SECRET_KEY_FILE."
        )
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TESTING=testing,
        SESSION_COOKIE_NAME="ringpool",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # agents keep a page open all day
        RINGPOOL_PHONE_URL=settings.phone_url,
        RINGPOOL_PROMPTS=settings.prompts,
        RINGPOOL_SIP_ADDRESS=settings.sip_address,
        RINGPOOL_CODECS=codecs(settings.media_formats),
        BABEL_DEFAULT_LOCALE="en",
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    app.session_interface = _Cookies()
    if settings.panel_proxies:
        hops = settings.panel_proxies
        # Whose address the limits count and whether it was https is the proxy's to say.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    database = Database(settings.database_url, max_size=16, application_name="ringpool-panel", checks=True)
    access.register(app, database)
    bodies.register(app)
    CSRFProtect(app)
    limits.register(app)
    Babel(app, locale_selector=locale, timezone_selector=time_zone)
    _one_catalogue_a_page(app)
    formats.register(app)
    kept_markup.register(app)
    words.register(app)
    sentences.register(app)
    people_words.register(app)
    audit_words.register(app)
    campaign_words.register(app)
    activity_words.register(app)
    errors.register(app)
    grids = TeamGrids(partial(talkers.read, database), partial(talkers.render, app))
    live.register(app, live.Hub(settings.database_url, grids))
    uploads.register(app, settings.uploads)
    presence.register(app)
    places.register(app, settings)
    _every_request(app)
    _rooms(app)
    api.register(app)
    navigation.register(app)
    _every_page(app)
    return app


def _one_catalogue_a_page(app: Flask) -> None:
    """Templates look for their catalogue once a request: a page has a hundred texts, each look takes 10 µs."""

    def catalogue() -> Translations:
        if "catalogue" not in g:
            g.catalogue = get_translations()
        found: Translations = g.catalogue
        return found

    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: catalogue().ugettext(text),
        lambda one, many, n: catalogue().ungettext(one, many, n),
        newstyle=True,
    )


def _rooms(app: Flask) -> None:
    from web.activity.views import blueprint as activity
    from web.api.tokens_page import blueprint as tokens
    from web.audit.views import blueprint as audit
    from web.campaigns.groups import blueprint as groups
    from web.campaigns.ringing import blueprint as ringing
    from web.campaigns.views import blueprint as campaigns
    from web.company.views import blueprint as company
    from web.lead_form.views import blueprint as lead_form
    from web.leads import form_pages, views  # noqa: F401  # for what they register on the room's blueprint
    from web.leads import words as lead_words
    from web.leads.my_leads import blueprint as my_leads
    from web.leads.room import blueprint as leads
    from web.lists.views import blueprint as lists
    from web.organisations.views import blueprint as organisations
    from web.people.account import blueprint as account
    from web.people.teams import blueprint as teams
    from web.people.views import blueprint as people
    from web.phone_setup.views import blueprint as my_phone
    from web.recordings.views import blueprint as recordings
    from web.session import solo_views
    from web.session.call_routes import blueprint as call
    from web.session.phone import blueprint as phone
    from web.session.views import blueprint as session
    from web.sign_in.views import blueprint as sign_in
    from web.sign_in.views import sign_in as signing_in
    from web.webhooks.views import blueprint as webhooks

    for blueprint in (
        sign_in,
        lists,
        session,
        solo_views.blueprint,
        call,
        phone,
        company,
        people,
        teams,
        campaigns,
        groups,
        ringing,
        audit,
        tokens,
        webhooks,
        organisations,
        leads,
        my_leads,
        lead_form,
        account,
        my_phone,
        activity,
        recordings,
    ):
        app.register_blueprint(blueprint)
    solo_views.register(app)
    lead_words.register(app)
    # A form in another site's frame has no cookie of ours that could be misused.
    app.extensions["csrf"].exempt(lead_form)
    app.extensions["csrf"].exempt(signing_in)  # it looks at its token itself, and keeps what was typed

    @app.get("/healthz")
    def health() -> ResponseReturnValue:
        try:
            access.database().ping()
        except DatabaseUnavailable:
            return jsonify(database="down"), 503
        return jsonify(database="up")


def _every_request(app: Flask) -> None:
    @app.before_request
    def readable() -> None:
        """Texts with NUL, which no database keeps, come from no browser."""
        given = [request.path, *chain.from_iterable(request.args.listvalues())]
        if request.blueprint not in PROGRAMS:  # they send no forms, and read their uploads themselves
            given += chain.from_iterable(request.form.listvalues())
        if any("\0" in text for text in given):
            abort(400)


def _every_page(app: Flask) -> None:
    @app.context_processor
    def names() -> dict[str, object]:
        theme = request.cookies.get("theme", "auto")
        return {
            "me": me_if_known(),
            "theme": theme if theme in THEMES else "auto",
            "LOCALES": LOCALES,
            "THEMES": THEMES,
        }

    phone_url = app.config["RINGPOOL_PHONE_URL"]
    policy = "; ".join((*POLICY, f"connect-src 'self' {phone_url}".rstrip()))

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]:
            response.headers.setdefault("X-Frame-Options", "DENY")
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Server-Time"] = str(int(time.time() * 1000))
        return response


def locale() -> str:
    """The user's language; before sign-in the browser's."""
    user = me_if_known()
    if user is not None:
        return user.locale
    if (chosen := request.cookies.get("language")) in LOCALES:
        return str(chosen)
    return request.accept_languages.best_match(LOCALES) or "en"


def time_zone() -> str | None:
    """Times are shown in the organisation's zone."""
    user = me_if_known()
    return user.time_zone if user else g.get("time_zone")
