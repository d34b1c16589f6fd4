"""The parking lot: numbers that come back into dialing by themselves on a date."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.csv_formats import UnreadableFile
from dialer.errors import Refused
from dialer.number_blocks import TooManyNumbers
from dialer.store import parking
from dialer.store.number_batches import Report
from web.access import me, tenant
from web.company.blueprint import change, look, refused, show
from web.company.forms import ParkFileForm, ParkNumbersForm
from web.company.number_pages import Shown, answered, now, pasted, uploaded
from web.sentences import said

HERE = "company.parking"
COMMAND = "ringpool park import FILE"


@look("/parking-lot", "parking")
def page() -> ResponseReturnValue:
    """Parked numbers, those that come back first at the top, or those that begin as asked."""
    return _show(ParkNumbersForm(formdata=None), ParkFileForm(formdata=None))


@change("/parking-lot", "parking_add")
def add() -> ResponseReturnValue:
    """Park the numbers that were typed or pasted."""
    form = ParkNumbersForm()
    if not form.validate():
        return _show(form, ParkFileForm(formdata=None)), 422
    try:
        lines = pasted(form.numbers.data, COMMAND)
        return _answer(
            parking.add(tenant(), me().id, lines, now(), until=form.until.data, note=form.note.data or "")
        )
    except TooManyNumbers as error:
        form.numbers.errors = [said(error)]
    except Refused as error:
        form.until.errors = [said(error)]
    return _show(form, ParkFileForm(formdata=None)), 422


@change("/parking-lot/file", "parking_file")
def add_file() -> ResponseReturnValue:
    """Park a file's numbers, each until the date beside it."""
    form = ParkFileForm()
    if not form.validate():
        return _show(ParkNumbersForm(formdata=None), form), 422
    try:
        lines = uploaded(form.file.data, form.column.data or "", COMMAND, dated=True)
        return _answer(
            parking.add(tenant(), me().id, lines, now(), until=form.until.data, note=form.note.data or "")
        )
    except (UnreadableFile, TooManyNumbers) as error:
        form.file.errors = [said(error)]
    except Refused as error:
        form.until.errors = [said(error)]
    return _show(ParkNumbersForm(formdata=None), form), 422


@change("/parking-lot/remove", "parking_remove")
def remove() -> ResponseReturnValue:
    """Let one number back before its date."""
    try:
        gone = parking.remove(tenant(), me().id, [request.form.get("number", "")], now())
    except Refused as error:
        refused(error)
        return redirect(url_for(HERE))
    if gone:
        flash(gettext("The number may be called again."), "success")
    else:
        flash(gettext("This number is not in the parking lot any more."), "danger")
    return redirect(url_for(HERE))


def _show(form: ParkNumbersForm, file_form: ParkFileForm) -> str:
    shown, today = Shown(parking.NUMBERS), now().astimezone(ZoneInfo(me().time_zone)).date()
    return show("parking.html", HERE, form=form, file_form=file_form, shown=shown, today=today)


def _answer(report: Report) -> ResponseReturnValue:
    return answered(report, HERE, gettext("The number is parked."))
