"""Everybody's own account: password, PIN, language, and what their phone needs."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from dialer.errors import BadValue, Refused
from dialer.passwords import MAX_LENGTH, MIN_LENGTH
from dialer.store import people, users
from web.access import SignedIn, me, room, tenant
from web.limits import limiter
from web.sentences import said

blueprint = Blueprint("account", __name__, url_prefix="/account", template_folder="templates")


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The old password, and the new one twice."""

    old = PasswordField(
        _l("Old password"),
        [InputRequired(_l("Give your password.")), Length(max=MAX_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        _l("New password"),
        [
            Length(
                MIN_LENGTH,
                MAX_LENGTH,
                message=_l("The password is too short; use at least eight characters."),
            )
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _l("New password once more"),
        [EqualTo("new", _l("The two new passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class PinForm(FlaskForm):  # type: ignore[misc]
    """A new PIN, or none."""

    pin = PasswordField(_l("PIN"), render_kw={"inputmode": "numeric", "autocomplete": "off"})
    remove = BooleanField(_l("Take the PIN away"))


def _user() -> str:
    return f"account {me().organisation_id}:{me().id}"


@blueprint.get("/")
@room()
def page() -> ResponseReturnValue:
    """The page."""
    return _page()


@blueprint.post("/password")
@room()
@limiter.limit("10 per minute", key_func=_user, deduct_when=lambda response: response.status_code == 422)
def password() -> ResponseReturnValue:
    """Change the password; other sign-ins of the user end, this one goes on."""
    form = PasswordForm()
    if not form.validate():
        return _page(password_form=form), 422
    try:
        user = people.change_password(tenant(), me().id, form.old.data or "", form.new.data or "")
    except BadValue as problem:
        form.new.errors = [said(problem)]
        return _page(password_form=form), 422
    except Refused as refused:
        form.old.errors = [said(refused)]
        return _page(password_form=form), 422
    login_user(SignedIn(user))
    flash(gettext("Your password has been changed."), "success")
    return redirect(url_for("account.page"))


@blueprint.post("/pin")
@room()
def pin() -> ResponseReturnValue:
    """Set a new PIN, or take it away."""
    form = PinForm()
    try:
        people.set_pin(tenant(), me().id, None if form.remove.data else form.pin.data or "", by=me().id)
    except BadValue as problem:
        form.pin.errors = [said(problem)]
        return _page(pin_form=form), 422
    flash(gettext("Your PIN has been saved."), "success")
    return redirect(url_for("account.page"))


def _page(password_form: PasswordForm | None = None, pin_form: PinForm | None = None) -> str:
    return render_template(
        "people/account.html",
        password_form=password_form or PasswordForm(formdata=None),
        pin_form=pin_form or PinForm(formdata=None),
        found=users.registered(tenant(), me().id),
    )
