"""What a CSV file's columns can be: the fields of a prospect, and the mapping of headers to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dialer.csv_files import Preview, read_preview
from dialer.csv_formats import UnreadableFile
from dialer.errors import RingpoolError, Sentence

__all__ = [
    "FIELDS",
    "PHONES",
    "BadMapping",
    "Field",
    "Preview",
    "UnreadableFile",
    "check_mapping",
    "custom_label",
    "fields",
    "read_preview",
    "suggest_mapping",
]

CUSTOM = "custom:"
"""A custom field's name in a mapping is this and its label."""
MAX_CUSTOM = 2_000
MAX_LABEL = 200
PHONES = ("phone", "mobile_phone", "work_phone")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a prospect that a column can be mapped to."""

    name: str
    label: str
    mandatory: bool = False
    max_length: int = 200
    also: tuple[str, ...] = ()
    """Other headers that obviously mean this field, in letters and digits only."""

    @property
    def said(self) -> Sentence | str:
        """Its label as it belongs into a sentence: an organisation's own word is in no catalogue."""
        return self.label if self.name.startswith(CUSTOM) else Sentence(self.label, {})


FIELDS: tuple[Field, ...] = (
    Field("account_name", "Account Name", True, also=("account", "company", "companyname", "organisation")),
    Field("first_name", "First Name", True, also=("firstname", "givenname", "forename")),
    Field("last_name", "Last Name", True, also=("lastname", "surname", "familyname")),
    Field("phone", "Phone", True, also=("phonenumber", "telephone", "telephonenumber", "businessphone")),
    Field("mobile_phone", "Mobile Phone", also=("mobile", "mobilenumber", "cell", "cellphone")),
    Field("work_phone", "Work Phone", also=("work", "officephone", "directphone")),
    Field("email", "E-mail", max_length=254, also=("email", "emailaddress", "mail")),
    Field("region", "State / Province", also=("state", "province", "region", "stateprovince", "county")),
    Field("postal_code", "Postal Code", max_length=20, also=("zip", "zipcode", "postcode", "postalcode")),
    Field("time_zone", "Time Zone", also=("timezone", "tz", "zone")),
    Field("notes", "Notes", max_length=10_000, also=("note", "comment", "comments", "description")),
)


class BadMapping(RingpoolError):
    """The file's columns cannot be matched to the fields as asked."""


def fields(custom: Sequence[str] = (), mandatory_phones: Sequence[str] = ("phone",)) -> tuple[Field, ...]:
    """The fields of an organisation: the standard ones, then its custom fields by their labels.

    ``mandatory_phones`` are the phone columns that each of its lists must bring.
    """
    standard = (
        replace(field, mandatory=field.name in mandatory_phones) if field.name in PHONES else field
        for field in FIELDS
    )
    return (*standard, *(Field(f"{CUSTOM}{label}", label, max_length=MAX_CUSTOM) for label in custom))


def custom_label(name: str) -> str | None:
    """The label of the custom field that a mapping names, None for a standard field's name."""
    return name.removeprefix(CUSTOM) if name.startswith(CUSTOM) else None


def suggest_mapping(headers: Sequence[str], fields: Iterable[Field] = FIELDS) -> dict[str, str]:
    """Return field name → header for headers that are a field's name or label, or obviously mean it.

    Upper and lower case, spaces and punctuation do not matter; a header serves one field.
    """
    by_key: dict[str, str] = {}
    for header in headers:
        by_key.setdefault(_key(header), header)
    mapping: dict[str, str] = {}
    for keys in ((lambda f: (_key(f.name), _key(f.label))), (lambda f: f.also)):
        for field in fields:
            for key in keys(field):
                if key and field.name not in mapping and key in by_key:
                    mapping[field.name] = by_key.pop(key)
    return mapping


def check_mapping(
    headers: Sequence[str], mapping: Mapping[str, str], fields: Sequence[Field] = FIELDS
) -> None:
    """Raises BadMapping when a field or header is not there or a mandatory field has no column.

    A custom field that does not exist yet may be named; the import adds it.
    """
    known = {field.name for field in fields}
    for name, header in mapping.items():
        label = custom_label(name)
        if label is None and name not in known:
            standard = tuple(field.name for field in fields if custom_label(field.name) is None)
            raise BadMapping(
                "There is no field '%(name)s'; the fields are %(fields)s.", name=name, fields=standard
            )
        if label is not None and not 0 < len(label.strip()) <= MAX_LABEL:
            raise BadMapping("A custom field's label has 1 to %(longest)s characters.", longest=MAX_LABEL)
        if header not in headers:
            raise BadMapping(
                "The file has no column '%(header)s'; its columns are %(headers)s.",
                header=header,
                headers=tuple(headers[:50]),
            )
    missing = tuple(field.said for field in fields if field.mandatory and field.name not in mapping)
    if missing:
        raise BadMapping("Match a column to %(fields)s; every list must have it.", fields=missing)


def _key(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()
