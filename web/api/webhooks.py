"""Webhooks: the addresses that are told what became of leads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from dialer.store import webhooks
from dialer.store.tokens import Scope
from dialer.webhooks import Event
from web.api.callers import me, tenant
from web.api.fields import Body, Flag, Paging, Text, page, page_of
from web.api.operations import ID, no_content, operation

_EVENT = validate.OneOf([event.value for event in Event])


class Webhook(Schema):
    """An address, and how it goes with what it is told."""

    id = fields.Integer(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    active = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "Messages that are to be sent yet."})
    given_up = fields.Integer(required=True, metadata={"description": "Messages that nobody took for a day."})
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "What the last try that failed met."}
    )


class MadeWebhook(Webhook):
    """An address with its secret."""

    secret = fields.String(required=True, metadata={"description": "Signs what is sent. Told only here."})


class NewWebhook(Body):
    """An address that is to be told."""

    url = Text(500, least=8, required=True, metadata={"description": "https:// or http://"})
    events = fields.List(
        fields.String(validate=_EVENT), required=True, validate=validate.Length(min=1, max=10)
    )


class WebhookChange(Body):
    """What is to be different; what is left out stays."""

    url = Text(500, least=8)
    events = fields.List(fields.String(validate=_EVENT), validate=validate.Length(min=1, max=10))
    active = Flag()


@operation("GET", "/webhooks", Scope.COMPANY_READ, answer=page_of(Webhook), query=Paging)
def list_webhooks(query: dict[str, Any]) -> dict[str, Any]:
    """The organisation's addresses."""
    return page(webhooks.addresses(tenant(), me().organisation_id), query)


@operation("POST", "/webhooks", Scope.COMPANY_WRITE, answer=MadeWebhook, status=201, body=NewWebhook)
def add_webhook(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Tell an address from now on.

    Messages are signed as Standard Webhooks has it: `webhook-signature` is `v1,` and the base64 of
    HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, with the bytes after `whsec_` as the key.
    """
    made, secret = webhooks.add(
        tenant(), me().id, me().organisation_id, body["url"], body["events"], datetime.now(UTC)
    )
    return {**_told(made), "secret": secret}, {"Location": f"/api/v1/webhooks/{made}"}


@operation("GET", f"/webhooks/<{ID}:webhook_id>", Scope.COMPANY_READ, answer=Webhook)
def get_webhook(webhook_id: int) -> dict[str, Any]:
    """One address: what waits for it, what was given up, and what went wrong last."""
    return _told(webhook_id)


@operation("PATCH", f"/webhooks/<{ID}:webhook_id>", Scope.COMPANY_WRITE, answer=Webhook, body=WebhookChange)
def edit_webhook(webhook_id: int, body: dict[str, Any]) -> dict[str, Any]:
    """Change an address. One that is not active is sent nothing."""
    webhooks.edit(tenant(), me().id, me().organisation_id, webhook_id, **body)
    return _told(webhook_id)


@operation("POST", f"/webhooks/<{ID}:webhook_id>/resend", Scope.COMPANY_WRITE, answer=Webhook)
def resend_webhook(webhook_id: int) -> dict[str, Any]:
    """Try everything again that was given up, and at once what waits for its next try."""
    _told(webhook_id)
    webhooks.send_again(tenant(), me().id, me().organisation_id, webhook_id)
    return _told(webhook_id)


@operation("DELETE", f"/webhooks/<{ID}:webhook_id>", Scope.COMPANY_WRITE, status=204)
def remove_webhook(webhook_id: int) -> Response:
    """Tell an address no more; messages that wait for it are forgotten."""
    webhooks.remove(tenant(), me().id, me().organisation_id, webhook_id)
    return no_content()


def _told(webhook_id: int) -> dict[str, Any]:
    found = webhooks.address(tenant(), me().organisation_id, webhook_id)
    told = {
        name: getattr(found, name) for name in ("id", "url", "active", "created_at", "waiting", "given_up")
    }
    error = None if found.error is None else str(found.error)
    return {**told, "events": list(found.events), "delivered_at": found.delivered_at, "error": error}
