"""Dialing alone: start on follow-ups, call one, call the next, skip, one after another."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from dialer.errors import NotFound
from dialer.store import agents, sessions, solo
from web.access import me, room, tenant
from web.session.solo import OWN, seen, there
from web.session.solo import metrics as figures
from web.session.views import act

blueprint = Blueprint("solo", __name__, url_prefix="/session/solo", template_folder="templates")


@blueprint.get("/records")
@room()
def records() -> ResponseReturnValue:
    """The records alone, after a change."""
    agent = agents.agent_of(tenant(), me().id)
    return render_template("session/records.html", solo=seen(tenant(), me().id, agent))


@blueprint.get("/metrics")
@room()
def metrics() -> ResponseReturnValue:
    """The figures of the session in which one dials alone."""
    return render_template("session/metrics.html", metrics=figures(tenant()))


@blueprint.post("/follow-ups")
@room()
def start_follow_ups() -> ResponseReturnValue:
    """Start Session on what the user promised, or on their leads."""
    kind = next((one for one in OWN if one.value == request.form.get("follow_ups")), None)
    if kind is None:
        raise NotFound
    return act(lambda now: sessions.start_follow_ups(tenant(), me().id, kind, now))


@blueprint.post("/call/<int:prospect_id>")
@room()
def call(prospect_id: int) -> ResponseReturnValue:
    """Click to call."""
    return act(lambda now: solo.ask_call(tenant(), me().id, prospect_id, now))


@blueprint.post("/next")
@room()
def call_next() -> ResponseReturnValue:
    """Call the next record that may be called."""
    return act(lambda now: solo.ask_next(tenant(), me().id, now))


@blueprint.post("/skip/<int:prospect_id>")
@room()
def skip(prospect_id: int) -> ResponseReturnValue:
    """Put a record behind all others."""
    return act(lambda now: solo.skip(tenant(), me().id, prospect_id, now))


@blueprint.post("/one-after-another")
@room()
def one_after_another() -> ResponseReturnValue:
    """Whether the next record is dialed by itself."""
    on = request.form.get("on") == "1"
    return act(lambda now: solo.dial_one_after_another(tenant(), me().id, on, now))


def register(app: Flask) -> None:
    """Give the filters of these pages to the app's templates."""
    app.add_template_filter(there, "there")
