"""Errors and reasons that carry what another language is made from (ORG-7)."""

from __future__ import annotations

import pytest

from dialer.errors import BadValue, Refused, Sentence, Value, sentence


def test_an_error_is_english_to_whoever_asks_for_its_text() -> None:
    error = Refused("The list %(name)s has %(count)s prospects.", name="Spring", count=12_000)
    assert str(error) == "The list Spring has 12,000 prospects."
    assert error.said.template == "The list %(name)s has %(count)s prospects."
    assert error.said.values == {"name": "Spring", "count": 12_000}


def test_a_field_s_error_has_its_sentence_too() -> None:
    error = BadValue("name", "%(name)s is taken; choose another name.", name="Bo")
    assert (error.field, str(error)) == ("name", "Bo is taken; choose another name.")


def test_an_error_says_a_sentence_that_somebody_else_made() -> None:
    made = sentence("%(field)s is empty.", field=sentence("Phone"))
    assert Refused(made).said is made and made == "Phone is empty."


@pytest.mark.parametrize(
    ("names", "english"),
    [(("Ana",), "Ana"), (("Ana", "Abe"), "Ana and Abe"), (("A", "B", "C"), "A, B and C")],
)
def test_several_values_are_a_list_in_words(names: tuple[Value, ...], english: str) -> None:
    assert sentence("%(names)s", names=names) == english


def test_a_text_without_values_may_hold_any_character() -> None:
    assert sentence("100% of {it}") == "100% of {it}" and str(Refused("50 %s")) == "50 %s"
    assert isinstance(Refused("Never.").said, Sentence)
