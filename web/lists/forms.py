"""The forms of the list wizard and of a list's edit page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DecimalField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from dialer.imports import FIELDS
from dialer.store.lists import MAX_BATCH, PHONE_FIELDS, ListSettings
from dialer.store.people import User
from dialer.store.teams import Team
from web.form_fields import A_NUMBER, A_TIME, Ticks, TimeOfDay, Whole, between

ADVISED_BATCH = 200
"""Prospects a user holds at a time; above it the form advises against (LPL-3)."""

_SIZED_NAME = Length(max=120, message=_l("Use at most 120 characters."))


class _Lines(DecimalField):  # type: ignore[misc]
    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata([value.replace(",", ".") for value in values])
        except ValueError:
            raise ValueError(_l("Give a number such as 1 or 1.5.")) from None


def _batch_size() -> Whole:
    label = _l("Batch size of Prospects (assign to a user each time)")
    return Whole(label, [InputRequired(A_NUMBER), between(1, MAX_BATCH)], default=20)


def _given_name(form: FlaskForm, field: StringField) -> None:
    if not (field.data or "").strip():
        raise ValidationError(gettext("Give the list a name."))


class UploadForm(FlaskForm):  # type: ignore[misc]
    """The first step: the file and the list's name."""

    file = FileField(_l("CSV file"))
    name = StringField(_l("List name"), [_SIZED_NAME])


class AssignForm(FlaskForm):  # type: ignore[misc]
    """Who may dial the list: users by name, or teams."""

    assign_by = RadioField(
        _l("Assign By"),
        choices=[SelectChoice("users", _l("Users")), SelectChoice("teams", _l("Teams"))],
        default="users",
    )
    users = Ticks(_l("Users"), coerce=int)
    teams = Ticks(_l("Teams"), coerce=int)

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


class PoolForm(AssignForm):
    """Lead Pool Settings: whether it is such a list, how it is shared, and among whom."""

    lead_pool = BooleanField(_l("This is a Lead Pool list"), default=True)
    batch_size = _batch_size()
    retain_h = Whole(
        _l("Retain Prospects for N hours"), [InputRequired(A_NUMBER), between(1, 8760)], default=24
    )
    overnight_reset = BooleanField(_l("Allow Overnight Reset"), default=True)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Settings of lead pools only count for those."""
        fine: bool = super().validate(*args, **kwargs)
        if not self.lead_pool.data:
            self.batch_size.errors = self.retain_h.errors = ()
            fine = not self.errors
        return fine

    def values(self) -> dict[str, Any]:
        """What was filled in, as ``ListSettings`` takes it."""
        if not self.lead_pool.data:
            return {"kind": "normal"}
        return {
            "kind": "lead_pool",
            "batch_size": self.batch_size.data,
            "retain_h": self.retain_h.data,
            "overnight_reset": self.overnight_reset.data,
        }


@dataclass(frozen=True, slots=True)
class SortGroup:
    """Fields to sort by under one heading; the first group has none."""

    label: str
    fields: tuple[tuple[str, str], ...]


class SettingsForm(AssignForm):
    """List Settings: what is dialed, in which order, when and how. Assignment too where no step is before."""

    phone_field = SelectField(_l("Phone Field"))
    sort_by = SelectField(_l("Sort By"), default="upload")
    order = RadioField(
        _l("Order"),
        choices=[SelectChoice("ascending", _l("Ascending")), SelectChoice("descending", _l("Descending"))],
        default="ascending",
    )
    calling_from = TimeOfDay(_l("Prospect time from"), [InputRequired(A_TIME)], default=time(9))
    calling_until = TimeOfDay(_l("Prospect time until"), [InputRequired(A_TIME)], default=time(17))
    max_attempts = Whole(_l("Attempts per prospect"), [InputRequired(A_NUMBER), between(1, 100)], default=3)
    ring_s = Whole(_l("Ring time, seconds"), [InputRequired(A_NUMBER), between(15, 120)], default=25)
    lines_per_agent = _Lines(
        _l("Lines per agent"),
        [InputRequired(_l("Give a number such as 1 or 1.5.")), between(1, 10)],
        default=Decimal(1),
        places=None,
    )
    reset_by_itself = BooleanField(_l("Reset by itself when all prospects have been dialed"))
    script = TextAreaField(_l("Script"), [Length(max=20_000, message=_l("Use at most 20,000 characters."))])

    def offer_fields(self, mandatory_phones: Sequence[str], groups: list[SortGroup]) -> None:
        """Fill in what can be dialed and sorted by; the first mandatory phone is the default."""
        labels = {field.name: gettext(field.label) for field in FIELDS}
        self.phone_field.choices = [SelectChoice(name, labels[name]) for name in PHONE_FIELDS]
        if self.phone_field.data is None:
            self.phone_field.data = mandatory_phones[0]
        self.sort_by.choices = [
            SelectChoice(value, label) for group in groups for value, label in group.fields
        ]

    def validate_calling_until(self, field: TimeField) -> None:
        if field.data is not None and field.data == self.calling_from.data:
            raise ValidationError(gettext("The two times must differ."))

    def values(self) -> dict[str, Any]:
        """What was filled in, as ``ListSettings`` takes it."""
        sorts = self.sort_by.data not in ("upload", "random")
        return {
            "phone_field": self.phone_field.data,
            "sort_by": self.sort_by.data,
            "sort_descending": sorts and self.order.data == "descending",
            "calling_from": self.calling_from.data,
            "calling_until": self.calling_until.data,
            "max_attempts": self.max_attempts.data,
            "ring_s": self.ring_s.data,
            "lines_per_agent": self.lines_per_agent.data,
            "reset_by_itself": self.reset_by_itself.data,
            "script": (self.script.data or "").replace("\r\n", "\n"),
        }


class EditForm(FlaskForm):  # type: ignore[misc]
    """What may be changed after the import (LPL-13)."""

    name = StringField(
        _l("List name"), [InputRequired(_l("Give the list a name.")), _given_name, _SIZED_NAME]
    )
    batch_size = _batch_size()
    overnight_reset = BooleanField(_l("Allow Overnight Reset"))
    reset_by_itself = BooleanField(_l("Reset by itself when all prospects have been dialed"))
    script = TextAreaField(_l("Script"), [Length(max=20_000, message=_l("Use at most 20,000 characters."))])
    users = Ticks(_l("Users"), coerce=int)
    teams = Ticks(_l("Teams"), coerce=int)

    def offer(self, people: list[User], teams: list[Team]) -> None:
        """Fill in who can be chosen."""
        self.users.choices = [SelectChoice(user.id, user.name) for user in people]
        self.teams.choices = [SelectChoice(team.id, team.name) for team in teams]


def loaded(settings: ListSettings, users: Collection[int], teams: Collection[int]) -> dict[str, Any]:
    """A list as its edit form shows it."""
    return {
        "name": settings.name,
        "batch_size": settings.batch_size,
        "overnight_reset": settings.overnight_reset,
        "reset_by_itself": settings.reset_by_itself,
        "script": settings.script,
        "users": sorted(users),
        "teams": sorted(teams),
    }
