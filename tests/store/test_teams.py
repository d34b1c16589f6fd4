"""Teams on the real PostgreSQL: what joining, leaving and deleting does to lists (ORG-3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from panel_floor import Floor, now

from dialer.agents import AgentState
from dialer.db import Database
from dialer.errors import Conflict, Forbidden, NotFound, Refused
from dialer.live import PANEL
from dialer.store import agents, lists, sharing, teams
from dialer.store.lists import ListEdit
from dialer.store.people import Role, User
from dialer.store.teams import Team


@pytest.fixture
def west(floor: Floor) -> Team:
    return teams.create_team(floor.tenant, floor.organisation.id, "West")


@pytest.fixture
def list_id(floor: Floor, max_: User, west: Team) -> int:
    """A list of six prospects that the team may dial."""
    list_id = floor.add_list(max_, prospects=6)
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(team_ids=[west.id]), now())
    return list_id


@pytest.fixture
def told(database_url: str) -> Iterator[Any]:
    """Waits until open pages are told these topics."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"LISTEN {PANEL}")

        def wait_for(*topics: str) -> None:
            missing = set(topics)
            for notification in connection.notifies(timeout=10):
                missing.discard(notification.payload)
                if not missing:
                    return
            assert missing == set()

        yield wait_for


def held(floor: Floor) -> dict[str, int]:
    with floor.db.transaction() as connection:
        rows = connection.execute(
            "SELECT u.name, count(*) AS n FROM lease l JOIN app_user u ON u.id = l.user_id GROUP BY u.name"
        ).fetchall()
    return {row["name"]: row["n"] for row in rows}


def logged(db: Database, team: Team) -> list[dict[str, Any]]:
    with db.transaction() as connection:
        return connection.execute(
            "SELECT user_id, action, before, after FROM audit WHERE subject = %s ORDER BY id",
            (f"team:{team.id}",),
        ).fetchall()


def my_lists(floor: Floor, user: User) -> list[int]:
    return [mine.id for mine in lists.my_lists(floor.tenant, user.id)]


def test_lists_of_a_team_appear_and_vanish_and_pages_are_told(
    floor: Floor, ana: User, west: Team, list_id: int, told: Any
) -> None:
    organisation_id = floor.organisation.id
    for change, expected in ((teams.join_team, [list_id]), (teams.leave_team, [])):
        change(floor.tenant, west.id, ana.id, now())
        assert my_lists(floor, ana) == expected
        told(f"{organisation_id}:user:{ana.id}", f"{organisation_id}:lists")


def test_who_leaves_gives_back_what_they_hold_and_the_others_share_it(
    floor: Floor, ana: User, abe: User, west: Team, list_id: int
) -> None:
    teams.change_members(floor.tenant, west.id, now(), join=[ana.id, abe.id])
    floor.sit_down(ana, list_id)
    floor.sit_down(abe, list_id)
    with floor.db.transaction() as connection:
        sharing.equalise(connection, floor.organisation.id, list_id, now())
    assert held(floor) == {"Ana": 3, "Abe": 3}
    teams.leave_team(floor.tenant, west.id, ana.id, now())
    assert held(floor) == {"Abe": 6}
    assert agents.agent_of(floor.tenant, ana.id).state is AgentState.LOGGED_OUT
    assert agents.agent_of(floor.tenant, abe.id).state is AgentState.READY


def test_call_of_who_leaves_is_not_cut(floor: Floor, ana: User, west: Team, list_id: int) -> None:
    teams.join_team(floor.tenant, west.id, ana.id, now())
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    teams.leave_team(floor.tenant, west.id, ana.id, now())
    assert agents.agent_of(floor.tenant, ana.id).state is AgentState.ON_CALL
    assert held(floor) == {}


def test_who_is_assigned_by_name_too_keeps_the_list(
    floor: Floor, max_: User, ana: User, west: Team, list_id: int
) -> None:
    teams.join_team(floor.tenant, west.id, ana.id, now())
    lists.edit(floor.tenant, max_.id, list_id, 2, ListEdit(user_ids=[ana.id]), now())
    floor.sit_down(ana, list_id)
    teams.delete_team(floor.tenant, west.id, now())
    assert my_lists(floor, ana) == [list_id]
    assert agents.agent_of(floor.tenant, ana.id).state is AgentState.READY


def test_deleted_team_takes_its_lists_away_and_leaves_its_members(
    floor: Floor, max_: User, ana: User, abe: User, west: Team, list_id: int
) -> None:
    teams.change_members(floor.tenant, west.id, now(), join=[ana.id, abe.id], by=max_.id)
    floor.sit_down(ana, list_id)
    (doomed,) = teams.lists_only_through(floor.tenant, west.id)
    assert (doomed.id, doomed.members) == (list_id, 2)
    assert teams.delete_team(floor.tenant, west.id, now(), by=max_.id) == "West"
    assert my_lists(floor, ana) == []
    assert held(floor) == {}
    assert agents.agent_of(floor.tenant, ana.id).state is AgentState.LOGGED_OUT
    assert logged(floor.db, west)[-1]["before"] == {"name": "West", "members": ["Abe", "Ana"]}
    with pytest.raises(NotFound):
        teams.delete_team(floor.tenant, west.id, now())


def test_membership_is_logged_from_what_to_what_and_by_whom(
    floor: Floor, max_: User, ana: User, abe: User, west: Team
) -> None:
    teams.change_members(floor.tenant, west.id, now(), join=[ana.id], by=max_.id)
    teams.change_members(floor.tenant, west.id, now(), join=[abe.id], leave=[ana.id], name="East", by=max_.id)
    last = logged(floor.db, west)[-1]
    assert (last["user_id"], last["action"]) == (max_.id, "team.edit")
    assert last["before"] == {"name": "West", "members": ["Ana"]}
    assert last["after"] == {"name": "East", "members": ["Abe"]}


def test_joining_twice_is_joining_once(floor: Floor, ana: User, west: Team) -> None:
    teams.join_team(floor.tenant, west.id, ana.id, now())
    lines = logged(floor.db, west)
    teams.join_team(floor.tenant, west.id, ana.id, now())
    assert logged(floor.db, west) == lines
    assert teams.team(floor.tenant, west.id).member_ids == {ana.id}


def test_rename_of_a_team_that_was_renamed_meanwhile_is_a_conflict(floor: Floor, west: Team) -> None:
    teams.change_members(floor.tenant, west.id, now(), name="East", name_was="West")
    with pytest.raises(Conflict):
        teams.change_members(floor.tenant, west.id, now(), name="North", name_was="West")
    assert teams.team(floor.tenant, west.id).name == "East"


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "East"])
def test_name_that_cannot_be_used_is_refused_and_nothing_else_changed(
    floor: Floor, ana: User, west: Team, name: str
) -> None:
    teams.create_team(floor.tenant, floor.organisation.id, "East")
    with pytest.raises(Refused):
        teams.change_members(floor.tenant, west.id, now(), join=[ana.id], name=name)
    with pytest.raises(Refused):
        teams.create_team(floor.tenant, floor.organisation.id, name)
    assert teams.team(floor.tenant, west.id).member_ids == frozenset()


@pytest.mark.parametrize("role", [Role.AGENT, Role.DIALING_AGENT])
def test_agents_change_no_teams(floor: Floor, west: Team, role: Role) -> None:
    mia = floor.hire("Mia", role)
    with pytest.raises(Forbidden):
        teams.create_team(floor.tenant, floor.organisation.id, "Mine", by=mia.id)
    with pytest.raises(Forbidden):
        teams.join_team(floor.tenant, west.id, mia.id, now(), by=mia.id)
    with pytest.raises(Forbidden):
        teams.delete_team(floor.tenant, west.id, now(), by=mia.id)


def test_other_organisations_teams_and_users_stay_apart(floor: Floor, ana: User, west: Team) -> None:
    other = Floor(floor.db, "Other")
    olga = other.hire("Olga")
    with pytest.raises(NotFound):
        teams.join_team(floor.tenant, west.id, olga.id, now())
    with pytest.raises(NotFound):
        teams.join_team(other.tenant, west.id, olga.id, now())
    with pytest.raises(NotFound):
        teams.delete_team(other.tenant, west.id, now())
    with pytest.raises(NotFound):
        teams.join_team(floor.db, west.id, olga.id, now())
    assert teams.overview(other.tenant, floor.organisation.id) == []
