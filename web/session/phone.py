"""The browser phone's SIP account: asked for by the page that takes it over, never in a page's source."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from dialer.errors import Refused
from dialer.store import browser_phones
from web.access import me, room, tenant
from web.sentences import said

blueprint = Blueprint("phone", __name__, url_prefix="/session/phone")


@blueprint.post("/account")
@room()
def account() -> ResponseReturnValue:
    """A new account for this page; the one that another page has stops working."""
    try:
        made = browser_phones.issue(tenant(), me().id)
    except Refused as error:
        return jsonify(error=said(error)), 409
    return jsonify(extension=made.extension, secret=made.secret, url=address())


@blueprint.post("/keep")
@room()
def keep() -> ResponseReturnValue:
    """The page is still open."""
    try:
        browser_phones.keep(tenant(), me().id, request.form.get("secret", ""))
    except Refused as error:
        return jsonify(error=said(error)), 409
    return "", 204


@blueprint.post("/give-up")
@room()
def give_up() -> ResponseReturnValue:
    """The page closes."""
    browser_phones.give_up(tenant(), me().id, request.form.get("secret", ""))
    return "", 204


def address() -> str:
    """The WebSocket that browser phones register at; empty where there is none."""
    found: str = current_app.config["RINGPOOL_PHONE_URL"]
    return found
