"""Recording: whether calls are recorded, how long recordings are kept, who is told (CMP-4)."""

from __future__ import annotations

from flask import redirect, request, url_for
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
    """Save the rules; rules by which recordings go that are there now only once that is said and wanted."""
    found, form = recording_rules.rules(tenant(), me().organisation_id), RecordingForm()
    if not form.validate():
        return _show(form, found, seen_version()), 422
    try:
        new = form.rules(seen_version()).checked()
        if new.keeps_less_than(found) and "sure" not in request.form:
            days = new.keep_recordings_days
            if going := recording_rules.would_go(tenant(), me().organisation_id, days or 0):
                return _show(form, found, seen_version(), going)
        recording_rules.edit(tenant(), me().id, new)
    except Refused as error:
        status = refused(error)
        return _show(form, found, seen_version()), status
    saved()
    return redirect(url_for(HERE))


def _show(form: RecordingForm, found: RecordingRules, version: int, going: int = 0) -> str:
    return show("recording.html", HERE, form=form, found=found, version=version, going=going)
