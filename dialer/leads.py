"""A lead as it is posted, and what its values may be (RING-2). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dialer.errors import BadValue
from dialer.imports import CUSTOM, FIELDS, PHONES
from dialer.phone_numbers import UnusableNumber, normalise
from dialer.prospects import EDITABLE
from dialer.prospects import checked as checked_field
from dialer.time_zones import zone_from_name, zone_of

LONGEST_WORD = 60
"""Characters of a language or a product."""

_LONGEST = {each.name: each.max_length for each in FIELDS}


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead as somebody posts it. ``phones`` goes by kind (dialer.imports.PHONES), ``texts`` by the names
    of a prospect's fields, ``custom`` by the labels of custom fields."""

    campaign_id: int
    phones: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)
    notes: str = ""
    time_zone: str = ""
    language: str = ""
    product: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class CheckedLead:
    """The values as they are stored. ``phones`` are E.164 by kind, the one to be dialed first."""

    phones: Mapping[str, str]
    texts: Mapping[str, str]
    custom: Mapping[str, str]
    time_zone: str

    @property
    def dialed(self) -> str:
        """The number that is called."""
        return next(iter(self.phones.values()))


def checked(
    new: NewLead, *, country: str, default_zone: str, phone_field: str, kinds: Mapping[str, str]
) -> CheckedLead:
    """Read and check all values. ``kinds``: text, number or date by custom field's label.

    Raises BadValue naming the field; that of a custom field is custom/LABEL.
    """
    phones = _phones(new.phones, country, phone_field)
    texts = {name: _text(name, new.texts.get(name, "")) for name in EDITABLE}
    if len(new.notes) > _LONGEST["notes"]:
        raise BadValue("notes", "The text is too long; shorten it.")
    for name in ("language", "product"):
        if len(getattr(new, name)) > LONGEST_WORD:
            raise BadValue(name, "The text is too long; shorten it.")
    if new.time_zone and zone_from_name(new.time_zone) is None:
        raise BadValue("time_zone", "This is no time zone that is known; one is America/Chicago.")
    zone = zone_of(
        time_zone=new.time_zone,
        region=texts["region"],
        postal_code=texts["postal_code"],
        number=next(iter(phones.values())),
        default=default_zone,
    )
    return CheckedLead(phones, texts, _custom(new.custom, kinds), zone)


def _phones(given: Mapping[str, str], country: str, phone_field: str) -> dict[str, str]:
    """Every number that is given, the one that the list dials first."""
    found: dict[str, str] = {}
    for kind in sorted(PHONES, key=lambda kind: kind != phone_field):
        if not (text := given.get(kind, "").strip()):
            continue
        try:
            found[kind] = normalise(text, country)
        except UnusableNumber as error:
            raise BadValue(kind, error.said) from None
    if not found:
        raise BadValue(phone_field, "Give a phone number; a lead without one cannot be called.")
    return found


def _text(name: str, value: str) -> str:
    return checked_field(name, value, {}) if value.strip() else ""


def _custom(given: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, str]:
    spelt = {label.casefold(): label for label in kinds}
    found: dict[str, str] = {}
    for name, value in given.items():
        label = spelt.get(name.strip().casefold())
        if label is None:
            raise BadValue(
                _place(name), "There is no custom field %(name)s; add it in Company Setup.", name=name[:60]
            )
        try:
            text = checked_field(f"{CUSTOM}{label}", value, kinds)
        except BadValue as error:
            raise BadValue(_place(name), error.said) from None
        if text:
            found[label] = text
    return found


def _place(label: str) -> str:
    """Where the value stands, as a part of a JSON pointer."""
    return "custom/" + label.replace("~", "~0").replace("/", "~1")
