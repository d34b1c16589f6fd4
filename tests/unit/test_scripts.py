"""A list's script with fields filled in (LPS-4)."""

from __future__ import annotations

from dialer.scripts import Piece, fill

VALUES = {"first_name": "Bo", "account_name": "", "agent_name": "Ana", "Plan & price": "Gold"}


def text(script: str) -> str:
    return "".join(piece.text for piece in fill(script, VALUES))


def test_fields_are_filled_in() -> None:
    assert text("Hi {first_name}, this is {agent_name}.") == "Hi Bo, this is Ana."


def test_case_blanks_and_underscores_make_no_difference() -> None:
    assert text("{First Name} {FIRST_NAME} { first_name }") == "Bo Bo Bo"


def test_custom_fields_go_by_their_labels() -> None:
    assert text("Your plan: {plan & price}") == "Your plan: Gold"


def test_what_nobody_knows_stays_as_it_is() -> None:
    assert fill("{shoe size}!", VALUES) == [
        Piece("{shoe size}", known=False, given="{shoe size}"),
        Piece("!"),
    ]


def test_an_empty_field_leaves_its_placeholder() -> None:
    assert fill("{account_name}", VALUES) == [Piece("{account_name}", "account_name", given="{account_name}")]


def test_lone_braces_are_text() -> None:
    assert text("a { b } {} {{first_name}} {\n}") == "a { b } {} {Bo} {\n}"


def test_a_value_is_not_read_again() -> None:
    assert fill("{first_name}", {"first_name": "{agent_name}", "agent_name": "Ana"})[0].text == "{agent_name}"
