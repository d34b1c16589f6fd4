"""Lists, their counts and who may dial them, on the real PostgreSQL."""

from __future__ import annotations

import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import NotFound
from dialer.store import leases, lists
from dialer.store.lists import ListSettings
from dialer.store.people import Role


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


def test_overview_counts_where_the_prospects_are(floor: Floor) -> None:
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana", extension="1001")
    list_id = floor.add_list(max_, ana, prospects=5)
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.prospects, row.remaining, row.calling, row.held) == (5, 5, 1, 4)
    assert (row.done, row.excluded, row.resting, row.users) == (0, 0, 0, 1)
    assert row.dialing == ["Ana"]


def test_empty_list_counts_nothing(floor: Floor) -> None:
    max_ = floor.hire("Max", Role.MANAGER)
    lists.create_list(floor.tenant, max_.id, ListSettings("Empty"), now())
    [row] = lists.overview(floor.tenant, max_.id)
    assert (row.name, row.prospects, row.remaining, row.users, row.dialing) == ("Empty", 0, 0, 0, [])


def test_agents_see_no_overview_and_no_details(floor: Floor) -> None:
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana")
    list_id = floor.add_list(max_, ana)
    assert lists.overview(floor.tenant, ana.id) == []
    with pytest.raises(NotFound):
        lists.detail(floor.tenant, ana.id, list_id)
    with pytest.raises(NotFound):
        lists.create_list(floor.tenant, ana.id, ListSettings("Mine"), now())


def test_other_organisations_manager_finds_nothing(db: Database, floor: Floor) -> None:
    other = Floor(db, "Other")
    olga = other.hire("Olga", Role.MANAGER)
    list_id = floor.add_list(floor.hire("Max", Role.MANAGER))
    assert lists.overview(other.tenant, olga.id) == []
    for attempt in (
        lambda: lists.detail(other.tenant, olga.id, list_id),
        lambda: lists.assign(other.tenant, olga.id, list_id, now(), user_ids=[], team_ids=[]),
        # Even without row-level security the query itself asks for the same organisation.
        lambda: lists.detail(db, olga.id, list_id),
        lambda: lists.assign(db, olga.id, list_id, now(), user_ids=[], team_ids=[]),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_other_organisations_users_cannot_be_assigned(db: Database, floor: Floor) -> None:
    olga = Floor(db, "Other").hire("Olga")
    max_ = floor.hire("Max", Role.MANAGER)
    list_id = floor.add_list(max_)
    lists.assign(db, max_.id, list_id, now(), user_ids=[olga.id, max_.id], team_ids=[])
    assert [user.name for user in lists.detail(floor.tenant, max_.id, list_id).assigned] == ["Max"]


def test_removed_user_gives_undialed_prospects_back_and_keeps_the_live_call(floor: Floor) -> None:
    max_, ana, abe = floor.hire("Max", Role.MANAGER), floor.hire("Ana", extension="1001"), floor.hire("Abe")
    list_id = floor.add_list(max_, ana, abe, prospects=4)
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    assert lists.counts(floor.tenant, max_.id, list_id).held == 3
    lists.assign(floor.tenant, max_.id, list_id, now(), user_ids=[abe.id], team_ids=[])
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.held, row.calling, row.remaining) == (0, 1, 4)
    assert lists.my_lists(floor.tenant, ana.id) == []


def test_assignment_is_in_the_audit_log_from_what_to_what(db: Database, floor: Floor) -> None:
    max_, ana, abe = floor.hire("Max", Role.MANAGER), floor.hire("Ana"), floor.hire("Abe")
    list_id = floor.add_list(max_, ana)
    lists.assign(floor.tenant, max_.id, list_id, now(), user_ids=[abe.id], team_ids=[])
    with db.transaction() as connection:
        row = connection.execute("SELECT * FROM audit WHERE action = 'list.assign'").fetchone()
    assert row is not None
    assert row["user_id"] == max_.id
    assert (row["before"]["user_ids"], row["after"]["user_ids"]) == ([ana.id], [abe.id])


def test_recent_calls_name_the_agent_and_the_outcome(floor: Floor) -> None:
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana", extension="1001")
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    [call] = lists.detail(floor.tenant, max_.id, list_id).recent
    assert (call.by, call.outcome, call.first_name) == ("Ana", "connected", "Bo")


def test_list_without_prospects_can_be_taken_back_and_one_with_them_cannot(floor: Floor) -> None:
    max_ = floor.hire("Max", Role.MANAGER)
    kept, gone = floor.add_list(max_), lists.create_list(floor.tenant, max_.id, ListSettings("Gone"), now())
    for list_id in (kept, gone):
        lists.drop_empty_list(floor.tenant, max_.id, list_id)
    assert [row.id for row in lists.overview(floor.tenant, max_.id)] == [kept]


def test_users_hold_equal_shares_in_the_detail(db: Database, floor: Floor) -> None:
    max_ = floor.hire("Max", Role.MANAGER)
    ana, abe = floor.hire("Ana", extension="1001"), floor.hire("Abe", extension="1002")
    list_id = floor.add_list(max_, ana, abe, prospects=6)
    floor.sit_down(ana, list_id)
    floor.sit_down(abe, list_id)
    leases.share_out(db, floor.organisation.id, list_id, now())
    assert [user.held for user in lists.detail(floor.tenant, max_.id, list_id).assigned] == [3, 3]
