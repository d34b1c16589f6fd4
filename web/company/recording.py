"""Recording: whether calls are recorded, how long recordings are kept, who is told (CMP-4)."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from dialer.errors import Refused
from dialer.recording_rules import RecordingRules
from dialer.store import recording_rules
from web.access import me, tenant
from web.company.blueprint import change, look, refused, saved, seen_version, show
from web.company.recording_form import RecordingForm

HERE = "company.recording"


@look("/recording", "recording")
def page() -> ResponseReturnValue:
    """The rules as they are."""
    found = recording_rules.rules(tenant(), me().organisation_id)
    return _show(RecordingForm.of(found), found, found.version)


@change("/recording", "save_recording")
def save() -> ResponseReturnValue:
    """Save the rules."""
    found, form = recording_rules.rules(tenant(), me().organisation_id), RecordingForm()
    if not form.validate():
        return _show(form, found, seen_version()), 422
    try:
        recording_rules.edit(tenant(), me().id, form.rules(seen_version()))
    except Refused as error:
        status = refused(error)
        return _show(form, found, seen_version()), status
    saved()
    return redirect(url_for(HERE))


def _show(form: RecordingForm, found: RecordingRules, version: int) -> str:
    return show("recording.html", HERE, form=form, found=found, version=version)
