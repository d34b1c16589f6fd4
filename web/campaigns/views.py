"""Campaigns: the table, the form of one, and who would ring now (RING-1)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.ring_rules import SENTENCES, LeadFacts
from dialer.store import campaigns, company, distribution_groups, users
from dialer.store.campaigns import Campaign
from web.access import MANAGERS, me, one_look, room, tenant
from web.campaigns.forms import CampaignForm
from web.saving import saving

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns", template_folder="templates")


@blueprint.get("/")
@room(*MANAGERS)
@one_look
def overview() -> ResponseReturnValue:
    """The campaigns."""
    return render_template(
        "campaigns/overview.html",
        rows=campaigns.overview(tenant(), me().organisation_id),
        groups=bool(distribution_groups.overview(tenant(), me().organisation_id)),
    )


@blueprint.get("/new")
@room(*MANAGERS)
@one_look
def new() -> ResponseReturnValue:
    """A form with the usual values."""
    return _page(_form())


@blueprint.post("/new")
@room(*MANAGERS)
def add() -> ResponseReturnValue:
    """Make the campaign with its list, and go on to who would ring."""
    form, now = _form(), datetime.now(UTC)
    with saving(form, partial(_page, form)):
        campaign_id = campaigns.add(tenant(), me().organisation_id, form.settings(), now, by=me().id)
    flash(gettext("The campaign has been added."), "success")
    return redirect(url_for("campaigns.preview", campaign_id=campaign_id))


@blueprint.get("/<int:campaign_id>")
@room(*MANAGERS)
@one_look
def detail(campaign_id: int) -> ResponseReturnValue:
    """A campaign, to be changed."""
    found = campaigns.campaign(tenant(), campaign_id)
    form = _form()
    form.load(found.settings, found.version)
    return _page(form, found)


@blueprint.post("/<int:campaign_id>")
@room(*MANAGERS)
def edit(campaign_id: int) -> ResponseReturnValue:
    """Save the campaign; what somebody else saved meanwhile is not overwritten."""
    found = campaigns.campaign(tenant(), campaign_id)
    form = _form()
    with saving(form, partial(_page, form, found), f"campaign:{campaign_id}"):
        campaigns.edit(tenant(), campaign_id, form.settings(), form.version.data or 0, by=me().id)
    flash(gettext("The campaign has been saved."), "success")
    return redirect(url_for("campaigns.overview"))


@blueprint.get("/<int:campaign_id>/preview")
@room(*MANAGERS)
@one_look
def preview(campaign_id: int) -> ResponseReturnValue:
    """Who would ring for a lead that came now, and why the others would not; the bare tables for a page
    that is open already."""
    asked = {name: request.args.get(name, "").strip()[:60] for name in ("state", "language", "product")}
    turn = campaigns.preview(tenant(), me().organisation_id, campaign_id, LeadFacts(**asked))
    partial = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    return render_template(
        "campaigns/who.html" if partial else "campaigns/preview.html",
        campaign=campaigns.campaign(tenant(), campaign_id),
        turn=turn,
        asked={name: word for name, word in asked.items() if word},
        known=users.known_words(tenant(), me().organisation_id),
        SENTENCES=SENTENCES,
    )


def _form() -> CampaignForm:
    form = CampaignForm()
    form.offer(distribution_groups.overview(tenant(), me().organisation_id))
    return form


def _page(form: CampaignForm, found: Campaign | None = None, *, overtaken_by: str | None = None) -> str:
    return render_template(
        "campaigns/form.html",
        form=form,
        found=found,
        rules=company.settings(tenant(), me().organisation_id),
        overtaken_by=overtaken_by,
    )
