"""Numbers as people paste and search them."""

from __future__ import annotations

import pytest

from dialer.number_blocks import Line, beginning_of, numbers_in
from dialer.phone_numbers import UnusableNumber, normalise


def read(block: str, country: str = "US") -> list[tuple[int, str]]:
    found = []
    for line in numbers_in(block, country):
        try:
            found.append((line.line, normalise(line.text, country)))
        except UnusableNumber:
            found.append((line.line, f"refused: {line.text}"))
    return found


@pytest.mark.parametrize("between", [",", ";", "\t", "|", " ; ", "\n", "\r\n", "\n\n", " / ", " ", "  "])
def test_any_separation_will_do(between: str) -> None:
    numbers = [number for _, number in read(f"2145550101{between}+12145550102{between}2145550103")]
    assert numbers == ["+12145550101", "+12145550102", "+12145550103"]


def test_blanks_inside_a_number_do_not_part_it() -> None:
    assert read("(214) 555 0101, 214 555 0102") == [(1, "+12145550101"), (1, "+12145550102")]
    assert read("070 100 00 12 +46 8 123 45 67", "SE") == [(1, "+46701000012"), (1, "+4681234567")]


def test_a_slash_after_the_area_is_part_of_the_number() -> None:
    assert read("030/12345678", "DE") == [(1, "+493012345678")]


def test_a_line_that_is_no_number_is_named_as_it_was_written() -> None:
    assert read("2145550101\n\ncall Bo\n555-01") == [
        (1, "+12145550101"),
        (3, "refused: call Bo"),
        (4, "refused: 555-01"),
    ]


def test_an_empty_block_holds_nothing() -> None:
    assert list(numbers_in(" \n,;\t\n", "US")) == []


def test_quotes_and_a_byte_order_mark_around_a_number_are_left_out() -> None:
    assert list(numbers_in('\ufeff"2145550101"', "US")) == [Line(1, "2145550101")]


@pytest.mark.parametrize(
    ("country", "text", "beginning"),
    [
        ("US", "214", "+1214"),
        ("US", "(214) 5", "+12145"),
        ("US", "1214", "+1214"),
        ("US", "+46", "+46"),
        ("US", "214 555 0101", "+12145550101"),
        ("SE", "070", "+4670"),
        ("SE", "0046 70", "+4670"),
        ("SE", "+1", "+1"),
        ("SE", "00", None),
        ("US", "Bo", None),
        ("US", "", None),
    ],
)
def test_what_is_searched_is_the_beginning_as_its_owner_writes_it(
    country: str, text: str, beginning: str | None
) -> None:
    assert beginning_of(text, country) == beginning
