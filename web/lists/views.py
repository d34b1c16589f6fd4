"""Lists: the table, one list's page, its reset and its archiving."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import Refused
from dialer.store import list_info, lists, resets, team_grid
from web.access import MANAGERS, me, room, tenant
from web.lists import column_step, editing, import_queue, wizard, words
from web.lists.blueprint import blueprint
from web.sentences import said

__all__ = ["blueprint", "column_step", "editing", "import_queue", "wizard", "words"]


@blueprint.get("/")
@room(*MANAGERS)
def overview() -> ResponseReturnValue:
    """Every list with its counts; the bare table for a page that is open already."""
    rows = lists.overview(tenant(), me().id)
    partial = request.headers.get("HX-Request")
    template = "lists/table.html" if partial else "lists/overview.html"
    return render_template(template, rows=rows, has_queue=import_queue.is_on())


@blueprint.get("/<int:list_id>")
@room(*MANAGERS)
def detail(list_id: int) -> ResponseReturnValue:
    """One list; only what changes for a page that is open already."""
    found = list_info.info(tenant(), me().id, list_id)
    grid = team_grid.team_grid(tenant(), list_id)
    template = "lists/live.html" if request.headers.get("HX-Request") else "lists/detail.html"
    return render_template(template, list=found, grid=grid)


@blueprint.post("/<int:list_id>/reset")
@room(*MANAGERS)
def reset(list_id: int) -> ResponseReturnValue:
    """Queue making the list dialable again (LPL-14)."""
    try:
        resets.queue_reset(tenant(), me().id, list_id)
        flash(gettext("The list is being reset; this page follows it."), "success")
    except Refused as error:
        flash(said(error), "error")
    return redirect(url_for("lists.detail", list_id=list_id))


@blueprint.post("/<int:list_id>/archive")
@room(*MANAGERS)
def archive(list_id: int) -> ResponseReturnValue:
    """Put the list out of sight."""
    name = lists.counts(tenant(), me().id, list_id).name
    version = request.form.get("version", 0, type=int)
    try:
        lists.archive(tenant(), me().id, list_id, version, datetime.now(UTC))
    except Refused as error:
        flash(said(error), "error")
        return redirect(url_for("lists.detail", list_id=list_id))
    flash(gettext("«%(name)s» has been archived.", name=name), "success")
    return redirect(url_for("lists.overview"))
