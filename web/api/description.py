"""The OpenAPI description of what is served, made from the operations themselves."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Flask
from flask_smorest.utils import prepare_response

from web.api.problems import MEDIA_TYPE, Problem

ABOUT = """Ringpool's lists, people and set-up for programs.

Send a token from *Set-up → API tokens* as `Authorization: Bearer rp_…`. A token acts for one user of one
organisation and never does more than that user's role; each operation names the scope it needs.

Collections come in pages: `next` of one page is the `cursor` of the following, null at the end. Records
that people edit carry a `version`: send back the one you read, as `version` or `If-Match`, and an edit over
somebody else's is answered with 409 instead of overwriting it."""

OPTIONS = {
    "API_TITLE": "Ringpool",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
}


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, with problem details for errors."""

    ERROR_SCHEMA = Problem

    def __init__(self, app: Flask) -> None:
        app.config.update(OPTIONS)
        super().__init__(app, spec_kwargs={"info": {"description": ABOUT}})
        self.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})

    def _register_error_handlers(self) -> None:
        """The blueprint has its own; the app's stay the panel's."""

    def _register_responses(self) -> None:
        for status in HTTPStatus:
            response: dict[str, Any] = {"description": status.phrase}
            if status >= 400:
                response["schema"] = self.ERROR_SCHEMA
            self._lazily(status.name, response)
        self._lazily("DEFAULT_ERROR", {"description": "What went wrong.", "schema": self.ERROR_SCHEMA})

    def _lazily(self, name: str, response: dict[str, Any]) -> None:
        prepare_response(response, self.spec, MEDIA_TYPE)
        self.spec.components.response(name, response, lazy=True)
