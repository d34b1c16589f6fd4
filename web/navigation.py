"""The panel's rooms as its navigation shows them: only those that exist, to those whom they let in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from dialer.store.people import Role, User
from web.access import MANAGERS, me_if_known


@dataclass(frozen=True, slots=True)
class Room:
    """One link: a blueprint's front page, its name and icon, and the roles that it lets in."""

    blueprint: str
    label: LazyString
    icon: str
    roles: tuple[Role, ...] = tuple(Role)


ROOMS = (
    Room("session", _l("My Session"), "headset"),
    Room("my_leads", _l("My leads"), "inbox"),
    Room("leads", _l("Leads"), "user-plus", MANAGERS),
    Room("lists", _l("Lists"), "list-details", MANAGERS),
    Room("activity", _l("Call Activity"), "phone-call"),
)

SETUP = (
    Room("company", _l("Company Setup"), "building", MANAGERS),
    Room("people", _l("Users"), "users", MANAGERS),
    Room("teams", _l("Teams"), "users-group", MANAGERS),
    Room("campaigns", _l("Campaigns"), "speakerphone", MANAGERS),
    Room("groups", _l("Distribution groups"), "affiliate", MANAGERS),
    Room("audit", _l("Audit log"), "history", MANAGERS),
    Room("tokens", _l("API tokens"), "key", (Role.SUPER_ADMIN, Role.ADMIN)),
    Room("webhooks", _l("Webhooks"), "link", (Role.SUPER_ADMIN, Role.ADMIN)),
    Room("organisations", _l("Organisations"), "buildings", (Role.SUPER_ADMIN,)),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A room as a page shows it."""

    label: LazyString
    icon: str
    href: str
    here: bool


def register(app: Flask) -> None:
    """Give the links to the app's templates. Call it when every room is registered."""
    app.extensions["ringpool_fronts"] = fronts = _fronts(app)

    @app.context_processor
    def links() -> dict[str, object]:
        user = me_if_known()
        setup = _links(SETUP, user)
        rooms = _links(ROOMS, user)
        if setup:
            inside = any(link.here for link in setup)
            rooms.append(Link(_l("Set-up"), "settings", setup[0].href, inside))
        return {"rooms": rooms, "setup_rooms": setup, "account_url": fronts.get("account")}


def _links(rooms: tuple[Room, ...], user: User | None) -> list[Link]:
    fronts: dict[str, str] = current_app.extensions["ringpool_fronts"]
    return [
        Link(room.label, room.icon, url_for(fronts[room.blueprint]), request.blueprint == room.blueprint)
        for room in rooms
        if user is not None and user.role in room.roles and room.blueprint in fronts
    ]


def _fronts(app: Flask) -> dict[str, str]:
    """The endpoint of each blueprint's front page: its shortest address without parameters."""
    found: dict[str, tuple[int, str]] = {}
    for rule in app.url_map.iter_rules():
        blueprint, _, view = rule.endpoint.rpartition(".")
        if blueprint and view != "static" and "GET" in (rule.methods or ()) and not rule.arguments:
            candidate = (len(rule.rule), rule.endpoint)
            found[blueprint] = min(found.get(blueprint, candidate), candidate)
    return {blueprint: endpoint for blueprint, (_, endpoint) in found.items()}
