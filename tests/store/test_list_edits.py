"""Editing a list: who may dial it then, and two people who edit one, on the real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import Conflict, Refused
from dialer.store import list_info, lists, teams
from dialer.store.lists import ListEdit, StillDialing
from dialer.store.people import Role, User


def test_removed_user_gives_undialed_prospects_back_and_keeps_the_live_call(
    floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe, prospects=4)
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    assert lists.counts(floor.tenant, max_.id, list_id).held == 3
    floor.assign(max_, list_id, abe)
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.held, row.calling, row.remaining) == (0, 1, 4)
    assert lists.my_lists(floor.tenant, ana.id) == []


def test_removing_a_user_who_dials_is_asked_about_first(
    floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe)
    floor.sit_down(ana, list_id)
    only_abe = ListEdit(user_ids=[abe.id])
    with pytest.raises(StillDialing) as asked:
        lists.edit(floor.tenant, max_.id, list_id, 1, only_abe, now(), may_interrupt=())
    assert asked.value.users == {ana.id: "Ana"}
    assert [one.id for one in lists.my_lists(floor.tenant, ana.id)] == [list_id], "nothing was changed"
    assert lists.edit(floor.tenant, max_.id, list_id, 1, only_abe, now(), may_interrupt=[ana.id]) == 2
    assert lists.my_lists(floor.tenant, ana.id) == []


def test_user_who_keeps_the_list_through_a_team_is_not_asked_about(
    db: Database, floor: Floor, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    team = teams.create_team(db, floor.organisation.id, "Closers")
    teams.join_team(db, team.id, ana.id, now())
    floor.sit_down(ana, list_id)
    by_team = ListEdit(user_ids=[], team_ids=[team.id])
    lists.edit(floor.tenant, max_.id, list_id, 1, by_team, now(), may_interrupt=())
    [one] = list_info.info(floor.tenant, max_.id, list_id).assigned
    assert (one.name, one.by_name, one.teams, one.dialing) == ("Ana", False, ["Closers"], True)


def test_edit_changes_what_is_given_and_leaves_the_rest(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    before = list_info.info(floor.tenant, max_.id, list_id)
    change = ListEdit(name=" Summer leads ", batch_size=300, overnight_reset=False, reset_by_itself=True)
    assert lists.edit(floor.tenant, max_.id, list_id, before.version, change, now()) == 2
    after = list_info.info(floor.tenant, max_.id, list_id)
    assert after.settings == replace(
        before.settings, name="Summer leads", batch_size=300, overnight_reset=False, reset_by_itself=True
    )
    assert after.user_ids == {ana.id}


def test_edit_that_changes_nothing_is_no_edit(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    same = ListEdit(name="Spring leads", batch_size=20, user_ids=[ana.id], team_ids=[])
    assert lists.edit(floor.tenant, max_.id, list_id, 1, same, now()) == 1
    assert floor.audited("list.edit") == []


def test_user_may_hold_more_than_is_advised(floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(batch_size=1_000_000), now())
    assert lists.counts(floor.tenant, max_.id, list_id).batch_size == 1_000_000


@pytest.mark.parametrize("size", [0, -1, 10**12])
def test_batch_size_that_cannot_be_used_changes_nothing(floor: Floor, max_: User, size: int) -> None:
    list_id = floor.add_list(max_)
    with pytest.raises(Refused):
        lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(name="Renamed", batch_size=size), now())
    assert lists.counts(floor.tenant, max_.id, list_id).name == "Spring leads"


def test_second_of_two_editors_is_told_and_overwrites_nothing(floor: Floor, max_: User) -> None:
    mia = floor.hire("Mia", Role.ADMIN)
    list_id = floor.add_list(max_)
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(batch_size=30), now())
    with pytest.raises(Conflict, match="Max changed this list meanwhile"):
        lists.edit(floor.tenant, mia.id, list_id, 1, ListEdit(batch_size=40, name="Mine"), now())
    found = list_info.info(floor.tenant, max_.id, list_id)
    assert (found.settings.batch_size, found.settings.name, found.version) == (30, "Spring leads", 2)
    [edit] = lists.edits_since(floor.tenant, mia.id, list_id, 1)
    assert (edit.by, edit.before["batch_size"], edit.after["batch_size"]) == ("Max", 20, 30)
    assert lists.edits_since(floor.tenant, mia.id, list_id, 2) == []


def test_of_two_edits_at_the_same_moment_one_wins(floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    start, ends = Barrier(2), []

    def save(size: int) -> None:
        start.wait()
        try:
            ends.append(lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(batch_size=size), now()))
        except Conflict:
            ends.append(0)

    editors = [Thread(target=save, args=(size,)) for size in (30, 40)]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert sorted(ends) == [0, 2]
