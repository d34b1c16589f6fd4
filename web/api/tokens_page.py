"""API tokens: made, shown once, revoked. For admins only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from dialer.errors import NotFound, Refused
from dialer.store import people, tokens
from dialer.store.people import Role, User
from dialer.store.tokens import Scope, Token
from web.access import me, room, tenant
from web.form_fields import Ticks
from web.sentences import said

blueprint = Blueprint("tokens", __name__, url_prefix="/company/tokens", template_folder="templates")

ADMINS = (Role.SUPER_ADMIN, Role.ADMIN)

SCOPES = {
    Scope.LISTS_READ: _l("See lists, imports and refused rows"),
    Scope.LISTS_WRITE: _l("Import, edit, assign and reset lists"),
    Scope.LEADS_READ: _l("See leads and what became of them"),
    Scope.LEADS_WRITE: _l("Post, assign and withdraw leads"),
    Scope.PEOPLE_READ: _l("See users and teams"),
    Scope.PEOPLE_WRITE: _l("Register and edit users and teams"),
    Scope.CALLS_READ: _l("See Call Activity"),
    Scope.COMPANY_READ: _l("See company settings, Do Not Call, parking lot and audit log"),
    Scope.COMPANY_WRITE: _l("Change company settings, Do Not Call and parking lot"),
}

_LONGEST = timedelta(days=3653)


class TokenForm(FlaskForm):  # type: ignore[misc]
    """What a new token is called, for whom it acts, what it may do, and until when."""

    name = StringField(
        _l("Name"),
        [
            InputRequired(_l("Give the token a name.")),
            Length(max=120, message=_l("Use at most 120 characters.")),
        ],
    )
    user = SelectField(_l("Acts for"), coerce=int)
    scopes = Ticks(
        _l("May"),
        [InputRequired(_l("Choose at least one thing that the token may do."))],
        choices=[SelectChoice(scope.value, label) for scope, label in SCOPES.items()],
    )
    last_day = DateField(_l("Last day"), [Optional()])

    def validate_name(self, field: StringField) -> None:
        if not (field.data or "").strip():
            raise ValidationError(str(_l("Give the token a name.")))

    def validate_last_day(self, field: DateField) -> None:
        if field.data and not _today() <= field.data <= _today() + _LONGEST:
            raise ValidationError(str(_l("Choose a day from today on, within ten years.")))


@blueprint.get("/")
@room(*ADMINS)
def overview() -> ResponseReturnValue:
    """The organisation's tokens, and the form for another."""
    form = TokenForm(user=me().id, last_day=_today() + timedelta(days=365))
    return _page(form)


@blueprint.post("/")
@room(*ADMINS)
def create() -> ResponseReturnValue:
    """Make a token and show its secret: in this answer and never again."""
    form = TokenForm()
    form.user.choices = _choices()
    if not form.validate():
        return _page(form), 422
    try:
        _, secret = tokens.create(
            tenant(),
            me().id,
            name=form.name.data,
            scopes=[Scope(value) for value in form.scopes.data],
            user_id=form.user.data,
            expires_at=_midnight_after(form.last_day.data) if form.last_day.data else None,
            now=datetime.now(UTC),
        )
    except (Refused, NotFound) as error:
        form.scopes.errors = [said(error)]
        return _page(form), 422
    fresh = TokenForm(formdata=None, user=me().id, last_day=_today() + timedelta(days=365))
    return _page(fresh, secret)


@blueprint.post("/<int:token_id>/revoke")
@room(*ADMINS)
def revoke(token_id: int) -> ResponseReturnValue:
    """End a token at once."""
    try:
        tokens.revoke(tenant(), me().id, token_id, datetime.now(UTC))
    except NotFound as error:
        flash(said(error), "error")
    else:
        flash(gettext("The token is revoked; it opens nothing any more."), "success")
    return redirect(url_for("tokens.overview"))


@dataclass(frozen=True, slots=True)
class _Row:
    """A token as the table shows it; ``last_day`` is a moment within it."""

    token: Token
    usable: bool
    last_day: datetime | None


def _page(form: TokenForm, secret: str | None = None) -> str:
    form.user.choices = _choices()
    now = datetime.now(UTC)
    rows = [
        _Row(token, token.usable(now), token.expires_at and token.expires_at - timedelta(seconds=1))
        for token in tokens.tokens(tenant(), me().id)
    ]
    address = request.host_url + "api/v1/lists"
    return render_template(
        "tokens/overview.html", form=form, rows=rows, scopes=SCOPES, secret=secret, address=address
    )


def _choices() -> list[SelectChoice]:
    return [
        SelectChoice(user.id, f"{user.name} ({user.email})")
        for user in people.people(tenant(), me().organisation_id)
        if tokens.scopes_of(user.role) and _may_act_for(user)
    ]


def _may_act_for(user: User) -> bool:
    return user.role is not Role.SUPER_ADMIN or me().role is Role.SUPER_ADMIN


def _zone() -> ZoneInfo:
    return ZoneInfo(me().time_zone)


def _today() -> date:
    return datetime.now(_zone()).date()


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), _zone())
