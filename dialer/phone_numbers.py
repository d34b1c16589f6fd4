"""Phone numbers as people write them, and as the network takes them (E.164)."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

from dialer.errors import RingpoolError


class UnusableNumber(RingpoolError):
    """This text is not a phone number that can be dialed."""


class Kind(Enum):
    """What the numbering plan says of a number; in North America mobile and fixed look alike."""

    FIXED = "fixed"
    MOBILE = "mobile"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    OTHER = "other"


_KINDS = {
    PhoneNumberType.FIXED_LINE: Kind.FIXED,
    PhoneNumberType.MOBILE: Kind.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.FIXED_OR_MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE: Kind.PREMIUM,
}

# The usual spellings of a North American number, which are most of a list's rows: reading them
# here takes a fortieth of the library's time. A test holds both readings against each other.
_NORTH_AMERICAN = re.compile(
    r"(?:\+?1[ .-]?)?(?:\(([2-9]\d\d)\)|([2-9]\d\d))[ .-]{0,3}(\d{3})[ .-]{0,3}(\d{4})", re.ASCII
)
_NORTH_AMERICA = 1


def normalise(text: str, country: str) -> str:
    """Return the number as E.164 (``+12125550123``); a number without ``+`` is read as of ``country``.

    ``country`` is an ISO 3166 code in capitals. An extension is left out: the network cannot dial it.
    Length and shape are checked, not whether the range is in use: libphonenumber's tables lag
    behind the numbering plans, and refusing a working number loses a lead, while a dead one is
    refused by the carrier. Raises UnusableNumber with the reason as a sentence.
    """
    text = text.strip()
    if is_north_american(country) and (match := _NORTH_AMERICAN.fullmatch(text)):
        return f"+1{match[1] or match[2]}{match[3]}{match[4]}"
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise UnusableNumber(_why_not_parsed(text, error)) from None
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE:
            pass
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            raise UnusableNumber(f"'{_short(text)}' lacks its area code.")
        case ValidationResult.TOO_LONG:
            raise UnusableNumber(f"'{_short(text)}' has too many digits for a phone number.")
        case ValidationResult.INVALID_COUNTRY_CODE:
            raise UnusableNumber(f"'{_short(text)}' begins with a country code that does not exist.")
        case _:
            raise UnusableNumber(f"'{_short(text)}' has too few digits for a phone number.")
    if number.country_code == _NORTH_AMERICA and not str(number.national_number).startswith(
        tuple("23456789")
    ):
        raise UnusableNumber(f"'{_short(text)}' has an area code that begins with 0 or 1; none does.")
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not re.fullmatch(r"\+[0-9]{6,15}", e164):
        raise UnusableNumber(f"'{_short(text)}' has too few digits for a phone number.")
    return e164


@lru_cache
def is_north_american(country: str) -> bool:
    """True for the countries behind +1."""
    return bool(phonenumbers.country_code_for_region(country) == _NORTH_AMERICA)


def is_country(code: str) -> bool:
    """True for an ISO 3166 code in capitals that has a numbering plan."""
    return code in phonenumbers.SUPPORTED_REGIONS


def kind_of(e164: str) -> Kind | None:
    """What kind of number this is, or None where the numbering plan's tables do not know it."""
    found = phonenumbers.number_type(phonenumbers.parse(e164))
    return None if found == PhoneNumberType.UNKNOWN else _KINDS.get(found, Kind.OTHER)


def mask(e164: str) -> str:
    """The number as logs may show it: its first two digits and its last two (``+12…23``)."""
    return f"{e164[:3]}…{e164[-2:]}" if len(e164) > 6 else "…"


def _why_not_parsed(text: str, error: NumberParseException) -> str:
    if not text:
        return "There is no phone number."
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return f"'{_short(text)}' begins with a country code that does not exist."
    if error.error_type == NumberParseException.TOO_LONG:
        return f"'{_short(text)}' has too many digits for a phone number."
    if error.error_type in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return f"'{_short(text)}' has too few digits for a phone number."
    return f"'{_short(text)}' is not a phone number."


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
