"""Distribution groups, campaigns and who would ring now, in the panel (RING-1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.store import campaigns, distribution_groups, lists, teams
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def manager(as_: Browser, max_: User) -> FlaskClient:
    return as_(max_)


@pytest.fixture
def everybody(floor: Floor) -> int:
    return distribution_groups.add(floor.tenant, floor.organisation.id, GroupSettings("Everybody"))


def version_in(page: str) -> str:
    found = re.search(r'name="version" type="hidden" value="(\d+)"', page)
    assert found is not None
    return found[1]


def filled(group_id: int, **values: Any) -> dict[str, Any]:
    """The form of a campaign as a browser sends it."""
    plain = {
        "name": "Website",
        "group_id": str(group_id),
        "active": "y",
        "most_rung": "5",
        "ring_s": "20",
        "press_s": "15",
        "calling_from": "08:00",
        "calling_until": "20:00",
        "lead_ring_s": "30",
        "script": "Hello\r\nthere",
    }
    return {**plain, **values}


def test_a_group_is_made_with_its_filters(manager: FlaskClient, floor: Floor) -> None:
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    answer = manager.post(
        "/campaigns/groups/new",
        data={
            "name": "Texas",
            "team_ids": [str(west.id)],
            "skill": ["Loans", ""],
            "level": ["7", "5"],
            "states": "TX, tx,CA",
        },
    )
    assert answer.status_code == 302
    (made,) = distribution_groups.overview(floor.tenant, floor.organisation.id)
    assert made.settings == GroupSettings("Texas", frozenset({west.id}), {"Loans": 7}, ("TX", "CA"))
    table = manager.get("/campaigns/groups/").text
    assert "Loans 7" in table and "TX, CA" in table and "West" in table


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    manager: FlaskClient, everybody: int
) -> None:
    group = manager.post(
        "/campaigns/groups/new", data={"name": " ", "skill": ["Loans", "loans"], "level": ["11", "3"], "states": "TX"}
    )  # fmt: skip
    assert group.status_code == 422
    assert "Give the group a name." in group.text and "A skill stands twice" in group.text
    assert 'value="TX"' in group.text
    doubled = manager.post("/campaigns/groups/new", data={"name": "everybody"})
    assert doubled.status_code == 422 and "There is already a distribution group" in doubled.text
    campaign = manager.post(
        "/campaigns/new", data=filled(everybody, most_rung="11", ring_s="x", name="A" * 121)
    )
    assert campaign.status_code == 422
    assert "Give a number from 1 to 10." in campaign.text and "Give a whole number." in campaign.text
    several = manager.post("/campaigns/new", data=filled(everybody, most_rung="11", name=" "))
    assert "Give a number from 1 to 10." in several.text and "Give the campaign a name." in several.text
    hours = manager.post("/campaigns/new", data=filled(everybody, calling_until="08:00"))
    assert "The two times must differ." in hours.text
    gone = manager.post("/campaigns/new", data=filled(99))
    assert gone.status_code == 422


def test_a_campaign_is_made_and_its_preview_opens(
    manager: FlaskClient, floor: Floor, everybody: int, max_: User
) -> None:
    answer = manager.post("/campaigns/new", data=filled(everybody))
    (made,) = campaigns.overview(floor.tenant, floor.organisation.id)
    assert answer.location == f"/campaigns/{made.id}/preview"
    assert (made.settings.most_rung, made.settings.script) == (5, "Hello\nthere")
    assert "Website" in manager.get("/campaigns/").text
    assert "Website" not in manager.get("/lists/").text
    assert lists.overview(floor.tenant, max_.id) == []
    assert manager.get(f"/lists/{made.list_id}").status_code == 404
    assert manager.get(f"/lists/{made.list_id}/edit").status_code == 404


def test_the_second_of_two_who_save_is_told_by_whom(
    as_: Browser, floor: Floor, max_: User, ada: User, everybody: int
) -> None:
    given = CampaignSettings("Website", everybody)
    campaign_id = campaigns.add(floor.tenant, floor.organisation.id, given, now())
    first, second = as_(max_), as_(ada)
    for path, form in (
        (f"/campaigns/{campaign_id}", filled(everybody)),
        (f"/campaigns/groups/{everybody}", {"name": "All", "states": "TX"}),
    ):
        form["version"] = version_in(first.get(path).text)
        assert first.post(path, data=form).status_code == 302
        late = second.post(path, data={**form, "name": "Mine"})
        assert late.status_code == 409
        assert "Max changed this" in late.text and 'value="Mine"' in late.text


def test_a_group_in_use_stays_and_the_page_says_why(
    manager: FlaskClient, floor: Floor, everybody: int
) -> None:
    manager.post("/campaigns/new", data=filled(everybody))
    refused = manager.post(f"/campaigns/groups/{everybody}/delete", follow_redirects=True)
    assert "Campaigns that ring this group: Website. Give them another group first." in refused.text
    assert distribution_groups.group(floor.tenant, everybody)
    spare = distribution_groups.add(floor.tenant, floor.organisation.id, GroupSettings("Spare"))
    done = manager.post(f"/campaigns/groups/{spare}/delete", follow_redirects=True)
    assert "The distribution group Spare has been deleted." in done.text


def test_a_team_that_a_group_names_is_kept_with_a_sentence(manager: FlaskClient, floor: Floor) -> None:
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    distribution_groups.add(
        floor.tenant, floor.organisation.id, GroupSettings("The West", frozenset({west.id}))
    )
    refused = manager.post(f"/people/teams/{west.id}/delete", follow_redirects=True)
    assert "Distribution groups that name this team: The West." in refused.text


def rows(page: str, kind: str) -> list[str]:
    return re.findall(rf'id="{kind}-(\d+)"', page)


def test_the_preview_shows_who_would_ring_and_why_not_the_others(
    as_: Browser, manager: FlaskClient, floor: Floor, ana: User, abe: User, max_: User, everybody: int
) -> None:
    campaign_id = campaigns.add(
        floor.tenant, floor.organisation.id, CampaignSettings("Website", everybody), now()
    )
    path = f"/campaigns/{campaign_id}/preview"
    nobody = manager.get(path).text
    assert rows(nobody, "rung") == [] and "Nobody would ring" in nobody
    assert "Not signed in, and not in a session." in nobody and "There is no phone" in nobody
    as_(ana)
    page = manager.get(path).text
    assert (rows(page, "rung"), set(rows(page, "other"))) == ([str(ana.id)], {str(abe.id), str(max_.id)})
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET states = '{CA}' WHERE id = %s", (ana.id,))
    part = manager.get(f"{path}?state=TX", headers={"HX-Request": "true"}).text
    assert "<html" not in part and "Takes no leads from this state." in part and "state=TX" in part
    assert rows(manager.get(f"{path}?state=ca").text, "rung") == [str(ana.id)]
    form = filled(everybody, version="1")
    del form["active"]
    assert manager.post(f"/campaigns/{campaign_id}", data=form).status_code == 302
    assert "This campaign is switched off" in manager.get(path).text
