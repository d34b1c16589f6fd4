"""Webhooks: addresses made, shown with their last error, told again by hand. For admins only."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from dialer.errors import BadValue, Refused
from dialer.store import webhooks
from dialer.store.people import Role
from dialer.webhooks import Event
from web.access import id_asked, me, room, tenant
from web.form_fields import Ticks
from web.sentences import said

blueprint = Blueprint("webhooks", __name__, url_prefix="/company/webhooks", template_folder="templates")

ADMINS = (Role.SUPER_ADMIN, Role.ADMIN)

EVENTS = {
    Event.LEAD_TAKEN: _l("An agent has taken a lead"),
    Event.LEAD_EXCEPTION: _l("Nobody has taken a lead"),
}


class WebhookForm(FlaskForm):  # type: ignore[misc]
    """Where to tell, and of what."""

    url = StringField(
        _l("Address"), [InputRequired(_l("Give an address that begins with https:// or http://."))]
    )
    events = Ticks(
        _l("Is told when"),
        [InputRequired(_l("Choose at least one event."))],
        choices=[SelectChoice(event.value, label) for event, label in EVENTS.items()],
    )
    active = BooleanField(_l("In use"), default=True)


@blueprint.get("/")
@room(*ADMINS)
def overview() -> ResponseReturnValue:
    """The organisation's addresses, and the form for another; the bare table for an open page."""
    if request.headers.get("HX-Request"):
        rows = webhooks.addresses(tenant(), me().organisation_id)
        return render_template("webhooks/table.html", rows=rows, EVENTS=EVENTS)
    return _overview(WebhookForm(formdata=None, events=[event.value for event in Event]))


@blueprint.post("/")
@room(*ADMINS)
def create() -> ResponseReturnValue:
    """Tell another address; its secret is shown in this answer and never again."""
    form = WebhookForm()
    if not form.validate():
        return _overview(form), 422
    try:
        made, secret = webhooks.add(
            tenant(), me().id, me().organisation_id, form.url.data, form.events.data, datetime.now(UTC)
        )
    except BadValue as error:
        form[error.field].errors = [said(error)]
        return _overview(form), 422
    return _detail(made, None, secret)


@blueprint.get("/<int:webhook_id>")
@room(*ADMINS)
def detail(webhook_id: int) -> ResponseReturnValue:
    """One address: its settings, and its messages with what went wrong; those alone for an open page."""
    if request.headers.get("HX-Request"):
        messages = webhooks.deliveries(tenant(), me().organisation_id, webhook_id)
        found = webhooks.address(tenant(), me().organisation_id, webhook_id)
        return render_template("webhooks/messages.html", found=found, messages=messages)
    return _detail(webhook_id)


@blueprint.post("/<int:webhook_id>")
@room(*ADMINS)
def save(webhook_id: int) -> ResponseReturnValue:
    """Change an address."""
    form = WebhookForm()
    if not form.validate():
        return _detail(webhook_id, form), 422
    try:
        webhooks.edit(
            tenant(), me().id, me().organisation_id, webhook_id,
            url=form.url.data, events=form.events.data, active=form.active.data,
        )  # fmt: skip
    except BadValue as error:
        form[error.field].errors = [said(error)]
        return _detail(webhook_id, form), 422
    flash(gettext("The change has been saved."), "success")
    return redirect(url_for("webhooks.detail", webhook_id=webhook_id))


@blueprint.post("/<int:webhook_id>/secret")
@room(*ADMINS)
def renew(webhook_id: int) -> ResponseReturnValue:
    """Give it another secret, shown in this answer and never again."""
    secret = webhooks.renew_secret(tenant(), me().id, me().organisation_id, webhook_id)
    return _detail(webhook_id, None, secret)


@blueprint.post("/<int:webhook_id>/resend")
@room(*ADMINS)
def resend(webhook_id: int) -> ResponseReturnValue:
    """Send one message again, or all that are not through."""
    count = webhooks.send_again(tenant(), me().id, me().organisation_id, webhook_id, id_asked("message"))
    flash(
        ngettext("%(num)s message is sent again.", "%(num)s messages are sent again.", count),
        "success" if count else "error",
    )
    return redirect(url_for("webhooks.detail", webhook_id=webhook_id))


@blueprint.post("/<int:webhook_id>/remove")
@room(*ADMINS)
def remove(webhook_id: int) -> ResponseReturnValue:
    """Tell it no more."""
    try:
        webhooks.remove(tenant(), me().id, me().organisation_id, webhook_id)
        flash(gettext("The address is told nothing more."), "success")
    except Refused as error:
        flash(said(error), "error")
    return redirect(url_for("webhooks.overview"))


def _overview(form: WebhookForm) -> str:
    rows = webhooks.addresses(tenant(), me().organisation_id)
    return render_template("webhooks/overview.html", form=form, rows=rows, EVENTS=EVENTS)


def _detail(webhook_id: int, form: WebhookForm | None = None, secret: str | None = None) -> str:
    found = webhooks.address(tenant(), me().organisation_id, webhook_id)
    if form is None:
        events = [event.value for event in found.events]
        form = WebhookForm(formdata=None, url=found.url, events=events, active=found.active)
    messages = webhooks.deliveries(tenant(), me().organisation_id, webhook_id)
    return render_template("webhooks/detail.html", form=form, found=found, messages=messages, secret=secret)
