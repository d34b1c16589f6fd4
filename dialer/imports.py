"""From a CSV row to a prospect: the fields, the mapping of headers to them, the checks of a row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from dialer.csv_files import Preview, read_preview
from dialer.csv_formats import UnreadableFile
from dialer.errors import RingpoolError
from dialer.phone_numbers import UnusableNumber, normalise
from dialer.time_zones import zone_from_name, zone_of

__all__ = [
    "FIELDS",
    "BadMapping",
    "Field",
    "Preview",
    "ProspectRow",
    "RefusedRow",
    "UnreadableFile",
    "check_mapping",
    "read_preview",
    "row_reader",
    "suggest_mapping",
]

MAX_RAW = 2_000
"""Characters of a refused row's text that are kept."""
MAX_CUSTOM = 2_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a prospect that a column can be mapped to."""

    name: str
    label: str
    mandatory: bool = False
    max_length: int = 200
    also: tuple[str, ...] = ()
    """Other headers that obviously mean this field, in letters and digits only."""


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
_BY_NAME = {field.name: field for field in FIELDS}
_PHONES = ("phone", "mobile_phone", "work_phone")


class BadMapping(RingpoolError):
    """The file's columns cannot be matched to the fields as asked."""


class RefusedRow(RingpoolError):
    """This row cannot become a prospect; the text says why."""


class ProspectRow(NamedTuple):
    """A prospect to be: every text stripped, phones E.164 or None, ``custom`` a JSON object's text."""

    position: int
    account_name: str
    first_name: str
    last_name: str
    email: str
    region: str
    postal_code: str
    time_zone: str
    notes: str
    custom: str
    phone: str
    mobile_phone: str | None
    work_phone: str | None


def suggest_mapping(headers: Sequence[str]) -> dict[str, str]:
    """Return field name → header for headers that are a field's name or label, or obviously mean it.

    Upper and lower case, spaces and punctuation do not matter; a header serves one field.
    """
    by_key: dict[str, str] = {}
    for header in headers:
        by_key.setdefault(_key(header), header)
    mapping: dict[str, str] = {}
    for keys in ((lambda f: (_key(f.name), _key(f.label))), (lambda f: f.also)):
        for field in FIELDS:
            for key in keys(field):
                if field.name not in mapping and key in by_key:
                    mapping[field.name] = by_key.pop(key)
    return mapping


def check_mapping(headers: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Raises BadMapping when a field or header is not there or a mandatory field has no column."""
    for name, header in mapping.items():
        if name not in _BY_NAME:
            raise BadMapping(f"There is no field '{name}'; the fields are {', '.join(_BY_NAME)}.")
        if header not in headers:
            raise BadMapping(f"The file has no column '{header}'; its columns are {', '.join(headers[:50])}.")
    missing = [field.label for field in FIELDS if field.mandatory and field.name not in mapping]
    if missing:
        raise BadMapping(f"Match a column to {_and(missing)}; every list must have it.")


def row_reader(
    headers: Sequence[str],
    mapping: Mapping[str, str],
    *,
    country: str,
    default_zone: str,
    keep_unmapped: bool = True,
) -> Callable[[int, list[str]], ProspectRow]:
    """Return a function from a position and a row's cells to a prospect; it raises RefusedRow.

    ``country`` (ISO 3166) reads numbers without ``+``; ``default_zone`` is the organisation's.
    Columns that no field takes become custom fields under their header, if ``keep_unmapped``. A
    second phone or time zone that cannot be understood does not refuse the row: its text is kept
    as a custom field too. Raises BadMapping.
    """
    check_mapping(headers, mapping)
    place = {header: index for index, header in enumerate(headers)}
    columns = [(_BY_NAME[name], place[header]) for name, header in mapping.items()]
    mapped = set(mapping.values())
    others = [(h, i) for h, i in place.items() if h not in mapped] if keep_unmapped else []
    width = len(headers)

    def read(position: int, cells: list[str]) -> ProspectRow:
        if len(cells) != width and (len(cells) < width or any(cells[width:])):
            raise RefusedRow(
                f"The row has {len(cells)} cells and the header {width}; "
                "look for a delimiter or line break outside quotation marks."
            )
        values = dict.fromkeys(_BY_NAME, "")
        for field, index in columns:
            text = cells[index].strip()
            if len(text) > field.max_length:
                raise RefusedRow(f"{field.label} is longer than {field.max_length} characters.")
            if field.mandatory and not text:
                raise RefusedRow(f"{field.label} is empty.")
            values[field.name] = text
        custom = {}
        for header, index in others:
            if text := cells[index].strip():
                if len(text) > MAX_CUSTOM:
                    raise RefusedRow(f"{header} is longer than {MAX_CUSTOM} characters.")
                custom[header] = text
        try:
            phone = normalise(values["phone"], country)
        except UnusableNumber as error:
            raise RefusedRow(f"Phone: {error}") from None
        more = [_second_phone(name, values[name], country, custom) for name in _PHONES[1:]]
        named = values["time_zone"]
        if named and zone_from_name(named) is None:
            custom[_BY_NAME["time_zone"].label] = named
        zone = zone_of(
            time_zone=named,
            region=values["region"],
            postal_code=values["postal_code"],
            number=phone,
            default=default_zone,
        )
        return ProspectRow(
            position,
            values["account_name"],
            values["first_name"],
            values["last_name"],
            values["email"],
            values["region"],
            values["postal_code"],
            zone,
            values["notes"],
            orjson.dumps(custom).decode() if custom else "{}",
            phone,
            *more,
        )

    return read


def _second_phone(name: str, text: str, country: str, custom: dict[str, str]) -> str | None:
    if not text:
        return None
    try:
        return normalise(text, country)
    except UnusableNumber:
        custom[_BY_NAME[name].label] = text
        return None


def _key(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


def _and(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
