"""Every page of the panel: who looks at it, and where it is. What is no page of its own stands apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import lead_hands as hands
from panel_floor import Floor, now

from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.store import (
    campaigns,
    distribution_groups,
    do_not_call,
    lead_forms,
    leads,
    teams,
    webhooks,
)
from dialer.store.people import Role, User

WIZARD = frozenset(
    {"lists.wizard_file", "lists.wizard_pool", "lists.wizard_settings", "lists.wizard_columns"}
)
"""Steps on the way from a file to a list: shown one after another (``wizard_steps``)."""

NO_PAGES = frozenset(
    {
        # parts of a page
        "activity.of_prospect",
        "activity.phones",
        "call.draft",
        "call.when",
        "ringing.news",
        "session.grid",
        "session.metrics",
        "session.stage",
        "solo.metrics",
        "solo.records",
        # files and streams
        "activity.export",
        "audit.export",
        "recordings.address",
        "recordings.player",
        "recordings.sound",
        "company.do_not_call_csv",
        "company.prompt_sound",
        "lists.refused",
        "live.events",
        "static",
        # for programs
        "health",
        # stands in another site
        "lead_form.show",
        # leads to another page
        "sign_in.front",
    }
)
"""GET addresses that show no page."""

PAGES: Mapping[str, str] = {
    "account.page": "ana",
    "activity.overview": "max",
    "audit.overview": "max",
    "company.calling": "eve",
    "company.results": "eve",
    "company.results_row": "eve",
    "company.fields": "eve",
    "company.fields_row": "eve",
    "company.do_not_call": "eve",
    "company.do_not_call_entry": "eve",
    "company.details": "eve",
    "company.parking": "eve",
    "company.reasons": "eve",
    "company.recording": "eve",
    "company.reasons_row": "eve",
    "company.phone_columns": "eve",
    "company.prompts": "eve",
    "company.roles": "eve",
    "company.roles_row": "eve",
    "tokens.overview": "eve",
    "campaigns.overview": "max",
    "campaigns.detail": "max",
    "campaigns.new": "max",
    "campaigns.preview": "max",
    "groups.overview": "max",
    "groups.detail": "max",
    "groups.new": "max",
    "leads.overview": "max",
    "leads.exceptions": "max",
    "leads.unassigned": "max",
    "leads.detail": "max",
    "leads.forms": "max",
    "leads.form_new": "max",
    "leads.form_edit": "max",
    "my_leads.page": "ana",
    "lists.overview": "max",
    "lists.detail": "max",
    "lists.editor": "max",
    "lists.new": "max",
    "lists.queue": "max",
    "organisations.overview": "root",
    "organisations.detail": "root",
    "organisations.new": "root",
    "people.overview": "max",
    "people.detail": "max",
    "people.new": "max",
    "teams.overview": "max",
    "teams.detail": "max",
    "teams.confirm": "max",
    "my_phone.page": "ana",
    "webhooks.overview": "eve",
    "webhooks.detail": "eve",
    "session.page": "ana",
    "sign_in.form": "",
}
"""Endpoint → who looks at it (see ``Office.people``; empty: nobody signed in)."""


MADE_BY_HAND = (
    "INSERT INTO custom_field (organisation_id, label) VALUES (%(organisation_id)s, 'Renewal')",
    "INSERT INTO contact_role (organisation_id, name, short_name) VALUES (%(organisation_id)s, 'Processor', 'PR')",
)


@dataclass(frozen=True, slots=True)
class Office:
    """A floor with something to see on every page, long names among it."""

    floor: Floor
    people: Mapping[str, User]
    names: Mapping[str, Mapping[str, object]]
    """What the addresses of pages name, by endpoint."""
    list_id: int


def open_office(floor: Floor) -> Office:
    """Hire everybody and give every page something to show."""
    people = {
        "root": floor.hire("Ada", Role.SUPER_ADMIN),
        "eve": floor.hire("Eve", Role.ADMIN),
        "max": floor.hire("Max", Role.MANAGER),
        "ana": floor.hire("Ana", extension="1001"),
        "abe": floor.hire("Abe Featherstonehaugh-Cholmondeley of Wolverhampton", extension="1002"),
    }
    max_, ana, abe = people["max"], people["ana"], people["abe"]
    organisation_id = floor.organisation.id
    list_id = floor.add_list(max_, ana, abe, prospects=40)
    floor.add_list(max_, ana, name="Renewals in the Pacific Northwest, third quarter, second attempt")
    team = teams.create_team(floor.tenant, organisation_id, "Night owls", by=max_.id)
    teams.join_team(floor.tenant, team.id, ana.id, now(), by=max_.id)
    group = GroupSettings(
        "Everybody in Texas and California who sells loans to Spanish speakers",
        skills={"Loans": 7, "Spanish": 3}, states=("TX", "CA"), team_ids=frozenset({team.id}),
    )  # fmt: skip
    group_id = distribution_groups.add(floor.tenant, organisation_id, group, by=max_.id)
    distribution_groups.add(floor.tenant, organisation_id, GroupSettings("Everybody"), by=max_.id)
    website = CampaignSettings("Website leads of the Pacific Northwest, third quarter", group_id)
    campaign_id = campaigns.add(floor.tenant, organisation_id, website, now(), by=max_.id)
    number = "+12145550100"
    do_not_call.add(floor.tenant, people["eve"].id, [number], now(), note="Asked us by letter")

    lead_id, form_id, webhook_id = _leads(floor, people)

    with floor.db.transaction() as connection:
        for query in MADE_BY_HAND:
            connection.execute(query, {"organisation_id": organisation_id})

    def first(table: str) -> dict[str, object]:
        with floor.db.transaction() as connection:
            row = connection.execute(
                f"SELECT id FROM {table} WHERE organisation_id = %s ORDER BY id LIMIT 1", (organisation_id,)
            ).fetchone()
        assert row is not None
        return {"row_id": row["id"]}

    return Office(
        floor,
        people,
        {
            "company.results_row": first("call_result"),
            "company.fields_row": first("custom_field"),
            "company.reasons_row": first("pause_reason"),
            "company.roles_row": first("contact_role"),
            "company.do_not_call_entry": {"number": number},
            "campaigns.detail": {"campaign_id": campaign_id},
            "campaigns.preview": {"campaign_id": campaign_id},
            "groups.detail": {"group_id": group_id},
            "leads.detail": {"lead_id": lead_id},
            "leads.form_edit": {"form_id": form_id},
            "webhooks.detail": {"webhook_id": webhook_id},
            "lists.detail": {"list_id": list_id},
            "lists.editor": {"list_id": list_id},
            "organisations.detail": {"organisation_id": organisation_id},
            "people.detail": {"user_id": ana.id},
            "teams.detail": {"team_id": team.id},
            "teams.confirm": {"team_id": team.id},
        },
        list_id,
    )


def _leads(floor: Floor, people: Mapping[str, User]) -> tuple[int, int, int]:
    """Leads in every place, a form, and an address that was told something."""
    organisation_id, eve, max_, ana, abe = (
        floor.organisation.id,
        *(people[n] for n in ("eve", "max", "ana", "abe")),
    )
    campaign = hands.campaign(floor, "Refinancing requests from the web site, south and west")
    given = lead_forms.FormSettings(
        campaign, "Landing page, south", origins=["https://www.example.com"], consent="You may call me."
    )
    form_id = lead_forms.add(floor.tenant, max_.id, organisation_id, given, now())
    webhook_id, _ = webhooks.add(
        floor.tenant,
        eve.id,
        organisation_id,
        "https://crm.example.com/hooks/ringpool",
        ["lead.exception"],
        now(),
    )
    hands.lead(floor, campaign, "Bo")
    taken = hands.lead(floor, campaign, "Featherstonehaugh-Cholmondeley, Bartholomew Maximilian").lead_id
    leads.assign(floor.tenant, max_.id, organisation_id, taken, ana.id, now())
    lead_id = hands.lead(
        floor, campaign, "Bo", texts={"region": "TX"}, notes="Call after work.", consent="You may call me."
    ).lead_id
    hands.ring(floor, lead_id, [(ana.id, "busy"), (abe.id, "did_not_press")])
    hands.make_exception(floor, lead_id)
    return lead_id, form_id, webhook_id
