"""Lists, their counts, who may see them and what becomes of them, on the real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import Conflict, NotFound, Refused
from dialer.store import leases, list_info, lists, sessions, teams
from dialer.store.lists import ListEdit, ListSettings
from dialer.store.people import Role, User


def test_overview_counts_where_the_prospects_are(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana, prospects=5)
    floor.sit_down(ana, list_id)
    floor.call(list_id)
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.prospects, row.remaining, row.calling, row.held) == (5, 5, 1, 4)
    assert (row.done, row.excluded, row.resting, row.users) == (0, 0, 0, 1)
    assert row.dialing == ["Ana"]


def test_empty_list_counts_nothing(floor: Floor, max_: User) -> None:
    lists.create_list(floor.tenant, max_.id, ListSettings("Empty"), now())
    [row] = lists.overview(floor.tenant, max_.id)
    assert (row.name, row.prospects, row.remaining, row.users, row.dialing) == ("Empty", 0, 0, 0, [])
    assert not row.all_dialed, "there was nobody to dial"


def test_excluded_prospects_are_counted_by_reason(db: Database, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_, prospects=6)
    with db.transaction() as connection:
        connection.execute(
            """UPDATE prospect SET status = 'excluded', excluded_by =
               CASE WHEN position <= 3 THEN 'do_not_call' WHEN position <= 5 THEN 'parking_lot'
                    ELSE 'invalid_number' END"""
        )
    row = lists.counts(floor.tenant, max_.id, list_id)
    assert (row.do_not_call, row.parking_lot, row.invalid_number, row.excluded) == (3, 2, 1, 6)
    assert row.remaining == 0
    assert not row.all_dialed, "nobody was dialed"


def test_list_is_all_dialed_when_nothing_waits_any_more(db: Database, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_, prospects=2)
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done' WHERE position = 1")
    assert not lists.counts(floor.tenant, max_.id, list_id).all_dialed
    with db.transaction() as connection:
        connection.execute("UPDATE prospect SET status = 'done'")
    assert lists.counts(floor.tenant, max_.id, list_id).all_dialed


def test_settings_come_back_as_they_were_given(floor: Floor, max_: User) -> None:
    settings = ListSettings(
        name="Sorted",
        phone_field="mobile_phone",
        sort_by="custom:Renewal date",
        sort_descending=True,
        batch_size=250,
        retain_h=2,
        overnight_reset=False,
        calling_from=time(20),
        calling_until=time(2, 30),
        max_attempts=7,
        ring_s=40,
        lines_per_agent=Decimal("1.50"),
        reset_by_itself=True,
        script="Hello",
    )
    list_id = lists.create_list(floor.tenant, max_.id, settings, now())
    assert list_info.info(floor.tenant, max_.id, list_id).settings == settings


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("name", "   "),
        ("name", "x" * 121),
        ("batch_size", 0),
        ("batch_size", -5),
        ("batch_size", 10**12),
        ("retain_h", 0),
        ("max_attempts", 101),
        ("ring_s", 14),
        ("lines_per_agent", Decimal("0.5")),
        ("calling_until", time(9)),
        ("phone_field", "fax"),
        ("sort_by", "shoe_size"),
    ],
)
def test_setting_that_cannot_be_used_makes_no_list(
    floor: Floor, max_: User, setting: str, value: object
) -> None:
    bad = replace(ListSettings("Spring"), **{setting: value})  # type: ignore[arg-type]
    with pytest.raises(Refused):
        lists.create_list(floor.tenant, max_.id, bad, now())
    assert lists.overview(floor.tenant, max_.id) == []


def test_agents_see_no_overview_and_no_details(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    assert lists.overview(floor.tenant, ana.id) == []
    for attempt in (
        lambda: list_info.info(floor.tenant, ana.id, list_id),
        lambda: lists.create_list(floor.tenant, ana.id, ListSettings("Mine"), now()),
        lambda: lists.edit(floor.tenant, ana.id, list_id, 1, ListEdit(name="Mine"), now()),
        lambda: lists.edits_since(floor.tenant, ana.id, list_id, 0),
        lambda: lists.archive(floor.tenant, ana.id, list_id, 1, now()),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_other_organisations_manager_finds_nothing(db: Database, floor: Floor, max_: User) -> None:
    other = Floor(db, "Other")
    olga = other.hire("Olga", Role.MANAGER)
    list_id = floor.add_list(max_)
    assert lists.overview(other.tenant, olga.id) == []
    # Even without row-level security the queries themselves ask for the same organisation.
    for where in (other.tenant, db):
        for attempt in (
            lambda where: list_info.info(where, olga.id, list_id),
            lambda where: lists.edit(where, olga.id, list_id, 1, ListEdit(name="Ours"), now()),
            lambda where: lists.archive(where, olga.id, list_id, 1, now()),
        ):
            with pytest.raises(NotFound):
                attempt(where)


def test_other_organisations_users_and_teams_cannot_be_assigned_and_nothing_is_saved(
    db: Database, floor: Floor, max_: User
) -> None:
    other = Floor(db, "Other")
    olga, team = other.hire("Olga"), teams.create_team(db, other.organisation.id, "Theirs")
    list_id = floor.add_list(max_, max_)
    for change in (ListEdit(user_ids=[olga.id, max_.id]), ListEdit(team_ids=[team.id])):
        with pytest.raises(NotFound):
            lists.edit(db, max_.id, list_id, 1, replace(change, name="Renamed"), now())
    found = list_info.info(floor.tenant, max_.id, list_id)
    assert ([user.name for user in found.assigned], found.settings.name) == (["Max"], "Spring leads")
    with pytest.raises(NotFound):
        lists.create_list(db, max_.id, ListSettings("Theirs"), now(), user_ids=[olga.id])
    assert [row.name for row in lists.overview(floor.tenant, max_.id)] == ["Spring leads"]


def test_assignment_is_in_the_audit_log_from_what_to_what(
    floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana)
    floor.assign(max_, list_id, abe)
    [row] = floor.audited("list.edit")
    assert (row["user_id"], row["subject"]) == (max_.id, f"list:{list_id}")
    assert row["before"] == {"user_ids": [ana.id], "version": 1}
    assert row["after"] == {"user_ids": [abe.id], "version": 2}


def test_new_list_is_in_the_audit_log_with_all_its_settings(floor: Floor, max_: User, ana: User) -> None:
    floor.add_list(max_, ana)
    [row] = floor.audited("list.create")
    after = row["after"]
    assert isinstance(after, dict)
    assert (row["before"], after["name"], after["user_ids"]) == (None, "Spring leads", [ana.id])


def test_somebody_inactive_stays_assigned_but_is_not_newly_assigned(
    db: Database, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana)
    with db.transaction() as connection:
        connection.execute("UPDATE app_user SET active = false WHERE id = ANY(%s)", ([ana.id, abe.id],))
    floor.assign(max_, list_id, ana, max_)
    with pytest.raises(NotFound):
        floor.assign(max_, list_id, abe)


def test_archived_list_is_out_of_sight(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    lists.archive(floor.tenant, max_.id, list_id, 1, now())
    assert lists.overview(floor.tenant, max_.id) == []
    assert lists.my_lists(floor.tenant, ana.id) == []
    for attempt in (
        lambda: list_info.info(floor.tenant, max_.id, list_id),
        lambda: lists.edit(floor.tenant, max_.id, list_id, 2, ListEdit(name="Back"), now()),
        lambda: lists.archive(floor.tenant, max_.id, list_id, 2, now()),
    ):
        with pytest.raises(NotFound):
            attempt()
    [row] = floor.audited("list.archive")
    assert row["after"] == {"archived": True}


def test_list_that_somebody_dials_is_not_archived(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    with pytest.raises(Refused, match="Somebody is dialing"):
        lists.archive(floor.tenant, max_.id, list_id, 1, now())
    sessions.end_session(floor.tenant, ana.id, now())
    lists.archive(floor.tenant, max_.id, list_id, 1, now())


def test_list_with_an_open_import_is_not_archived(db: Database, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO list_job (organisation_id, list_id, file_name, state) VALUES (%s, %s, 'a.csv', 'queued')",
            (floor.organisation.id, list_id),
        )
    with pytest.raises(Refused, match="import or reset"):
        lists.archive(floor.tenant, max_.id, list_id, 1, now())
    job = lists.counts(floor.tenant, max_.id, list_id).job
    assert job is not None
    assert (job.kind, job.state, job.percent) == ("import", "queued", None)


def test_list_that_was_edited_meanwhile_is_not_archived(floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(name="Kept"), now())
    with pytest.raises(Conflict):
        lists.archive(floor.tenant, max_.id, list_id, 1, now())


def test_recent_calls_name_the_agent_and_the_outcome(floor: Floor, max_: User, ana: User) -> None:
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    [call] = list_info.info(floor.tenant, max_.id, list_id).recent
    assert (call.by, call.outcome, call.first_name) == ("Ana", "connected", "Bo")


def test_numbers_are_counted_by_kind_and_zone(db: Database, floor: Floor, max_: User) -> None:
    list_id = floor.add_list(max_)
    lines = [
        ("phone", False, "America/Chicago", True, 7),
        ("mobile_phone", False, "America/Chicago", True, 2),
        ("phone", False, "Europe/Stockholm", False, 3),
        ("phone", True, "America/New_York", True, 1),
    ]
    with db.transaction() as connection:
        connection.execute("DELETE FROM list_zone WHERE list_id = %s", (list_id,))
        connection.cursor().executemany(
            "INSERT INTO list_zone (organisation_id, list_id, kind, toll_free, time_zone, domestic, numbers) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [(floor.organisation.id, list_id, *line) for line in lines],
        )
    zones = {line.name: line.numbers for line in list_info.info(floor.tenant, max_.id, list_id).zones}
    assert zones["CST"] == {"phone": 7, "mobile_phone": 2}
    assert zones["International"] == {"phone": 3}
    assert zones["Toll Free"] == {"phone": 1}
    assert zones["EST"] == {}


def test_list_without_prospects_can_be_taken_back_and_one_with_them_cannot(floor: Floor, max_: User) -> None:
    kept, gone = floor.add_list(max_), lists.create_list(floor.tenant, max_.id, ListSettings("Gone"), now())
    for list_id in (kept, gone):
        lists.drop_empty_list(floor.tenant, max_.id, list_id)
    assert [row.id for row in lists.overview(floor.tenant, max_.id)] == [kept]


def test_users_hold_equal_shares_in_the_info(
    db: Database, floor: Floor, max_: User, ana: User, abe: User
) -> None:
    list_id = floor.add_list(max_, ana, abe, prospects=6)
    floor.sit_down(ana, list_id)
    floor.sit_down(abe, list_id)
    leases.share_out(db, floor.organisation.id, list_id, now())
    assert [user.held for user in list_info.info(floor.tenant, max_.id, list_id).assigned] == [3, 3]
