"""Campaigns and distribution groups: whom posted leads ring, and how (RING-1)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from dialer.campaigns import LEAD_RING_S, PRESS_S, RING_S, RUNG_AT_ONCE, CampaignSettings, GroupSettings
from dialer.registrations import LONGEST_WORD, MOST_SKILLS
from dialer.ring_rules import SENTENCES, Candidate, LeadFacts, NotRung
from dialer.store import campaigns, distribution_groups
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import (
    BIGGEST,
    Body,
    Clock,
    Flag,
    Paging,
    Text,
    Whole,
    ids,
    page,
    page_of,
    seen_version,
    version,
    words,
)
from web.api.operations import ID, no_content, operation


class DistributionGroup(Schema):
    """Whom a campaign's leads may ring: filters over agents, all of which are to be met."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    name = fields.String(required=True)
    team_ids = fields.List(fields.Integer(), required=True)
    skills = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    states = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    products = fields.List(fields.String(), required=True)
    campaigns = fields.List(
        fields.String(), required=True, metadata={"description": "The names of those that ring it."}
    )


class _Filters(Body):
    team_ids = ids(metadata={"description": "Members of any of these teams. Empty: all agents."})
    skills = fields.Dict(
        keys=Text(LONGEST_WORD, least=1),
        values=Whole(1, 10),
        metadata={"maxProperties": MOST_SKILLS, "description": "The least level of each."},
    )
    states = words(metadata={"description": "Empty: any."})
    languages = words(metadata={"description": "Empty: any."})
    products = words(metadata={"description": "Empty: any."})


class NewDistributionGroup(_Filters):
    """A group to be; without filters it is every agent."""

    name = Text(120, least=1, required=True)


class DistributionGroupChange(_Filters):
    """What is to be different; what is left out stays."""

    version = version()
    name = Text(120, least=1)


class Campaign(Schema):
    """How posted leads are rung for, and then called."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    name = fields.String(required=True)
    group_id = fields.Integer(required=True)
    group_name = fields.String(required=True)
    most_rung = fields.Integer(required=True, metadata={"description": "Agents rung at once."})
    ring_s = fields.Integer(required=True, metadata={"description": "Agents' phones ring so long."})
    press_s = fields.Integer(required=True, metadata={"description": "Time to press 1 after picking up."})
    active = fields.Boolean(required=True)
    calling_from = fields.Time(
        "%H:%M", required=True, metadata={"description": "In the lead's own local time."}
    )
    calling_until = fields.Time("%H:%M", required=True)
    lead_ring_s = fields.Integer(required=True, metadata={"description": "The lead's phone rings so long."})
    script = fields.String(required=True)


class _Settings(Body):
    most_rung = Whole(*RUNG_AT_ONCE)
    ring_s = Whole(*RING_S)
    press_s = Whole(*PRESS_S)
    active = Flag()
    calling_from = Clock()
    calling_until = Clock()
    lead_ring_s = Whole(*LEAD_RING_S)
    script = Text(20_000)


class NewCampaign(_Settings):
    """A campaign to be. What is left out has the panel's usual value."""

    name = Text(120, least=1, required=True)
    group_id = Whole(1, BIGGEST, required=True)


class CampaignChange(_Settings):
    """What is to be different; what is left out stays."""

    version = version()
    name = Text(120, least=1)
    group_id = Whole(1, BIGGEST)


class LeadToTry(Schema):
    """What a lead says of itself; what is left out it does not say."""

    state = Text(60)
    language = Text(60)
    product = Text(60)


class Rung(Schema):
    """An agent who would ring."""

    user_id = fields.Integer(required=True)
    name = fields.String(required=True)
    last_rung_at = fields.AwareDateTime(required=True, allow_none=True)


class Silent(Rung):
    """A user who would not ring."""

    reason = fields.String(required=True, validate=validate.OneOf([why.value for why in NotRung]))
    detail = fields.String(required=True)


class Turn(Schema):
    """Who would ring for a lead that came now."""

    active = fields.Boolean(
        required=True, metadata={"description": "false: the campaign rings nobody at all."}
    )
    rung = fields.List(fields.Nested(Rung), required=True, metadata={"description": "In their order."})
    others = fields.List(fields.Nested(Silent), required=True)


@operation("GET", "/distribution-groups", Scope.PEOPLE_READ, answer=page_of(DistributionGroup), query=Paging)
def list_distribution_groups(query: dict[str, Any]) -> dict[str, Any]:
    """The organisation's distribution groups, in the order in which they were made."""
    found = page(distribution_groups.overview(tenant(), me().organisation_id), query)
    return {**found, "items": [_group_told(each) for each in found["items"]]}


@operation(
    "POST",
    "/distribution-groups",
    Scope.PEOPLE_WRITE,
    answer=DistributionGroup,
    status=201,
    body=NewDistributionGroup,
)
def add_distribution_group(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Make a distribution group."""
    group_id = distribution_groups.add(
        tenant(), me().organisation_id, GroupSettings(**_plain(body)), by=me().id
    )
    told, headers = _group_answer(group_id)
    return told, {**headers, "Location": f"/api/v1/distribution-groups/{group_id}"}


@operation("GET", f"/distribution-groups/<{ID}:group_id>", Scope.PEOPLE_READ, answer=DistributionGroup)
def get_distribution_group(group_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """One distribution group."""
    return _group_answer(group_id)


@operation(
    "PATCH",
    f"/distribution-groups/<{ID}:group_id>",
    Scope.PEOPLE_WRITE,
    answer=DistributionGroup,
    body=DistributionGroupChange,
)
def edit_distribution_group(group_id: int, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Change a distribution group; the next lead is rung for by it."""
    seen = seen_version(body)
    given = replace(distribution_groups.group(tenant(), group_id).settings, **_plain(body))
    distribution_groups.edit(tenant(), group_id, given, seen, by=me().id)
    return _group_answer(group_id)


@operation("DELETE", f"/distribution-groups/<{ID}:group_id>", Scope.PEOPLE_WRITE, status=204)
def delete_distribution_group(group_id: int) -> Response:
    """Delete a distribution group; one that campaigns ring is kept, and they are named."""
    distribution_groups.delete(tenant(), group_id, by=me().id)
    return no_content()


@operation("GET", "/campaigns", Scope.LISTS_READ, answer=page_of(Campaign), query=Paging)
def list_campaigns(query: dict[str, Any]) -> dict[str, Any]:
    """The organisation's campaigns, in the order in which they were made."""
    found = page(campaigns.overview(tenant(), me().organisation_id), query)
    return {**found, "items": [_told(each) for each in found["items"]]}


@operation("POST", "/campaigns", Scope.LISTS_WRITE, answer=Campaign, status=201, body=NewCampaign)
def add_campaign(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Make a campaign."""
    given, now = CampaignSettings(**body), datetime.now(UTC)
    campaign_id = campaigns.add(tenant(), me().organisation_id, given, now, by=me().id)
    told, headers = _answer(campaign_id)
    return told, {**headers, "Location": f"/api/v1/campaigns/{campaign_id}"}


@operation("GET", f"/campaigns/<{ID}:campaign_id>", Scope.LISTS_READ, answer=Campaign)
def get_campaign(campaign_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """One campaign."""
    return _answer(campaign_id)


@operation("PATCH", f"/campaigns/<{ID}:campaign_id>", Scope.LISTS_WRITE, answer=Campaign, body=CampaignChange)
def edit_campaign(campaign_id: int, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Change a campaign, or switch it off: the next lead is rung for by it."""
    seen = seen_version(body)
    given = replace(campaigns.campaign(tenant(), campaign_id).settings, **body)
    campaigns.edit(tenant(), campaign_id, given, seen, by=me().id)
    return _answer(campaign_id)


@operation("GET", f"/campaigns/<{ID}:campaign_id>/preview", Scope.LISTS_READ, answer=Turn, query=LeadToTry)
def preview_campaign(campaign_id: int, query: dict[str, Any]) -> dict[str, Any]:
    """Who would ring for a lead that came now, and why the others would not."""
    turn = campaigns.preview(tenant(), me().organisation_id, campaign_id, LeadFacts(**query))
    others = [{**_agent(each), "reason": why.value, "detail": SENTENCES[why]} for each, why in turn.others]
    return {"active": turn.active, "rung": [_agent(each) for each in turn.rung], "others": others}


def _agent(found: Candidate) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("user_id", "name", "last_rung_at")}


def _group_answer(group_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    told = _group_told(distribution_groups.group(tenant(), group_id))
    return told, {"ETag": f'"{told["version"]}"'}


def _group_told(found: distribution_groups.Group) -> dict[str, Any]:
    own = {name: getattr(found, name) for name in ("id", "version", "created_at", "campaigns")}
    return {**asdict(found.settings), **own, "team_ids": sorted(found.settings.team_ids)}


def _answer(campaign_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    told = _told(campaigns.campaign(tenant(), campaign_id))
    return told, {"ETag": f'"{told["version"]}"'}


def _told(found: campaigns.Campaign) -> dict[str, Any]:
    own = {name: getattr(found, name) for name in ("id", "version", "created_at", "group_name")}
    return {**asdict(found.settings), **own}


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """Lists as the group has them."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    if "team_ids" in given:
        given["team_ids"] = frozenset(given["team_ids"])
    return given
