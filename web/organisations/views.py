"""Organisations: the list of all, a new one, and Org Details (ORG-1). For super admins only.

These views alone work on the whole database, and only once the role is known; the store asks for
it again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import BadValue, Conflict
from dialer.passwords import MIN_LENGTH
from dialer.registrations import problems
from dialer.roles import Role
from dialer.store import audit, organisations
from dialer.store.organisations import Organisation
from web.access import database, me, room
from web.organisations.forms import DetailsForm, NewForm, time_zones
from web.sentences import said

blueprint = Blueprint("organisations", __name__, url_prefix="/organisations", template_folder="templates")


@blueprint.get("/")
@room(Role.SUPER_ADMIN)
def overview() -> ResponseReturnValue:
    """Every organisation of the installation."""
    return render_template("organisations/overview.html", rows=organisations.overview(database()))


@blueprint.get("/new")
@room(Role.SUPER_ADMIN)
def new() -> ResponseReturnValue:
    """An empty form."""
    return _page(NewForm())


@blueprint.post("/new")
@room(Role.SUPER_ADMIN)
def create() -> ResponseReturnValue:
    """Make the organisation and its first admin, or neither."""
    form = NewForm()
    form.offer()
    wrong = problems(form.admin(), form.country.data or "US") if form.validate() else []
    if not wrong and not form.errors and len(form.admin_password.data or "") < MIN_LENGTH:
        wrong = [BadValue("password", "The password is too short; use at least eight characters.")]
    for problem in wrong:
        _blame(form, f"admin_{problem.field}", problem)
    if form.errors or wrong:
        return _page(form), 422
    try:
        made = organisations.create(
            database(),
            form.details(),
            datetime.now(UTC),
            admin=form.admin(),
            password=form.admin_password.data or "",
            by=me().id,
        )
    except BadValue as problem:
        _blame(form, "admin_email" if problem.field == "email" else problem.field, problem)
        return _page(form), 422
    flash(gettext("%(name)s has been added; its admin can sign in.", name=made.name), "success")
    return redirect(url_for("organisations.overview"))


@blueprint.get("/<int:organisation_id>")
@room(Role.SUPER_ADMIN)
def detail(organisation_id: int) -> ResponseReturnValue:
    """Org Details."""
    found = organisations.organisation(database(), organisation_id)
    form = DetailsForm()
    form.load(found)
    return _page(form, found)


@blueprint.post("/<int:organisation_id>")
@room(Role.SUPER_ADMIN)
def edit(organisation_id: int) -> ResponseReturnValue:
    """Save Org Details; what somebody else saved meanwhile is not overwritten."""
    found = organisations.organisation(database(), organisation_id)
    form = DetailsForm()
    form.offer()
    if not form.validate():
        return _page(form, found), 422
    try:
        organisations.edit(database(), organisation_id, form.details(), form.version.data or 0, by=me().id)
    except Conflict:
        who = audit.last_change(database(), organisation_id, f"organisation:{organisation_id}")
        return _page(form, found, overtaken_by=who or gettext("Somebody")), 409
    except BadValue as problem:
        _blame(form, problem.field, problem)
        return _page(form, found), 422
    flash(gettext("Org Details have been saved."), "success")
    return redirect(url_for("organisations.overview"))


def _blame(form: DetailsForm, name: str, problem: BadValue) -> None:
    """Show what is wrong at its field."""
    form[name].errors = [*form[name].errors, said(problem)]


def _page(form: DetailsForm, found: Organisation | None = None, *, overtaken_by: str | None = None) -> str:
    form.offer()
    return render_template(
        "organisations/form.html", form=form, found=found, zones=time_zones(), overtaken_by=overtaken_by
    )
