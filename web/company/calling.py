"""Calling: the outer limits of every list, the night and the abandoned-call message."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from dialer.company import MOST_SOUNDS, CompanySettings, join_sounds, split_sounds
from dialer.errors import Refused
from dialer.store import company
from web.access import me, tenant
from web.company.blueprint import change, look, refused, saved, seen_version, show
from web.company.forms import CallingForm
from web.company.words import SOUNDS

HERE = "company.calling"


@look("/", "calling")
def page() -> ResponseReturnValue:
    """The rules as they are."""
    found = company.settings(tenant(), me().organisation_id)
    form = CallingForm(obj=found, sounds=list(split_sounds(found.drop_message)))
    return _show(form, found, found.version)


@change("/", "save_calling")
def save() -> ResponseReturnValue:
    """Save the rules."""
    found, form = company.settings(tenant(), me().organisation_id), CallingForm()
    if not form.validate():
        return _show(form, found, seen_version()), 422
    try:
        company.edit_settings(
            tenant(),
            me().id,
            replace(
                found,
                calling_from=form.calling_from.data,
                calling_until=form.calling_until.data,
                attempts_per_day=form.attempts_per_day.data,
                wrap_up_s=form.wrap_up_s.data,
                night_at=form.night_at.data,
                drop_message=join_sounds(form.chosen_sounds),
                version=seen_version(),
            ),
        )
    except Refused as error:
        status = refused(error)
        return _show(form, found, seen_version()), status
    saved()
    return redirect(url_for(HERE))


def _show(form: CallingForm, found: CompanySettings, version: int) -> str:
    heard = [SOUNDS.get(name, name) for name in split_sounds(found.drop_message)]
    while len(form.sounds) < min(MOST_SOUNDS, max(3, len(form.chosen_sounds) + 1)):
        form.sounds.append_entry()
    return show("calling.html", HERE, form=form, found=found, version=version, sounds=SOUNDS, heard=heard)
