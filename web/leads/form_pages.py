"""Web forms: which there are, what each asks for, and what a site has to hold to show it."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from dialer.errors import BadValue, Conflict, Refused
from dialer.store import lead_forms, lead_pages
from dialer.store.lead_forms import Form, FormSettings
from web.access import MANAGERS, me, room, tenant
from web.form_fields import Ticks
from web.leads.room import blueprint, counts
from web.leads.words import field_label
from web.sentences import said
from web.words import LOCALES


class LeadFormForm(FlaskForm):  # type: ignore[misc]
    """What a form is called, where its leads go, what it asks for, who may show it."""

    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Give the form a name.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    campaign_id = SelectField(_l("Campaign"), coerce=int)
    locale = SelectField(_l("Language"), choices=[SelectChoice(code, name) for code, name in LOCALES.items()])
    fields = Ticks(_l("Asks for"))
    origins = TextAreaField(_l("Sites that may show it"))
    consent = TextAreaField(
        _l("Consent"), [Length(max=2000, message=_l("The text is too long; shorten it."))]
    )
    active = BooleanField(_l("In use"), default=True)
    version = HiddenField(default="0")

    @property
    def settings(self) -> FormSettings:
        """What was chosen."""
        return FormSettings(
            self.campaign_id.data,
            self.name.data or "",
            self.locale.data,
            self.fields.data or (),
            (self.origins.data or "").replace(",", "\n").splitlines(),
            (self.consent.data or "").replace("\r\n", "\n"),
            self.active.data,
        )


@blueprint.get("/forms")
@room(*MANAGERS)
def forms() -> ResponseReturnValue:
    """The organisation's forms."""
    found = lead_forms.forms(tenant(), me().organisation_id)
    return render_template("leads/forms.html", here="forms", forms=found, counts=counts())


@blueprint.get("/forms/new")
@room(*MANAGERS)
def form_new() -> ResponseReturnValue:
    """A form that is to be made."""
    form = LeadFormForm(
        formdata=None, fields=["first_name", "last_name", "email"], locale=me().locale, active=True
    )
    return _page(form, None)


@blueprint.post("/forms/new")
@room(*MANAGERS)
def form_add() -> ResponseReturnValue:
    """Make it, and show what the site has to hold."""
    form = _filled()
    if not form.validate():
        return _page(form, None), 422
    try:
        made = lead_forms.add(tenant(), me().id, me().organisation_id, form.settings, datetime.now(UTC))
    except BadValue as error:
        form[error.field].errors = [said(error)]
        return _page(form, None), 422
    flash(gettext("The form is made; copy its lines into your site."), "success")
    return redirect(url_for("leads.form_edit", form_id=made))


@blueprint.get("/forms/<int:form_id>")
@room(*MANAGERS)
def form_edit(form_id: int) -> ResponseReturnValue:
    """One form: its settings, and the lines for the site."""
    found = lead_forms.form(tenant(), me().organisation_id, form_id)
    shown = {name: getattr(found, name) for name in ("name", "campaign_id", "locale", "fields", "consent")}
    form = LeadFormForm(
        formdata=None, **shown, origins="\n".join(found.origins), active=found.active, version=found.version
    )
    return _page(form, found)


@blueprint.post("/forms/<int:form_id>")
@room(*MANAGERS)
def form_save(form_id: int) -> ResponseReturnValue:
    """Save it over the version that was seen."""
    found, form = lead_forms.form(tenant(), me().organisation_id, form_id), _filled()
    if not form.validate():
        return _page(form, found), 422
    seen = request.form.get("version", -1, type=int)
    try:
        lead_forms.edit(tenant(), me().id, me().organisation_id, form_id, seen, form.settings)
    except BadValue as error:
        form[error.field].errors = [said(error)]
        return _page(form, found), 422
    except Conflict as error:
        flash(said(error), "error")
        return _page(form, found), 409
    flash(gettext("The change has been saved."), "success")
    return redirect(url_for("leads.form_edit", form_id=form_id))


@blueprint.post("/forms/<int:form_id>/delete")
@room(*MANAGERS)
def form_delete(form_id: int) -> ResponseReturnValue:
    """Take it away."""
    try:
        lead_forms.remove(tenant(), me().id, me().organisation_id, form_id)
        flash(gettext("The form is deleted; sites that show it show nothing."), "success")
    except Refused as error:
        flash(said(error), "error")
    return redirect(url_for("leads.forms"))


def _filled() -> LeadFormForm:
    form = LeadFormForm()
    _choices(form)
    return form


def _choices(form: LeadFormForm) -> None:
    form.fields.choices = [
        SelectChoice(name, field_label(name))
        for name in lead_forms.fields_to_choose(tenant(), me().organisation_id)
    ]
    form.campaign_id.choices = [
        SelectChoice(one.id, one.name if one.active else f"{one.name} ({gettext('switched off')})")
        for one in lead_pages.campaigns(tenant(), me().organisation_id)
    ]


def _page(form: LeadFormForm, found: Form | None) -> str:
    _choices(form)
    address = url_for("lead_form.show", key=found.key, _external=True) if found else None
    return render_template(
        "leads/form.html", here="forms", form=form, found=found, address=address, counts=counts()
    )
