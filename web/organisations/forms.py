"""Org Details, and the first admin of a new organisation."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

import phonenumbers
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from dialer.registrations import Registration
from dialer.roles import Role
from dialer.store.organisations import Details, Organisation
from web.people.forms import LANGUAGES, email_field, name_field, password_field


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """What a super admin decides of an organisation."""

    version = IntegerField(widget=HiddenInput(), default=0)
    name = StringField(
        _l("Name"),
        [InputRequired(_l("Give the organisation a name.")), Length(max=1000)],
        render_kw={"autocomplete": "off"},
    )
    country = SelectField(_l("Country"), default="US")
    time_zone = StringField(
        _l("Time zone"),
        [InputRequired(_l("There is no time zone named so; use one like Europe/Stockholm."))],
        default="America/New_York",
        render_kw={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"},
    )
    agent_leg_caller_id = StringField(
        _l("Caller ID on agents' phones"),
        [Length(max=100)],
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )
    lead_pool_sessions = BooleanField(_l("Lead pool sessions"), default=True)
    import_queue = BooleanField(_l("Import queue"), default=True)

    def offer(self) -> None:
        """Fill in the countries, by their names in the reader's language."""
        names = get_locale().territories
        choices = [(code, names.get(code, code)) for code in phonenumbers.SUPPORTED_REGIONS]
        choices.sort(key=lambda choice: choice[1].casefold())
        self.country.choices = [SelectChoice(code, f"{name} ({code})") for code, name in choices]

    def load(self, found: Organisation) -> None:
        """Show an organisation as it is."""
        for name in ("version", *Details.__dataclass_fields__):
            self[name].data = getattr(found, name)

    def details(self) -> Details:
        """What was filled in."""
        return Details(
            name=self.name.data or "",
            country=self.country.data,
            time_zone=(self.time_zone.data or "").strip(),
            agent_leg_caller_id=self.agent_leg_caller_id.data or "",
            lead_pool_sessions=self.lead_pool_sessions.data,
            import_queue=self.import_queue.data,
        )


class NewForm(DetailsForm):
    """A new organisation and who looks after it first."""

    admin_name = name_field()
    admin_email = email_field()
    admin_password = password_field()
    admin_locale = SelectField(_l("Language"), choices=LANGUAGES, default="en")

    def admin(self) -> Registration:
        """The first admin."""
        return Registration(
            name=self.admin_name.data or "",
            email=self.admin_email.data or "",
            role=Role.ADMIN,
            locale=self.admin_locale.data,
        )


@cache
def time_zones() -> tuple[str, ...]:
    """The zones that people name: a continent and a city, and UTC."""
    left_out = ("Etc/", "SystemV/", "posix/", "right/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/")
    zones = {zone for zone in available_timezones() if "/" in zone and not zone.startswith(left_out)}
    return (*sorted(zones), "UTC")
