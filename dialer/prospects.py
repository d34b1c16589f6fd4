"""What may be changed of a prospect in the Call Disposition window, and what the values may be. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dialer.errors import BadValue
from dialer.imports import FIELDS, MAX_CUSTOM, custom_label
from dialer.sort_keys import is_readable

EDITABLE = ("first_name", "last_name", "account_name", "email", "region", "postal_code")
"""Standard fields that an agent may correct; custom fields are named custom:LABEL."""

_STANDARD = {field.name: field for field in FIELDS if field.name in EDITABLE}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def checked(name: str, value: str, kinds: Mapping[str, str]) -> str:
    """A field's new value as it is stored. ``kinds``: text, number or date by custom field's label.

    Raises BadValue, with the field's name, for a value that cannot be used.
    """
    text = " ".join(value.split())
    label = custom_label(name)
    if len(text) > (MAX_CUSTOM if label is not None else _STANDARD[name].max_length):
        raise BadValue(name, "The text is too long; shorten it.")
    if label is None:
        if not text and _STANDARD[name].mandatory:
            raise BadValue(name, "This must not be empty; every prospect has it.")
        if name == "email" and text and not _EMAIL.fullmatch(text):
            raise BadValue(
                name, "This is no e-mail address; it has a name, an @ and a domain, without blanks."
            )
        return text
    kind = kinds.get(label, "text")
    if text and kind == "number" and not is_readable("number", text):
        raise BadValue(name, "This field holds a number, for example 1250 or 12.5.")
    if text and kind == "date" and not is_readable("date", text):
        raise BadValue(name, "This field holds a date, for example 2027-03-31.")
    return text
