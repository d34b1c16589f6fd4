"""Leads as managers see them: all, those that nobody has, each one with what was done for it (RING-4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import NotFound, Refused
from dialer.store import activity, lead_pages, leads
from dialer.store.lead_pages import PAGE, Wanted
from dialer.store.lead_places import UNASSIGNED, LeadState
from web.access import MANAGERS, id_asked, me, one_look, room, safe_next, tenant
from web.leads.room import blueprint, counts
from web.sentences import said


@blueprint.get("/")
@room(*MANAGERS)
@one_look
def overview() -> ResponseReturnValue:
    """All leads, the newest first, by place, campaign and words."""
    state = request.args.get("state", "")
    known = [one for one in LeadState if one.value == state]
    return _page("overview", known)


@blueprint.get("/exceptions")
@room(*MANAGERS)
@one_look
def exceptions() -> ResponseReturnValue:
    """Lead Exception: leads that nobody took, or for whom nobody could be rung, with the reason."""
    return _page("exceptions", [LeadState.EXCEPTION])


@blueprint.get("/unassigned")
@room(*MANAGERS)
@one_look
def unassigned() -> ResponseReturnValue:
    """Unassigned Leads: all that are nobody's."""
    return _page("unassigned", UNASSIGNED)


@blueprint.get("/<int:lead_id>")
@room(*MANAGERS)
@one_look
def detail(lead_id: int) -> ResponseReturnValue:
    """One lead; only what changes for a page that is open already."""
    organisation_id = me().organisation_id
    found = lead_pages.lead(tenant(), organisation_id, lead_id)
    if request.headers.get("HX-Request"):
        return render_template("leads/lead.html", lead=found)
    return render_template(
        "leads/detail.html",
        lead=found,
        agents=_agents(),
        prospect_id=found.prospect_id,
        lead_id=found.id,
        under_way=activity.under_way(tenant(), organisation_id, found.prospect_id, None),
        page=activity.of_prospect(tenant(), organisation_id, found.prospect_id, None),
    )


@blueprint.post("/<int:lead_id>/ring-again")
@room(*MANAGERS)
def ring_again(lead_id: int) -> ResponseReturnValue:
    """Ring for it anew."""
    return _act(
        lambda: leads.ring_again(tenant(), me().id, me().organisation_id, lead_id, datetime.now(UTC)),
        gettext("Agents are rung for the lead again."),
    )


@blueprint.post("/<int:lead_id>/assign")
@room(*MANAGERS)
def assign(lead_id: int) -> ResponseReturnValue:
    """Give it to an agent."""
    user_id = request.form.get("user_id", 0, type=int)

    def give() -> None:
        if not user_id:
            raise Refused("Choose an agent first.")
        leads.assign(tenant(), me().id, me().organisation_id, lead_id, user_id, datetime.now(UTC))

    return _act(give, gettext("The lead is assigned, and has an application."))


@blueprint.post("/<int:lead_id>/withdraw")
@room(*MANAGERS)
def withdraw(lead_id: int) -> ResponseReturnValue:
    """Take it back."""
    return _act(
        lambda: leads.withdraw(tenant(), me().id, me().organisation_id, lead_id, datetime.now(UTC)),
        gettext("The lead is withdrawn; nobody is rung for it."),
    )


def _act(what: Callable[[], object], done: str) -> ResponseReturnValue:
    try:
        what()
        flash(done, "success")
    except (Refused, NotFound) as error:
        flash(said(error), "error")
    return redirect(safe_next(request.form.get("next") or url_for("leads.overview")))


def _page(here: str, states: Collection[LeadState]) -> str:
    wanted = Wanted(states, id_asked("campaign"), request.args.get("q", "").strip()[:200])
    before_id = id_asked("before")
    organisation_id = me().organisation_id
    found = lead_pages.page(tenant(), organisation_id, wanted, before_id=before_id, limit=PAGE + 1)
    partial = request.headers.get("HX-Request")
    filters = {name: request.args[name] for name in ("state", "campaign", "q") if request.args.get(name)}
    return render_template(
        "leads/table.html" if partial else "leads/overview.html",
        here=here,
        rows=found[:PAGE],
        older=found[PAGE - 1].id if len(found) > PAGE else None,
        before=before_id,
        filters=filters,
        counts=counts(),
        campaigns=lead_pages.campaigns(tenant(), organisation_id),
        agents=_agents(),
    )


def _agents() -> list[lead_pages.Named]:
    return lead_pages.assignable(tenant(), me().organisation_id)
