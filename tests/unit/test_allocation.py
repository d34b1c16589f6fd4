"""Sharing prospects out: equal to within one record, in batches, nothing made up."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.allocation import Plan, is_due, missing, share_out, turns

ANA, ABE, MAX = 1, 2, 3

HELD = st.dictionaries(st.integers(1, 12), st.integers(0, 60), max_size=8)
FREE = st.integers(0, 300)
BATCH = st.integers(1, 40)


def _after(held: dict[int, int], plan: Plan) -> dict[int, int]:
    return {user: held[user] + plan.lease.get(user, 0) - plan.take_back.get(user, 0) for user in held}


def test_each_gets_a_batch_while_the_pool_lasts() -> None:
    assert share_out({ANA: 0, ABE: 0}, 1000, 20) == Plan({ANA: 20, ABE: 20}, {})


def test_a_small_pool_is_divided_equally_and_the_odd_record_has_one_owner() -> None:
    assert share_out({ANA: 0, ABE: 0}, 5, 20) == Plan({ANA: 3, ABE: 2}, {})


def test_who_joins_an_empty_pool_gets_half_of_what_the_other_holds() -> None:
    assert share_out({ANA: 10, ABE: 0}, 0, 20) == Plan({ABE: 5}, {ANA: 5})


def test_what_somebody_has_above_a_batch_goes_to_others_and_to_the_pool() -> None:
    assert share_out({ANA: 50, ABE: 0}, 0, 20) == Plan({ABE: 20}, {ANA: 30})


def test_nobody_in_session_gets_nothing() -> None:
    assert share_out({}, 100, 20) == Plan({}, {})


def test_it_is_time_when_somebody_has_nothing() -> None:
    assert is_due({ANA: 0, ABE: 3})
    assert not is_due({ANA: 2, ABE: 3})
    assert not is_due({})


@settings(max_examples=25, deadline=None)
@given(HELD, FREE, BATCH)
def test_nothing_is_made_up(held: dict[int, int], free: int, batch: int) -> None:
    plan = share_out(held, free, batch)
    assert sum(plan.lease.values()) <= free + sum(plan.take_back.values())
    assert min(plan.lease.values(), default=1) > 0
    assert all(0 < count <= held[user] for user, count in plan.take_back.items())
    assert not plan.lease.keys() & plan.take_back.keys()


@settings(max_examples=25, deadline=None)
@given(HELD, FREE, BATCH)
def test_shares_are_equal_within_one_record_and_never_above_the_batch(
    held: dict[int, int], free: int, batch: int
) -> None:
    after = _after(held, share_out(held, free, batch)).values()
    assert not held or max(after) - min(after) <= 1
    assert max(after, default=0) <= batch
    assert not held or sum(after) == min(free + sum(held.values()), batch * len(held))


def test_turns_go_to_whoever_holds_least() -> None:
    assert turns({ANA: 0, ABE: 0}, 2) == [ANA, ABE, ANA, ABE]
    assert turns({ANA: 3, ABE: 1}, 4) == [ABE, ABE, ANA, ABE]
    assert turns({ANA: 9, ABE: 1}, 4) == [], "Abe's come from Ana"
    assert turns({}, 4) == []


@settings(max_examples=25, deadline=None)
@given(HELD, FREE, BATCH)
def test_however_soon_the_pool_ends_nothing_has_to_be_taken_back_that_was_dealt(
    held: dict[int, int], free: int, batch: int
) -> None:
    after = dict(held)
    for user in turns(held, batch)[:free]:
        after[user] += 1
    plan = share_out(after, 0, batch)
    assert all(after[user] - count >= 0 for user, count in plan.take_back.items())
    assert all(after[user] == held[user] for user in plan.take_back)


@settings(max_examples=25, deadline=None)
@given(HELD, BATCH)
def test_a_pool_that_has_what_is_missing_gives_everybody_exactly_a_batch(
    held: dict[int, int], batch: int
) -> None:
    after = _after(held, share_out(held, missing(held, batch), batch))
    if sum(held.values()) <= batch * len(held):
        assert after == dict.fromkeys(held, batch)


@settings(max_examples=25, deadline=None)
@given(HELD, FREE, BATCH)
def test_sharing_out_twice_changes_nothing_more(held: dict[int, int], free: int, batch: int) -> None:
    plan = share_out(held, free, batch)
    left = free + sum(plan.take_back.values()) - sum(plan.lease.values())
    again = share_out(_after(held, plan), left, batch)
    assert again == Plan({}, {})
