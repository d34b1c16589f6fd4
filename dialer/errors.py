"""The errors a person may read: each message is one sentence that says what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Value: TypeAlias = str | int | tuple["Value", ...]
"""What a sentence is filled in with. A Sentence is translated, a number written as the reader's locale
does, a tuple as «a, b and c»; any other text stands as it is."""


class Sentence(str):
    """A text for people. It is its own English, and keeps what another language is made from.

    ``template`` has ``%(name)s`` where the ``values`` belong; without values it is the text itself.
    """

    template: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, values: Mapping[str, Value]) -> Sentence:
        english = template % {name: _english(value) for name, value in values.items()} if values else template
        made = super().__new__(cls, english)
        made.template, made.values = template, values
        return made


def sentence(template: str, /, **values: Value) -> Sentence:
    """The template with its values filled in; by this call's name the catalogues find the template."""
    return Sentence(template, values)


class RingpoolError(Exception):
    """Base of all errors that Ringpool raises on purpose; its text is shown to people as it is.

    ``str()`` of one is English, for commands, programs and logs; the panel translates ``said``.
    """

    def __init__(self, template: str = "", /, **values: Value) -> None:
        self.said = template if isinstance(template, Sentence) else Sentence(template, values)
        super().__init__(str(self.said))


class Refused(RingpoolError):
    """What was asked is not allowed in the present state; nothing was changed."""


class Conflict(Refused):
    """Somebody else changed this meanwhile; load the page again, nothing of theirs was overwritten."""


class BadValue(Refused):
    """A value cannot be used, or somebody else has it; ``field`` says which. Give another."""

    def __init__(self, field: str, template: str, /, **values: Value) -> None:
        super().__init__(template, **values)
        self.field = field


class Forbidden(Refused):
    """Your role does not allow this; ask an admin of your organisation."""


class NotFound(RingpoolError):
    """There is no such record in this organisation."""


class DatabaseUnavailable(RingpoolError):
    """The database does not answer; start it, or correct DATABASE_URL, and try again."""


class IllegalTransition(RingpoolError):
    """An event reached a machine in a state whose table has no rule for it: a defect."""

    def __init__(self, subject: object, event: object) -> None:
        super().__init__("No rule for %(event)s in %(subject)s.", event=repr(event), subject=repr(subject))


def _english(value: Value) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, str):
        return value
    *others, last = map(_english, value)
    return f"{', '.join(others)} and {last}" if others else last
