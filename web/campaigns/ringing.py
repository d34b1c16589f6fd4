"""While a lead rings: the part of every page that tells its agent (RING-3)."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from dialer.store import ring_news
from web.access import me, one_look, room, tenant

blueprint = Blueprint("ringing", __name__, template_folder="templates")


@blueprint.get("/ringing")
@room()
@one_look
def news() -> ResponseReturnValue:
    """The lead that rings for the user, or who has it; nothing most of the time."""
    found = ring_news.of_user(tenant(), me().organisation_id, me().id)
    return render_template("campaigns/ringing.html", news=found, shown_s=ring_news.SHOWN.seconds)
