"""The organisation: its details, and the company settings that admins change (ORG-1, ORG-4)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from marshmallow import Schema, fields, validate

from dialer.company import PHONE_COLUMNS
from dialer.store import company
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import Body, Clock, Flag, Text, Whole, seen_version, version
from web.api.operations import operation

_PHONES = {
    "description": "Phone columns that every list must bring; the first is the default Phone Field.",
    "uniqueItems": True,
}
_HOURS = {"description": "In the prospect's own local time; equal: any hour."}


class Organisation(Schema):
    """An organisation's details and settings. The details are edited by super admins, in the panel."""

    version = fields.Integer(required=True)
    name = fields.String(required=True)
    country = fields.String(required=True)
    time_zone = fields.String(required=True)
    agent_leg_caller_id = fields.String(required=True)
    lead_pool_sessions = fields.Boolean(required=True)
    import_queue = fields.Boolean(required=True)
    mandatory_phones = fields.List(
        fields.String(validate=validate.OneOf(PHONE_COLUMNS)), required=True, metadata=_PHONES
    )
    calling_from = fields.Time("%H:%M", required=True, metadata=_HOURS)
    calling_until = fields.Time("%H:%M", required=True)
    attempts_per_day = fields.Integer(required=True)
    wrap_up_s = fields.Integer(required=True)
    night_at = fields.Time("%H:%M", required=True)
    drop_message = fields.String(required=True)
    record_calls = fields.Boolean(required=True)


class OrganisationChange(Body):
    """Settings that are to be different; what is left out stays."""

    version = version()
    mandatory_phones = fields.List(
        fields.String(validate=validate.OneOf(PHONE_COLUMNS)),
        validate=validate.Length(1, 3),
        metadata=_PHONES,
    )
    calling_from = Clock(metadata=_HOURS)
    calling_until = Clock()
    attempts_per_day = Whole(1, 100)
    wrap_up_s = Whole(0, 3600)
    night_at = Clock(metadata={"description": "When held records go back, in the organisation's zone."})
    drop_message = Text(
        2_000,
        metadata={
            "description": "sound:NAME or prompt:LOCALE/abandoned_call, several with commas between them."
        },
    )
    record_calls = Flag()


@operation("GET", "/organisation", Scope.COMPANY_READ, answer=Organisation)
def get_organisation() -> tuple[dict[str, Any], dict[str, str]]:
    """The token's organisation."""
    return _told()


@operation("PATCH", "/organisation", Scope.COMPANY_WRITE, answer=Organisation, body=OrganisationChange)
def edit_organisation(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Change company settings. Calls already launched keep what they were launched with."""
    seen = seen_version(body)
    if "mandatory_phones" in body:
        body["mandatory_phones"] = tuple(body["mandatory_phones"])
    present = company.settings(tenant(), me().organisation_id)
    company.edit_settings(tenant(), me().id, replace(present, **body, version=seen))
    return _told()


def _told() -> tuple[dict[str, Any], dict[str, str]]:
    settings = company.settings(tenant(), me().organisation_id)
    details = company.org_details(tenant(), me().organisation_id)
    return {**asdict(details), **asdict(settings)}, {"ETag": f'"{settings.version}"'}
