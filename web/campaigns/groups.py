"""Distribution groups: the table, the form of one, and deleting it (RING-1)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import NotFound, Refused
from dialer.store import distribution_groups, teams, users
from dialer.store.distribution_groups import Group
from web.access import MANAGERS, me, one_look, room, tenant
from web.campaigns.forms import GroupForm
from web.saving import saving
from web.sentences import said

blueprint = Blueprint("groups", __name__, url_prefix="/campaigns/groups", template_folder="templates")


@blueprint.get("/")
@room(*MANAGERS)
@one_look
def overview() -> ResponseReturnValue:
    """The groups, whom they mean and who uses them."""
    rows = distribution_groups.overview(tenant(), me().organisation_id)
    return render_template("campaigns/groups.html", rows=rows)


@blueprint.get("/new")
@room(*MANAGERS)
@one_look
def new() -> ResponseReturnValue:
    """An empty form: everybody."""
    return _page(_form())


@blueprint.post("/new")
@room(*MANAGERS)
def add() -> ResponseReturnValue:
    """Make the group."""
    form = _form()
    with saving(form, partial(_page, form)):
        distribution_groups.add(tenant(), me().organisation_id, form.settings(), by=me().id)
    flash(gettext("The distribution group has been added."), "success")
    return redirect(url_for("groups.overview"))


@blueprint.get("/<int:group_id>")
@room(*MANAGERS)
@one_look
def detail(group_id: int) -> ResponseReturnValue:
    """A group, to be changed."""
    found = distribution_groups.group(tenant(), group_id)
    form = _form()
    form.load(found)
    return _page(form, found)


@blueprint.post("/<int:group_id>")
@room(*MANAGERS)
def edit(group_id: int) -> ResponseReturnValue:
    """Save the group; what somebody else saved meanwhile is not overwritten."""
    found = distribution_groups.group(tenant(), group_id)
    form = _form()
    with saving(form, partial(_page, form, found), f"distribution_group:{group_id}"):
        distribution_groups.edit(tenant(), group_id, form.settings(), form.version.data or 0, by=me().id)
    flash(gettext("The distribution group has been saved."), "success")
    return redirect(url_for("groups.overview"))


@blueprint.post("/<int:group_id>/delete")
@room(*MANAGERS)
def delete(group_id: int) -> ResponseReturnValue:
    """Delete the group; one in use stays, and the page says by which campaigns it is."""
    try:
        name = distribution_groups.delete(tenant(), group_id, by=me().id)
    except NotFound:
        return redirect(url_for("groups.overview"))
    except Refused as refused:
        flash(said(refused), "error")
        return redirect(url_for("groups.detail", group_id=group_id))
    flash(gettext("The distribution group %(name)s has been deleted.", name=name), "success")
    return redirect(url_for("groups.overview"))


def _form() -> GroupForm:
    form = GroupForm()
    form.offer_teams(teams.teams(tenant(), me().organisation_id))
    return form


def _page(form: GroupForm, found: Group | None = None, *, overtaken_by: str | None = None) -> str:
    known = users.known_words(tenant(), me().organisation_id)
    return render_template(
        "campaigns/group.html", form=form, found=found, known=known, overtaken_by=overtaken_by
    )
