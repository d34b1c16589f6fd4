"""Leads and the agent on whatever page they are: the one that rings, and the switch that lets any ring (RING-3)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from dialer.store import presence, ring_news
from web.access import me, one_look, room, safe_next, tenant

blueprint = Blueprint("ringing", __name__, template_folder="templates")


@blueprint.get("/ringing")
@room()
@one_look
def news() -> ResponseReturnValue:
    """The lead that rings for the user, or who has it, nothing most of the time; and their switch."""
    return _told(me().takes_leads)


@blueprint.post("/ringing")
@room()
def switch() -> ResponseReturnValue:
    """Ring me for leads, or do not."""
    on = request.form.get("leads") == "on"
    presence.take_leads(tenant(), me().organisation_id, me().id, on)
    if "HX-Request" in request.headers:
        return _told(on)
    return redirect(safe_next(request.form.get("next")))


def _told(takes_leads: bool) -> str:
    found = ring_news.of_user(tenant(), me().organisation_id, me().id)
    return render_template(
        "campaigns/ringing.html", news=found, shown_s=ring_news.SHOWN.seconds, takes_leads=takes_leads
    )
