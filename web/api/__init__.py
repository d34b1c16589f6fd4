"""The API under ``/api/v1``: the panel's store functions for programs, opened by tokens."""

from __future__ import annotations

from flask import Flask

from web.api.description import Api
from web.api.operations import blueprint


def register(app: Flask) -> None:
    """Serve the operations and their OpenAPI description. Call it once CSRF protection is there."""
    # Imported for what they register on the blueprint.
    from web.api import (  # noqa: F401
        audit,
        calls,
        campaigns,
        importing,
        jobs,
        leads,
        lists,
        numbers,
        organisation,
        teams,
        users,
        webhooks,
    )

    api = Api(app)
    api.spec.components.schema("NewList", schema=importing.NewList)  # a part of a form, named by hand
    api.register_blueprint(blueprint)
    # No cookie opens anything here, so no other site can make a browser misuse one.
    app.extensions["csrf"].exempt(blueprint)
