"""Call Activity: every leg that is over, with who, when, how long and what became of it (RING-5)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from dialer.call_activity import Filters, Order, Sort, place_of
from dialer.store import activity
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import BIGGEST, InQuery, Moment, Paging, Text, bad_cursor, cursor, cursor_text, page_of
from web.api.operations import operation

ORDERS = {
    f"{'-' if down else ''}{name}": Order(sort, down)
    for down in (False, True)
    for name, sort in {**{sort.value: sort for sort in Sort if sort is not Sort.BY}, "by": Sort.BY}.items()
}
"""As the address names them; with a minus sign the greatest comes first."""


class Call(Schema):
    """One leg: a call to a prospect, or an agent's phone that rang for a lead."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": ["prospect", "agent"]})
    at = fields.AwareDateTime(required=True)
    user_id = fields.Integer(required=True, allow_none=True)
    by = fields.String(required=True, metadata={"description": "The agent's name; empty for nobody."})
    phone = fields.String(required=True, metadata={"description": "Number, or an agent's extension."})
    prospect_id = fields.Integer(required=True)
    prospect = fields.String(required=True)
    rang_s = fields.Integer(required=True)
    talk_s = fields.Integer(required=True)
    outcome = fields.String(required=True)
    cause = fields.Integer(required=True, metadata={"description": "Q.850; 0 where nobody said."})
    result = fields.String(required=True, allow_none=True, metadata={"description": "The call result."})
    recordings = fields.List(fields.UUID(), required=True)


class Wanted(Paging):
    """Which legs are wanted, and in what order."""

    kind = fields.String(validate=validate.OneOf(["prospect", "agent"]))
    user_id = InQuery(1, BIGGEST)
    prospect_id = InQuery(1, BIGGEST)
    phone = Text(40)
    outcome = Text(40)
    since = Moment()
    until = Moment(metadata={"description": "Legs that began before this moment."})
    talk_from_s = InQuery(0, 2**31 - 1)
    talk_to_s = InQuery(0, 2**31 - 1)
    sort = fields.String(load_default="-at", validate=validate.OneOf(list(ORDERS)))


@operation("GET", "/calls", Scope.CALLS_READ, answer=page_of(Call), query=Wanted)
def list_calls(query: dict[str, Any]) -> dict[str, Any]:
    """Calls that are over, the newest first unless another order is wanted."""
    order = ORDERS[query["sort"]]
    text = cursor_text(query)
    after = None if text is None else place_of(order.sort, text)
    if text is not None and after is None:
        raise bad_cursor()
    wanted = Filters(
        kind=query.get("kind"),
        user_ids=_one(query.get("user_id")),
        prospect_id=query.get("prospect_id"),
        phones=_one(query.get("phone") or None),
        outcomes=_one(query.get("outcome") or None),
        since=query.get("since"),
        until=query.get("until"),
        talk_from_s=query.get("talk_from_s"),
        talk_to_s=query.get("talk_to_s"),
    )
    found = activity.page(tenant(), me().organisation_id, wanted, order, after=after, limit=query["limit"])
    return {"items": found.legs, "next": cursor(found.next.text) if found.next else None}


def _one(value: Any) -> tuple[Any, ...] | None:
    return None if value is None else (value,)
