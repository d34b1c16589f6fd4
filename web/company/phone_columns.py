"""Phone columns: which of them lists must bring, and which is dialed unless a list says otherwise."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from dialer.errors import Refused
from dialer.store import company
from web.access import me, tenant
from web.company.blueprint import change, look, refused, saved, seen_version, show
from web.company.forms import PhoneColumnsForm

HERE = "company.phone_columns"


@look("/phone-columns", "phone_columns")
def page() -> ResponseReturnValue:
    """The columns as they are."""
    found = company.settings(tenant(), me().organisation_id)
    chosen = dict(zip_longest(("first", "second", "third"), found.mandatory_phones, fillvalue=""))
    return show("phone_columns.html", HERE, form=PhoneColumnsForm(data=chosen), version=found.version)


@change("/phone-columns", "save_phone_columns")
def save() -> ResponseReturnValue:
    """Save the columns."""
    found, form = company.settings(tenant(), me().organisation_id), PhoneColumnsForm()
    if not form.validate():
        return show("phone_columns.html", HERE, form=form, version=seen_version()), 422
    try:
        company.edit_settings(
            tenant(), me().id, replace(found, mandatory_phones=form.chosen, version=seen_version())
        )
    except Refused as error:
        status = refused(error)
        return show("phone_columns.html", HERE, form=form, version=seen_version()), status
    saved()
    return redirect(url_for(HERE))
