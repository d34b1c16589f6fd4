"""The wizard that makes a list from a CSV file (LPL-1, 2, 7, 8, 9): each step is a page of its own.

What is typed is kept in the draft at every step and on the way back, so that nothing is lost by an
error, a reload or a change of mind.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import NotFound, Refused, RingpoolError
from dialer.imports import read_preview
from dialer.store import company, imports
from web.access import MANAGERS, me, room, tenant
from web.lists import uploads
from web.lists.blueprint import blueprint
from web.lists.forms import ADVISED_BATCH, PoolForm, SettingsForm, UploadForm
from web.lists.steps import (
    aside,
    go,
    has_pool_step,
    names_of_steps,
    page,
    pool_form,
    settings_form,
    sort_groups,
)
from web.lists.uploads import Draft
from web.sentences import said


@blueprint.get("/new")
@room(*MANAGERS)
def new() -> ResponseReturnValue:
    """The first step: choose a file."""
    return page("file", None, form=UploadForm(), seen=[])


@blueprint.post("/new")
@room(*MANAGERS)
def upload() -> ResponseReturnValue:
    """Keep the file if it can be read; else say why and keep what was typed."""
    return _upload(None)


@blueprint.get("/new/<token>/file")
@room(*MANAGERS)
def wizard_file(token: str) -> ResponseReturnValue:
    """The first step again, with the file that is there; an earlier import of it is told."""
    draft = uploads.find(me(), token)
    return page("file", draft, form=UploadForm(name=draft.name), seen=_seen(draft))


@blueprint.post("/new/<token>/file")
@room(*MANAGERS)
def save_file(token: str) -> ResponseReturnValue:
    """Go on with the file that is there, or with another one in its place."""
    draft = uploads.find(me(), token)
    if (elsewhere := aside(draft, "file")) is not None:
        return elsewhere
    if request.files.get("file"):
        return _upload(draft)
    form = UploadForm()
    draft = uploads.remember(draft.typing("file", request.form))
    if not form.validate():
        return page("file", draft, 422, form=form, seen=_seen(draft))
    return go(draft, "file", 1)


def _upload(was: Draft | None) -> ResponseReturnValue:
    form = UploadForm()
    fine = form.validate()
    file = request.files.get("file")
    if not file:
        form.file.errors = [gettext("Choose a CSV file first.")]
    if not file or not fine:
        return page("file", was, 422, form=form, seen=[])
    try:
        draft = uploads.keep(me(), file, was)
    except Refused as error:
        form.file.errors = [said(error)]
        return page("file", was, 422, form=form, seen=[])
    try:
        read_preview(draft.path)
    except RingpoolError as error:
        uploads.discard(draft)
        form.file.errors = [said(error)]
        return page("file", was, 422, form=form, seen=[])
    draft = uploads.remember(draft.typing("file", request.form))
    if was is not None:
        uploads.discard(was)
    if _seen(draft):
        return redirect(url_for("lists.wizard_file", token=draft.token))
    return go(draft, "file", 1)


def _seen(draft: Draft) -> list[Any]:
    return list(imports.seen_before(tenant(), me().organisation_id, bytes.fromhex(draft.sha256)))


@blueprint.get("/new/<token>/pool")
@room(*MANAGERS)
def wizard_pool(token: str) -> ResponseReturnValue:
    """Lead Pool Settings, where the organisation has the features for it."""
    draft = uploads.find(me(), token)
    if not has_pool_step():
        return redirect(url_for("lists.wizard_settings", token=token))
    return _pool(draft, pool_form(draft))


@blueprint.post("/new/<token>/pool")
@room(*MANAGERS)
def save_pool(token: str) -> ResponseReturnValue:
    """Keep them and go on if they can be used."""
    draft = uploads.remember(uploads.find(me(), token).typing("pool", request.form))
    if not has_pool_step():
        return redirect(url_for("lists.wizard_settings", token=token))
    form = pool_form(draft)
    return aside(draft, "pool") or (go(draft, "pool", 1) if form.validate() else _pool(draft, form, 422))


def _pool(draft: Draft, form: PoolForm, status: int = 200) -> ResponseReturnValue:
    return page("pool", draft, status, form=form, advised=ADVISED_BATCH)


@blueprint.get("/new/<token>/settings")
@room(*MANAGERS)
def wizard_settings(token: str) -> ResponseReturnValue:
    """List Settings: what is dialed, in which order, when and how."""
    draft = uploads.find(me(), token)
    return _settings(draft, settings_form(draft))


@blueprint.post("/new/<token>/settings")
@room(*MANAGERS)
def save_settings(token: str) -> ResponseReturnValue:
    """Keep them and go on if they can be used."""
    draft = uploads.remember(uploads.find(me(), token).typing("settings", request.form))
    form = settings_form(draft)
    return aside(draft, "settings") or (
        go(draft, "settings", 1) if form.validate() else _settings(draft, form, 422)
    )


def _settings(draft: Draft, form: SettingsForm, status: int = 200) -> ResponseReturnValue:
    rules = company.settings(tenant(), me().organisation_id)
    groups = sort_groups(draft)
    return page("settings", draft, status, form=form, groups=groups, rules=rules)


@blueprint.post("/new/<token>/keep/<step>")
@room(*MANAGERS)
def keep(token: str, step: str) -> ResponseReturnValue:
    """Remember a step as it is being typed, for a reload."""
    if step not in names_of_steps(pool=True):
        raise NotFound("There is no such step.")
    uploads.remember(uploads.find(me(), token).typing(step, request.form))
    return "", 204
