"""The demo's web site: leads that come in, and five agents whose phones ring for them.

The five have no session: they are signed in, as if a page of the panel were open before each. Their
simulated phones are picked up after a moment, and 1 is pressed on every one; the first has the lead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time as time_of_day
from pathlib import Path

from cli.stack.secret_file import secret
from cli.stack.world import Phone
from dialer.campaigns import CampaignSettings, GroupSettings
from dialer.clock import now
from dialer.db import Database
from dialer.errors import DatabaseUnavailable, Refused
from dialer.leads import NewLead
from dialer.store import campaigns, distribution_groups, lead_pages, leads, presence, teams
from dialer.store.lead_pages import Wanted
from dialer.store.lead_places import LeadState

AGENTS = ("Siri", "Tove", "Ulf", "Vera", "Axel")
FIRST_EXTENSION = 1951
PICK_UP_AFTER_S = (1, 3, 2, 4, 2)
LOOKS_EVERY_S = 1.0
A_LEAD_EVERY = 30
"""Looks between two leads."""

FIRST_NAMES = ("Alma", "Bo", "Cleo", "Dag", "Elsa")
NUMBER = "+12125{n:02d}0205"
"""Picks up after two seconds and talks for five (asterisk_conf/sim)."""


def phones_of(home: Path) -> tuple[Phone, ...]:
    """Phones that somebody picks up, and presses 1 on."""
    return tuple(
        Phone(extension, secret(home, f"phone {extension}"), answers_after_s=after, presses="1")
        for extension, after in zip(extensions(), PICK_UP_AFTER_S, strict=True)
    )


def extensions() -> list[str]:
    """The five phones' extensions."""
    return [str(FIRST_EXTENSION + n) for n in range(len(AGENTS))]


@dataclass(frozen=True, slots=True)
class Site:
    """The campaign that leads come to, and the agents whom it rings."""

    organisation_id: int
    manager_id: int
    campaign_id: int
    agent_ids: tuple[int, ...]


def found_site(
    database: Database, organisation_id: int, manager_id: int, employ: Callable[[str, str, str | None], int]
) -> Site:
    """Five agents in a team of their own, and a campaign that rings them."""
    agent_ids = tuple(
        employ(name, "agent", extension) for name, extension in zip(AGENTS, extensions(), strict=True)
    )
    db = database.for_organisation(organisation_id)
    team = teams.create_team(db, organisation_id, "Web site", by=manager_id)
    for user_id in agent_ids:
        teams.join_team(db, team.id, user_id, now(), by=manager_id)
    group = GroupSettings("Web site team", team_ids=frozenset({team.id}))
    group_id = distribution_groups.add(db, organisation_id, group, by=manager_id)
    campaign = CampaignSettings(
        "Web site",
        group_id,
        calling_from=time_of_day(0),
        calling_until=time_of_day(23, 59),
        script="Hello {first_name}, you asked us to call.",
    )
    campaign_id = campaigns.add(db, organisation_id, campaign, now(), by=manager_id)
    return Site(organisation_id, manager_id, campaign_id, agent_ids)


class Visitors:
    """Posts leads, one after another, and keeps the five signed in, until told to stop."""

    def __init__(self, database: Database, site: Site, say: Callable[[str], None], panel_url: str) -> None:
        self._db = database.for_organisation(site.organisation_id)
        self._site = site
        self._say = say
        self._panel_url = panel_url
        self._posted: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo visitors", daemon=True)

    def start(self) -> None:
        """The first lead comes at once."""
        self._thread.start()

    def stop(self) -> None:
        """Nobody visits any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def states(self) -> dict[str, int]:
        """How many leads have come, and where they are."""
        found = lead_pages.page(self._db, self._site.organisation_id, Wanted(()), limit=1000)
        counts = dict.fromkeys((state.value for state in LeadState), 0)
        for lead in found:
            counts[lead.state] += 1
        return {"posted": len(found), **{state: n for state, n in counts.items() if n}}

    def are_served(self) -> bool:
        """Whether a lead has come and none waits or rings."""
        states = self.states()
        return states["posted"] > 0 and not states.get("waiting") and not states.get("ringing")

    def _run(self) -> None:
        look = 0
        while not self._stop.is_set():
            try:
                for user_id in self._site.agent_ids:
                    presence.seen(self._db, self._site.organisation_id, user_id)
                if look % A_LEAD_EVERY == 0:
                    self._post()
                look += 1
            except (DatabaseUnavailable, Refused):
                pass  # away for a moment, or its campaign was switched off in the panel; later, then
            self._stop.wait(LOOKS_EVERY_S)

    def _post(self) -> None:
        n = len(self._posted)
        name = FIRST_NAMES[n % len(FIRST_NAMES)]
        new = NewLead(
            self._site.campaign_id,
            {"phone": NUMBER.format(n=n % 100)},
            {"first_name": name, "last_name": "Visitor"},
        )
        posted = leads.post(
            self._db, self._site.organisation_id, new, now(), source="Web site", by_id=self._site.manager_id
        )
        self._posted.append(posted.lead_id)
        self._say(
            f"A lead comes in, {name} Visitor; five phones ring: {self._panel_url}leads/{posted.lead_id}"
        )
