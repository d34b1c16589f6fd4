"""The audit log: who changed what, when, from what to what (ORG-6)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from dialer.store import audit
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import BIGGEST, InQuery, Moment, Paging, Text, cursor, cursor_id, page_of
from web.api.operations import operation


class Change(Schema):
    """One change. Of before and after only what differs is kept."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    user_id = fields.Integer(required=True, allow_none=True)
    user_name = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    subject = fields.String(required=True, metadata={"description": "KIND:ID"})
    before = fields.Dict(required=True, allow_none=True)
    after = fields.Dict(required=True, allow_none=True)


class Wanted(Paging):
    """Which changes are wanted."""

    user_id = InQuery(1, BIGGEST)
    family = Text(40, metadata={"description": "list, user, team, company, token, …"})
    subject = Text(200, metadata={"description": "KIND:ID, or a part of the name of a user, team or list."})
    since = Moment()
    until = Moment(metadata={"description": "Changes before this moment."})


@operation("GET", "/audit", Scope.COMPANY_READ, answer=page_of(Change), query=Wanted)
def list_changes(query: dict[str, Any]) -> dict[str, Any]:
    """Changes, the newest first."""
    before_id, limit = cursor_id(query), query.pop("limit")
    query.pop("cursor", None)
    wanted = audit.Filters(**{name: value or None for name, value in query.items()})
    found = audit.page(tenant(), me().organisation_id, wanted, before_id=before_id, limit=limit + 1)
    shown = found[:limit]
    return {"items": shown, "next": cursor(shown[-1].id) if len(found) > limit else None}
