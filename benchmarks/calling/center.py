"""The call center under test: an organisation, agents with phones, and lists of silent prospects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from benchmarks.calling.phase import Load
from benchmarks.calling.stage import FIRST_EXTENSION, PASSWORD
from dialer.clock import now
from dialer.db import Database
from dialer.store import lists, organisations, people


@dataclass(frozen=True, slots=True)
class Center:
    """Ids in the database; agents in the order of their extensions."""

    organisation_id: int
    manager_id: int
    agent_ids: tuple[int, ...]


def found(db: Database, agents: int) -> Center:
    """An organisation with a manager and so many agents, whose phones are the stage's."""
    organisation = organisations.create_organisation(db, "Acme", now())
    manager = people.create_user(
        db, organisation.id, now(), name="Max", email="max@example.com", password=PASSWORD, role="manager"
    )
    with db.transaction() as connection:
        connection.execute(
            "UPDATE organisation SET calling_until = calling_from, attempts_per_day = 100 WHERE id = %s",
            (organisation.id,),
        )
        # Copies of one, since hashing a password is made to take long.
        rows = connection.execute(
            "INSERT INTO app_user"
            " (organisation_id, name, email, password_hash, role, phone_mode, extension, sip_secret)"
            " SELECT organisation_id, 'Ana ' || n, 'ana' || n || '@example.com', password_hash, 'agent',"
            " 'stay_connected', n::text, %s"
            " FROM app_user, generate_series(%s::int, %s::int) AS n WHERE id = %s RETURNING id, extension",
            (PASSWORD, FIRST_EXTENSION, FIRST_EXTENSION + agents - 1, manager.id),
        ).fetchall()
    ordered = sorted(rows, key=lambda row: int(row["extension"]))
    return Center(organisation.id, manager.id, tuple(row["id"] for row in ordered))


def found_resting(db: Database, center: Center, first_extension: int, count: int) -> tuple[int, ...]:
    """More agents of the same organisation, whose phones are rung for each call: none stands; their ids."""
    with db.transaction() as connection:
        rows = connection.execute(
            "INSERT INTO app_user"
            " (organisation_id, name, email, password_hash, role, phone_mode, extension, sip_secret)"
            " SELECT organisation_id, 'Abe ' || n, 'ana' || n || '@example.com', password_hash, 'agent',"
            " 'ring_each_call', n::text, %s"
            " FROM app_user, generate_series(%s::int, %s::int) AS n WHERE id = %s RETURNING id, extension",
            (PASSWORD, first_extension, first_extension + count - 1, center.manager_id),
        ).fetchall()
    return tuple(row["id"] for row in sorted(rows, key=lambda row: int(row["extension"])))


def make_list(db: Database, center: Center, name: str, load: Load) -> int:
    """A list with more prospects than can be called, each once and at any hour; its id."""
    list_id = make_empty_list(db, center, name)
    fill_list(db, center, list_id, load)
    return list_id


def make_empty_list(db: Database, center: Center, name: str) -> int:
    """A list that is assigned to all agents and has nobody to call; its id."""
    return lists.create_list(
        db,
        center.manager_id,
        lists.ListSettings(
            name=name,
            calling_from=time(0),
            calling_until=time(23, 59, 59, 999999),
            max_attempts=1,
        ),
        now(),
        user_ids=list(center.agent_ids),
    )


def fill_list(db: Database, center: Center, list_id: int, load: Load) -> None:
    """Give a list more prospects than can be called."""
    place = {
        "organisation_id": center.organisation_id,
        "list_id": list_id,
        "count": load.enough_prospects,
        "script": load.script,
    }
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO prospect (organisation_id, list_id, position, first_name, last_name, time_zone)"
            " SELECT %(organisation_id)s, %(list_id)s, n, 'Bo', 'Berg ' || n, 'America/New_York'"
            " FROM generate_series(1, %(count)s) AS n",
            place,
        )
        connection.execute(
            "INSERT INTO phone (organisation_id, prospect_id, number)"
            " SELECT organisation_id, id, '+1' || lpad((id %% 1000000000)::text, 9, '0') || %(script)s"
            " FROM prospect WHERE organisation_id = %(organisation_id)s AND list_id = %(list_id)s",
            place,
        )
        connection.execute("ANALYZE prospect, phone")


@dataclass(frozen=True, slots=True)
class Connected:
    """The list's calls that were bridged within a time, and those that should have been and were not."""

    connect_ms: list[float]
    failed: int


def connected(db: Database, list_id: int, since: datetime, until: datetime) -> Connected:
    """Read the records."""
    between = {"list_id": list_id, "since": since, "until": until}
    with db.transaction() as connection:
        bridged = connection.execute(
            "SELECT extract(epoch FROM bridged_at - answered_at) * 1000 AS ms FROM attempt"
            " WHERE list_id = %(list_id)s AND bridged_at >= %(since)s AND bridged_at < %(until)s",
            between,
        ).fetchall()
        failed = connection.execute(
            "SELECT count(*) AS n FROM attempt WHERE list_id = %(list_id)s AND bridged_at IS NULL"
            " AND ended_at >= %(since)s AND ended_at < %(until)s",
            between,
        ).fetchone()
    assert failed is not None
    return Connected([float(row["ms"]) for row in bridged], failed["n"])
