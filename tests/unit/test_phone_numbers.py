"""Reading phone numbers as people write them."""

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dialer.phone_numbers import (
    Kind,
    UnusableNumber,
    is_domestic,
    is_toll_free,
    kind_of,
    mask,
    normalise,
    normalise_all,
    traits,
    traits_keys,
)


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("(212) 555-0123", "US", "+12125550123"),
        ("212.555.0123", "US", "+12125550123"),
        ("1-212-555-0123", "CA", "+12125550123"),
        ("+1 212 555 0123", "SE", "+12125550123"),
        ("070-174 06 05", "SE", "+46701740605"),
        ("0046 70 174 06 05", "SE", "+46701740605"),
        ("212 555 0123 ext. 45", "US", "+12125550123"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("+39 06 1234 5678", "US", "+390612345678"),
        ("+1 555 010 0100", "US", "+15550100100"),
    ],
)
def test_a_usual_spelling_becomes_e164(text: str, country: str, e164: str) -> None:
    assert normalise(text, country) == e164


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no phone number"),
        ("call me", "not a phone number"),
        ("911", "too few digits"),
        ("555-0123", "lacks its area code"),
        ("212 555 01234", "too many digits"),
        ("+999 123 456", "country code that does not exist"),
        ("012 345 6789", "area code that begins with 0 or 1"),
        ("2.12555E+09", "not a phone number"),
        ("1" * 300, "too many digits"),
    ],
)
def test_an_unusable_number_says_why(text: str, why: str) -> None:
    with pytest.raises(UnusableNumber, match=why) as caught:
        normalise(text, "US")
    assert str(caught.value).endswith(".") and len(str(caught.value)) < 120


def the_librarys(text: str, country: str) -> str | None:
    """What the library alone makes of it, None where it does not hold it for possible."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None  # also one that lacks its area code
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


PUNCTUATED = st.lists(st.sampled_from([*"0123456789" * 3, *"+(). -"]), min_size=4, max_size=18).map("".join)
USUAL = st.from_regex(
    r"(\+|00|011)?(1|4[0-9]|3[0-9]|6[12]|358)?[ .-]?\(?0?[0-9]{2,3}\)?([ .-]?[0-9]{2,4}){2,4}", fullmatch=True
)
COUNTRIES = ["US", "CA", "BS", "SE", "GB", "DE", "FR", "NO", "IT", "AU", "MX", "BR", "FI", "IN", "PL", "JE"]


@settings(max_examples=200)
@given(PUNCTUATED | USUAL, st.sampled_from(COUNTRIES))
@example("+0310000", "SE")
def test_our_quick_reading_is_the_librarys(text: str, country: str) -> None:
    try:
        quick = normalise(text, country)
    except UnusableNumber:
        return
    assert quick == the_librarys(text, country)


@settings(max_examples=100)
@given(
    st.from_regex(r"\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}", fullmatch=True),
    st.sampled_from(["US", "SE"]),
)
def test_a_number_the_library_reads_is_not_refused(text: str, country: str) -> None:
    expected = the_librarys(text, country)
    try:
        found = normalise(text, country)
    except UnusableNumber:
        assert expected is None or expected.startswith(("+10", "+11"))
    else:
        assert found == expected


@given(st.lists(PUNCTUATED | USUAL | st.text(max_size=12), max_size=12), st.sampled_from(["US", "SE"]))
def test_a_column_is_read_as_its_cells_are(texts: list[str], country: str) -> None:
    def alone(text: str) -> str:
        try:
            return normalise(text, country)
        except UnusableNumber:
            return ""

    assert normalise_all(texts, country) == [alone(text) for text in texts]


NUMBERS = st.sampled_from([1, 1, 1, 44, 46, 49, 7, 39, 800]).flatmap(
    lambda code: st.integers(2_000_000_000, 9_999_999_999).map(lambda national: f"+{code}{national}"[:16])
) | st.from_regex(r"\+1(8[0-9]{2}|900|242|416|604|684)([2-9][0-9]{2}|[0-9]00)[0-9]{4}", fullmatch=True)


@settings(max_examples=200)
@given(NUMBERS)
def test_a_toll_free_number_is_the_librarys(e164: str) -> None:
    expected = kind_of(e164) is Kind.TOLL_FREE
    assert is_toll_free(e164) == expected
    assert traits(traits_keys([e164])[0], "US").toll_free == expected


@settings(max_examples=200)
@given(NUMBERS, st.sampled_from(["US", "CA", "SE", "GB"]))
def test_a_number_is_of_the_country_the_library_says(e164: str, country: str) -> None:
    region = phonenumbers.region_code_for_number(phonenumbers.parse(e164))
    if region is not None and len(e164) == 12 and region != "001":
        assert is_domestic(e164, country) == (region == country)
        assert traits(traits_keys([e164])[0], country).domestic == (region == country)


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        e164 = normalise(text, "US")
    except UnusableNumber:
        return
    assert e164.startswith("+") and e164[1:].isascii() and e164[1:].isdigit() and 7 <= len(e164) <= 16
    assert normalise(e164, "SE") == e164


def test_logs_never_show_a_whole_number() -> None:
    assert mask("+12125550123") == "+12…23"
    assert mask("+12345") == "…"


def test_a_numbers_kind_is_told_where_it_is_known() -> None:
    assert kind_of("+46701740605") is Kind.MOBILE
    assert kind_of("+18005550123") is Kind.TOLL_FREE
    assert kind_of("+15550100100") is None
