"""The Import Queue (LPL-15): every import, upload to a session and reset, with what came of it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import Refused
from dialer.store import imports, jobs, organisations
from web.access import MANAGERS, me, room, safe_next, tenant
from web.csv_answers import csv_answer
from web.lists.blueprint import blueprint
from web.sentences import said

KINDS = ("import", "load", "reset")
STATES = ("queued", "running", "done", "failed", "cancelled")
PAGE = 50


def is_on() -> bool:
    """Whether the organisation has the import queue."""
    return organisations.organisation(tenant(), me().organisation_id).import_queue


@blueprint.get("/queue")
@room(*MANAGERS)
def queue() -> ResponseReturnValue:
    """A page of jobs, newest first; the bare table for a page that is open already."""
    if not is_on():
        abort(404)
    kind = request.args.get("kind") if request.args.get("kind") in KINDS else None
    state = request.args.get("state") if request.args.get("state") in STATES else None
    before_id = request.args.get("before", type=int)
    # One more than is shown tells whether there is an older page.
    rows = jobs.listing(tenant(), me().id, kind=kind, state=state, before_id=before_id, limit=PAGE + 1)
    template = "lists/queue_table.html" if request.headers.get("HX-Request") else "lists/queue.html"
    asked = {"kind": kind, "state": state, "before_id": before_id}
    return render_template(
        template, rows=rows[:PAGE], older=len(rows) > PAGE, asked=asked, kinds=KINDS, states=STATES
    )


@blueprint.post("/jobs/<int:job_id>/cancel")
@room(*MANAGERS)
def cancel(job_id: int) -> ResponseReturnValue:
    """Ask the importer to stop; what it has taken in is told on the list's page."""
    try:
        imports.ask_cancel(tenant(), me().id, job_id)
        flash(gettext("The import is being cancelled."), "success")
    except Refused as error:
        flash(said(error), "error")
    return redirect(safe_next(request.form.get("next") or url_for("lists.overview")))


@blueprint.get("/imports/<int:import_id>/refused.csv")
@room(*MANAGERS)
def refused(import_id: int) -> ResponseReturnValue:
    """The rows that did not come in, with line and reason."""
    imports.progress(tenant(), me().organisation_id, import_id)
    return csv_answer(imports.refused_csv(tenant(), import_id, said), f"refused-{import_id}.csv")
