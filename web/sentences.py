"""What the rules, the store and the importer say, in the reader's language: the one door for it."""

from __future__ import annotations

from flask import Flask
from flask_babel import format_decimal, gettext

from dialer.errors import RingpoolError, Sentence, Value


def said(what: str | RingpoolError) -> str:
    """A sentence in the reader's language, with its numbers as their locale writes them.

    A text that is no Sentence (one that was stored before there were any) is looked up as it stands.
    """
    text = what.said if isinstance(what, RingpoolError) else what
    if not text:
        return ""
    if not isinstance(text, Sentence):
        return str(gettext(text))
    return str(gettext(text.template, **{name: _shown(value) for name, value in text.values.items()}))


def _shown(value: Value) -> str:
    match value:
        case Sentence():
            return said(value)
        case tuple():
            *others, last = map(_shown, value)
            return (
                str(gettext("%(some)s and %(last)s", some=", ".join(others), last=last)) if others else last
            )
        case int():
            return str(format_decimal(value))
        case _:
            return value


def register(app: Flask) -> None:
    """Give it to the app's templates."""
    app.add_template_filter(said)
