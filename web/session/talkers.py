"""Rows of the team grid without a page around them, for the stream."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from flask import Flask
from flask_babel import force_locale

from dialer.db import Database
from dialer.store import team_grid
from dialer.store.team_grid import TeamRow
from web.team_stream import Grid


def read(database: Database, grid: Grid, user_ids: Collection[int]) -> tuple[list[TeamRow], set[int]]:
    """Who dials the list, and which of the users may see that. Raises DatabaseUnavailable."""
    organisation_id, list_id = grid
    with database.for_organisation(organisation_id).look() as look:
        may_see = team_grid.who_may_see(look, list_id, user_ids)
        return team_grid.team_grid(look, list_id), may_see


def render(app: Flask, language: str, rows: Iterable[TeamRow]) -> dict[int, str]:
    """Each row's markup in the language, by the user's id; none is marked as the reader's own."""
    with app.app_context(), force_locale(language):
        talker = app.jinja_env.get_template("session/talker.html").module.talker  # type: ignore[attr-defined]
        return {row.user_id: str(talker(row, False)).strip() for row in rows}
