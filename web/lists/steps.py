"""What the steps of the wizard share: their order, their forms, the way forth and back."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from dialer import imports as import_rules
from dialer.imports import FIELDS, Field, read_preview, suggest_mapping
from dialer.store import company, organisations
from web.access import me, tenant
from web.lists import uploads
from web.lists.blueprint import assignable
from web.lists.forms import PoolForm, SettingsForm, SortGroup
from web.lists.uploads import Draft


def has_pool_step() -> bool:
    """Whether the organisation may make lead pool lists: both of its features are on (LPL-2)."""
    mine = organisations.organisation(tenant(), me().organisation_id)
    return mine.lead_pool_sessions and mine.import_queue


def names_of_steps(pool: bool) -> dict[str, str]:
    """The steps in their order with what they are called; ``pool``: with Lead Pool Settings."""
    steps = {"file": gettext("File")}
    if pool:
        steps["pool"] = gettext("Lead Pool Settings")
    return {**steps, "settings": gettext("List Settings"), "columns": gettext("Column Mapping")}


def page(step: str, draft: Draft | None, status: int = 200, **shown: Any) -> ResponseReturnValue:
    """One step's page."""
    steps = names_of_steps(has_pool_step())
    before = list(steps)[: list(steps).index(step)]
    return render_template(
        f"lists/wizard/{step}.html", draft=draft, step=step, steps=steps, before=before, **shown
    ), status


def go(draft: Draft, step: str, by: int) -> ResponseReturnValue:
    """Redirect to the step so many further on."""
    steps = list(names_of_steps(has_pool_step()))
    return redirect(url_for(f"lists.wizard_{steps[steps.index(step) + by]}", token=draft.token))


def aside(draft: Draft, step: str) -> ResponseReturnValue | None:
    """Where *Back* and *Cancel* lead; None to go on."""
    match request.form.get("do"):
        case "back":
            return go(draft, step, -1)
        case "cancel":
            uploads.discard(draft)
            return redirect(url_for("lists.overview"))
    return None


def pool_form(draft: Draft) -> PoolForm:
    """Lead Pool Settings as typed so far."""
    form = PoolForm(draft.form("pool"), meta={"csrf": False})
    form.offer(*assignable())
    return form


def settings_form(draft: Draft) -> SettingsForm:
    """List Settings as typed so far."""
    form = SettingsForm(draft.form("settings"), meta={"csrf": False})
    form.offer(*assignable())
    form.offer_fields(company.settings(tenant(), me().organisation_id).mandatory_phones, sort_groups(draft))
    return form


def sort_groups(draft: Draft) -> list[SortGroup]:
    """Everything a list can be sorted by, the columns of this file included."""
    custom = custom_labels()
    known = {label.casefold() for label in custom}
    headers = read_preview(draft.path).headers
    standard = set(suggest_mapping(headers, organisation_fields()).values())
    own = [header for header in headers if header not in standard and header.casefold() not in known]
    return [
        SortGroup("", (("upload", gettext("No Sort (upload order)")), ("random", gettext("Random")))),
        SortGroup(gettext("Standard fields"), tuple((f.name, gettext(f.label)) for f in FIELDS)),
        SortGroup(gettext("Custom fields"), tuple((f"custom:{label}", label) for label in custom)),
        SortGroup(gettext("Other columns of this file"), tuple((f"custom:{h}", h) for h in own)),
    ]


def custom_labels() -> list[str]:
    """The labels of the organisation's custom fields."""
    return [field.label for field in company.custom_fields(tenant(), me().organisation_id)]


def organisation_fields() -> tuple[Field, ...]:
    """The fields that a column can be mapped to; the organisation's phone columns are mandatory."""
    phones = company.settings(tenant(), me().organisation_id).mandatory_phones
    return import_rules.fields(custom_labels(), phones)
