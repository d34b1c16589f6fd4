"""By which words a lead is found."""

from __future__ import annotations

import pytest

from dialer.lead_words import Sought, after, sought, words_of


def test_a_lead_has_its_words_their_pieces_its_hosts_and_both_ends_of_its_numbers() -> None:
    found = words_of(["Bo", "Smith-Jones", "Räksmörgås Inc.", "bo.smith@mail.example.com"], ["+12145550123"])
    assert found == {
        "bo", "smith-jones", "smith", "jones", "räksmörgås", "inc",
        "bo.smith@mail.example.com", "mail.example.com", "mail", "example",
        "12145550123", "-32105554121",
    }  # fmt: skip


def test_what_nobody_wrote_is_no_word() -> None:
    assert words_of(["", "  ", "-", "@", "_"], []) == set()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", None),
        (" - ", None),
        ("²", None),
        ("ÅSA", Sought(("åsa",))),
        ("bo SMITH", Sought(("smith", "bo"))),
        ("Bo555@example.org", Sought(("bo555@example.org",))),
        ("a bb ccc dddd", Sought(("dddd", "ccc", "bb"))),
        ("#1234", Sought(lead_id=1234)),
        ("12", Sought(lead_id=12)),
        ("1-2", Sought()),
        ("555-01 23", Sought(any_of=("5550123", "-3210555"))),
        ("0123", Sought(any_of=("0123", "-321"), lead_id=123)),
        ("+46 70", Sought(any_of=("4670", "-0764"))),
        ("000", Sought(any_of=("000",), lead_id=0)),
        ("9" * 30, Sought(any_of=("9" * 30, "-" + "9" * 30))),
    ],
)
def test_what_is_typed_is_words_or_a_number(typed: str, meant: Sought | None) -> None:
    assert sought(typed) == meant


def test_after_a_beginning_come_words_that_begin_otherwise() -> None:
    assert "bo" < "bo\U0010fffe" < after("bo") < "bp"
