"""Phone numbers as people write them, and as the network takes them (E.164)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from functools import cache, lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberType, ValidationResult

from dialer.errors import RingpoolError, Sentence, sentence


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

# The usual spellings are most of a list's rows, and reading them here takes a fortieth of the library's
# time. Punctuation alone is left out; whatever else stands in a number is for the library. Tests hold
# both readings against each other.
_PUNCTUATION = {ord(character): None for character in " ().-"}
_NORTH_AMERICAN = re.compile(r"(?:\+?1)?([2-9]\d{9})", re.ASCII)
_NORTH_AMERICAN_LINES = re.compile(r"^(?:\+?1)?([2-9]\d{9})$|^.*$", re.ASCII | re.MULTILINE)
_NORTH_AMERICA = 1


def normalise(text: str, country: str) -> str:
    """Return the number as E.164 (``+12125550123``); a number without ``+`` is read as of ``country``.

    ``country`` is an ISO 3166 code in capitals. An extension is left out: the network cannot dial it.
    Length and shape are checked, not whether the range is in use: libphonenumber's tables lag
    behind the numbering plans, and refusing a working number loses a lead, while a dead one is
    refused by the carrier. Raises UnusableNumber with the reason as a sentence.
    """
    text = text.strip()
    if quick := _quick(text.translate(_PUNCTUATION), country):
        return quick
    try:
        number = phonenumbers.parse(text, country)
    except NumberParseException as error:
        raise UnusableNumber(_why_not_parsed(text, error)) from None
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.IS_POSSIBLE:
            pass
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            raise UnusableNumber("'%(number)s' lacks its area code.", number=_short(text))
        case ValidationResult.TOO_LONG:
            raise UnusableNumber(_too_many(text))
        case ValidationResult.INVALID_COUNTRY_CODE:
            raise UnusableNumber(_no_country(text))
        case _:
            raise UnusableNumber(_too_few(text))
    if number.country_code == _NORTH_AMERICA and not str(number.national_number).startswith(
        tuple("23456789")
    ):
        raise UnusableNumber(
            "'%(number)s' has an area code that begins with 0 or 1; none does.", number=_short(text)
        )
    e164: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not re.fullmatch(r"\+[0-9]{6,15}", e164):
        raise UnusableNumber(_too_few(text))
    return e164


def normalise_all(texts: Sequence[str], country: str) -> list[str]:
    """``normalise`` for a column at once: E.164, or an empty text where there is no usable number."""
    column = "\n".join(texts)
    if not is_north_american(country) or column.count("\n") != len(texts) - 1:
        return [_normalised_or_nothing(text, country) for text in texts]
    usual = _NORTH_AMERICAN_LINES.findall(column.translate(_PUNCTUATION))
    return [
        f"+1{number}" if number else _normalised_or_nothing(text, country)
        for number, text in zip(usual, texts, strict=True)
    ]


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


def is_toll_free(e164: str) -> bool:
    """Whether the numbering plan has the number as free for who calls it."""
    plan = _plan_of(e164)
    # Asking the library costs 50 µs, and hardly a number is one: what cannot be is not asked about.
    if plan is None or not any(free.fullmatch(e164, len(plan.code) + 1) for free in plan.toll_free):
        return False
    return kind_of(e164) is Kind.TOLL_FREE


def is_domestic(e164: str, country: str) -> bool:
    """Whether the number is of the country; where several share a calling code, by its area.

    One whose area no table knows is taken for the country's own.
    """
    plan = _plan_of(e164)
    if plan is None or int(plan.code) != phonenumbers.country_code_for_region(country):
        return False
    if len(plan.regions) == 1:
        return True
    # In North America the three digits of the area decide; elsewhere all but the last four do.
    known = f"{e164[:5]}2000000" if plan.code == "1" else f"{e164[:-4]}0000"
    return _region_of(known) in (country, None)


class NumberTraits(NamedTuple):
    """What a list's Info tells numbers apart by."""

    toll_free: bool
    domestic: bool


def traits_keys(numbers: Sequence[str]) -> list[str]:
    """As much of each number as its traits hang on: of a North American one its area and a digit or three."""
    special = _AREAS_WITH_FREE_EXCHANGES
    return [
        number if number[:2] != "+1" else number[:8] if number[2:5] in special else number[:6]
        for number in numbers
    ]


# The Bahamas', Trinidad's and the Dominican Republic's own, beside the 800 of all.
_AREAS_WITH_FREE_EXCHANGES = frozenset({"242", "868", "800", "809", "829", "849"})


@lru_cache(maxsize=65_536)
def traits(key: str, country: str) -> NumberTraits:
    """The traits of the numbers with this one of ``traits_keys``, to an organisation of the country."""
    e164 = key.ljust(12, "0") if key.startswith("+1") else key
    return NumberTraits(is_toll_free(e164), is_domestic(e164, country))


def mask(e164: str) -> str:
    """The number as logs may show it: its first two digits and its last two (``+12…23``)."""
    return f"{e164[:3]}…{e164[-2:]}" if len(e164) > 6 else "…"


def _normalised_or_nothing(text: str, country: str) -> str:
    if not text:
        return ""
    try:
        return normalise(text, country)
    except UnusableNumber:
        return ""


class _Plan(NamedTuple):
    """A calling code's numbering plan, from the library's tables."""

    code: str
    regions: tuple[str, ...]
    general: re.Pattern[str]
    lengths: frozenset[int]
    trunk: str | None
    """What is dialed before a national number, such as 0; None where no plain rule says so."""
    before: re.Pattern[str] | None
    """All that may stand before a national number."""
    abroad: re.Pattern[str]
    """What is dialed before another country's code, such as 00."""
    toll_free: tuple[re.Pattern[str], ...]


def _quick(bare: str, country: str) -> str | None:
    """E.164 for a number without punctuation in a usual spelling, None for all others."""
    if is_north_american(country):
        return f"+1{match[1]}" if (match := _NORTH_AMERICAN.fullmatch(bare)) else None
    digits = bare.removeprefix("+")
    if not (digits.isdigit() and digits.isascii()):
        return None
    if bare != digits:
        plan = _plan_of(bare)
        national = digits[len(plan.code) :] if plan else ""
        if plan is None or plan.code == "1" or (plan.before and plan.before.match(national)):
            return None
    else:
        plan = _plan(phonenumbers.country_code_for_region(country))
        if plan is None or plan.regions[0] != country or plan.abroad.match(digits):
            return None
        if plan.before is None:
            national = digits
        elif (trunk := plan.before.match(digits)) is None or trunk[0] != plan.trunk:
            return None
        else:
            national = digits[trunk.end() :]
            if plan.general.fullmatch(digits):
                return None
    usual = (
        len(national) in plan.lengths and not national.startswith("0") and plan.general.fullmatch(national)
    )
    return f"+{plan.code}{national}" if usual else None


def _plan_of(e164: str) -> _Plan | None:
    for length in (1, 2, 3):
        code = e164[1 : 1 + length]
        if code and code[0] != "0" and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return _plan(int(code))
    return None


@cache
def _plan(code: int) -> _Plan | None:
    regions = tuple(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ()))
    known = [PhoneMetadata.metadata_for_region_or_calling_code(code, region) for region in regions]
    main = known[0] if known else None
    if main is None or main.general_desc is None or main.general_desc.national_number_pattern is None:
        return None
    before = main.national_prefix_for_parsing
    free = [m.toll_free.national_number_pattern for m in known if m is not None and m.toll_free is not None]
    return _Plan(
        str(code),
        regions,
        re.compile(main.general_desc.national_number_pattern),
        frozenset(main.general_desc.possible_length),
        main.national_prefix if main.national_prefix_transform_rule is None else None,
        re.compile(before) if before else None,
        re.compile(main.international_prefix or r"\Z\A"),
        tuple(re.compile(pattern) for pattern in dict.fromkeys(free) if pattern),
    )


@lru_cache(maxsize=65_536)
def _region_of(e164: str) -> str | None:
    region: str | None = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    return region


def _why_not_parsed(text: str, error: NumberParseException) -> Sentence:
    if not text:
        return sentence("There is no phone number.")
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        return _no_country(text)
    if error.error_type == NumberParseException.TOO_LONG:
        return _too_many(text)
    if error.error_type in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return _too_few(text)
    return sentence("'%(number)s' is not a phone number.", number=_short(text))


def _no_country(text: str) -> Sentence:
    return sentence("'%(number)s' begins with a country code that does not exist.", number=_short(text))


def _too_many(text: str) -> Sentence:
    return sentence("'%(number)s' has too many digits for a phone number.", number=_short(text))


def _too_few(text: str) -> Sentence:
    return sentence("'%(number)s' has too few digits for a phone number.", number=_short(text))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
