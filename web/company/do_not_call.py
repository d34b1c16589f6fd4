"""Do Not Call: looking numbers up, adding one or many, taking one off."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.csv_formats import UnreadableFile
from dialer.errors import NotFound, Refused
from dialer.number_blocks import TooManyNumbers
from dialer.store import do_not_call
from dialer.store.number_batches import Report
from web.access import me, tenant
from web.company.blueprint import change, look, refused, show
from web.company.forms import NumberFileForm, NumbersForm, RemoveForm
from web.company.number_pages import Shown, answered, now, pasted, uploaded
from web.csv_answers import csv_answer
from web.sentences import said

HERE = "company.do_not_call"
COMMAND = "ringpool dnc import FILE"


@look("/do-not-call", "do_not_call")
def page() -> ResponseReturnValue:
    """Entries, the newest first, or those whose number begins as asked."""
    return _show(NumbersForm(formdata=None), NumberFileForm(formdata=None))


@change("/do-not-call", "do_not_call_add")
def add() -> ResponseReturnValue:
    """Add the numbers that were typed or pasted."""
    form = NumbersForm()
    if not form.validate():
        return _show(form, NumberFileForm(formdata=None)), 422
    try:
        lines = pasted(form.numbers.data, COMMAND)
    except TooManyNumbers as error:
        form.numbers.errors = [said(error)]
        return _show(form, NumberFileForm(formdata=None)), 422
    return _answer(do_not_call.add(tenant(), me().id, lines, now(), note=form.note.data or ""))


@change("/do-not-call/file", "do_not_call_file")
def add_file() -> ResponseReturnValue:
    """Add a file's numbers."""
    form = NumberFileForm()
    if not form.validate():
        return _show(NumbersForm(formdata=None), form), 422
    try:
        lines = uploaded(form.file.data, form.column.data or "", COMMAND)
    except (UnreadableFile, TooManyNumbers) as error:
        form.file.errors = [said(error)]
        return _show(NumbersForm(formdata=None), form), 422
    return _answer(do_not_call.add(tenant(), me().id, lines, now(), note=form.note.data or ""))


@look("/do-not-call.csv", "do_not_call_csv")
def download() -> ResponseReturnValue:
    """All of it as a file."""
    return csv_answer(do_not_call.csv_of(tenant(), me().organisation_id), "do-not-call.csv")


@look("/do-not-call/<number>", "do_not_call_entry")
def entry(number: str) -> ResponseReturnValue:
    """One entry, and for admins the question whether it may go."""
    found = do_not_call.entry(tenant(), me().organisation_id, number)
    return show("do_not_call_entry.html", HERE, entry=found, form=RemoveForm(formdata=None))


@change("/do-not-call/<number>", "do_not_call_remove")
def remove(number: str) -> ResponseReturnValue:
    """Take one number off."""
    found, form = do_not_call.entry(tenant(), me().organisation_id, number), RemoveForm()
    if not form.validate():
        return show("do_not_call_entry.html", HERE, entry=found, form=form), 422
    try:
        if not do_not_call.remove(tenant(), me().id, [number], form.note.data, now()):
            raise NotFound("This number is not on Do Not Call.")
    except Refused as error:
        status = refused(error)
        return show("do_not_call_entry.html", HERE, entry=found, form=form), status
    flash(gettext("The number may be called again."), "success")
    return redirect(url_for(HERE))


def _show(form: NumbersForm, file_form: NumberFileForm) -> str:
    shown = Shown(do_not_call.NUMBERS)
    return show("do_not_call.html", HERE, form=form, file_form=file_form, shown=shown)


def _answer(report: Report) -> ResponseReturnValue:
    return answered(report, HERE, gettext("The number is on Do Not Call."))
