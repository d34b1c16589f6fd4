"""The forms of distribution groups and campaigns. What a value may be is said in dialer.campaigns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import time

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from dialer.campaigns import (
    LEAD_RING_S,
    LONGEST_NAME,
    LONGEST_SCRIPT,
    PRESS_S,
    RING_S,
    RUNG_AT_ONCE,
    CampaignSettings,
    GroupSettings,
    problems_of_campaign,
    problems_of_group,
)
from dialer.errors import BadValue
from dialer.registrations import one_line
from dialer.store.distribution_groups import Group
from web.form_fields import A_NUMBER, A_TIME, TimeOfDay, Whole, between
from web.people.filters import FilterForm
from web.sentences import said


def _name(nothing: LazyString) -> StringField:
    return StringField(
        _l("Name"),
        [
            DataRequired(nothing),
            Length(max=LONGEST_NAME, message=_l("The name is too long; use at most 120 characters.")),
        ],
        filters=[lambda typed: one_line(typed or "")],
        render_kw={"autocomplete": "off"},
    )


class GroupForm(FilterForm):
    """A distribution group as it is made and edited."""

    version = IntegerField(widget=HiddenInput(), default=0)
    name = _name(_l("Give the group a name."))

    def load(self, found: Group) -> None:
        """Show a group as it is kept."""
        self.version.data, self.name.data = found.version, found.settings.name
        self.load_filters(found.settings)

    def settings(self) -> GroupSettings:
        """What was filled in."""
        return GroupSettings(
            name=self.name.data or "",
            team_ids=frozenset(self.team_ids.data or ()),
            skills=self.skills,
            **{name: tuple(words) for name, words in self.words.items()},
        )

    def check(self) -> bool:
        """Whether it can be saved; if not, every field says what is wrong with it."""
        fine = bool(self.validate())
        wrong = [*problems_of_group(self.settings()), *self.doubled_skills()]
        for problem in wrong:
            self.blame(problem)
        return fine and not wrong


class CampaignForm(FlaskForm):  # type: ignore[misc]
    """A campaign with what its list holds of it."""

    version = IntegerField(widget=HiddenInput(), default=0)
    name = _name(_l("Give the campaign a name."))
    group_id = SelectField(_l("Distribution group"), coerce=int)
    active = BooleanField(_l("Active"), default=True)
    most_rung = Whole(
        _l("Agents rung at once"), [InputRequired(A_NUMBER), between(*RUNG_AT_ONCE)], default=10
    )
    ring_s = Whole(
        _l("Agents' phones ring, seconds"), [InputRequired(A_NUMBER), between(*RING_S)], default=20
    )
    press_s = Whole(_l("Time to press 1, seconds"), [InputRequired(A_NUMBER), between(*PRESS_S)], default=15)
    calling_from = TimeOfDay(_l("Lead's time from"), [InputRequired(A_TIME)], default=time(9))
    calling_until = TimeOfDay(_l("Lead's time until"), [InputRequired(A_TIME)], default=time(17))
    lead_ring_s = Whole(
        _l("Lead's phone rings, seconds"), [InputRequired(A_NUMBER), between(*LEAD_RING_S)], default=25
    )
    script = TextAreaField(
        _l("Script"),
        [Length(max=LONGEST_SCRIPT, message=_l("Use at most 20,000 characters."))],
        render_kw={"rows": 6},
    )

    def offer(self, groups: Collection[Group]) -> None:
        """Fill in the groups that can be chosen."""
        self.group_id.choices = [SelectChoice(group.id, group.settings.name) for group in groups]

    def load(self, given: CampaignSettings, version: int) -> None:
        """Show a campaign as it is kept."""
        self.version.data = version
        for name in CampaignSettings.__slots__:
            self[name].data = getattr(given, name)

    def settings(self) -> CampaignSettings:
        """What was filled in."""
        values = {name: self[name].data for name in CampaignSettings.__slots__}
        return CampaignSettings(**{**values, "name": self.name.data or "", "script": self.script.data or ""})

    def check(self) -> bool:
        """Whether it can be saved; if not, every field says what is wrong with it."""
        if not self.validate():
            return False
        wrong = problems_of_campaign(self.settings())
        for problem in wrong:
            self.blame(problem)
        return not wrong

    def blame(self, problem: BadValue) -> None:
        """Show what is wrong at its field."""
        self[problem.field].errors = [*self[problem.field].errors, said(problem)]
