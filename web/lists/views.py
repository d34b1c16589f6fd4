"""Lists: the table, the wizard that makes one from a CSV file, one list's page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from dialer.errors import RingpoolError
from dialer.imports import FIELDS, check_mapping, read_preview, suggest_mapping
from dialer.store import agents, imports, list_info, lists, people, teams
from dialer.store.imports import ImportOutcome
from web.access import MANAGERS, me, room, tenant
from web.formats import number
from web.lists import uploads
from web.lists.forms import AssignForm, SettingsForm, UploadForm
from web.lists.importing import read_into

blueprint = Blueprint("lists", __name__, url_prefix="/lists", template_folder="templates")


@blueprint.get("/")
@room(*MANAGERS)
def overview() -> ResponseReturnValue:
    """Every list with its counts; the bare table for a page that is open already."""
    rows = lists.overview(tenant(), me().id)
    partial = request.headers.get("HX-Request")
    return render_template("lists/table.html" if partial else "lists/overview.html", rows=rows)


@blueprint.get("/new")
@room(*MANAGERS)
def new() -> ResponseReturnValue:
    """Step 1: choose a file."""
    return render_template("lists/upload.html", form=UploadForm())


@blueprint.post("/new")
@room(*MANAGERS)
def upload() -> ResponseReturnValue:
    """Keep the file if it can be read; else say why and keep what was typed."""
    form = UploadForm()
    if not form.validate():
        return render_template("lists/upload.html", form=form), 422
    kept = uploads.keep(me(), form.file.data, (form.name.data or "").strip())
    try:
        preview = read_preview(kept.path)
    except RingpoolError as error:
        uploads.discard(kept)
        form.file.errors = [gettext(str(error))]
        return render_template("lists/upload.html", form=form), 422
    uploads.remember(replace(kept, mapping=suggest_mapping(preview.headers)))
    return redirect(url_for("lists.columns", token=kept.token))


@blueprint.get("/new/<token>/columns")
@room(*MANAGERS)
def columns(token: str) -> ResponseReturnValue:
    """Step 2: which column is which field."""
    kept = uploads.find(me(), token)
    return _columns(kept, kept.mapping)


@blueprint.post("/new/<token>/columns")
@room(*MANAGERS)
def match(token: str) -> ResponseReturnValue:
    """Keep the mapping if every mandatory field has a column."""
    kept = uploads.find(me(), token)
    mapping = {f.name: header for f in FIELDS if (header := request.form.get(f.name, ""))}
    preview = read_preview(kept.path)
    missing = {f.name for f in FIELDS if f.mandatory and f.name not in mapping}
    twice = {name for name, header in mapping.items() if list(mapping.values()).count(header) > 1}
    if missing or twice or not set(mapping.values()) <= set(preview.headers):
        return _columns(kept, mapping, missing, twice), 422
    check_mapping(preview.headers, mapping)
    uploads.remember(replace(kept, mapping=mapping))
    return redirect(url_for("lists.settings", token=token))


def _columns(
    kept: uploads.Upload,
    mapping: dict[str, str],
    missing: frozenset[str] | set[str] = frozenset(),
    twice: frozenset[str] | set[str] = frozenset(),
) -> str:
    preview = read_preview(kept.path)
    return render_template(
        "lists/columns.html",
        kept=kept,
        preview=preview,
        fields=FIELDS,
        mapping=mapping,
        missing=missing,
        twice=twice,
        samples={
            header: " · ".join(row[place] for row in preview.rows if len(row) > place)
            for place, header in enumerate(preview.headers)
        },
        unmapped=[header for header in preview.headers if header not in mapping.values()],
    )


@blueprint.get("/new/<token>/settings")
@room(*MANAGERS)
def settings(token: str) -> ResponseReturnValue:
    """Step 3: how the list is dialed, and by whom."""
    kept = uploads.find(me(), token)
    form = SettingsForm(name=kept.list_name)
    return _settings(kept, form)


@blueprint.post("/new/<token>/settings")
@room(*MANAGERS)
def save(token: str) -> ResponseReturnValue:
    """Make the list and read the file into it; a file that fails leaves no list behind."""
    kept = uploads.find(me(), token)
    form = SettingsForm()
    _offer(form)
    if not form.validate():
        return _settings(kept, form), 422
    check_mapping(read_preview(kept.path).headers, kept.mapping)
    list_id = lists.create_list(
        tenant(),
        me().id,
        form.settings(),
        datetime.now(UTC),
        user_ids=form.chosen_users,
        team_ids=form.chosen_teams,
    )
    outcome = read_into(tenant(), list_id, kept)
    if outcome is not None and outcome.error is not None:
        lists.drop_empty_list(tenant(), me().id, list_id)
        flash(gettext(outcome.error), "error")
        return _settings(kept, form), 422
    flash(_saved(outcome), "success")
    return redirect(url_for("lists.detail", list_id=list_id))


def _saved(outcome: ImportOutcome | None) -> str:
    saved = gettext("Your List has been saved successfully!")
    if outcome is None:
        running = gettext("Its rows are still being read; this page follows them.")
        return f"{saved} {running}"
    n = outcome.accepted
    accepted = ngettext("%(n)s prospect was taken in", "%(n)s prospects were taken in", n, n=number(n))
    n = outcome.refused
    refused = ngettext("%(n)s row was refused", "%(n)s rows were refused", n, n=number(n))
    return f"{saved} {accepted}, {refused}."


def _settings(kept: uploads.Upload, form: SettingsForm) -> str:
    _offer(form)
    return render_template("lists/settings.html", kept=kept, form=form)


def _offer(form: AssignForm) -> None:
    organisation_id = me().organisation_id
    form.offer(people.people(tenant(), organisation_id), teams.teams(tenant(), organisation_id))


@blueprint.get("/<int:list_id>")
@room(*MANAGERS)
def detail(list_id: int) -> ResponseReturnValue:
    """One list; only what changes for a page that is open already."""
    found = list_info.info(tenant(), me().id, list_id)
    grid = agents.team_grid(tenant(), list_id)
    template = "lists/live.html" if request.headers.get("HX-Request") else "lists/detail.html"
    return render_template(template, list=found, grid=grid)


@blueprint.get("/<int:list_id>/assign")
@room(*MANAGERS)
def assignment(list_id: int) -> ResponseReturnValue:
    """Who may dial the list, to be changed."""
    found = list_info.info(tenant(), me().id, list_id)
    by = "teams" if found.team_ids and not found.user_ids else "users"
    form = AssignForm(assign_by=by, users=sorted(found.user_ids), teams=sorted(found.team_ids))
    _offer(form)
    return render_template("lists/assign.html", list=found, form=form)


@blueprint.post("/<int:list_id>/assign")
@room(*MANAGERS)
def assign(list_id: int) -> ResponseReturnValue:
    """Let exactly the chosen users or teams dial the list from now on."""
    found = list_info.info(tenant(), me().id, list_id)
    form = AssignForm()
    _offer(form)
    if not form.validate():
        return render_template("lists/assign.html", list=found, form=form), 422
    change = lists.ListEdit(user_ids=form.chosen_users, team_ids=form.chosen_teams)
    lists.edit(tenant(), me().id, list_id, found.version, change, datetime.now(UTC))
    flash(gettext("The assignment has been saved."), "success")
    return redirect(url_for("lists.detail", list_id=list_id))


@blueprint.get("/imports/<int:import_id>/refused.csv")
@room(*MANAGERS)
def refused(import_id: int) -> ResponseReturnValue:
    """The rows that did not come in, with line and reason."""
    imports.progress(tenant(), me().organisation_id, import_id)
    rows = imports.refused_csv(tenant(), import_id)
    response = Response((line.encode() for line in rows), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{import_id}.csv"'
    return response
