"""Saving what a form holds: what is wrong with it, or who was first, is shown over the form itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from flask import abort, make_response
from flask_babel import gettext

from dialer.errors import BadValue, Conflict
from dialer.store import audit
from web.access import me, tenant


class Form(Protocol):
    """A form that knows which values can be used."""

    def check(self) -> bool:
        """Whether it can be saved; if not, every field says what is wrong with it."""

    def blame(self, problem: BadValue) -> None:
        """Show what is wrong at its field."""


@contextmanager
def saving(form: Form, page: Callable[..., str], subject: str = "") -> Iterator[None]:
    """Around the call that saves the form. Where it cannot be saved, the request ends with its page.

    ``page`` renders it again, with ``overtaken_by`` where somebody else saved the ``subject`` first, KIND:ID as
    in the audit log.
    """
    if not form.check():
        abort(make_response(page(), 422))
    try:
        yield
    except BadValue as problem:
        form.blame(problem)
        abort(make_response(page(), 422))
    except Conflict:
        who = audit.last_change(tenant(), me().organisation_id, subject)
        abort(make_response(page(overtaken_by=who or gettext("Somebody")), 409))
