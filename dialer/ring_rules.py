"""Who can be rung for a lead, and if not, which rule says so (RING-1). Pure.

One rule for agents in a session and agents who are only signed in: somebody who may take leads, whom
the group and their own filters let through, who works just now, has not switched leads off, is there,
and has a free phone. There is, who dials in a session, has logged in by phone, or has a page of the panel
open. Free is a phone with no call and no ring, of somebody who does not owe a call result, has not paused
and is not leaving; a browser phone is one only while its page is open.
What the lead does not say (its state, its language, its product) keeps nobody away from it. Words are the
same in capitals or not, and a state is the same by its code and by its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from dialer.agents import AgentState, Wanted
from dialer.dialing_rules import window_is_open
from dialer.errors import sentence
from dialer.roles import Role
from dialer.time_zones import state_code

MOST_RUNG = 10
"""At most so many agents are rung for a lead at once."""

SEEN_WITHIN = timedelta(minutes=2)
"""Whose page was heard of within this time is signed in."""


class NotRung(Enum):
    """Why somebody is not rung for a lead, in the order in which it is asked."""

    NO_AGENT = "no_agent"
    NO_PHONE = "no_phone"
    TEAM = "team"
    SKILL = "skill"
    GROUP_STATE = "group_state"
    GROUP_LANGUAGE = "group_language"
    GROUP_PRODUCT = "group_product"
    OWN_STATE = "own_state"
    OWN_LANGUAGE = "own_language"
    OWN_PRODUCT = "own_product"
    OFF_HOURS = "off_hours"
    LEADS_OFF = "leads_off"
    NOT_THERE = "not_there"
    RUNG_ALREADY = "rung_already"
    CONNECTING = "connecting"
    PHONE_LOST = "phone_lost"
    ON_A_CALL = "on_a_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    LEAVING = "leaving"
    PHONE_CLOSED = "phone_closed"
    OTHER_NODE = "other_node"
    OTHERS_FIRST = "others_first"


SENTENCES = {
    NotRung.NO_AGENT: sentence("The account is closed, or its role takes no calls."),
    NotRung.NO_PHONE: sentence("There is no phone: no extension is registered."),
    NotRung.TEAM: sentence("Not in a team of the group."),
    NotRung.SKILL: sentence("A skill that the group asks for is missing, or its level too low."),
    NotRung.GROUP_STATE: sentence("Works in none of the group's states."),
    NotRung.GROUP_LANGUAGE: sentence("Speaks none of the group's languages."),
    NotRung.GROUP_PRODUCT: sentence("Sells none of the group's products."),
    NotRung.OWN_STATE: sentence("Takes no leads from this state."),
    NotRung.OWN_LANGUAGE: sentence("Takes no leads in this language."),
    NotRung.OWN_PRODUCT: sentence("Takes no leads for this product."),
    NotRung.OFF_HOURS: sentence("It is outside their working hours."),
    NotRung.LEADS_OFF: sentence("Has switched leads off."),
    NotRung.NOT_THERE: sentence("Not signed in, and not in a session."),
    NotRung.RUNG_ALREADY: sentence("Rung for another lead just now."),
    NotRung.CONNECTING: sentence("Their phone is being connected."),
    NotRung.PHONE_LOST: sentence("Their phone is lost."),
    NotRung.ON_A_CALL: sentence("On a call."),
    NotRung.WRAP_UP: sentence("Has to save the result of a call first."),
    NotRung.PAUSED: sentence("Paused."),
    NotRung.LEAVING: sentence("About to pause or to end the session."),
    NotRung.PHONE_CLOSED: sentence("Their browser phone is not open; the page My Session opens it."),
    NotRung.OTHER_NODE: sentence("At work on another node."),
    NotRung.OTHERS_FIRST: sentence("As many as are rung at once were rung longer ago."),
}
"""Each reason as the sentence that a manager reads."""


class LeadException(Enum):
    """Why nobody has a lead; a rule of dialing is the other kind of reason (dialing_rules.Rule)."""

    NO_ONE_ELIGIBLE = "no_one_eligible"
    NOBODY_TOOK = "nobody_took"
    CAMPAIGN_OFF = "campaign_off"
    LOST = "lost"


LEAD_EXCEPTIONS = {
    LeadException.NO_ONE_ELIGIBLE: sentence("Nobody could be rung when it came."),
    LeadException.NOBODY_TOOK: sentence("Nobody who was rung pressed 1."),
    LeadException.CAMPAIGN_OFF: sentence("Its campaign is switched off."),
    LeadException.LOST: sentence("Ringing was cut short by a fault of the telephones."),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Whom a distribution group lets through; empty means any, several are all to be met.

    ``skills`` has the least level of each.
    """

    team_ids: frozenset[int] = frozenset()
    skills: Mapping[str, int] = field(default_factory=dict)
    states: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What a lead says of itself; an empty text says nothing."""

    state: str = ""
    language: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as the rule sees them. Filters of their own: empty means any.

    ``agent_state`` is None for somebody who never was at work. ``node`` is where their session is.
    """

    user_id: int
    name: str
    role: Role
    active: bool
    extension: str | None
    team_ids: frozenset[int]
    skills: Mapping[str, int]
    states: frozenset[str]
    languages: frozenset[str]
    products: frozenset[str]
    works_from: time | None
    works_until: time | None
    works_days: frozenset[int]
    takes_leads: bool
    """Their own switch."""
    seen_at: datetime | None
    agent_state: AgentState | None
    wanted: Wanted | None
    node: str | None
    phone_closed: bool
    """Theirs is the browser's, and no page has it open."""
    rings: bool
    """A ring of theirs is not over."""
    on_a_call: bool
    """A call of theirs is on the line."""
    owes_result: bool
    last_rung_at: datetime | None

    @property
    def in_session(self) -> bool:
        return self.agent_state not in (None, AgentState.LOGGED_OUT)


def why_not_rung(
    candidate: Candidate, filters: Filters, lead: LeadFacts, zone: str, now: datetime, node: str | None = None
) -> NotRung | None:
    """The first rule that keeps somebody from being rung at ``now`` (aware), or None.

    ``zone``: the organisation's, an IANA name. ``node``: where the ringing is done; None asks for any.
    """
    return (
        _suits(candidate, filters, lead)
        or _works(candidate, zone, now)
        or _why_busy(candidate)
        or _out_of_reach(candidate, node)
    )


def chosen(eligible: Iterable[Candidate], most: int = MOST_RUNG) -> tuple[list[Candidate], list[Candidate]]:
    """Who is rung, the one whose last ring-all call is longest ago first, and who comes too late for it."""
    in_turn = sorted(eligible, key=lambda c: (c.last_rung_at or _NEVER, c.user_id))
    return in_turn[:most], in_turn[most:]


_NEVER = datetime.min.replace(tzinfo=UTC)


def _suits(candidate: Candidate, filters: Filters, lead: LeadFacts) -> NotRung | None:
    if not candidate.active or not candidate.role.takes_leads:
        return NotRung.NO_AGENT
    if candidate.extension is None:
        return NotRung.NO_PHONE
    if filters.team_ids and not filters.team_ids & candidate.team_ids:
        return NotRung.TEAM
    levels = {skill.casefold(): level for skill, level in candidate.skills.items()}
    if any(levels.get(skill.casefold(), 0) < least for skill, least in filters.skills.items()):
        return NotRung.SKILL
    for of_group, of_agent, of_lead, same, group_reason, own_reason in (
        (filters.states, candidate.states, lead.state, state_code, NotRung.GROUP_STATE, NotRung.OWN_STATE),
        (
            filters.languages,
            candidate.languages,
            lead.language,
            _folded,
            NotRung.GROUP_LANGUAGE,
            NotRung.OWN_LANGUAGE,
        ),
        (
            filters.products,
            candidate.products,
            lead.product,
            _folded,
            NotRung.GROUP_PRODUCT,
            NotRung.OWN_PRODUCT,
        ),
    ):
        own, wanted, says = set(map(same, of_agent)), set(map(same, of_group)), same(of_lead)
        if wanted and own and not wanted & own:
            return group_reason
        if says and own and says not in own:
            return own_reason
    return None


def _works(candidate: Candidate, zone: str, now: datetime) -> NotRung | None:
    if not works_at(candidate.works_from, candidate.works_until, candidate.works_days, zone, now):
        return NotRung.OFF_HOURS
    if not candidate.takes_leads:
        return NotRung.LEADS_OFF
    seen = candidate.seen_at is not None and now - candidate.seen_at <= SEEN_WITHIN
    if not candidate.in_session and not seen:
        return NotRung.NOT_THERE
    return None


def _why_busy(candidate: Candidate) -> NotRung | None:
    if candidate.rings:
        return NotRung.RUNG_ALREADY
    if candidate.on_a_call:
        return NotRung.ON_A_CALL
    if candidate.agent_state in _BUSY:
        return _BUSY[candidate.agent_state]
    if candidate.owes_result:
        return NotRung.WRAP_UP
    return NotRung.LEAVING if candidate.in_session and candidate.wanted is not None else None


def _out_of_reach(candidate: Candidate, node: str | None) -> NotRung | None:
    """The node is asked for last: a lead waits for another node only where that one could ring somebody."""
    if candidate.phone_closed:
        return NotRung.PHONE_CLOSED
    if candidate.in_session and node is not None and candidate.node != node:
        return NotRung.OTHER_NODE
    return None


_BUSY = {
    AgentState.CONNECTING: NotRung.CONNECTING,
    AgentState.RESERVED: NotRung.ON_A_CALL,
    AgentState.ON_CALL: NotRung.ON_A_CALL,
    AgentState.ON_HOLD: NotRung.ON_A_CALL,
    AgentState.WRAP_UP: NotRung.WRAP_UP,
    AgentState.PAUSED: NotRung.PAUSED,
    AgentState.PHONE_LOST: NotRung.PHONE_LOST,
}


def works_at(
    works_from: time | None, works_until: time | None, days: Collection[int], zone: str, now: datetime
) -> bool:
    """Whether somebody's working hours, in ``zone``, have ``now`` in them; a shift over midnight belongs to
    the day on which it began."""
    local = now.astimezone(ZoneInfo(zone))
    if works_from is None or works_until is None:
        return local.isoweekday() in days
    if not window_is_open(works_from, works_until, zone, now):
        return False
    began_yesterday = works_until < works_from and local.time() < works_until
    return (local - timedelta(days=began_yesterday)).isoweekday() in days


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()
