"""Teams and who is in them (ORG-3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from dialer.store import teams
from dialer.store.tokens import Scope
from web.api.callers import me, tenant
from web.api.fields import Body, Paging, Text, page, page_of
from web.api.operations import ID, no_content, operation


class Team(Schema):
    """A named group of users."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    members = fields.Integer(required=True)


class TeamMembers(Schema):
    """A team and its members."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    member_ids = fields.List(fields.Integer(), required=True)


class TeamName(Body):
    """What a team is called."""

    name = Text(120, least=1, required=True)


@operation("GET", "/teams", Scope.PEOPLE_READ, answer=page_of(Team), query=Paging)
def list_teams(query: dict[str, Any]) -> dict[str, Any]:
    """The organisation's teams, in the order in which they were made."""
    return page(teams.teams(tenant(), me().organisation_id), query)


@operation("POST", "/teams", Scope.PEOPLE_WRITE, answer=TeamMembers, status=201, body=TeamName)
def add_team(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Make an empty team."""
    made = teams.create_team(tenant(), me().organisation_id, body["name"], by=me().id)
    return _told(made.id), {"Location": f"/api/v1/teams/{made.id}"}


@operation("GET", f"/teams/<{ID}:team_id>", Scope.PEOPLE_READ, answer=TeamMembers)
def get_team(team_id: int) -> dict[str, Any]:
    """One team with its members."""
    return _told(team_id)


@operation("PATCH", f"/teams/<{ID}:team_id>", Scope.PEOPLE_WRITE, answer=TeamMembers, body=TeamName)
def rename_team(team_id: int, body: dict[str, Any]) -> dict[str, Any]:
    """Give a team another name."""
    teams.change_members(tenant(), team_id, datetime.now(UTC), name=body["name"], by=me().id)
    return _told(team_id)


@operation("DELETE", f"/teams/<{ID}:team_id>", Scope.PEOPLE_WRITE, status=204)
def delete_team(team_id: int) -> Response:
    """Delete a team; lists assigned through it alone vanish for its members at once."""
    teams.delete_team(tenant(), team_id, datetime.now(UTC), by=me().id)
    return no_content()


@operation("PUT", f"/teams/<{ID}:team_id>/members/<{ID}:user_id>", Scope.PEOPLE_WRITE, status=204)
def join_team(team_id: int, user_id: int) -> Response:
    """Put a user in a team: its lists appear for them at once."""
    teams.join_team(tenant(), team_id, user_id, datetime.now(UTC), by=me().id)
    return no_content()


@operation("DELETE", f"/teams/<{ID}:team_id>/members/<{ID}:user_id>", Scope.PEOPLE_WRITE, status=204)
def leave_team(team_id: int, user_id: int) -> Response:
    """Take a user out of a team: its lists vanish for them at once."""
    teams.leave_team(tenant(), team_id, user_id, datetime.now(UTC), by=me().id)
    return no_content()


def _told(team_id: int) -> dict[str, Any]:
    found = teams.team(tenant(), team_id)
    return {"id": found.id, "name": found.name, "member_ids": sorted(found.member_ids)}
