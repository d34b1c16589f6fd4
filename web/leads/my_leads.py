"""My leads: those that an agent has, with how the last call went, and a button that calls again (RING-3)."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from dialer.errors import NotFound, Refused
from dialer.ring_rules import NotRung
from dialer.store import lead_pages, leads, ring_candidates
from dialer.store.lead_pages import PAGE
from web.access import id_asked, me, one_look, room, tenant
from web.sentences import said

blueprint = Blueprint("my_leads", __name__, url_prefix="/my-leads", template_folder="templates")

SILENCE = {
    NotRung.NO_PHONE: _l("You have no phone extension yet; ask your manager to give you one."),
    NotRung.OFF_HOURS: _l("No lead rings you now: it is outside your working hours."),
    NotRung.LEADS_OFF: _l("No lead rings you now: you have switched leads off, at the top of this page."),
    NotRung.PHONE_CLOSED: _l(
        "No lead rings you now: your browser phone is not open. The page My Session opens it."
    ),
    NotRung.PHONE_LOST: _l("No lead rings you now: your phone is lost."),
}
"""What an agent does not see for themselves of why no lead rings them."""


@blueprint.get("/")
@room()
@one_look
def page() -> ResponseReturnValue:
    """The user's own leads, the newest first; the bare table for a page that is open already."""
    before_id = id_asked("before")
    found = lead_pages.own(tenant(), me().organisation_id, me().id, before_id=before_id, limit=PAGE + 1)
    partial = request.headers.get("HX-Request")
    return render_template(
        "leads/my_table.html" if partial else "leads/my_leads.html",
        rows=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        before=before_id,
        silence=_silence(),
    )


@blueprint.post("/<int:lead_id>/call")
@room()
def call(lead_id: int) -> ResponseReturnValue:
    """Call the lead: My Session shows how it goes, and is started where there is none."""
    try:
        leads.call_own(tenant(), me().id, lead_id, datetime.now(UTC))
    except (Refused, NotFound) as error:
        flash(said(error), "error")
        return redirect(url_for("my_leads.page"))
    return redirect(url_for("session.page"))


def _silence() -> LazyString | None:
    if not me().role.takes_leads:
        return None
    why = ring_candidates.why_none_rings(tenant(), me().organisation_id, me().id, me().time_zone)
    return SILENCE.get(why) if why else None
