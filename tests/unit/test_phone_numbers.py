"""Reading phone numbers as people write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.phone_numbers import Kind, UnusableNumber, kind_of, mask, normalise


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


@given(st.from_regex(r"(\+?1?[ .-]?)?\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}", fullmatch=True))
def test_our_quick_reading_of_north_american_numbers_is_the_librarys(text: str) -> None:
    try:
        quick = normalise(text, "US")
    except UnusableNumber:
        return
    slow = phonenumbers.parse(text, "US")
    assert phonenumbers.is_possible_number(slow)
    assert quick == phonenumbers.format_number(slow, phonenumbers.PhoneNumberFormat.E164)


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
