"""What every section of Company Setup shares: who may look, who may change, how an edit is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from dialer.errors import Conflict, Refused
from dialer.store import company
from dialer.store.people import Role
from web.access import MANAGERS, me, room, tenant
from web.sentences import said

blueprint = Blueprint("company", __name__, url_prefix="/company", template_folder="templates")

ADMINS = (Role.SUPER_ADMIN, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Section:
    """One page of Company Setup, as the list of pages shows it."""

    endpoint: str
    label: LazyString
    icon: str


SECTIONS = (
    Section("company.calling", _l("Calling"), "phone-call"),
    Section("company.recording", _l("Recording"), "player-record"),
    Section("company.prompts", _l("Prompts"), "microphone"),
    Section("company.phone_columns", _l("Phone columns"), "phone"),
    Section("company.fields", _l("Custom fields"), "forms"),
    Section("company.results", _l("Call results"), "circle-check"),
    Section("company.reasons", _l("Pause reasons"), "player-pause"),
    Section("company.roles", _l("Role names"), "user-check"),
    Section("company.do_not_call", _l("Do Not Call"), "phone-off"),
    Section("company.parking", _l("Parking lot"), "parking"),
    Section("company.details", _l("Organisation"), "building"),
)


def may_change() -> bool:
    """Whether the signed-in user may change what the pages show."""
    return me().role in ADMINS


def look(rule: str, endpoint: str) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., object]]:
    """A page that managers and admins may see."""

    def register(view: Callable[..., ResponseReturnValue]) -> Callable[..., object]:
        blueprint.add_url_rule(rule, endpoint, room(*MANAGERS)(view))
        return view

    return register


def change(rule: str, endpoint: str) -> Callable[[Callable[..., ResponseReturnValue]], Callable[..., object]]:
    """A form's answer, or the page that asks to be sure: for admins alone."""

    def register(view: Callable[..., ResponseReturnValue]) -> Callable[..., object]:
        blueprint.add_url_rule(rule, endpoint, room(*ADMINS)(view), methods=["POST"])
        return view

    return register


def show(template: str, here: str, **values: object) -> str:
    """A section's page; ``here`` is its endpoint."""
    return render_template(
        f"company/{template}",
        sections=SECTIONS,
        section=next(section for section in SECTIONS if section.endpoint == here),
        may_change=may_change(),
        last_edit=company.last_edit(tenant(), me().organisation_id),
        conflict=g.get("company_conflict"),
        **values,
    )


def refused(error: Refused) -> int:
    """Say above the page why nothing was saved; returns the status to answer with.

    What was typed stays on the page, and with it the version that was seen: only who loads the page
    again can save over another's change.
    """
    if not isinstance(error, Conflict):
        flash(said(error), "danger")
        return 422
    g.company_conflict = True
    return 409


def seen_version() -> int:
    """The organisation's version that the form was loaded with; -1, which none has, without one."""
    return request.form.get("version", -1, type=int)


def saved() -> None:
    """Say that the change is on record."""
    flash(gettext("The change has been saved."), "success")
