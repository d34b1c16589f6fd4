"""Leads: post one, see what became of it, ring again, assign it, take it back (RING-2, RING-4)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import request

from dialer.imports import PHONES
from dialer.leads import NewLead
from dialer.prospects import EDITABLE
from dialer.store import lead_pages, lead_requests, leads
from dialer.store.lead_pages import Wanted, WholeLead
from dialer.store.lead_places import LeadState
from dialer.store.tokens import Scope
from web.api.callers import me, tenant, token_id
from web.api.fields import cursor, cursor_id, page_of
from web.api.lead_schemas import Accepted, Assignment, LeadInfo, Moved, PostedLead, ShortLead, WantedLeads
from web.api.operations import ID, operation
from web.api.problems import WrongInput

LONGEST_KEY = 200

_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "Yours, for one lead. The same key and body within 24 hours make no second lead and are "
    "answered the same; the same key with another body is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}


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
