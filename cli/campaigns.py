"""`ringpool group`, `ringpool campaign`: whom leads may ring, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import click

from cli import choosing
from cli.context import open_database
from cli.people import hours, level_of
from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused
from dialer.ring_rules import SENTENCES, LeadFacts
from dialer.store import campaigns, distribution_groups
from dialer.store.campaigns import Campaign
from dialer.store.distribution_groups import Group
from dialer.store.organisations import Organisation

CLEARED = {
    "teams": ("team_ids", frozenset[int]()),
    "skills": ("skills", {}),
    "states": ("states", ()),
    "languages": ("languages", ()),
    "products": ("products", ()),
}
"""What ``--any`` takes away: the field, and what it is then."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("group")
def group_command() -> None:
    """Distribution groups: whom a campaign's leads may ring."""


def _filters(command: Any) -> Any:
    options = (
        click.option("--team", "teams", multiple=True, metavar="NAME", help="Of any of these. Repeatable."),
        click.option("--skill", "skills", multiple=True, metavar="NAME=LEVEL", help="Least level, 1 to 10."),
        click.option("--state", "states", multiple=True, help="Repeatable."),
        click.option("--language", "languages", multiple=True, help="Repeatable."),
        click.option("--product", "products", multiple=True, help="Repeatable."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@group_command.command("add")
@click.argument("name")
@_filters
@json_option
@choosing.organisation_option
def add_group(name: str, as_json: bool, org: str | None, **filters: Any) -> None:
    """Add a group; without filters it is every agent."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        given = GroupSettings(name, **_given_filters(db, owner, filters))
        made = distribution_groups.group(db, distribution_groups.add(db, owner.id, given))
    if as_json:
        choosing.print_json(_group_told(made))
    else:
        click.echo(f"Added group {made.settings.name}.")


@group_command.command("edit")
@click.argument("group")
@click.option("--name", help="Another name.")
@_filters
@click.option("--any", "cleared", multiple=True, type=click.Choice(list(CLEARED)), help="Take a filter away.")
@choosing.organisation_option
def edit_group(
    group: str, name: str | None, cleared: tuple[str, ...], org: str | None, **filters: Any
) -> None:
    """Change a group; what is not named stays. --team, --skill and their like replace all there were."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        found = choosing.distribution_group(db, owner, group)
        changed = dict(CLEARED[each] for each in cleared) | _given_filters(db, owner, filters)
        if name is not None:
            changed["name"] = name
        if not changed:
            raise Refused("Say what is to be different; 'ringpool group edit --help' shows what can be.")
        distribution_groups.edit(db, found.id, replace(found.settings, **changed), found.version)
        saved = distribution_groups.group(db, found.id)
    click.echo(f"Saved group {saved.settings.name}.")


@group_command.command("list")
@json_option
@choosing.organisation_option
def list_groups(as_json: bool, org: str | None) -> None:
    """Show the distribution groups and the campaigns that use them."""
    with open_database() as db:
        found = distribution_groups.overview(db, choosing.organisation(db, org).id)
    if as_json:
        choosing.print_json([_group_told(each) for each in found])
        return
    rows = [(each.id, each.settings.name, _said(each), ", ".join(each.campaigns)) for each in found]
    choosing.print_table(("Id", "Name", "Whom it lets through", "Campaigns"), rows)


@group_command.command("remove")
@click.argument("group")
@click.option("--yes", is_flag=True, help="Do not ask.")
@choosing.organisation_option
def remove_group(group: str, yes: bool, org: str | None) -> None:
    """Delete a group that no campaign uses."""
    with open_database() as db:
        found = choosing.distribution_group(db, choosing.organisation(db, org), group)
        choosing.confirm(f"Delete group {found.settings.name}?", yes)
        distribution_groups.delete(db, found.id)
    click.echo(f"Deleted group {found.settings.name}.")


@click.group("campaign")
def campaign_command() -> None:
    """Campaigns: how posted leads are rung for."""


def _settings(*, adding: bool) -> Callable[[Any], Any]:
    options = (
        click.option("--group", "group", required=adding, metavar="GROUP", help="Its distribution group."),
        click.option("--most-rung", type=int, help="Agents rung at once, 1 to 10."),
        click.option("--ring-s", type=int, help="Seconds that agents' phones ring, 5 to 60."),
        click.option("--press-s", type=int, help="Seconds to press 1 after picking up, 5 to 60."),
        click.option("--calling", metavar="HH:MM-HH:MM", help="Calling hours in the lead's own local time."),
        click.option("--lead-ring-s", type=int, help="Seconds that the lead's phone rings, 15 to 120."),
        click.option("--script", help="What agents read to the lead."),
        click.option("--active/--inactive", default=None, help="Switch it on or off."),
    )

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


@campaign_command.command("add")
@click.argument("name")
@_settings(adding=True)
@json_option
@choosing.organisation_option
def add_campaign(name: str, as_json: bool, org: str | None, **settings: Any) -> None:
    """Add a campaign; it is active unless --inactive is given."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        given = CampaignSettings(name, **_given_settings(db, owner, settings))
        made = campaigns.campaign(db, campaigns.add(db, owner.id, given, now()))
    if as_json:
        choosing.print_json(_campaign_told(made))
    else:
        click.echo(f"Added campaign {made.settings.name}, which rings {made.group_name}.")


@campaign_command.command("edit")
@click.argument("campaign")
@click.option("--name", help="Another name.")
@_settings(adding=False)
@choosing.organisation_option
def edit_campaign(campaign: str, name: str | None, org: str | None, **settings: Any) -> None:
    """Change a campaign; what is not named stays."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        found = choosing.campaign(db, owner, campaign)
        changed = _given_settings(db, owner, settings) | ({} if name is None else {"name": name})
        if not changed:
            raise Refused("Say what is to be different; 'ringpool campaign edit --help' shows what can be.")
        campaigns.edit(db, found.id, replace(found.settings, **changed), found.version)
        saved = campaigns.campaign(db, found.id)
    state = "active" if saved.settings.active else "switched off"
    click.echo(f"Saved campaign {saved.settings.name}, {state}.")


@campaign_command.command("list")
@json_option
@choosing.organisation_option
def list_campaigns(as_json: bool, org: str | None) -> None:
    """Show the campaigns."""
    with open_database() as db:
        found = campaigns.overview(db, choosing.organisation(db, org).id)
    if as_json:
        choosing.print_json([_campaign_told(each) for each in found])
        return
    rows = [
        (each.id, s.name, each.group_name, s.most_rung, s.ring_s, s.press_s, "" if s.active else "no")
        for each in found
        for s in [each.settings]
    ]
    choosing.print_table(("Id", "Name", "Group", "Rung", "Ring s", "Press s", "Active"), rows)


@campaign_command.command("preview")
@click.argument("campaign")
@click.option("--state", default="", help="Of a lead to try.")
@click.option("--language", default="", help="Of a lead to try.")
@click.option("--product", default="", help="Of a lead to try.")
@json_option
@choosing.organisation_option
def preview_campaign(
    campaign: str, state: str, language: str, product: str, as_json: bool, org: str | None
) -> None:
    """Show who would ring for a lead that came now, in order, and why the others would not."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        found = choosing.campaign(db, owner, campaign)
        turn = campaigns.preview(db, owner.id, found.id, LeadFacts(state, language, product))
    if as_json:
        rung = [{"user_id": each.user_id, "name": each.name} for each in turn.rung]
        others = [
            {"user_id": each.user_id, "name": each.name, "reason": why.value} for each, why in turn.others
        ]
        choosing.print_json({"active": turn.active, "rung": rung, "others": others})
        return
    if not turn.active:
        click.echo("This campaign is switched off: nobody is rung for its leads.")
    ringing = [(place, each.name, each.extension, "") for place, each in enumerate(turn.rung, 1)]
    silent = [("", each.name, each.extension, SENTENCES[why]) for each, why in turn.others]
    choosing.print_table(("Turn", "Agent", "Extension", "Why not"), [*ringing, *silent])


def _given_filters(db: Database, owner: Organisation, filters: dict[str, Any]) -> dict[str, Any]:
    """Filters as the group has them; only those that were given."""
    given = {name: value for name, value in filters.items() if value}
    if names := given.pop("teams", ()):
        given["team_ids"] = frozenset(choosing.team(db, owner, each).id for each in names)
    if "skills" in given:
        given["skills"] = dict(level_of(pair) for pair in given["skills"])
    return given


def _given_settings(db: Database, owner: Organisation, settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as the campaign has them; only those that were given."""
    given = {name: value for name, value in settings.items() if value is not None}
    if "group" in given:
        given["group_id"] = choosing.distribution_group(db, owner, given.pop("group")).id
    if "calling" in given:
        given["calling_from"], given["calling_until"] = hours("--calling", given.pop("calling"))
    return given


def _group_told(found: Group) -> dict[str, Any]:
    told = asdict(found.settings)
    return {
        "id": found.id,
        "version": found.version,
        **told,
        "teams": found.teams,
        "campaigns": found.campaigns,
    }


def _campaign_told(found: Campaign) -> dict[str, Any]:
    return {"id": found.id, "version": found.version, "group": found.group_name, **asdict(found.settings)}


def _said(found: Group) -> str:
    given = found.settings
    skills = [f"{skill} {level}" for skill, level in given.skills.items()]
    parts = {
        "teams": found.teams,
        "skills": skills,
        "states": given.states,
        "languages": given.languages,
        "products": given.products,
    }
    return "; ".join(f"{name} {', '.join(words)}" for name, words in parts.items() if words) or "every agent"
