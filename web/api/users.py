"""Users: registered, looked at, edited (ORG-5)."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, validate

from dialer.passwords import MAX_LENGTH, MIN_LENGTH
from dialer.registrations import LOCALES, LONGEST_WORD, MOST_SKILLS, PHONE_KINDS, PHONE_MODES, Registration
from dialer.roles import Role
from dialer.store import users
from dialer.store.tokens import Scope
from dialer.store.users import Registered, Secrets
from web.api.callers import me, tenant
from web.api.fields import (
    BIGGEST,
    Body,
    Clock,
    Flag,
    InQuery,
    Paging,
    Secret,
    Text,
    Whole,
    cursor,
    cursor_id,
    ids,
    page_of,
    seen_version,
    version,
    words,
)
from web.api.operations import ID, operation


def _email(**more: Any) -> Text:
    looks = validate.Regexp(r"^[^@\s]+@[^@\s]+$", error="Like name@company.com.")
    return Text(320, least=3, validate_more=looks, **more)


class User(Schema):
    """A user as registered; secrets are never told."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    created_at = fields.AwareDateTime(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    active = fields.Boolean(required=True)
    extension = fields.String(required=True, allow_none=True)
    phone_mode = fields.String(required=True, validate=validate.OneOf(PHONE_MODES))
    phone_kind = fields.String(required=True, validate=validate.OneOf(PHONE_KINDS))
    has_pin = fields.Boolean(required=True)
    caller_id = fields.String(
        required=True, allow_none=True, metadata={"description": "What prospects see when this user calls."}
    )
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    team_ids = fields.List(fields.Integer(), required=True)
    skills = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    states = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    products = fields.List(fields.String(), required=True)
    works_from = fields.Time("%H:%M", required=True, allow_none=True)
    works_until = fields.Time("%H:%M", required=True, allow_none=True)
    works_days = fields.List(fields.Integer(), required=True, metadata={"description": "Monday is 1."})
    takes_leads = fields.Boolean(required=True, metadata={"description": "Leads may ring this user."})


class NewUser(User):
    """A user who was just registered."""

    sip_secret = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The phone's secret if one was made up; told only this once."},
    )


class _Given(Body):
    extension = Text(
        10, allow_none=True, validate_more=validate.Regexp("^[0-9]{2,10}$", error="Two to ten digits.")
    )
    phone_mode = fields.String(validate=validate.OneOf(PHONE_MODES))
    phone_kind = fields.String(validate=validate.OneOf(PHONE_KINDS))
    caller_id = Text(40, allow_none=True)
    locale = fields.String(validate=validate.OneOf(LOCALES))
    active = Flag()
    team_ids = ids(metadata={"description": "Exactly these teams."})
    skills = fields.Dict(
        keys=Text(LONGEST_WORD, least=1), values=Whole(1, 10), metadata={"maxProperties": MOST_SKILLS}
    )
    states = words(metadata={"description": "Empty: any."})
    languages = words(metadata={"description": "Empty: any."})
    products = words(metadata={"description": "Empty: any."})
    works_from = Clock(allow_none=True)
    works_until = Clock(allow_none=True)
    works_days = fields.List(Whole(1, 7), validate=validate.Length(1, 7))
    takes_leads = Flag()
    sip_secret = Secret(128, least=8)


class Registering(_Given):
    """A user to be. What is left out has the panel's usual value."""

    name = Text(200, least=1, required=True)
    email = _email(required=True)
    role = fields.Enum(Role, by_value=True, load_default=Role.AGENT)
    password = Secret(MAX_LENGTH, least=MIN_LENGTH, required=True)
    pin = Text(12, validate_more=validate.Regexp("^[0-9]{4,12}$", error="4 to 12 digits."), load_only=True)


class UserChange(_Given):
    """What is to be different; what is left out stays."""

    version = version()
    name = Text(200, least=1)
    email = _email()
    role = fields.Enum(Role, by_value=True)
    password = Secret(MAX_LENGTH, least=MIN_LENGTH)
    pin = Text(
        12,
        validate_more=validate.Regexp("^[0-9]{4,12}$", error="4 to 12 digits."),
        allow_none=True,
        load_only=True,
        metadata={"description": "null takes it away."},
    )


class UserFilters(Paging):
    """Which users are wanted."""

    search = Text(200, metadata={"description": "A part of name, e-mail or extension."})
    role = fields.Enum(Role, by_value=True)
    team_id = InQuery(1, BIGGEST)
    active = fields.Boolean(truthy={"true"}, falsy={"false"})


@operation("GET", "/users", Scope.PEOPLE_READ, answer=page_of(User), query=UserFilters)
def list_users(query: dict[str, Any]) -> dict[str, Any]:
    """The organisation's users, in the order in which they were registered."""
    limit = query["limit"]
    found = users.listing(
        tenant(),
        me().organisation_id,
        search=query.get("search", ""),
        role=query.get("role"),
        team_id=query.get("team_id"),
        active=query.get("active"),
        after_id=cursor_id(query),
        limit=limit + 1,
    )
    shown = found[:limit]
    return {
        "items": [_told(user) for user in shown],
        "next": cursor(shown[-1].id) if len(found) > limit else None,
    }


@operation("POST", "/users", Scope.PEOPLE_WRITE, answer=NewUser, status=201, body=Registering)
def register_user(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Register a user. With an extension and no `sip_secret`, one is made up."""
    own = {name: body.pop(name, None) for name in ("password", "sip_secret", "pin")}
    user_id, made_up = users.register(
        tenant(), me().organisation_id, Registration(**_plain(body)), datetime.now(UTC), by=me().id, **own
    )
    told = _told(users.registered(tenant(), user_id))
    headers = {"Location": f"/api/v1/users/{user_id}", "ETag": f'"{told["version"]}"'}
    return {**told, "sip_secret": made_up}, headers


@operation("GET", f"/users/<{ID}:user_id>", Scope.PEOPLE_READ, answer=User)
def get_user(user_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """One user."""
    return _answer(user_id)


@operation("PATCH", f"/users/<{ID}:user_id>", Scope.PEOPLE_WRITE, answer=NewUser, body=UserChange)
def edit_user(user_id: int, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Change a user.

    Somebody who is not active any more, or leaves a team, gives back at once what they held of the
    lists that they may no longer dial.
    """
    seen = seen_version(body)
    new = Secrets(
        password=body.pop("password", None),
        sip_secret=body.pop("sip_secret", None),
        pin=(body.pop("pin") or "") if "pin" in body else None,
    )
    given = replace(users.registered(tenant(), user_id).registration, **_plain(body))
    made_up = users.edit(tenant(), user_id, given, seen, datetime.now(UTC), new=new, by=me().id)
    told, headers = _answer(user_id)
    return {**told, "sip_secret": made_up}, headers


def _answer(user_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    told = _told(users.registered(tenant(), user_id))
    return told, {"ETag": f'"{told["version"]}"'}


def _told(user: Registered) -> dict[str, Any]:
    told = asdict(user.registration)
    own = {name: getattr(user, name) for name in ("id", "version", "created_at", "has_pin")}
    return {**told, **own, "team_ids": sorted(told["team_ids"])}


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """Lists as the registration has them."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}
    if "team_ids" in given:
        given["team_ids"] = frozenset(given["team_ids"])
    return given
