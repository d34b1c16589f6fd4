"""User Registration: the table of users, and the form of one (ORG-5)."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer.errors import BadValue, Conflict
from dialer.roles import Role, grantable, may_change
from dialer.store import audit, organisations, teams, users
from dialer.store.users import PAGE, Registered
from web.access import MANAGERS, id_asked, me, room, tenant
from web.people.forms import UserForm

blueprint = Blueprint("people", __name__, url_prefix="/people", template_folder="templates")


@blueprint.get("/")
@room(*MANAGERS)
def overview() -> ResponseReturnValue:
    """The users who fit the filters; the bare table for a page that is open already."""
    organisation_id = me().organisation_id
    number = min(max(1, request.args.get("page", 1, int)), 1_000_000)
    role, team_id = request.args.get("role", ""), id_asked("team")
    state = request.args.get("state", "active")
    rows, found = users.page(
        tenant(),
        organisation_id,
        search=request.args.get("search", "")[:200],
        role=Role(role) if role in set(Role) else None,
        team_id=team_id,
        active={"active": True, "inactive": False}.get(state),
        number=number,
    )
    partial = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    return render_template(
        "people/table.html" if partial else "people/overview.html",
        rows=rows,
        found=found,
        number=number,
        pages=max(1, -(-found // PAGE)),
        teams=teams.teams(tenant(), organisation_id),
        roles=tuple(Role),
        state=state,
        filters={name: value for name, value in request.args.items() if name != "page" and value},
        anybody=found > 0 or any(request.args.values()),
    )


@blueprint.get("/new")
@room(*MANAGERS)
def new() -> ResponseReturnValue:
    """An empty form."""
    return _page(_form())


@blueprint.post("/new")
@room(*MANAGERS)
def register() -> ResponseReturnValue:
    """Register the user; a SIP secret that was made up is shown this once."""
    form = _form()
    if not form.check(_country(), new=True):
        return _page(form), 422
    given, new = form.registration(), form.secrets
    try:
        user_id, made_up = users.register(
            tenant(),
            me().organisation_id,
            given,
            datetime.now(UTC),
            password=new.password or "",
            sip_secret=new.sip_secret,
            pin=new.pin,
            by=me().id,
        )
    except BadValue as problem:
        form.blame(problem)
        return _page(form), 422
    flash(gettext("%(name)s has been registered.", name=given.name), "success")
    return _told(user_id, made_up)


@blueprint.get("/<int:user_id>")
@room(*MANAGERS)
def detail(user_id: int) -> ResponseReturnValue:
    """A user, to be changed by those who may, else only to be looked at."""
    found = users.registered(tenant(), user_id)
    form = _form(found)
    form.load(found)
    return _page(form, found)


@blueprint.post("/<int:user_id>")
@room(*MANAGERS)
def edit(user_id: int) -> ResponseReturnValue:
    """Save the user; what somebody else saved meanwhile is not overwritten."""
    found = users.registered(tenant(), user_id)
    form = _form(found)
    if not form.check(_country(), new=False):
        return _page(form, found), 422
    try:
        made_up = users.edit(
            tenant(),
            user_id,
            form.registration(found.registration),
            form.version.data or 0,
            datetime.now(UTC),
            new=form.secrets,
            by=me().id,
        )
    except BadValue as problem:
        form.blame(problem)
        return _page(form, found), 422
    except Conflict:
        who = audit.last_change(tenant(), me().organisation_id, f"user:{user_id}")
        return _page(form, found, overtaken_by=who or gettext("Somebody")), 409
    flash(gettext("The user has been saved."), "success")
    return _told(user_id, made_up)


@blueprint.post("/<int:user_id>/secret")
@room(*MANAGERS)
def secret(user_id: int) -> ResponseReturnValue:
    """Make up a new SIP secret and show it this once; the old one stops working."""
    return _told(user_id, users.new_sip_secret(tenant(), user_id, by=me().id))


def _told(user_id: int, made_up: str | None) -> ResponseReturnValue:
    if made_up is None:
        return redirect(url_for("people.overview"))
    found = users.registered(tenant(), user_id)
    return render_template("people/secret.html", found=found, secret=made_up)


def _form(found: Registered | None = None) -> UserForm:
    form = UserForm()
    present = found.registration.role if found else None
    roles = grantable(me().role, present)
    if found is not None and present is not None and present not in roles:
        roles = (present, *roles)
    form.offer(roles, teams.teams(tenant(), me().organisation_id))
    if found is not None and found.id == me().id:
        form.is_own()
    return form


def _page(form: UserForm, found: Registered | None = None, *, overtaken_by: str | None = None) -> str:
    return render_template(
        "people/form.html",
        form=form,
        found=found,
        may_change=found is None or may_change(me().role, found.registration.role),
        is_own=found is not None and found.id == me().id,
        known=users.known_words(tenant(), me().organisation_id),
        overtaken_by=overtaken_by,
    )


def _country() -> str:
    return organisations.organisation(tenant(), me().organisation_id).country
