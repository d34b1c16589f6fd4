"""What a program is told when something goes wrong: problem details (RFC 9457), always with a sentence."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify, request
from flask_limiter.errors import RateLimitExceeded
from flask_smorest import Blueprint as Described
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from dialer.csv_formats import UnreadableFile
from dialer.errors import BadValue, Conflict, DatabaseUnavailable, Forbidden, NotFound, RingpoolError
from dialer.imports import BadMapping
from dialer.phone_numbers import UnusableNumber
from web.limits import limiter

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
CHANGED_MEANWHILE = "urn:ringpool:changed-meanwhile"
"""The type of the problem that calls for reading the record again; every other is about:blank."""

SENTENCES = {
    400: "The request could not be read; look at its form.",
    401: "Send a token that is in force as 'Authorization: Bearer rp_…'.",
    403: "This token does not allow that.",
    404: "There is nothing at this address, or it belongs to another organisation.",
    405: "This address does not know that method.",
    409: "That cannot be done in the present state; nothing was changed.",
    413: "The body is too large; files go to POST /api/v1/lists, anything else has at most 1 MB.",
    415: "This media type is not understood here.",
    422: "A value cannot be used.",
    429: "Too many requests with this token; wait as long as Retry-After says.",
    500: "Something went wrong on our side. It has been written down.",
    503: "The database does not answer; try again in a moment.",
}


class OneError(Schema):
    """One value that cannot be used."""

    detail = fields.String(required=True, metadata={"description": "What is wrong with it."})
    pointer = fields.String(metadata={"description": "Where it stands in the body, as a JSON pointer."})
    parameter = fields.String(metadata={"description": "The query parameter's or header's name."})


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type = fields.String(
        required=True,
        metadata={"description": f"about:blank, or {CHANGED_MEANWHILE} for somebody else's edit meanwhile."},
    )
    title = fields.String(required=True, metadata={"description": "The status in words."})
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "A sentence for people."})
    errors = fields.List(fields.Nested(OneError), metadata={"description": "Every value that is wrong."})


class WrongInput(RingpoolError):
    """Something in the request cannot be used; ``errors`` say where and why."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(" ".join(_spoken(each) for each in errors[:3]))
        self.errors = errors

    @classmethod
    def value(cls, pointer: str, detail: str) -> WrongInput:
        """A value of the body, by its JSON pointer."""
        return cls([{"detail": detail, "pointer": pointer}])

    @classmethod
    def parameter(cls, name: str, detail: str) -> WrongInput:
        """A query parameter, a header or a part of a form."""
        return cls([{"detail": detail, "parameter": name}])

    @classmethod
    def part(cls, name: str, messages: Any) -> WrongInput:
        """A part of a form that holds JSON, with marshmallow's messages about it."""
        found = [(path, detail) for path, detail in _leaves(messages, ())]
        return cls([{"detail": detail, "parameter": "/".join((name, *path))} for path, detail in found])


def problem(
    status: int,
    detail: str | None = None,
    *,
    kind: str = "about:blank",
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer that says what is wrong."""
    told: dict[str, Any] = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400]),
    }
    if errors:
        told["errors"] = errors
    response = jsonify(told)
    response.status_code = status
    response.mimetype = MEDIA_TYPE
    response.headers.update(headers or {})
    return response


def concerns(path: str) -> bool:
    """Whether an error at this address is told to a program."""
    return path.startswith("/api/")


def of_http(error: HTTPException) -> Response:
    """An error of HTTP's own, or values that do not fit the description."""
    status = error.code or 500
    told: dict[str, Any] = getattr(error, "data", None) or {}
    errors = list(_flat(told.get("messages") or {}))
    headers = {name: value for name, value in error.get_headers() if name not in ("Content-Type",)}
    if isinstance(error, RateLimitExceeded) and limiter.current_limit is not None:
        headers["Retry-After"] = str(max(1, math.ceil(limiter.current_limit.reset_at - time.time())))
    if status == 405:
        return problem(405, f"{request.path} does not know {request.method}.", headers=headers)
    detail = " ".join(_spoken(each) for each in errors[:3])
    return problem(status, detail or None, errors=errors, headers=headers)


def register(blueprint: Blueprint | Described) -> None:
    """Answer what goes wrong in the blueprint's views with a problem."""
    blueprint.register_error_handler(HTTPException, of_http)
    blueprint.register_error_handler(RingpoolError, _said)
    blueprint.register_error_handler(DatabaseUnavailable, lambda error: problem(503))
    blueprint.register_error_handler(Exception, _defect)


def _said(error: RingpoolError) -> Response:
    sentence = str(error) or type(error).__doc__
    match error:
        case NotFound():
            return problem(404, sentence)
        case Forbidden():
            return problem(403, sentence)
        case Conflict():
            return problem(409, sentence, kind=CHANGED_MEANWHILE)
        case WrongInput():
            return problem(422, sentence, errors=error.errors)
        case BadValue():
            return problem(422, sentence, errors=[{"detail": sentence or "", "pointer": f"/{error.field}"}])
        case UnreadableFile() | BadMapping() | UnusableNumber():
            return problem(422, sentence)
        case _:
            return problem(409, sentence)


def _defect(error: Exception) -> Response:
    log.exception("request failed", path=request.path, method=request.method)
    return problem(500)


def _flat(messages: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """marshmallow's messages by place, as a list; the outermost key says what was read."""
    for place, found in messages.items():
        for path, detail in _leaves(found, ()):
            if place == "json":
                yield {"detail": detail, "pointer": "".join(f"/{step}" for step in path)}
            else:
                yield {"detail": detail, "parameter": ".".join(path)}


def _leaves(found: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(found, Mapping):
        for key, inner in found.items():
            yield from _leaves(inner, path if key == "_schema" else (*path, _step(key)))
    elif isinstance(found, list):
        for each in found:
            yield path, str(each)
    else:
        yield path, str(found)


def _step(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _spoken(error: dict[str, str]) -> str:
    where = error.get("pointer", "").lstrip("/") or error.get("parameter", "")
    return f"{where[:60]}: {error['detail']}" if where else error["detail"]
