"""One operation of the API: its address, the scope it needs, what goes in and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from http import HTTPStatus
from typing import Any

import orjson
from flask import Request, Response, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema
from webargs import missing
from webargs.flaskparser import FlaskParser, abort

from dialer.store.tokens import Scope
from web.api import problems
from web.api.callers import authenticate, refusal, token_key
from web.api.problems import problem
from web.limits import failed, limiter

LARGEST_BODY = 1_000_000
"""Bytes of anything but a file."""

View = Callable[..., Any]


class StrictParser(FlaskParser):
    """Reads JSON as the standard has it: no NaN, no half of a surrogate pair, no bottomless nesting."""

    def _raw_load_json(self, req: Request) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return missing
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            abort(400, messages={"json": [f"The body is no JSON: {error}."]})


class Described(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, with our parser."""

    ARGUMENTS_PARSER = StrictParser()


blueprint: Any = Described("api", __name__, url_prefix="/api/v1")
blueprint.before_request(authenticate)
problems.register(blueprint)
limiter.shared_limit("600 per minute", scope="api", key_func=token_key)(blueprint)
# Guessing tokens: every guess is another one, the address stays.
limiter.shared_limit("60 per minute", scope="api guesses", deduct_when=failed)(blueprint)

ID = "int(min=1, max=9223372036854775807)"
"""The converter of an id in an address: what PostgreSQL's bigint holds."""


def operation(
    method: str,
    path: str,
    scope: Scope,
    *,
    answer: type[Schema] | dict[str, Any] | None = None,
    status: int = 200,
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    described: dict[str, Any] | None = None,
    content_type: str | None = None,
    refusals: Collection[int] = (),
) -> Callable[[View], View]:
    """Serve the view at ``path`` and describe it; its docstring is the description.

    Path parameters come as keywords, ``query`` and ``body`` as what their schema loaded. A view with
    its own way of reading the body says so in ``described``, which is merged into the description,
    and which ``refusals`` it has besides the usual ones.
    """

    def decorate(view: View) -> View:
        served: View = blueprint.response(status, answer, content_type=content_type)(view)
        for code in {*_usual(method, path, body is not None), *refusals}:
            served = blueprint.alt_response(code, HTTPStatus(code).name)(served)
        if query is not None:
            served = blueprint.arguments(query, location="query", arg_name="query", unknown=RAISE)(served)
        if body is not None:
            served = blueprint.arguments(body, arg_name="body")(served)
        served = blueprint.doc(
            operationId=view.__name__, security=[{"token": [scope.value]}], **(described or {})
        )(served)
        guarded = _guard(served, scope, json=body is not None)
        tag = path.split("/")[1]
        registered: View = blueprint.route(path, methods=[method], tags=[tag])(guarded)
        return registered

    return decorate


def _guard(view: View, scope: Scope, *, json: bool) -> View:
    """Ask for the scope before anything of the request is read."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if (refused := refusal(scope)) is not None:
            return refused
        if json:
            request.max_content_length = LARGEST_BODY
            if not request.is_json:
                return problem(415, "Send JSON, with 'Content-Type: application/json'.")
        return view(*args, **kwargs)

    return guarded


def _usual(method: str, path: str, body: bool) -> list[int]:
    codes = [401, 403, 429]
    if "<" in path:
        codes.append(404)
    if method != "GET":
        codes.append(409)
    if body:
        codes += [400, 413, 415, 422]
    return codes


def no_content() -> Response:
    """Done, and nothing to tell."""
    return Response(status=204)
