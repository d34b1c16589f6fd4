"""Drafts on record: they belong to the call, and go with its result."""

from __future__ import annotations

from uuid import UUID

import pytest
from dialing_floor import Floor

from dialer.errors import NotFound
from dialer.store import dispositions, drafts, sessions


def test_each_field_keeps_its_newest_text(floor: Floor, ana: int, attempt_id: int) -> None:
    drafts.keep(floor.tenant, ana, attempt_id, {"notes": ("one", 10), "email": ("a@b", 10)}, floor.now)
    kept = drafts.keep(floor.tenant, ana, attempt_id, {"notes": ("stale", 5)}, floor.now)
    assert kept == {"notes": ("one", 10), "email": ("a@b", 10)}
    assert drafts.draft(floor.tenant, ana, attempt_id) == kept


def test_the_end_of_the_call_changes_nothing(floor: Floor, ana: int, leg_id: UUID, attempt_id: int) -> None:
    drafts.keep(floor.tenant, ana, attempt_id, {"notes": ("one", 10)}, floor.now)
    floor.hang_up(leg_id)
    assert drafts.draft(floor.tenant, ana, attempt_id) == {"notes": ("one", 10)}


def test_it_is_gone_with_the_result_and_nothing_comes_after(
    floor: Floor, ana: int, leg_id: UUID, attempt_id: int
) -> None:
    drafts.keep(floor.tenant, ana, attempt_id, {"notes": ("one", 10)}, floor.now)
    floor.hang_up(leg_id)
    dispositions.save_result(floor.tenant, ana, attempt_id, floor.result("final"), "", floor.now)
    assert floor.rows("SELECT 1 FROM call_draft") == []
    with pytest.raises(NotFound):
        drafts.keep(floor.tenant, ana, attempt_id, {"notes": ("late", 20)}, floor.now)
    assert floor.rows("SELECT 1 FROM call_draft") == []


def test_a_result_that_is_given_up_keeps_the_notes(
    floor: Floor, ana: int, leg_id: UUID, attempt_id: int
) -> None:
    drafts.keep(floor.tenant, ana, attempt_id, {"notes": ("Wants a quote.", 10)}, floor.now)
    floor.hang_up(leg_id)
    dispositions.close_window(floor.tenant, ana, attempt_id, floor.now)
    sessions.resume(floor.tenant, ana, floor.now)
    assert floor.prospect(leg_id)["notes"] == "Wants a quote."
    assert floor.rows("SELECT 1 FROM call_draft") == []


def test_nobody_reads_or_writes_anothers(floor: Floor, ana: int, attempt_id: int) -> None:
    abe = floor.at_work("Abe")
    with pytest.raises(NotFound):
        drafts.keep(floor.tenant, abe, attempt_id, {"notes": ("x", 10)}, floor.now)
    with pytest.raises(NotFound):
        drafts.draft(floor.tenant, abe, attempt_id)
