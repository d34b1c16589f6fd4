"""Teams: who is in them, and which lists they bring (ORG-3)."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from dialer.errors import Conflict, NotFound, Refused
from dialer.store import people, teams
from dialer.store.teams import TeamDetail
from web.access import MANAGERS, me, room, tenant
from web.form_fields import Ticks
from web.sentences import said

blueprint = Blueprint("teams", __name__, url_prefix="/people/teams", template_folder="templates")


class NameForm(FlaskForm):  # type: ignore[misc]
    """A team's name."""

    name = StringField(
        _l("Team name"),
        [Length(max=120, message=_l("Use at most 120 characters."))],
        render_kw={"autocomplete": "off", "maxlength": 120},
    )


class TeamForm(NameForm):
    """A team's name and members, beside what they were when the page was made."""

    name_was = HiddenField()
    members = Ticks(_l("Members"), coerce=int)
    members_were = SelectMultipleField(coerce=int, validate_choice=False)


@blueprint.get("/")
@room(*MANAGERS)
def overview() -> ResponseReturnValue:
    """The teams with their members and lists."""
    return _overview(NameForm())


@blueprint.post("/")
@room(*MANAGERS)
def add() -> ResponseReturnValue:
    """Make a team and go on to its members."""
    form = NameForm()
    if not form.validate():
        return _overview(form), 422
    try:
        team = teams.create_team(tenant(), me().organisation_id, form.name.data or "", by=me().id)
    except Refused as refused:
        form.name.errors = [said(refused)]
        return _overview(form), 422
    return redirect(url_for("teams.detail", team_id=team.id))


@blueprint.get("/<int:team_id>")
@room(*MANAGERS)
def detail(team_id: int) -> ResponseReturnValue:
    """One team: its name, and its members to be ticked."""
    team = teams.team(tenant(), team_id)
    form = TeamForm(name=team.name, name_was=team.name, members=sorted(team.member_ids))
    return _detail(team, form, team.member_ids)


@blueprint.post("/<int:team_id>")
@room(*MANAGERS)
def edit(team_id: int) -> ResponseReturnValue:
    """Save what this page changed; what others changed meanwhile stays."""
    team = teams.team(tenant(), team_id)
    form = TeamForm()
    were = frozenset(form.members_were.data or ())
    _offer(form, were)
    if not form.validate():
        return _detail(team, form, were), 422
    ticked = set(form.members.data or ())
    renamed = form.name.data != form.name_was.data
    try:
        teams.change_members(
            tenant(),
            team_id,
            datetime.now(UTC),
            join=ticked - were,
            leave=were - ticked,
            name=form.name.data if renamed else None,
            name_was=form.name_was.data if renamed else None,
            by=me().id,
        )
    except Conflict:
        sentence = gettext("This team is called %(name)s meanwhile, so nothing was saved.", name=team.name)
        form.name.errors = [sentence]
        form.name_was.data = team.name
        return _detail(team, form, were), 409
    except Refused as refused:
        form.name.errors = [said(refused)]
        return _detail(team, form, were), 422
    flash(gettext("The team has been saved."), "success")
    return redirect(url_for("teams.overview"))


@blueprint.get("/<int:team_id>/delete")
@room(*MANAGERS)
def confirm(team_id: int) -> ResponseReturnValue:
    """What is lost with the team."""
    return render_template(
        "people/delete_team.html",
        team=teams.team(tenant(), team_id),
        lists=teams.lists_only_through(tenant(), team_id),
    )


@blueprint.post("/<int:team_id>/delete")
@room(*MANAGERS)
def delete(team_id: int) -> ResponseReturnValue:
    """Delete the team; who deleted it first is right too."""
    try:
        name = teams.delete_team(tenant(), team_id, datetime.now(UTC), by=me().id)
    except NotFound:
        return redirect(url_for("teams.overview"))
    except Refused as refused:
        flash(said(refused), "error")
        return redirect(url_for("teams.confirm", team_id=team_id))
    flash(gettext("The team %(name)s has been deleted.", name=name), "success")
    return redirect(url_for("teams.overview"))


def _overview(form: NameForm) -> str:
    return render_template(
        "people/teams.html", form=form, rows=teams.overview(tenant(), me().organisation_id)
    )


def _detail(team: TeamDetail, form: TeamForm, were: frozenset[int]) -> str:
    _offer(form, were)
    return render_template(
        "people/team.html",
        team=team,
        form=form,
        were=sorted(were),
        lists=teams.lists_only_through(tenant(), team.id),
    )


def _offer(form: TeamForm, were: frozenset[int]) -> None:
    """Everybody active, and members who are not active any more; the members first."""
    names = {user.id: user.name for user in people.people(tenant(), me().organisation_id)}
    names |= {
        id_: gettext("%(name)s (not active)", name=name)
        for id_, name in teams.names(tenant(), were - names.keys()).items()
    }
    first = sorted(names, key=lambda id_: id_ not in were)
    form.members.choices = [SelectChoice(id_, names[id_]) for id_ in first]
