"""Distribution groups and campaigns: made, changed by two at once, in use (RING-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from panel_floor import Floor, now

from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.db import Database
from dialer.errors import BadValue, Conflict, Forbidden, NotFound, Refused
from dialer.store import campaigns, distribution_groups, list_info, lists, resets, teams
from dialer.store.lists import ListEdit, ListSettings
from dialer.store.people import Role, User


@pytest.fixture
def everybody(floor: Floor, max_: User) -> int:
    return distribution_groups.add(
        floor.tenant, floor.organisation.id, GroupSettings("Everybody"), by=max_.id
    )


@pytest.fixture
def website(floor: Floor, max_: User, everybody: int) -> int:
    given = CampaignSettings("Website", everybody, script="Hello {first_name}")
    return campaigns.add(floor.tenant, floor.organisation.id, given, now(), by=max_.id)


def test_a_group_keeps_its_filters_tidied(floor: Floor, max_: User) -> None:
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    given = GroupSettings(
        " Texas  loans ", frozenset({west.id}), {"Loans ": 7}, ("TX", " tx", "CA"), ("English",), ()
    )
    group_id = distribution_groups.add(floor.tenant, floor.organisation.id, given, by=max_.id)
    found = distribution_groups.group(floor.tenant, group_id)
    assert found.settings == GroupSettings(
        "Texas loans", frozenset({west.id}), {"Loans": 7}, ("TX", "CA"), ("English",), ()
    )
    assert (found.teams, found.campaigns, found.everybody) == (["West"], [], False)
    (told,) = floor.audited("distribution_group.add")
    assert (told["user_id"], told["before"]) == (max_.id, None)
    assert told["after"]["teams"] == ["West"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (GroupSettings("  "), "name"),
        (GroupSettings("x" * 121), "name"),
        (GroupSettings("A", skills={"Loans": 11}), "skills"),
        (GroupSettings("A", states=("x" * 61,)), "states"),
        (GroupSettings("A", team_ids=frozenset({99})), "team_ids"),
        (GroupSettings("everybody"), "name"),
    ],
)
def test_a_group_that_cannot_be_is_refused(
    floor: Floor, max_: User, everybody: int, given: GroupSettings, field: str
) -> None:
    with pytest.raises(BadValue) as refused:
        distribution_groups.add(floor.tenant, floor.organisation.id, given, by=max_.id)
    assert refused.value.field == field


def test_a_campaign_brings_a_list_of_its_own(floor: Floor, db: Database, max_: User, website: int) -> None:
    found = campaigns.campaign(floor.tenant, website)
    assert (found.settings.name, found.group_name) == ("Website", "Everybody")
    with db.transaction() as connection:
        row = connection.execute("SELECT * FROM list WHERE id = %s", (found.list_id,)).fetchone()
    assert row is not None
    assert (row["name"], row["kind"], row["overnight_reset"]) == ("Website", "campaign", False)
    assert (row["script"], row["ring_s"], row["created_by"]) == ("Hello {first_name}", 25, max_.id)


def test_an_edit_changes_the_campaign_and_its_list_together(
    floor: Floor, db: Database, max_: User, website: int
) -> None:
    found = campaigns.campaign(floor.tenant, website)
    wanted = replace(
        found.settings, name="Web", most_rung=3, lead_ring_s=40, calling_from=time(8), active=False
    )
    campaigns.edit(floor.tenant, website, wanted, found.version, by=max_.id)
    saved = campaigns.campaign(floor.tenant, website)
    assert (saved.settings, saved.version) == (wanted, found.version + 1)
    with db.transaction() as connection:
        row = connection.execute("SELECT name, ring_s FROM list WHERE id = %s", (saved.list_id,)).fetchone()
    assert row == {"name": "Web", "ring_s": 40}
    (told,) = floor.audited("campaign.edit")
    assert told["before"] == {
        "name": "Website", "most_rung": 10, "lead_ring_s": 25, "calling_from": "09:00", "active": True
    }  # fmt: skip


def test_the_second_of_two_who_edit_is_told(floor: Floor, max_: User, ada: User, website: int) -> None:
    found = campaigns.campaign(floor.tenant, website)
    group = distribution_groups.group(floor.tenant, found.settings.group_id)
    campaigns.edit(floor.tenant, website, replace(found.settings, ring_s=30), found.version, by=max_.id)
    with pytest.raises(Conflict, match="Max changed this meanwhile"):
        campaigns.edit(floor.tenant, website, replace(found.settings, ring_s=40), found.version, by=ada.id)
    assert campaigns.campaign(floor.tenant, website).settings.ring_s == 30
    given = replace(group.settings, states=("TX",))
    distribution_groups.edit(floor.tenant, group.id, given, group.version, by=ada.id)
    with pytest.raises(Conflict, match="Ada changed this meanwhile"):
        distribution_groups.edit(floor.tenant, group.id, given, group.version, by=max_.id)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "website"}, "name"),
        ({"group_id": 99}, "group_id"),
        ({"most_rung": 11}, "most_rung"),
        ({"ring_s": 4}, "ring_s"),
        ({"press_s": 61}, "press_s"),
        ({"lead_ring_s": 14}, "lead_ring_s"),
        ({"calling_until": time(9)}, "calling_until"),
        ({"script": "x" * 20_001}, "script"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_and_leaves_no_list(
    floor: Floor, db: Database, max_: User, website: int, change: dict[str, object], field: str
) -> None:
    present = campaigns.campaign(floor.tenant, website).settings
    given = replace(present, **{"name": "Second", **change})  # type: ignore[arg-type]
    with pytest.raises(BadValue) as refused:
        campaigns.add(floor.tenant, floor.organisation.id, given, now(), by=max_.id)
    assert refused.value.field == field
    with db.transaction() as connection:
        assert connection.execute("SELECT id FROM list").rowcount == 1


def test_a_group_in_use_is_not_deleted_and_says_by_whom(
    floor: Floor, max_: User, everybody: int, website: int
) -> None:
    with pytest.raises(Refused, match="Campaigns that ring this group: Website"):
        distribution_groups.delete(floor.tenant, everybody, by=max_.id)
    spare = distribution_groups.add(floor.tenant, floor.organisation.id, GroupSettings("Spare"))
    assert distribution_groups.delete(floor.tenant, spare, by=max_.id) == "Spare"
    with pytest.raises(NotFound):
        distribution_groups.group(floor.tenant, spare)
    (told,) = floor.audited("distribution_group.delete")
    assert told["after"] is None


def test_a_team_that_a_group_names_is_not_deleted(floor: Floor, max_: User) -> None:
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    given = GroupSettings("The West", frozenset({west.id}))
    group_id = distribution_groups.add(floor.tenant, floor.organisation.id, given)
    with pytest.raises(Refused, match="Distribution groups that name this team: The West"):
        teams.delete_team(floor.tenant, west.id, now(), by=max_.id)
    distribution_groups.delete(floor.tenant, group_id)
    assert teams.delete_team(floor.tenant, west.id, now(), by=max_.id) == "West"


def test_agents_change_neither(floor: Floor, ana: User, everybody: int, website: int) -> None:
    group = distribution_groups.group(floor.tenant, everybody)
    campaign = campaigns.campaign(floor.tenant, website)
    for attempt in (
        lambda: distribution_groups.add(
            floor.tenant, floor.organisation.id, GroupSettings("Mine"), by=ana.id
        ),
        lambda: distribution_groups.edit(floor.tenant, everybody, group.settings, group.version, by=ana.id),
        lambda: distribution_groups.delete(floor.tenant, everybody, by=ana.id),
        lambda: campaigns.add(floor.tenant, floor.organisation.id, campaign.settings, now(), by=ana.id),
        lambda: campaigns.edit(floor.tenant, website, campaign.settings, campaign.version, by=ana.id),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_another_organisation_sees_neither(db: Database, everybody: int, website: int) -> None:
    nord = Floor(db, "Nord")
    nils = nord.hire("Nils", Role.MANAGER)
    assert campaigns.overview(nord.tenant, nord.organisation.id) == []
    assert distribution_groups.overview(nord.tenant, nord.organisation.id) == []
    with pytest.raises(NotFound):
        campaigns.campaign(nord.tenant, website)
    with pytest.raises(NotFound):
        distribution_groups.delete(nord.tenant, everybody, by=nils.id)
    with pytest.raises(BadValue, match="no such distribution group"):
        campaigns.add(
            nord.tenant, nord.organisation.id, CampaignSettings("Web", everybody), now(), by=nils.id
        )


def test_a_campaigns_list_is_nowhere_where_lists_are_dialed_or_edited(
    floor: Floor, max_: User, ana: User, website: int
) -> None:
    list_id = campaigns.campaign(floor.tenant, website).list_id
    assert lists.overview(floor.tenant, max_.id) == []
    with floor.db.transaction() as connection:  # as nobody could do it
        connection.execute(
            "INSERT INTO list_assignment (organisation_id, list_id, user_id) VALUES (%s, %s, %s)",
            (floor.organisation.id, list_id, ana.id),
        )
    assert lists.my_lists(floor.tenant, ana.id) == []
    for look in (
        lambda: list_info.info(floor.tenant, max_.id, list_id),
        lambda: lists.counts(floor.tenant, max_.id, list_id),
        lambda: lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(name="Mine"), now()),
        lambda: lists.archive(floor.tenant, max_.id, list_id, 1, now()),
        lambda: resets.queue_reset(floor.tenant, max_.id, list_id),
        lambda: floor.sit_down(ana, list_id),
    ):
        with pytest.raises((NotFound, Refused)):
            look()
    lists.drop_empty_list(floor.tenant, max_.id, list_id)
    assert campaigns.campaign(floor.tenant, website).list_id == list_id
    with pytest.raises(Refused):
        lists.create_list(floor.tenant, max_.id, ListSettings("Own", kind="campaign"), now())
