"""Numbers out of dialing: Do Not Call, and the parking lot until a date (ORG-4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from dialer.errors import NotFound
from dialer.phone_numbers import normalise
from dialer.store import do_not_call, organisations, parking
from dialer.store.number_batches import Report
from dialer.store.number_tables import NumberTable, P
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import Body, Paging, Text, bad_cursor, cursor, cursor_text, page_of
from web.api.operations import no_content, operation
from web.api.problems import WrongInput

MOST_NUMBERS = 10_000


class Barred(Schema):
    """A number that is never called."""

    number = fields.String(required=True, metadata={"description": "E.164, as +12125550123."})
    source = fields.String(required=True)
    note = fields.String(required=True)
    added_at = fields.AwareDateTime(required=True)
    by = fields.String(required=True, allow_none=True)


class Parked(Schema):
    """A number out of dialing until a day."""

    number = fields.String(required=True)
    until = fields.Date(
        required=True, metadata={"description": "The first day on which it may be called again."}
    )
    note = fields.String(required=True)
    added_at = fields.AwareDateTime(required=True)
    by = fields.String(required=True, allow_none=True)


class Unread(Schema):
    """A number that could not be read."""

    line = fields.Integer(required=True, metadata={"description": "Its place in what was sent, from 1."})
    text = fields.String(required=True)
    reason = fields.String(required=True)


class Added(Schema):
    """What became of the numbers."""

    added = fields.Integer(required=True)
    already = fields.Integer(required=True, metadata={"description": "Sent twice, or there before."})
    prospects = fields.Integer(required=True, metadata={"description": "Who can no longer be dialed."})
    refusals = fields.Integer(required=True)
    refused = fields.List(fields.Nested(Unread), required=True, metadata={"description": "The first 1000."})


def _numbers() -> fields.List[Any]:
    return fields.List(
        Text(60, least=1),
        required=True,
        validate=validate.Length(1, MOST_NUMBERS),
        metadata={"description": "As +12125550123, or as they are written in the organisation's country."},
    )


class ToBar(Body):
    """Numbers that are never to be called again."""

    numbers = _numbers()
    note = Text(500)


class ToPark(Body):
    """Numbers that are not to be called until a day."""

    numbers = _numbers()
    until = fields.Date(
        required=True, metadata={"description": "The first day on which they may be called again."}
    )
    note = Text(500)


class Search(Paging):
    """Which numbers are wanted."""

    beginning = Text(
        16,
        validate_more=validate.Regexp(r"^\+[0-9]{0,15}$", error="Like +1212, a plus and digits."),
        metadata={"description": "What the number begins with, as +1212; the page is then in their order."},
    )


class Reason(Schema):
    """Why a number may be called again."""

    reason = Text(500, least=1, required=True, metadata={"description": "The audit log keeps it."})


@operation("GET", "/do-not-call", Scope.COMPANY_READ, answer=page_of(Barred), query=Search)
def list_do_not_call(query: dict[str, Any]) -> dict[str, Any]:
    """Numbers that are never called, those added last first."""
    return _page(do_not_call.NUMBERS, query)


@operation("POST", "/do-not-call", Scope.COMPANY_WRITE, answer=Added, body=ToBar)
def add_do_not_call(body: dict[str, Any]) -> Report:
    """Put numbers on Do Not Call; who has one is not dialed from this moment on.

    Numbers that cannot be read are reported, the others are added. When none can be read it is 422.
    """
    note = body.get("note", "")
    report = do_not_call.add(tenant(), me().id, body["numbers"], datetime.now(UTC), note=note, source="api")
    return _some(report)


@operation("GET", "/do-not-call/<number>", Scope.COMPANY_READ, answer=Barred)
def check_do_not_call(number: str) -> do_not_call.Entry:
    """Whether a number is on Do Not Call: its entry, or 404."""
    return do_not_call.entry(tenant(), me().organisation_id, _e164(number))


@operation("DELETE", "/do-not-call/<number>", Scope.COMPANY_WRITE, status=204, query=Reason)
def remove_do_not_call(number: str, query: dict[str, Any]) -> Response:
    """Let a number be called again."""
    if not do_not_call.remove(tenant(), me().id, [_e164(number)], query["reason"], datetime.now(UTC)):
        raise NotFound("This number is not on Do Not Call.")
    return no_content()


@operation("GET", "/parking-lot", Scope.COMPANY_READ, answer=page_of(Parked), query=Search)
def list_parking_lot(query: dict[str, Any]) -> dict[str, Any]:
    """Parked numbers, those that come back first."""
    return _page(parking.NUMBERS, query)


@operation("POST", "/parking-lot", Scope.COMPANY_WRITE, answer=Added, body=ToPark)
def park_numbers(body: dict[str, Any]) -> Report:
    """Keep numbers out of dialing until a day; one that is parked already gets the new day."""
    report = parking.add(
        tenant(),
        me().id,
        body["numbers"],
        datetime.now(UTC),
        until=body["until"],
        note=body.get("note", ""),
    )
    return _some(report)


@operation("DELETE", "/parking-lot/<number>", Scope.COMPANY_WRITE, status=204)
def unpark_number(number: str) -> Response:
    """Let a number be called again before its day."""
    if not parking.remove(tenant(), me().id, [_e164(number)], datetime.now(UTC)):
        raise NotFound("This number is not in the parking lot.")
    return no_content()


def _some(report: Report) -> Report:
    """The report; a problem when nothing could be read."""
    if report.refusals and not report.added and not report.already:
        raise WrongInput.value("/numbers", report.refused[0].reason)
    return report


def _e164(number: str) -> str:
    return normalise(number, organisations.organisation(tenant(), me().organisation_id).country)


def _page(table: NumberTable[Any, Any], query: dict[str, Any]) -> dict[str, Any]:
    """One page of a table's entries, in the order of the numbers when they are looked up."""
    whose, limit = (tenant(), me().organisation_id), query["limit"]
    if "beginning" in query:
        after = cursor_text(query) or ""
        found = table.search(*whose, query["beginning"], after=after, limit=limit + 1)
    else:
        found = table.listing(*whose, after=_after(table, query), limit=limit + 1)
    if len(found) <= limit:
        return {"items": found, "next": None}
    last = found[limit - 1]
    place = last.number if "beginning" in query else f"{table.place(last).isoformat()} {last.number}"
    return {"items": found[:limit], "next": cursor(place)}


def _after(table: NumberTable[Any, P], query: dict[str, Any]) -> tuple[P, str] | None:
    """What a cursor was made of: a time or day, and a number."""
    if (text := cursor_text(query)) is None:
        return None
    first, _, number = text.partition(" ")
    try:
        place = table.read_place(first)
    except ValueError:
        raise bad_cursor() from None
    if not re.fullmatch(r"\+[0-9]{6,15}", number):
        raise bad_cursor()
    return place, number
