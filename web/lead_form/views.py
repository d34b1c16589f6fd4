"""A form in another site: asks for what was chosen, posts a lead, says what happened (RING-2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import force_locale, gettext
from werkzeug.exceptions import TooManyRequests

from dialer.dialing_rules import SENTENCES, Rule
from dialer.errors import BadValue, Refused
from dialer.imports import CUSTOM, PHONES
from dialer.leads import NewLead
from dialer.prospects import EDITABLE
from dialer.store import lead_forms, leads
from dialer.store.lead_forms import Form
from web.access import database
from web.limits import limiter
from web.sentences import said

log = structlog.get_logger()

blueprint = Blueprint("lead_form", __name__, url_prefix="/forms", template_folder="templates")

LARGEST_BODY = 100_000
LURE = "website"
"""A field that people do not see: who fills it in is none."""

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "

INPUTS = {
    "first_name": ("text", "given-name"),
    "last_name": ("text", "family-name"),
    "email": ("email", "email"),
    "mobile_phone": ("tel", "tel"),
    "account_name": ("text", "organization"),
    "region": ("text", "address-level1"),
    "postal_code": ("text", "postal-code"),
}
"""How browsers help to fill in a field: its type, and what is known of people."""


@blueprint.url_value_preprocessor
def small(_endpoint: str | None, _values: dict[str, str] | None) -> None:
    """No form is larger: said before anything reads it."""
    request.max_content_length = LARGEST_BODY


@blueprint.get("/<key>")
@limiter.limit("120 per minute")
def show(key: str) -> Response:
    """The empty form."""
    return _answer(_found(key), {})


@blueprint.post("/<key>")
@limiter.limit("10 per minute")
def post(key: str) -> Response:
    """Post a lead as a program would, and say what happened."""
    form, given = _found(key), request.form
    with force_locale(form.locale):
        if given.get(LURE):
            log.info("a lead form was filled in by no person", form=form.id, address=request.remote_addr)
            # A browser that fills in too much: the person has lost nothing, and the field is empty again.
            again = gettext("Please send it once more: it looked as if a program had filled it in.")
            return _answer(form, given, {"": again})
        if form.consent and given.get("consent") != _mark(form.consent):
            return _answer(form, given, {"consent": gettext("Tick this so that we may call you.")})
        try:
            _post(form, given)
        except leads.CameTwice:
            return _answer(form, {}, done=gettext("We have your number already, and will call you."))
        except BadValue as error:
            return _answer(form, given, _wrong(form, given, error))
        except Refused:
            return _answer(form, {}, closed=True)
        return _answer(form, {}, done=_thanks())


@blueprint.errorhandler(TooManyRequests)
def too_many(error: TooManyRequests) -> Response:
    """Said in the frame, too; to who guesses keys nothing is said."""
    form = lead_forms.by_key(database(), (request.view_args or {})["key"])
    if form is None:
        return Response(status=429)
    with force_locale(form.locale):
        response = _answer(
            form, request.form, {"": gettext("Too many tries; wait a minute and send it again.")}
        )
    response.status_code = 429
    return response


def _found(key: str) -> Form:
    form = lead_forms.by_key(database(), key)
    if form is None:
        abort(404)
    return form


def _post(form: Form, given: Mapping[str, str]) -> None:
    fields = {name: given.get(name, "").replace("\r\n", "\n") for name in ("phone", *form.fields)}
    new = NewLead(
        form.campaign_id,
        {name: fields[name] for name in PHONES if name in fields},
        {name: fields[name] for name in EDITABLE if name in fields},
        {name.removeprefix(CUSTOM): text for name, text in fields.items() if name.startswith(CUSTOM)},
        notes=fields.get("notes", ""),
        consent=form.consent,
    )
    tenant = database().for_organisation(form.organisation_id)
    leads.post(tenant, form.organisation_id, new, datetime.now(UTC), source=form.name)


def _wrong(form: Form, given: Mapping[str, str], error: BadValue) -> dict[str, str]:
    """What a visitor is told of a value that cannot be used, by the form's field."""
    label = error.field.removeprefix("custom/")
    name = error.field
    if label != name:
        name = CUSTOM + label.replace("~1", "/").replace("~0", "~")
    if not given.get(name, "").strip():  # whichever number the campaign dials first
        return {"phone": gettext("Give your phone number, so that we can call you.")}
    if error.said == SENTENCES[Rule.DO_NOT_CALL]:  # who asked not to be called is nobody else's business
        return {name: gettext("We cannot call this number; please give another, or reach us another way.")}
    return {name: said(error)}


def _mark(consent: str) -> str:
    """What the box to tick stands for: these very words, should they be others by the time it is sent."""
    return hashlib.sha256(consent.encode()).hexdigest()[:16]


def _thanks() -> str:
    return str(gettext("Thank you. We call you in a moment."))


def _answer(
    form: Form,
    given: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    *,
    done: str | None = None,
    closed: bool = False,
) -> Response:
    with force_locale(form.locale):
        page = render_template(
            "lead_form/form.html",
            form=form,
            given=given,
            errors=errors or {},
            done=done,
            closed=closed or not form.takes_leads,
            inputs=INPUTS,
            lure=LURE,
            mark=_mark(form.consent),
        )
    response = make_response(page, 422 if errors else 200)
    response.headers["Content-Security-Policy"] = POLICY + (" ".join(form.origins) or "'self'")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
