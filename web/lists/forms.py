"""The forms of the list wizard."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DecimalField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from dialer.store.lists import ListSettings
from dialer.store.people import User
from dialer.store.teams import Team


class UploadForm(FlaskForm):  # type: ignore[misc]
    """Step 1: the file and the list's name."""

    file = FileField(_l("CSV file"), [FileRequired(_l("Choose a CSV file first."))])
    name = StringField(_l("List name"), [Length(max=120, message=_l("Use at most 120 characters."))])


def _between(low: int, high: int) -> NumberRange:
    return NumberRange(low, high, message=_l("Give a number from %(min)s to %(max)s."))


class _Whole(IntegerField):  # type: ignore[misc]
    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(_l("Give a whole number.")) from None


class _Lines(DecimalField):  # type: ignore[misc]
    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata([value.replace(",", ".") for value in values])
        except ValueError:
            raise ValueError(_l("Give a number such as 1 or 1.5.")) from None


class _Time(TimeField):  # type: ignore[misc]
    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(_l("Give a time such as 09:00.")) from None


class _Ticks(SelectMultipleField):  # type: ignore[misc]
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AssignForm(FlaskForm):  # type: ignore[misc]
    """Who may dial the list: users by name, or teams."""

    assign_by = RadioField(
        _l("Assign By"),
        choices=[SelectChoice("users", _l("Users")), SelectChoice("teams", _l("Teams"))],
        default="users",
    )
    users = _Ticks(_l("Users"), coerce=int)
    teams = _Ticks(_l("Teams"), coerce=int)

    def offer(self, people: list[User], teams: list[Team]) -> None:
        """Fill in who can be chosen."""
        self.users.choices = [SelectChoice(user.id, user.name) for user in people]
        self.teams.choices = [SelectChoice(team.id, team.name) for team in teams]

    @property
    def chosen_users(self) -> list[int]:
        return list(self.users.data or ()) if self.assign_by.data == "users" else []

    @property
    def chosen_teams(self) -> list[int]:
        return list(self.teams.data or ()) if self.assign_by.data == "teams" else []


class SettingsForm(AssignForm):
    """Step 3: how the list is dialed, and by whom."""

    name = StringField(
        _l("List name"),
        [
            InputRequired(_l("Give the list a name.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    lead_pool = BooleanField(_l("This is a Lead Pool list"), default=True)
    batch_size = _Whole(
        _l("Batch size of Prospects (assign to a user each time)"),
        [InputRequired(_l("Give a whole number.")), _between(1, 100_000)],
        default=20,
    )
    retain_h = _Whole(
        _l("Retain Prospects for, hours"),
        [InputRequired(_l("Give a whole number.")), _between(1, 8760)],
        default=24,
    )
    overnight_reset = BooleanField(_l("Allow Overnight Reset"), default=True)
    calling_from = _Time(
        _l("Prospect time from"), [InputRequired(_l("Give a time such as 09:00."))], default=time(9)
    )
    calling_until = _Time(
        _l("Prospect time until"), [InputRequired(_l("Give a time such as 09:00."))], default=time(17)
    )
    max_attempts = _Whole(
        _l("Attempts per prospect"), [InputRequired(_l("Give a whole number.")), _between(1, 100)], default=3
    )
    ring_s = _Whole(
        _l("Ring time, seconds"), [InputRequired(_l("Give a whole number.")), _between(15, 120)], default=25
    )
    lines_per_agent = _Lines(
        _l("Lines per agent"),
        [InputRequired(_l("Give a number such as 1 or 1.5.")), _between(1, 10)],
        default=Decimal(1),
        places=None,
    )
    script = TextAreaField(_l("Script"), [Length(max=20_000)])

    def validate_name(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise StopValidation(str(_l("Give the list a name.")))

    def validate_calling_until(self, field: TimeField) -> None:
        if field.data is not None and field.data == self.calling_from.data:
            raise ValidationError(str(_l("The two times must differ.")))

    def settings(self) -> ListSettings:
        """What was filled in, as the store takes it."""
        return ListSettings(
            name=self.name.data.strip(),
            kind="lead_pool" if self.lead_pool.data else "normal",
            batch_size=self.batch_size.data,
            retain_h=self.retain_h.data,
            overnight_reset=self.overnight_reset.data,
            calling_from=self.calling_from.data,
            calling_until=self.calling_until.data,
            max_attempts=self.max_attempts.data,
            ring_s=self.ring_s.data,
            lines_per_agent=self.lines_per_agent.data,
            script=self.script.data or "",
        )
