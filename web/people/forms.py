"""The form of User Registration."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import HiddenInput

from dialer.errors import BadValue
from dialer.passwords import MIN_LENGTH
from dialer.registrations import EVERY_DAY, Registration, check_pin, check_sip_secret, problems
from dialer.roles import Role
from dialer.store.teams import Team
from dialer.store.users import Registered, Secrets
from web.form_fields import Ticks
from web.formats import role_name
from web.people.filters import FilterForm
from web.people.words import PHONE_KINDS, PHONE_MODES
from web.words import LOCALES

LANGUAGES = [SelectChoice(code, name) for code, name in LOCALES.items()]


class Time(TimeField):  # type: ignore[misc]
    """A time of day, or nothing."""

    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(_l("Give a time such as 09:00.")) from None


def name_field() -> StringField:
    """A new person's name."""
    return StringField(_l("Name"), [Length(max=1000)], render_kw={"autocomplete": "off"})


def email_field() -> StringField:
    """A new person's address; what it may be is said when it is saved."""
    return StringField(
        _l("E-mail"),
        [Length(max=1000)],
        render_kw={"inputmode": "email", "spellcheck": "false", "autocomplete": "off"},
    )


def password_field() -> PasswordField:
    """A password that somebody else thinks up."""
    return PasswordField(
        _l("Password"),
        [Length(max=1000)],
        render_kw={"autocomplete": "new-password", "minlength": MIN_LENGTH},
    )


class UserForm(FilterForm):
    """A user as the panel registers and edits them; ``skills`` are rows of their own."""

    version = IntegerField(widget=HiddenInput(), default=0)
    name = name_field()
    email = email_field()
    password = password_field()
    role = SelectField(_l("Role"), default=Role.AGENT.value)
    locale = SelectField(_l("Language"), choices=LANGUAGES, default="en")
    active = BooleanField(_l("Active"), default=True)
    extension = StringField(
        _l("SIP extension"), [Length(max=100)], render_kw={"inputmode": "numeric", "autocomplete": "off"}
    )
    sip_secret = PasswordField(
        _l("SIP secret"),
        [Length(max=1000)],
        render_kw={"autocomplete": "new-password", "spellcheck": "false"},
    )
    pin = PasswordField(
        _l("PIN"), [Length(max=100)], render_kw={"inputmode": "numeric", "autocomplete": "new-password"}
    )
    remove_pin = BooleanField(_l("Take the PIN away"))
    phone_mode = SelectField(_l("Phone mode"), default="stay_connected")
    phone_kind = SelectField(_l("Phone"), default="sip")
    caller_id = StringField(
        _l("Caller ID that prospects see"),
        [Length(max=100)],
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )
    works_from = Time(_l("Works from"), [Optional()])
    works_until = Time(_l("Works until"), [Optional()])
    works_days = Ticks(_l("Working days"), coerce=int, default=EVERY_DAY)
    takes_leads = BooleanField(_l("Rung for leads"), default=True)

    def offer(self, roles: Collection[Role], teams: Collection[Team]) -> None:
        """Fill in what can be chosen."""
        self.role.choices = [SelectChoice(role.value, role_name(role)) for role in roles]
        self.phone_mode.choices = [SelectChoice(value, word) for value, word in PHONE_MODES.items()]
        self.phone_kind.choices = [SelectChoice(value, word) for value, word in PHONE_KINDS.items()]
        self.offer_teams(teams)
        names = get_locale().days["stand-alone"]["abbreviated"]
        self.works_days.choices = [SelectChoice(day, names[day - 1]) for day in EVERY_DAY]

    def load(self, found: Registered) -> None:
        """Show a user as registered."""
        given = found.registration
        for name in ("name", "email", "locale", "phone_mode", "phone_kind", "works_from", "works_until"):
            self[name].data = getattr(given, name)
        if self.active:
            self.active.data = given.active
        self.version.data = found.version
        if self.role:
            self.role.data = given.role.value
        self.extension.data, self.caller_id.data = given.extension or "", given.caller_id or ""
        self.works_days.data, self.takes_leads.data = list(given.works_days), given.takes_leads
        self.load_filters(given)

    def is_own(self) -> None:
        """Leave out what nobody changes of themselves."""
        del self.role
        del self.active

    def registration(self, present: Registration | None = None) -> Registration:
        """What was filled in; ``present`` for what the form leaves out."""
        role, active = self.role, self.active
        return Registration(
            name=self.name.data or "",
            email=self.email.data or "",
            role=Role(role.data) if role else present.role if present else Role.AGENT,
            extension=self.extension.data,
            phone_mode=self.phone_mode.data,
            phone_kind=self.phone_kind.data,
            caller_id=self.caller_id.data,
            locale=self.locale.data,
            active=active.data if active else present is None or present.active,
            team_ids=frozenset(self.team_ids.data or ()),
            skills=self.skills,
            works_from=self.works_from.data,
            works_until=self.works_until.data,
            works_days=tuple(self.works_days.data or ()),
            takes_leads=self.takes_leads.data,
            **{name: tuple(words) for name, words in self.words.items()},
        )

    @property
    def secrets(self) -> Secrets:
        """What is to be set anew."""
        pin = "" if self.remove_pin.data else self.pin.data or None
        return Secrets(self.password.data or None, self.sip_secret.data or None, pin)

    def check(self, country: str, *, new: bool) -> bool:
        """Whether it can be saved; if not, every field says what is wrong with it."""
        fine = bool(self.validate())
        if self.errors.keys() & {"role", "locale", "phone_mode", "phone_kind"}:
            return False  # none that the form offered
        wrong = problems(self.registration(), country) + self.doubled_skills()
        if (new or self.password.data) and len(self.password.data or "") < MIN_LENGTH:
            wrong.append(BadValue("password", "The password is too short; use at least eight characters."))
        for field, test in ((self.sip_secret, check_sip_secret), (self.pin, check_pin)):
            try:
                test(field.data) if field.data else None
            except BadValue as bad:
                wrong.append(bad)
        for problem in wrong:
            self.blame(problem)
        return fine and not wrong
