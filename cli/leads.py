"""`ringpool lead`: post a lead, see what became of it, ring again, assign it, take it back."""

from __future__ import annotations

from dataclasses import asdict

import click

from cli import choosing
from cli.context import open_database
from dialer.clock import now
from dialer.db import Database
from dialer.errors import Refused
from dialer.leads import NewLead
from dialer.store import lead_pages, leads
from dialer.store.lead_pages import Lead, Ring, Wanted
from dialer.store.lead_places import LeadState
from dialer.store.people import User


@click.group("lead")
def lead_command() -> None:
    """Post leads, see what became of them, move them by hand."""


lead_argument = click.argument("lead_id", metavar="LEAD", type=click.IntRange(1, 2**63 - 1))
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@lead_command.command("post")
@click.argument("campaign")
@click.option("--phone", default="", help="As people write it.")
@click.option("--mobile-phone", default="")
@click.option("--work-phone", default="")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--account-name", default="")
@click.option("--email", default="")
@click.option("--region", default="", help="State or province.")
@click.option("--postal-code", default="")
@click.option("--time-zone", default="", help="Without one, state, postal code and number decide.")
@click.option("--language", default="")
@click.option("--product", default="")
@click.option("--notes", default="")
@click.option("--custom", "custom", multiple=True, metavar="LABEL=VALUE", help="A custom field. Repeatable.")
@json_option
@choosing.by_manager_option
@choosing.organisation_option
def post(
    campaign: str, as_json: bool, by: str | None, org: str | None, custom: tuple[str, ...], **given: str
) -> None:
    """Post a lead into CAMPAIGN, by name or id: its agents are rung at once."""
    phones = {kind: given.pop(kind) for kind in ("phone", "mobile_phone", "work_phone")}
    words = {name: given.pop(name) for name in ("time_zone", "language", "product", "notes")}
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting = choosing.manager(db, owner, by)
        new = NewLead(choosing.campaign(db, owner, campaign).id, phones, given, _pairs(custom), **words)
        posted = leads.post(db, acting.organisation_id, new, now(), source="command line", by_id=acting.id)
    if as_json:
        choosing.print_json({"id": posted.lead_id, "prospect_id": posted.prospect_id, "application_id": None})
    else:
        click.echo(
            f"Lead {posted.lead_id} waits; 'ringpool lead show {posted.lead_id}' tells what becomes of it."
        )


@lead_command.command("list")
@click.option("--state", type=click.Choice([state.value for state in LeadState]))
@click.option(
    "--search",
    default="",
    help="Beginnings of names or of an e-mail, or the first or last figures of a number.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
@choosing.by_manager_option
@choosing.organisation_option
def list_leads(
    state: str | None, search: str, limit: int, as_json: bool, by: str | None, org: str | None
) -> None:
    """Show leads, the newest first."""
    wanted = Wanted([LeadState(state)] if state else (), words=search)
    with open_database() as db:
        found = lead_pages.page(db, _acting(db, org, by).organisation_id, wanted, limit=limit)
    if as_json:
        choosing.print_json([{**asdict(each), "why": each.why} for each in found])
        return
    choosing.print_table(
        ("Id", "Name", "State", "Agent", "Campaign", "Came", "Why"),
        [
            (e.id, e.name, e.state, e.user_name, e.campaign_name, f"{e.received_at:%Y-%m-%d %H:%M}", e.why)
            for e in found
        ],
    )


@lead_command.command("show")
@lead_argument
@json_option
@choosing.by_manager_option
@choosing.organisation_option
def show(lead_id: int, as_json: bool, by: str | None, org: str | None) -> None:
    """Show one lead: where it is, what it said, who was rung for it."""
    with open_database() as db:
        found = lead_pages.lead(db, _acting(db, org, by).organisation_id, lead_id)
    if as_json:
        choosing.print_json({**asdict(found), "why": found.why})
        return
    _print(found)
    choosing.print_facts({**dict(found.phones), **found.custom})
    for ring in found.rings:
        _print_ring(ring)


@lead_command.command("ring-again")
@lead_argument
@choosing.by_manager_option
@choosing.organisation_option
def ring_again(lead_id: int, by: str | None, org: str | None) -> None:
    """Let agents be rung anew for a lead that nobody took."""
    with open_database() as db:
        acting = _acting(db, org, by)
        leads.ring_again(db, acting.id, acting.organisation_id, lead_id, now())
        found = lead_pages.lead(db, acting.organisation_id, lead_id)
    click.echo(f"Lead {lead_id} is {found.state}.")


@lead_command.command("assign")
@lead_argument
@click.argument("email")
@choosing.by_manager_option
@choosing.organisation_option
def assign(lead_id: int, email: str, by: str | None, org: str | None) -> None:
    """Make a lead the own of the user with this EMAIL, with an application."""
    with open_database() as db:
        owner = choosing.organisation(db, org)
        acting, agent = choosing.manager(db, owner, by), choosing.user(db, email, owner)
        application_id = leads.assign(db, acting.id, owner.id, lead_id, agent.id, now())
    click.echo(f"Lead {lead_id} is {agent.name}'s, with application {application_id}.")


@lead_command.command("withdraw")
@lead_argument
@choosing.by_manager_option
@choosing.organisation_option
def withdraw(lead_id: int, by: str | None, org: str | None) -> None:
    """Take a lead back: nobody is rung for it any more."""
    with open_database() as db:
        acting = _acting(db, org, by)
        leads.withdraw(db, acting.id, acting.organisation_id, lead_id, now())
        found = lead_pages.lead(db, acting.organisation_id, lead_id)
    is_asked = found.state == LeadState.RINGING.value
    click.echo(f"Lead {lead_id} is {'being ' if is_asked else ''}withdrawn.")


def _acting(db: Database, org: str | None, by: str | None) -> User:
    return choosing.manager(db, choosing.organisation(db, org), by)


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    if bad := [label for label, sign, _ in pairs if not sign or not label.strip()]:
        raise Refused(f"Give custom fields as LABEL=VALUE; '{bad[0]}' is none.")
    return {label: value for label, _, value in pairs}


def _print(lead: Lead) -> None:
    shown = ("state", "why", "user_name", "application_id", "campaign_name", "source", "received_at")
    facts = {"lead": f"{lead.id} {lead.name}".strip(), **{name: getattr(lead, name) for name in shown}}
    more = ("region", "time_zone", "language", "product")
    choosing.print_facts({**facts, **{name: getattr(lead, name) or None for name in more}})


def _print_ring(ring: Ring) -> None:
    click.echo(f"\nRing {ring.id}, {ring.started_at:%Y-%m-%d %H:%M:%S}: {ring.outcome or 'going on'}")
    choosing.print_table(
        ("Agent", "Outcome", "Rang"),
        [
            (
                leg.user_name,
                leg.outcome or leg.state,
                f"{leg.rang_for.total_seconds():.0f} s" if leg.rang_for else "",
            )
            for leg in ring.legs
        ],
    )
