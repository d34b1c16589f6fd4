"""The forms of Company Setup. What a value may be is said in dialer.company; here only how it is typed."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from dialer.company import EFFECTS, FIELD_KINDS, MOST_SOUNDS, PHONE_COLUMNS, CallResult
from web.company.words import EFFECT_WORDS, KIND_WORDS, PHONE_WORDS
from web.form_fields import A_NUMBER, A_TIME, TimeOfDay, Whole, between


class _Date(DateField):  # type: ignore[misc]
    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(_l("Give a date such as 2026-04-30.")) from None


def _between(low: int, high: int) -> list[object]:
    return [
        InputRequired(A_NUMBER),
        between(low, high),
    ]


class CallingForm(FlaskForm):  # type: ignore[misc]
    """The organisation's own limits for every list."""

    calling_from = TimeOfDay(_l("Calls may begin at"), [InputRequired(A_TIME)])
    calling_until = TimeOfDay(_l("Calls must have begun before"), [InputRequired(A_TIME)])
    attempts_per_day = Whole(_l("Attempts per number in 24 hours"), _between(1, 100))
    wrap_up_s = Whole(_l("Wrap-up, seconds"), _between(0, 3600))
    night_at = TimeOfDay(_l("Overnight reset at"), [InputRequired(A_TIME)])
    sounds = FieldList(StringField(_l("Sound")), max_entries=MOST_SOUNDS)

    @property
    def chosen_sounds(self) -> tuple[str, ...]:
        """The sounds' names in their order, without the fields left empty."""
        return tuple(name for entry in self.sounds.entries if (name := (entry.data or "").strip()))


class PhoneColumnsForm(FlaskForm):  # type: ignore[misc]
    """Which phone columns lists must bring: the first, and up to two more."""

    first = SelectField(
        _l("First, the default Phone Field"),
        choices=[SelectChoice(name, PHONE_WORDS[name]) for name in PHONE_COLUMNS],
    )
    second = SelectField(_l("Second"))
    third = SelectField(_l("Third"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.second.choices = self.third.choices = [SelectChoice("", _l("None")), *self.first.choices]

    @property
    def chosen(self) -> tuple[str, ...]:
        """The columns in their order."""
        return tuple(name for name in (self.first.data, self.second.data, self.third.data) if name)


class CustomFieldForm(FlaskForm):  # type: ignore[misc]
    label = StringField(_l("Name"), [InputRequired(_l("Give the field a name."))])
    kind = SelectField(_l("Holds"), choices=[SelectChoice(kind, KIND_WORDS[kind]) for kind in FIELD_KINDS])
    active = BooleanField(_l("Active"), default=True)


class CallResultForm(FlaskForm):  # type: ignore[misc]
    label = StringField(_l("Name"), [InputRequired(_l("Give the call result a name."))])
    effect = SelectField(_l("What follows"), choices=[SelectChoice(e, EFFECT_WORDS[e]) for e in EFFECTS])
    hours = Whole(_l("Hours"), [Optional(), between(0, 8760)])
    minutes = Whole(_l("Minutes"), [Optional(), between(0, 59)])
    active = BooleanField(_l("Active"), default=True)

    @property
    def retry_after(self) -> timedelta | None:
        """The delay as it was typed; None where nothing was."""
        if self.hours.data is None and self.minutes.data is None:
            return None
        return timedelta(hours=self.hours.data or 0, minutes=self.minutes.data or 0)

    def fill(self, result: CallResult) -> None:
        """Show a result's delay as hours and minutes."""
        if result.retry_after is not None:
            minutes = round(result.retry_after / timedelta(minutes=1))
            self.hours.data, self.minutes.data = divmod(minutes, 60)


class PauseReasonForm(FlaskForm):  # type: ignore[misc]
    label = StringField(_l("Name"), [InputRequired(_l("Give the pause reason a name."))])
    active = BooleanField(_l("Active"), default=True)


class ContactRoleForm(FlaskForm):  # type: ignore[misc]
    name = StringField(_l("Name"), [InputRequired(_l("Give the role a name."))])
    short_name = StringField(
        _l("Short name"), [InputRequired(_l("Give the role a short name of at most 12 characters."))]
    )
    active = BooleanField(_l("Active"), default=True)


_NOTE = Length(max=500, message=_l("Use at most 500 characters."))


class NumbersForm(FlaskForm):  # type: ignore[misc]
    """One number, or as many as fit into a text field."""

    numbers = TextAreaField(
        _l("Numbers"), [InputRequired(_l("Type or paste at least one number."))], render_kw={"rows": 5}
    )
    note = StringField(_l("Note"), [_NOTE])


class NumberFileForm(FlaskForm):  # type: ignore[misc]
    file = FileField(_l("CSV file"), [FileRequired(_l("Choose a CSV file first."))])
    column = StringField(_l("Column"), [Length(max=100)])
    note = StringField(_l("Note"), [_NOTE])


class ParkNumbersForm(NumbersForm):
    until = _Date(_l("May be called again on"), [InputRequired(_l("Give a date such as 2026-04-30."))])


class ParkFileForm(NumberFileForm):
    until = _Date(_l("For rows without a date"), [Optional()])


class RemoveForm(FlaskForm):  # type: ignore[misc]
    note = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why the number may be called again; the audit log keeps it.")), _NOTE],
    )
