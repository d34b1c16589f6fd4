"""The room itself; its modules hang their pages on it."""

from __future__ import annotations

from flask import Blueprint

from dialer.store import people, teams
from dialer.store.people import User
from dialer.store.teams import Team
from web.access import me, tenant

blueprint = Blueprint("lists", __name__, url_prefix="/lists", template_folder="templates")


def assignable() -> tuple[list[User], list[Team]]:
    """The active users and the teams of the organisation: who can be given a list."""
    organisation_id = me().organisation_id
    return people.people(tenant(), organisation_id), teams.teams(tenant(), organisation_id)
