"""Editing a list after its import (LPL-13): what may change, and what happens when two do it at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import Conflict, NotFound, Refused
from dialer.store import list_info, lists, teams
from dialer.store.list_info import ListInfo
from dialer.store.lists import ListEdit, StillDialing
from web.access import MANAGERS, me, room, tenant
from web.lists import merging
from web.lists.blueprint import assignable, blueprint
from web.lists.forms import ADVISED_BATCH, EditForm, loaded
from web.sentences import said


@blueprint.get("/<int:list_id>/edit")
@room(*MANAGERS)
def editor(list_id: int) -> ResponseReturnValue:
    """The list as it is, to be changed."""
    found = list_info.info(tenant(), me().id, list_id, calls=0)
    return _editor(found, _form(found, data=_loaded(found), formdata=None), found.version)


@blueprint.post("/<int:list_id>/edit")
@room(*MANAGERS)
def edit(list_id: int) -> ResponseReturnValue:
    """Save the change; ask first when it takes the list from somebody who is dialing it."""
    found = list_info.info(tenant(), me().id, list_id, calls=0)
    form = _form(found)
    version = request.form.get("version", 0, type=int)
    if not form.validate():
        return _editor(found, form, version, status=422)
    asked_about = request.form.get("interrupt", "").split()
    may_interrupt = [int(user_id) for user_id in asked_about if user_id.isdecimal()]
    change = _change(found, form)
    try:
        lists.edit(
            tenant(), me().id, list_id, version, change, datetime.now(UTC), may_interrupt=may_interrupt
        )
    except Conflict:
        return _conflict(list_id, form, version)
    except StillDialing as asked:
        return _editor(found, form, version, dialing=asked.users, status=409)
    except (Refused, NotFound) as error:
        return _editor(found, form, version, alert=said(error), status=422)
    flash(gettext("The list has been saved."), "success")
    return redirect(url_for("lists.detail", list_id=list_id))


def _form(found: ListInfo, **filled: Any) -> EditForm:
    form = EditForm(**filled)
    form.offer(*assignable())
    if found.settings.kind != "lead_pool":
        # Nobody shares a normal list.
        del form.batch_size, form.overnight_reset
    return form


def _loaded(found: ListInfo) -> dict[str, Any]:
    return loaded(found.settings, found.user_ids, found.team_ids)


def _change(found: ListInfo, form: EditForm) -> ListEdit:
    pool = found.settings.kind == "lead_pool"
    # Whoever is not active is not on the form, and stays assigned.
    hidden = found.user_ids - {choice.value for choice in form.users.choices}
    return ListEdit(
        name=form.name.data,
        batch_size=form.batch_size.data if pool else None,
        overnight_reset=form.overnight_reset.data if pool else None,
        reset_by_itself=form.reset_by_itself.data,
        script=(form.script.data or "").replace("\r\n", "\n"),
        user_ids={*form.users.data, *hidden},
        team_ids=set(form.teams.data),
    )


def _conflict(list_id: int, form: EditForm, version: int) -> ResponseReturnValue:
    """The form again with what both of them meant, and what the other one changed."""
    found = list_info.info(tenant(), me().id, list_id, calls=0)
    edits = lists.edits_since(tenant(), me().id, list_id, version)
    typed = {**form.data, "name": form.name.data.strip(), "script": form.script.data.replace("\r\n", "\n")}
    merged = merging.merge(edits, _loaded(found), typed)
    fresh = _form(found, formdata=None, data=merged.values)
    people = {one for past in edits for side in (past.before, past.after) for one in side.get("user_ids", ())}
    names = {
        "users": teams.names(tenant(), people),
        "teams": {choice.value: choice.label for choice in form.teams.choices},
    }
    told = [(past.by, past.at, merging.said(past, names)) for past in edits]
    return _editor(found, fresh, found.version, edits=told, both=merged.both, status=409)


def _editor(
    found: ListInfo, form: EditForm, version: int, *, status: int = 200, **shown: Any
) -> ResponseReturnValue:
    return render_template(
        "lists/edit.html",
        **{"edits": [], "both": (), "dialing": {}, "alert": None, **shown},
        list=found,
        form=form,
        version=version,
        advised=ADVISED_BATCH,
    ), status
