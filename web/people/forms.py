"""The form of User Registration."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from dialer.errors import BadValue
from dialer.passwords import MIN_LENGTH
from dialer.registrations import EVERY_DAY, WORDS, Registration, check_pin, check_sip_secret, problems
from dialer.roles import Role
from dialer.store.teams import Team
from dialer.store.users import Registered, Secrets
from web.formats import role_name
from web.people.words import PHONE_KINDS, PHONE_MODES
from web.sentences import said
from web.words import LOCALES

LANGUAGES = [SelectChoice(code, name) for code, name in LOCALES.items()]


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A line of the skills as it was typed."""

    name: str
    level: str


class Time(TimeField):  # type: ignore[misc]
    """A time of day, or nothing."""

    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(_l("Give a time such as 09:00.")) from None


class Ticks(SelectMultipleField):  # type: ignore[misc]
    """Several of the offered."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


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


class UserForm(FlaskForm):  # type: ignore[misc]
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
    team_ids = Ticks(_l("Teams"), coerce=int)
    states = StringField(_l("States"), [Length(max=50_000)])
    languages = StringField(_l("Languages"), [Length(max=50_000)])
    products = StringField(_l("Products"), [Length(max=50_000)])
    works_from = Time(_l("Works from"), [Optional()])
    works_until = Time(_l("Works until"), [Optional()])
    works_days = Ticks(_l("Working days"), coerce=int, default=EVERY_DAY)
    skill_errors: Sequence[str] = ()
    _loaded: Sequence[SkillRow] = ()

    def offer(self, roles: Collection[Role], teams: Collection[Team]) -> None:
        """Fill in what can be chosen."""
        self.role.choices = [SelectChoice(role.value, role_name(role)) for role in roles]
        self.phone_mode.choices = [SelectChoice(value, word) for value, word in PHONE_MODES.items()]
        self.phone_kind.choices = [SelectChoice(value, word) for value, word in PHONE_KINDS.items()]
        self.team_ids.choices = [SelectChoice(team.id, team.name) for team in teams]
        names = get_locale().days["stand-alone"]["abbreviated"]
        self.works_days.choices = [SelectChoice(day, names[day - 1]) for day in EVERY_DAY]

    @property
    def skill_rows(self) -> Sequence[SkillRow]:
        """The skills as typed; before anything was, those that were loaded."""
        if self.is_submitted():
            pairs = zip(request.form.getlist("skill"), request.form.getlist("level"), strict=False)
            return [SkillRow(name.strip(), level.strip()) for name, level in pairs if name.strip()]
        return self._loaded

    @property
    def words(self) -> dict[str, list[str]]:
        """States, languages and products as typed."""
        return {name: _split(self[name].data) for name in WORDS}

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
        self.team_ids.data, self.works_days.data = sorted(given.team_ids), list(given.works_days)
        for name in WORDS:
            self[name].data = ", ".join(getattr(given, name))
        self._loaded = [SkillRow(name, str(level)) for name, level in given.skills.items()]

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
            skills={row.name: _level(row.level) for row in self.skill_rows},
            works_from=self.works_from.data,
            works_until=self.works_until.data,
            works_days=tuple(self.works_days.data or ()),
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
        wrong = problems(self.registration(), country)
        names = [row.name.casefold() for row in self.skill_rows]
        if len(set(names)) < len(names):
            wrong.append(BadValue("skills", "A skill stands twice; keep one of the two."))
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

    def blame(self, problem: BadValue) -> None:
        """Show what is wrong at its field."""
        sentence = said(problem)
        if problem.field == "skills":
            self.skill_errors = [sentence]
        elif sentence not in self[problem.field].errors:
            self[problem.field].errors = [*self[problem.field].errors, sentence]


def _split(text: str | None) -> list[str]:
    return [word for part in re.split(r"[,;\n]", text or "") if (word := part.strip())]


def _level(text: str) -> int:
    """The level as a number; one that is none lies outside of what is allowed."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
