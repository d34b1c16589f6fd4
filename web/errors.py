"""What people see when something goes wrong: always a page of the panel, always a sentence."""

from __future__ import annotations

import structlog
from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from dialer.errors import DatabaseUnavailable, Forbidden, NotFound, RingpoolError
from web.access import me_if_known
from web.api import problems
from web.sentences import said

log = structlog.get_logger()

SENTENCES = {
    400: (_l("This request could not be read"), _l("Go back, reload the page and try again.")),
    403: (
        _l("You may not see this"),
        _l("Your role does not open this page. Ask a manager if you need it."),
    ),
    404: (
        _l("There is nothing here"),
        _l("The page or record does not exist, or it belongs to another organisation."),
    ),
    405: (_l("This request could not be read"), _l("Go back, reload the page and try again.")),
    413: (
        _l("The file is too large"),
        _l("Split it into smaller files and import them one after another."),
    ),
    429: (_l("Too many tries"), _l("Wait a minute and try again.")),
    500: (
        _l("Something went wrong on our side"),
        _l("It has been written down. Try again, and tell your administrator if it stays."),
    ),
    503: (
        _l("Connection lost, trying again"),
        _l("The database does not answer. This page loads itself again as soon as it does."),
    ),
}


def register(app: Flask) -> None:
    """Answer every error with a page in the layout, or a bare sentence for a partial."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(NotFound, lambda error: _page(404))
    app.register_error_handler(Forbidden, _forbidden)
    app.register_error_handler(DatabaseUnavailable, _database)
    app.register_error_handler(RingpoolError, lambda error: _page(409, said(error)))
    app.register_error_handler(Exception, _defect)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    if problems.concerns(request.path):
        return problems.of_http(error)
    if error.code in (403, 404):
        user = me_if_known()
        log.info("request refused", status=error.code, path=request.path, user_id=user.id if user else None)
    return _page(error.code)


def _forbidden(error: Forbidden) -> ResponseReturnValue:
    user = me_if_known()
    log.warning("request refused", status=403, path=request.path, user_id=user.id if user else None)
    return _page(403, said(error))


def _csrf(error: CSRFError) -> ResponseReturnValue:
    return _page(400, gettext("This page was open for too long. Reload it and try again."))


def _database(error: DatabaseUnavailable) -> ResponseReturnValue:
    g.database_down = True
    return _page(503)


def _defect(error: Exception) -> ResponseReturnValue:
    log.exception("request failed", path=request.path, method=request.method)
    return _page(500)


def _page(status: int, sentence: str | None = None) -> ResponseReturnValue:
    title, usual = SENTENCES.get(status, SENTENCES[500 if status >= 500 else 400])
    if status == 409:
        title = gettext("That did not work")
    template = "error_partial.html" if request.headers.get("HX-Request") else "error.html"
    return render_template(template, status=status, title=title, sentence=sentence or usual), status
