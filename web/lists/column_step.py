"""The wizard's last step: Column Mapping, saved mappings, *Save List* (LPL-8, 9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import NotFound, Refused
from dialer.imports import BadMapping, read_preview, suggest_mapping
from dialer.store import mappings
from dialer.store.lists import ListSettings
from web.access import MANAGERS, me, room, tenant
from web.lists import uploads
from web.lists.blueprint import blueprint
from web.lists.columns import KEY, Columns, read_mapping, typed_mapping
from web.lists.queueing import queue_new_list
from web.lists.steps import aside, has_pool_step, organisation_fields, page, pool_form, settings_form
from web.lists.uploads import Draft
from web.sentences import said


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
    elsewhere = aside(draft, "columns") or _first_undone(draft)
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
        return _columns(draft, alert=said(error))
    return here


def _use(draft: Draft, saved: mappings.SavedMapping) -> None:
    headers = read_preview(draft.path).headers
    fitting = typed_mapping(saved.mapping, headers)
    kept = {key: values for key, values in draft.typed["columns"].items() if not key.startswith(KEY)}
    # Every field is there, so that one without a column counts as chosen to be so.
    chosen = {KEY + f.name: [""] for f in organisation_fields()}
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
    preview, fields = read_preview(draft.path), organisation_fields()
    typed = draft.typed.get("columns")
    settings = settings_form(draft)
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
    return page(
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
    if has_pool_step() and not (pool_form(draft).validate() and "pool" in draft.typed):
        return redirect(url_for("lists.wizard_pool", token=draft.token))
    if not (settings_form(draft).validate() and "settings" in draft.typed):
        return redirect(url_for("lists.wizard_settings", token=draft.token))
    return None


def _save(draft: Draft, found: Columns, keep_unmapped: bool) -> ResponseReturnValue:
    """Make the list and queue its file for the importer; of two who save one draft, one does."""
    settings = settings_form(draft)
    pool = pool_form(draft) if has_pool_step() else None
    assigned = pool or settings
    uploads.take(draft)
    try:
        values = {**(pool.values() if pool else {"kind": "normal"}), **settings.values()}
        list_id, _job_id = queue_new_list(
            tenant(),
            me(),
            draft,
            ListSettings(name=draft.name, **values),
            found.mapping,
            keep_unmapped=keep_unmapped,
            user_ids=assigned.chosen_users,
            team_ids=assigned.chosen_teams,
        )
    except (Refused, NotFound, BadMapping) as error:
        uploads.give_back(draft)
        return _columns(draft, alert=said(error))
    except Exception:
        uploads.give_back(draft)
        raise
    flash(gettext("Your List has been saved successfully!"), "success")
    return redirect(url_for("lists.detail", list_id=list_id))
