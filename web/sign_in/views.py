"""Signing in and out; language and colours."""

from __future__ import annotations

import structlog
from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user, login_user, logout_user

from dialer.store import people
from web import presence
from web.access import SignedIn, database, me, me_if_known, room, safe_next, tenant
from web.limits import failed, limiter, per_person
from web.sign_in.forms import SignInForm

blueprint = Blueprint("sign_in", __name__, template_folder="templates")

log = structlog.get_logger()


@blueprint.get("/")
@room()
def front() -> ResponseReturnValue:
    """Managers start at their lists, agents at their session."""
    return redirect(url_for("lists.overview" if me().role.manages_lists else "session.page"))


@blueprint.get("/sign-in")
def form() -> ResponseReturnValue:
    """The form; who is signed in already goes on."""
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")))
    return render_template("sign_in/form.html", form=SignInForm(next=request.args.get("next", "")))


@blueprint.post("/sign-in")
@limiter.limit("10 per minute", key_func=per_person, deduct_when=failed)
@limiter.limit("100 per minute", deduct_when=failed)
def sign_in() -> ResponseReturnValue:
    """Sign in and go on to where the user wanted; what was wrong stays unsaid."""
    form = SignInForm()
    valid = form.validate()
    if "csrf_token" in form.errors:
        flash(gettext("This page was open for too long. Sign in again."), "error")
        return render_template("sign_in/form.html", form=form), 400
    user = people.sign_in(database(), form.email.data, form.password.data) if valid else None
    if user is None:
        log.info("sign-in refused", address=request.remote_addr)
        if form.is_submitted() and not form.errors:
            flash(gettext("E-mail or password is wrong."), "error")
        return render_template("sign_in/form.html", form=form), 401
    session.clear()
    login_user(SignedIn(user))
    presence.of_app().arrived(tenant(), user)
    log.info("signed in", user_id=user.id, organisation_id=user.organisation_id)
    return redirect(safe_next(form.next.data))


@blueprint.post("/sign-out")
def out() -> ResponseReturnValue:
    """Sign out; a session on a list goes on until it is ended."""
    if (user := me_if_known()) is not None:
        presence.of_app().left(tenant(), user)
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.form"))


@blueprint.post("/language")
def language() -> ResponseReturnValue:
    """Choose a language: kept with the user, before sign-in in a cookie."""
    chosen = "sv" if request.form.get("language") == "sv" else "en"
    if (user := me_if_known()) is not None:
        people.set_locale(tenant(), user.id, chosen)
    return _remember("language", chosen)


@blueprint.post("/theme")
def theme() -> ResponseReturnValue:
    """Choose light or dark colours, or those of the computer."""
    return _remember("theme", {"light": "light", "dark": "dark"}.get(request.form.get("theme", ""), "auto"))


def _remember(name: str, value: str) -> Response:
    response = make_response(redirect(safe_next(request.form.get("next"))))
    response.set_cookie(
        name, value, max_age=365 * 86400, samesite="Lax", httponly=True, secure=request.is_secure
    )
    return response
