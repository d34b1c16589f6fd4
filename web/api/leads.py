"""Leads: post one, see what became of it, ring again, assign it, take it back (RING-2, RING-4)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import request
from marshmallow import Schema, fields, validate

from dialer.imports import FIELDS, MAX_CUSTOM, MAX_LABEL, PHONES
from dialer.leads import LONGEST_WORD, NewLead
from dialer.prospects import EDITABLE
from dialer.store import lead_pages, lead_requests, leads
from dialer.store.lead_pages import Wanted, WholeLead
from dialer.store.lead_places import LeadState
from dialer.store.tokens import Scope
from web.api.callers import me, tenant, token_id
from web.api.fields import BIGGEST, Body, InQuery, Paging, Text, Whole, cursor, cursor_id, page_of
from web.api.operations import ID, operation
from web.api.problems import WrongInput

LONGEST_KEY = 200

_LONGEST = {field.name: field.max_length for field in FIELDS}

_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Yours, for one lead. The same key and body within 24 hours make no second lead and are "
    "answered the same; the same key with another body is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}


class PostedLead(Body):
    """Somebody who wants to be called. One phone is needed; all else may be left out."""

    campaign_id = Whole(1, BIGGEST, required=True)
    phone = Text(
        60, metadata={"description": "As people write it; without + it is of the company's country."}
    )
    mobile_phone = Text(60)
    work_phone = Text(60)
    first_name = Text(_LONGEST["first_name"])
    last_name = Text(_LONGEST["last_name"])
    account_name = Text(_LONGEST["account_name"])
    email = Text(_LONGEST["email"])
    region = Text(
        _LONGEST["region"], metadata={"description": "State or province; agents' filters go by it."}
    )
    postal_code = Text(_LONGEST["postal_code"])
    time_zone = Text(100, metadata={"description": "Without one, state, postal code and number decide."})
    language = Text(LONGEST_WORD, metadata={"description": "Agents' filters go by it."})
    product = Text(LONGEST_WORD, metadata={"description": "Agents' filters go by it."})
    notes = Text(_LONGEST["notes"])
    custom = fields.Dict(
        keys=Text(MAX_LABEL, least=1),
        values=Text(MAX_CUSTOM),
        validate=validate.Length(max=200),
        metadata={"description": "Values of the company's custom fields, by label."},
    )


class Assignment(Body):
    """Whose the lead is to be."""

    user_id = Whole(1, BIGGEST, required=True)


class Accepted(Schema):
    """A lead that has come in; agents are rung for it from now on."""

    id = fields.Integer(required=True)
    prospect_id = fields.Integer(required=True)
    application_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Null: there is an application once an agent takes the lead."},
    )
    state = fields.String(required=True, metadata={"enum": [state.value for state in LeadState]})


class Moved(Accepted):
    """Where a lead is now. What it says of somebody is for tokens that may see leads."""

    withdraw_asked = fields.Boolean(
        required=True, metadata={"description": "It still rings, and is withdrawn in a moment."}
    )


class Agent(Schema):
    """Whose the lead is."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class ShortLead(Moved):
    """A lead and where it is."""

    campaign_id = fields.Integer(required=True)
    source = fields.String(required=True)
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why nobody has it, as one word for programs."},
    )
    reason_text = fields.String(
        required=True, allow_none=True, metadata={"description": "The same as a sentence."}
    )
    agent = fields.Nested(Agent, required=True, allow_none=True)
    name = fields.String(required=True)
    phone = fields.String(
        required=True, allow_none=True, metadata={"description": "The number that is called."}
    )
    received_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)


class Leg(Schema):
    """One agent who was rung."""

    user_id = fields.Integer(required=True)
    user_name = fields.String(required=True)
    state = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    pressed_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class Ring(Schema):
    """One ringing of agents for the lead."""

    id = fields.Integer(required=True)
    state = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    winner_id = fields.Integer(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    legs = fields.List(fields.Nested(Leg), required=True)


class LeadInfo(ShortLead):
    """A lead with all that it said, and who was rung for it, the newest ring first."""

    phones = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    account_name = fields.String(required=True)
    email = fields.String(required=True)
    region = fields.String(required=True)
    postal_code = fields.String(required=True)
    time_zone = fields.String(required=True)
    language = fields.String(required=True)
    product = fields.String(required=True)
    notes = fields.String(required=True)
    consent = fields.String(required=True, metadata={"description": "What they agreed to in a web form."})
    custom = fields.Dict(keys=fields.String(), required=True)
    rings = fields.List(fields.Nested(Ring), required=True)


class WantedLeads(Paging):
    """Which leads are wanted."""

    state = fields.String(validate=validate.OneOf([state.value for state in LeadState]))
    campaign_id = InQuery(1, BIGGEST)
    q = Text(
        200,
        metadata={
            "description": "Beginnings of names or of an e-mail, or the first or last figures of a number."
        },
    )


@operation(
    "POST", "/leads", Scope.LEADS_WRITE, answer=Accepted, status=201, body=PostedLead,
    described={"parameters": [_KEY]}, refusals=(404,),
)  # fmt: skip
def post_lead(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Let agents be rung for somebody who wants to be called.

    Answers as soon as the lead is stored. What becomes of it tells `GET /leads/{id}`, and a webhook as soon
    as it happens. A number on Do Not Call is refused, and one that came to the campaign within a minute.
    """
    try:
        posted = leads.post(
            tenant(),
            me().organisation_id,
            _new(body),
            datetime.now(UTC),
            token_id=token_id(),
            request=_request(body),
            by_id=me().id,
        )
    except lead_requests.OtherBody as error:
        raise WrongInput.parameter("Idempotency-Key", str(error)) from None
    told = {"id": posted.lead_id, "prospect_id": posted.prospect_id, "application_id": None}
    return {**told, "state": LeadState.WAITING.value}, {"Location": f"/api/v1/leads/{posted.lead_id}"}


@operation("GET", "/leads", Scope.LEADS_READ, answer=page_of(ShortLead), query=WantedLeads)
def list_leads(query: dict[str, Any]) -> dict[str, Any]:
    """Leads, the newest first."""
    wanted = Wanted(
        states=[LeadState(query["state"])] if "state" in query else (),
        campaign_id=query.get("campaign_id"),
        words=query.get("q", ""),
    )
    limit = query["limit"]
    found = lead_pages.page(
        tenant(), me().organisation_id, wanted, before_id=cursor_id(query), limit=limit + 1
    )
    shown = found[:limit]
    return {
        "items": [_short(lead) for lead in shown],
        "next": cursor(shown[-1].id) if len(found) > limit else None,
    }


@operation("GET", f"/leads/<{ID}:lead_id>", Scope.LEADS_READ, answer=LeadInfo)
def get_lead(lead_id: int) -> dict[str, Any]:
    """One lead: where it is, whose it is, who was rung for it and how that went."""
    return _told(lead_id)


@operation("POST", f"/leads/<{ID}:lead_id>/withdraw", Scope.LEADS_WRITE, answer=Moved)
def withdraw_lead(lead_id: int) -> dict[str, Any]:
    """Take a lead back: nobody is rung for it any more.

    One that rings is withdrawn a moment later (`withdraw_asked`). One that an agent has is refused.
    """
    leads.withdraw(tenant(), me().id, me().organisation_id, lead_id, datetime.now(UTC))
    return _moved(_whole(lead_id))


@operation("POST", f"/leads/<{ID}:lead_id>/ring-again", Scope.LEADS_WRITE, answer=Moved)
def ring_lead_again(lead_id: int) -> dict[str, Any]:
    """Let agents be rung anew for a lead that nobody took.

    One that waits or rings goes on as it is. One that an agent has, or that is withdrawn, is refused.
    """
    leads.ring_again(tenant(), me().id, me().organisation_id, lead_id, datetime.now(UTC))
    return _moved(_whole(lead_id))


@operation("POST", f"/leads/<{ID}:lead_id>/assign", Scope.LEADS_WRITE, answer=Moved, body=Assignment)
def assign_lead(lead_id: int, body: dict[str, Any]) -> dict[str, Any]:
    """Make a lead an agent's own, with an application. Who is rung for it just now is let go."""
    leads.assign(tenant(), me().id, me().organisation_id, lead_id, body["user_id"], datetime.now(UTC))
    return _moved(_whole(lead_id))


def _new(body: Mapping[str, Any]) -> NewLead:
    others = {name: body.get(name, "") for name in ("notes", "time_zone", "language", "product")}
    return NewLead(
        body["campaign_id"],
        {kind: body[kind] for kind in PHONES if kind in body},
        {name: body[name] for name in EDITABLE if name in body},
        body.get("custom", {}),
        **others,
    )


def _request(body: Mapping[str, Any]) -> lead_requests.Request | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise WrongInput.parameter("Idempotency-Key", "Send 1 to 200 plain characters, without blanks.")
    said = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return lead_requests.Request(token_id(), key, hashlib.sha256(said).digest())


def _whole(lead_id: int) -> WholeLead:
    return lead_pages.lead(tenant(), me().organisation_id, lead_id)


def _moved(lead: lead_pages.Lead) -> dict[str, Any]:
    told = {name: getattr(lead, name) for name in ("id", "prospect_id", "application_id", "state")}
    return {**told, "withdraw_asked": lead.withdraw_asked_at is not None}


def _short(lead: lead_pages.Lead) -> dict[str, Any]:
    why = lead.why
    said = ("campaign_id", "source", "reason", "name", "received_at", "changed_at")
    return {
        **_moved(lead),
        **{name: getattr(lead, name) for name in said},
        "reason_text": None if why is None else str(why),
        "agent": None if lead.user_id is None else {"id": lead.user_id, "name": lead.user_name},
        "phone": lead.number,
    }


def _told(lead_id: int) -> dict[str, Any]:
    found = _whole(lead_id)
    said = ("first_name", "last_name", "account_name", "email", "region", "postal_code", "time_zone")
    more = ("language", "product", "notes", "consent", "custom")
    return {
        **_short(found),
        **{name: getattr(found, name) for name in (*said, *more)},
        "phones": dict(found.phones),
        "rings": [asdict(ring) for ring in found.rings],
    }
