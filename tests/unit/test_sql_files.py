"""Queries for several tables, and lines that several queries have in common."""

from __future__ import annotations

import pytest

from dialer.sql import load


def test_a_family_for_several_tables_is_about_the_one_that_is_named() -> None:
    assert "DELETE FROM parking_lot\n" in load("number_tables", table="parking_lot", own="until").remove
    assert "DELETE FROM do_not_call\n" in load("number_tables", table="do_not_call", own="source").remove


def test_a_word_that_is_not_given_is_noticed_at_once() -> None:
    with pytest.raises(KeyError, match="table"):
        load("ordered_rows")


def test_lines_in_common_stand_in_each_query_and_are_none_themselves() -> None:
    users = load("users")
    assert "AS has_pin" in users.registered
    assert "AS has_pin" in users.listing
    assert not hasattr(users, "registration")


def test_lines_in_common_may_hold_others() -> None:
    leads = load("leads")
    assert "{" not in leads.search_three
    assert leads.search_three.count("FROM lead_word") == 3
