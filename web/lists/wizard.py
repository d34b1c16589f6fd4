"""The wizard that makes a list from a CSV file (LPL-1, 2, 7, 8, 9): each step is a page of its own.

What is typed is kept in the draft at every step and on the way back, so that nothing is lost by an
error, a reload or a change of mind.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer import imports as import_rules
from dialer.errors import NotFound, Refused, RingpoolError
from dialer.imports import FIELDS, read_preview, suggest_mapping
from dialer.store import company, imports, lists, mappings, organisations
from dialer.store.lists import ListSettings
from web.access import MANAGERS, me, room, tenant
from web.lists import uploads
from web.lists.blueprint import assignable, blueprint
from web.lists.columns import KEY, Columns, read_mapping, typed_mapping
from web.lists.forms import ADVISED_BATCH, PoolForm, SettingsForm, SortGroup, UploadForm
from web.lists.uploads import Draft


def has_pool_step() -> bool:
    """Whether the organisation may make lead pool lists: both of its features are on (LPL-2)."""
    mine = organisations.organisation(tenant(), me().organisation_id)
    return mine.lead_pool_sessions and mine.import_queue


def _steps(pool: bool) -> dict[str, str]:
    steps = {"file": gettext("File")}
    if pool:
        steps["pool"] = gettext("Lead Pool Settings")
    return {**steps, "settings": gettext("List Settings"), "columns": gettext("Column Mapping")}


def _page(step: str, draft: Draft | None, status: int = 200, **shown: Any) -> ResponseReturnValue:
    steps = _steps(has_pool_step())
    before = list(steps)[: list(steps).index(step)]
    return render_template(
        f"lists/wizard/{step}.html", draft=draft, step=step, steps=steps, before=before, **shown
    ), status


def _go(draft: Draft, step: str, by: int) -> ResponseReturnValue:
    steps = list(_steps(has_pool_step()))
    return redirect(url_for(f"lists.wizard_{steps[steps.index(step) + by]}", token=draft.token))


def _aside(draft: Draft, step: str) -> ResponseReturnValue | None:
    """Where *Back* and *Cancel* lead; None to go on."""
    match request.form.get("do"):
        case "back":
            return _go(draft, step, -1)
        case "cancel":
            uploads.discard(draft)
            return redirect(url_for("lists.overview"))
    return None


@blueprint.get("/new")
@room(*MANAGERS)
def new() -> ResponseReturnValue:
    """The first step: choose a file."""
    return _page("file", None, form=UploadForm(), seen=[])


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
    return _page("file", draft, form=UploadForm(name=draft.name), seen=_seen(draft))


@blueprint.post("/new/<token>/file")
@room(*MANAGERS)
def save_file(token: str) -> ResponseReturnValue:
    """Go on with the file that is there, or with another one in its place."""
    draft = uploads.find(me(), token)
    if request.files.get("file"):
        return _upload(draft)
    form = UploadForm()
    draft = uploads.remember(draft.typing("file", request.form))
    if request.form.get("do") == "cancel":
        uploads.discard(draft)
        return redirect(url_for("lists.overview"))
    if not form.validate():
        return _page("file", draft, 422, form=form, seen=_seen(draft))
    return _go(draft, "file", 1)


def _upload(was: Draft | None) -> ResponseReturnValue:
    form = UploadForm()
    fine = form.validate()
    file = request.files.get("file")
    if not file:
        form.file.errors = [gettext("Choose a CSV file first.")]
    if not file or not fine:
        return _page("file", was, 422, form=form, seen=[])
    try:
        draft = uploads.keep(me(), file, was)
    except Refused as error:
        form.file.errors = [gettext(str(error))]
        return _page("file", was, 422, form=form, seen=[])
    try:
        read_preview(draft.path)
    except RingpoolError as error:
        uploads.discard(draft)
        form.file.errors = [gettext(str(error))]
        return _page("file", was, 422, form=form, seen=[])
    draft = uploads.remember(draft.typing("file", request.form))
    if was is not None:
        uploads.discard(was)
    if _seen(draft):
        return redirect(url_for("lists.wizard_file", token=draft.token))
    return _go(draft, "file", 1)


def _seen(draft: Draft) -> list[Any]:
    return list(imports.seen_before(tenant(), me().organisation_id, bytes.fromhex(draft.sha256)))


@blueprint.get("/new/<token>/pool")
@room(*MANAGERS)
def wizard_pool(token: str) -> ResponseReturnValue:
    """Lead Pool Settings, where the organisation has the features for it."""
    draft = uploads.find(me(), token)
    if not has_pool_step():
        return redirect(url_for("lists.wizard_settings", token=token))
    return _pool(draft, _pool_form(draft))


@blueprint.post("/new/<token>/pool")
@room(*MANAGERS)
def save_pool(token: str) -> ResponseReturnValue:
    """Keep them and go on if they can be used."""
    draft = uploads.remember(uploads.find(me(), token).typing("pool", request.form))
    if not has_pool_step():
        return redirect(url_for("lists.wizard_settings", token=token))
    form = _pool_form(draft)
    return _aside(draft, "pool") or (_go(draft, "pool", 1) if form.validate() else _pool(draft, form, 422))


def _pool(draft: Draft, form: PoolForm, status: int = 200) -> ResponseReturnValue:
    return _page("pool", draft, status, form=form, advised=ADVISED_BATCH)


def _pool_form(draft: Draft) -> PoolForm:
    form = PoolForm(draft.form("pool"), meta={"csrf": False})
    form.offer(*assignable())
    return form


@blueprint.get("/new/<token>/settings")
@room(*MANAGERS)
def wizard_settings(token: str) -> ResponseReturnValue:
    """List Settings: what is dialed, in which order, when and how."""
    draft = uploads.find(me(), token)
    return _settings(draft, _settings_form(draft))


@blueprint.post("/new/<token>/settings")
@room(*MANAGERS)
def save_settings(token: str) -> ResponseReturnValue:
    """Keep them and go on if they can be used."""
    draft = uploads.remember(uploads.find(me(), token).typing("settings", request.form))
    form = _settings_form(draft)
    return _aside(draft, "settings") or (
        _go(draft, "settings", 1) if form.validate() else _settings(draft, form, 422)
    )


def _settings(draft: Draft, form: SettingsForm, status: int = 200) -> ResponseReturnValue:
    rules = company.settings(tenant(), me().organisation_id)
    groups = _sort_groups(draft)
    return _page("settings", draft, status, form=form, groups=groups, rules=rules)


def _settings_form(draft: Draft) -> SettingsForm:
    form = SettingsForm(draft.form("settings"), meta={"csrf": False})
    form.offer(*assignable())
    form.offer_fields(company.settings(tenant(), me().organisation_id).mandatory_phones, _sort_groups(draft))
    return form


def _sort_groups(draft: Draft) -> list[SortGroup]:
    """Everything a list can be sorted by, the columns of this file included."""
    custom = _custom_labels()
    known = {label.casefold() for label in custom}
    headers = read_preview(draft.path).headers
    standard = set(suggest_mapping(headers, _fields()).values())
    own = [header for header in headers if header not in standard and header.casefold() not in known]
    return [
        SortGroup("", (("upload", gettext("No Sort (upload order)")), ("random", gettext("Random")))),
        SortGroup(gettext("Standard fields"), tuple((f.name, gettext(f.label)) for f in FIELDS)),
        SortGroup(gettext("Custom fields"), tuple((f"custom:{label}", label) for label in custom)),
        SortGroup(gettext("Other columns of this file"), tuple((f"custom:{h}", h) for h in own)),
    ]


def _custom_labels() -> list[str]:
    return [field.label for field in company.custom_fields(tenant(), me().organisation_id)]


def _fields() -> tuple[import_rules.Field, ...]:
    phones = company.settings(tenant(), me().organisation_id).mandatory_phones
    return import_rules.fields(_custom_labels(), phones)


@blueprint.get("/new/<token>/columns")
@room(*MANAGERS)
def wizard_columns(token: str) -> ResponseReturnValue:
    """Column Mapping; with ``?confirm`` the unmapped columns are asked about."""
    draft = uploads.find(me(), token)
    if (undone := _first_undone(draft)) is not None:
        return undone
    return _columns(draft, confirm="confirm" in request.args)


@blueprint.post("/new/<token>/columns")
@room(*MANAGERS)
def save_columns(token: str) -> ResponseReturnValue:
    """Save the list if every mandatory field has a column and unmapped ones are settled (LPL-8, 9)."""
    draft = uploads.remember(uploads.find(me(), token).typing("columns", request.form))
    elsewhere = _aside(draft, "columns") or _first_undone(draft)
    if elsewhere is not None:
        return elsewhere
    do = request.form.get("do", "save")
    if do in ("use-mapping", "save-mapping", "delete-mapping"):
        return _saved_mappings(draft, do)
    found = _look(draft)
    unmapped = request.form.get("unmapped")
    if found.missing or found.twice:
        return _columns(draft, checked=True)
    if found.unmapped and (do != "confirm" or unmapped not in ("keep", "leave")):
        return redirect(url_for("lists.wizard_columns", token=token, confirm=1))
    keep_unmapped = unmapped != "leave"
    if (lost := found.sorted_by_nothing(keep_unmapped=keep_unmapped)) is not None:
        said = gettext("The list is sorted by %(field)s, and no column fills it.", field=lost)
        return _columns(
            draft, alert=f"{said} {gettext('Match a column to it, or go back and choose another order.')}"
        )
    return _save(draft, found, keep_unmapped)


def _saved_mappings(draft: Draft, do: str) -> ResponseReturnValue:
    here = redirect(url_for("lists.wizard_columns", token=draft.token))
    mapping_id = request.form.get("mapping", type=int)
    try:
        if do == "save-mapping":
            name = request.form.get("mapping_name", "")
            mappings.save(tenant(), me().id, name, _look(draft).mapping, datetime.now(UTC))
            _type(draft, mapping_name=[])
            flash(gettext("The mapping has been saved as «%(name)s».", name=name.strip()), "success")
        elif do == "delete-mapping":
            name = mappings.delete(tenant(), me().id, mapping_id or 0)
            flash(gettext("The mapping «%(name)s» has been deleted.", name=name), "success")
        else:
            saved = {one.id: one for one in mappings.mappings(tenant(), me().organisation_id)}
            if mapping_id not in saved:
                raise NotFound("Choose a saved mapping first.")
            _use(draft, saved[mapping_id])
    except (Refused, NotFound) as error:
        return _columns(draft, alert=gettext(str(error)))
    return here


def _use(draft: Draft, saved: mappings.SavedMapping) -> None:
    headers = read_preview(draft.path).headers
    fitting = typed_mapping(saved.mapping, headers)
    kept = {key: values for key, values in draft.typed["columns"].items() if not key.startswith(KEY)}
    # Every field is there, so that one without a column counts as chosen to be so.
    chosen = {KEY + f.name: [""] for f in _fields()}
    uploads.remember(_with(draft, {**kept, **chosen, **fitting}))
    told = gettext("The mapping «%(name)s» is used.", name=saved.name)
    if len(fitting) < len(saved.mapping):
        told = f"{told} {gettext('Some of its columns are not in this file.')}"
    flash(told, "success")


def _type(draft: Draft, **values: list[str]) -> None:
    uploads.remember(_with(draft, {**draft.typed["columns"], **values}))


def _with(draft: Draft, columns: dict[str, Any]) -> Draft:
    return replace(draft, typed={**draft.typed, "columns": columns})


def _look(draft: Draft) -> Columns:
    preview, fields = read_preview(draft.path), _fields()
    typed = draft.typed.get("columns")
    settings = _settings_form(draft)
    mapping = (
        suggest_mapping(preview.headers, fields)
        if typed is None
        else read_mapping(typed, fields, preview.headers)
    )
    return Columns(
        preview, fields, mapping, settings.phone_field.data or "phone", settings.sort_by.data or "upload"
    )


def _columns(
    draft: Draft, *, checked: bool = False, confirm: bool = False, alert: str | None = None
) -> ResponseReturnValue:
    found = _look(draft)
    return _page(
        "columns",
        draft,
        422 if checked or alert else 200,
        found=found,
        missing=[f.label if f.name.startswith("custom:") else gettext(f.label) for f in found.missing],
        checked=checked,
        confirm=confirm and bool(found.unmapped),
        alert=alert,
        saved=mappings.mappings(tenant(), me().organisation_id),
        chosen=draft.first("columns", "mapping"),
        unmapped=draft.first("columns", "unmapped") or "keep",
        mapping_name=draft.first("columns", "mapping_name"),
        KEY=KEY,
    )


def _first_undone(draft: Draft) -> ResponseReturnValue | None:
    """The way to the first step that is not filled in; None when all are."""
    if has_pool_step() and not (_pool_form(draft).validate() and "pool" in draft.typed):
        return redirect(url_for("lists.wizard_pool", token=draft.token))
    if not (_settings_form(draft).validate() and "settings" in draft.typed):
        return redirect(url_for("lists.wizard_settings", token=draft.token))
    return None


def _save(draft: Draft, found: Columns, keep_unmapped: bool) -> ResponseReturnValue:
    """Make the list and queue its file for the importer; of two who save one draft, one does."""
    settings, now = _settings_form(draft), datetime.now(UTC)
    pool = _pool_form(draft) if has_pool_step() else None
    assigned = pool or settings
    uploads.take(draft)
    try:
        values = {**(pool.values() if pool else {"kind": "normal"}), **settings.values()}
        list_id = lists.create_list(
            tenant(),
            me().id,
            ListSettings(name=draft.name, **values),
            now,
            user_ids=assigned.chosen_users,
            team_ids=assigned.chosen_teams,
        )
        try:
            imports.queue_import(
                tenant(),
                organisation_id=me().organisation_id,
                list_id=list_id,
                user_id=me().id,
                file_name=draft.file_name,
                file_token=draft.token,
                file_size=draft.size,
                file_hash=bytes.fromhex(draft.sha256),
                mapping=dict(found.mapping),
                keep_unmapped=keep_unmapped,
                now=now,
            )
        except RingpoolError:
            lists.drop_empty_list(tenant(), me().id, list_id)
            raise
    except (Refused, NotFound, import_rules.BadMapping) as error:
        uploads.give_back(draft)
        return _columns(draft, alert=gettext(str(error)))
    except Exception:
        uploads.give_back(draft)
        raise
    flash(gettext("Your List has been saved successfully!"), "success")
    return redirect(url_for("lists.detail", list_id=list_id))


@blueprint.post("/new/<token>/keep/<step>")
@room(*MANAGERS)
def keep(token: str, step: str) -> ResponseReturnValue:
    """Remember a step as it is being typed, for a reload."""
    if step not in _steps(pool=True):
        raise NotFound("There is no such step.")
    uploads.remember(uploads.find(me(), token).typing(step, request.form))
    return "", 204
