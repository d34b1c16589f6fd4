"""The part of a form that says which agents: teams, skills with levels, states, languages, products."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from dialer.errors import BadValue
from dialer.registrations import WORDS
from dialer.store.teams import Team
from web.form_fields import Ticks
from web.sentences import said


class Filters(Protocol):
    """What the form shows: a registration or a distribution group."""

    @property
    def team_ids(self) -> frozenset[int]: ...
    @property
    def skills(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class SkillRow:
    """A line of the skills as it was typed."""

    name: str
    level: str


class FilterForm(FlaskForm):  # type: ignore[misc]
    """Teams to tick, words between commas; ``skills`` are rows of their own."""

    team_ids = Ticks(_l("Teams"), coerce=int)
    states = StringField(_l("States"), [Length(max=50_000)])
    languages = StringField(_l("Languages"), [Length(max=50_000)])
    products = StringField(_l("Products"), [Length(max=50_000)])
    skill_errors: Sequence[str] = ()
    _loaded: Sequence[SkillRow] = ()

    def offer_teams(self, teams: Collection[Team]) -> None:
        """Fill in the teams that can be chosen."""
        self.team_ids.choices = [SelectChoice(team.id, team.name) for team in teams]

    @property
    def skill_rows(self) -> Sequence[SkillRow]:
        """The skills as typed; before anything was, those that were loaded."""
        if self.is_submitted():
            pairs = zip(request.form.getlist("skill"), request.form.getlist("level"), strict=False)
            return [SkillRow(name.strip(), level.strip()) for name, level in pairs if name.strip()]
        return self._loaded

    @property
    def skills(self) -> dict[str, int]:
        """The skills with their levels; a level that is no number lies outside of what is allowed."""
        return {row.name: _level(row.level) for row in self.skill_rows}

    @property
    def words(self) -> dict[str, list[str]]:
        """States, languages and products as typed."""
        return {name: _split(self[name].data) for name in WORDS}

    def load_filters(self, given: Filters) -> None:
        """Show filters as they are kept."""
        self.team_ids.data = sorted(given.team_ids)
        for name in WORDS:
            self[name].data = ", ".join(getattr(given, name))
        self._loaded = [SkillRow(name, str(level)) for name, level in given.skills.items()]

    def doubled_skills(self) -> list[BadValue]:
        """What is wrong when a skill was typed twice, which its mapping cannot show."""
        names = [row.name.casefold() for row in self.skill_rows]
        doubled = len(set(names)) < len(names)
        return [BadValue("skills", "A skill stands twice; keep one of the two.")] if doubled else []

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
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
