"""Leads that ring on a floor without telephones: the dialer's part played by hand."""

from __future__ import annotations

from uuid import UUID

from panel_floor import NODE, Floor, now

from dialer.calls.events import KeyPressed, LegAnswered
from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.store import campaigns, distribution_groups, ring_begin, rings
from dialer.store.people import User
from dialer.store.ring_begin import Begun

NUMBER = "+12145550190"


def add_campaign(floor: Floor, name: str = "Website", **group: object) -> int:
    """A campaign that rings everybody, or whom the group's filters let through."""
    settings = GroupSettings(f"For {name}", **group)  # type: ignore[arg-type]
    group_id = distribution_groups.add(floor.tenant, floor.organisation.id, settings)
    any_hour = {"calling_from": now().min.time(), "calling_until": now().max.time()}
    given = CampaignSettings(name, group_id, **any_hour)  # type: ignore[arg-type]
    return campaigns.add(floor.tenant, floor.organisation.id, given, now())


def post_lead(floor: Floor, campaign_id: int, last_name: str = "Prospect", product: str = "Loan") -> int:
    """A lead from Texas waits to be rung for; returns its id."""
    with floor.db.transaction() as connection:
        row = connection.execute(
            """
            WITH made AS (
                INSERT INTO prospect (organisation_id, list_id, position, first_name, last_name, region, time_zone)
                SELECT organisation_id, list_id, 1, 'Bo', %(last_name)s, 'TX', 'America/Chicago'
                FROM campaign WHERE id = %(campaign_id)s RETURNING organisation_id, id
            ), numbered AS (
                INSERT INTO phone (organisation_id, prospect_id, number)
                SELECT organisation_id, id, %(number)s FROM made
            )
            INSERT INTO lead (organisation_id, prospect_id, campaign_id, product, received_at, changed_at)
            SELECT organisation_id, id, %(campaign_id)s, %(product)s, now(), now() FROM made RETURNING id
            """,
            {"last_name": last_name, "campaign_id": campaign_id, "product": product, "number": NUMBER},
        ).fetchone()
    assert row is not None
    return int(row["id"])


def ring_for(floor: Floor, lead_id: int) -> Begun:
    """The dialer rings for the lead."""
    begun = ring_begin.begin(floor.db, floor.organisation.id, lead_id, NODE, now(), now())
    assert isinstance(begun, Begun), "nobody could be rung"
    return begun


def leg_of(begun: Begun, user: User) -> UUID:
    """The user's leg of the ring."""
    (found,) = [leg.leg_id for leg in begun.ring.legs if leg.user_id == user.id]
    return found


def press_1(floor: Floor, begun: Begun, user: User) -> None:
    """The user picks up and presses 1."""
    leg_id = leg_of(begun, user)
    for event in (LegAnswered(now(), leg_id), KeyPressed(now(), leg_id, "1")):
        rings.on_event(floor.db, begun.ring.key, event, "trunk")
