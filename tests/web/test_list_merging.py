"""Two people edited one list: what each of them meant, put together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dialer.store.lists import PastEdit
from web.lists.merging import merge

NOW: dict[str, Any] = {
    "name": "Spring",
    "batch_size": 30,
    "overnight_reset": True,
    "reset_by_itself": False,
    "script": "",
    "users": [1, 3],
    "teams": [],
}


def edit(**changes: tuple[Any, Any]) -> PastEdit:
    """An edit from what to what."""
    before = {key: was for key, (was, _now) in changes.items()}
    after = {key: now for key, (_was, now) in changes.items()}
    return PastEdit(datetime(2026, 3, 2, tzinfo=UTC), "Max", before, after)


def test_what_was_not_touched_takes_the_other_value() -> None:
    merged = merge([edit(batch_size=(20, 30))], NOW, {**NOW, "batch_size": 20})
    assert (merged.values["batch_size"], merged.both) == (30, frozenset())


def test_what_was_typed_stays_where_the_other_changed_nothing() -> None:
    merged = merge([edit(batch_size=(20, 30))], NOW, {**NOW, "batch_size": 20, "name": "Summer"})
    assert (merged.values["name"], merged.values["batch_size"]) == ("Summer", 30)


def test_field_that_both_changed_keeps_what_was_typed_and_is_marked() -> None:
    merged = merge([edit(batch_size=(20, 30))], NOW, {**NOW, "batch_size": 40})
    assert (merged.values["batch_size"], merged.both) == (40, {"batch_size"})


def test_same_change_by_both_is_no_contradiction() -> None:
    assert merge([edit(batch_size=(20, 30))], NOW, NOW).both == frozenset()


def test_several_edits_are_taken_back_to_where_the_form_began() -> None:
    edits = [edit(batch_size=(20, 25)), edit(batch_size=(25, 30))]
    assert merge(edits, NOW, {**NOW, "batch_size": 20}).values["batch_size"] == 30


def test_people_are_added_and_removed_one_by_one() -> None:
    # The form began with 1 and 2; the other took 2 out and put 3 in; here 4 comes and 1 goes.
    merged = merge([edit(user_ids=([1, 2], [1, 3]))], NOW, {**NOW, "users": [2, 4]})
    assert (merged.values["users"], merged.both) == ([3, 4], frozenset())
