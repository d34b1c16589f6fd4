"""Organisations on the real PostgreSQL: what a new one has, and who edits them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from panel_floor import PASSWORD, Floor, now

from dialer.db import Database
from dialer.errors import BadValue, Conflict, Forbidden, Refused
from dialer.registrations import Registration
from dialer.store import (
    dispositions,
    organisations,
    people,
)
from dialer.store.organisations import Details
from dialer.store.people import Role


def test_new_organisation_has_a_call_result_for_every_effect(db: Database) -> None:
    results = dispositions.call_results(Floor(db).tenant)
    assert {result.effect for result in results} == {
        "retry",
        "follow_up",
        "final",
        "do_not_call",
        "wrong_number",
    }
    assert len(results) == 12


def test_a_second_organisation_of_the_same_name_is_refused(db: Database) -> None:
    Floor(db)
    with pytest.raises(Refused, match="already an organisation"):
        organisations.create_organisation(db, "Acme", now())


def test_unknown_time_zone_is_refused(db: Database) -> None:
    with pytest.raises(Refused, match="no time zone"):
        organisations.create_organisation(db, "Acme", now(), time_zone="Mars/Olympus")


def test_organisation_and_its_first_admin_come_together_or_not_at_all(db: Database) -> None:
    floor = Floor(db)
    dana = floor.hire("Dana", Role.SUPER_ADMIN)
    taken = Registration(name="Ada", email=dana.email)
    with pytest.raises(BadValue, match="already registered"):
        organisations.create(db, Details("Nordic"), now(), admin=taken, password=PASSWORD, by=dana.id)
    assert organisations.organisation_by_name(db, "Nordic") is None
    ada = Registration(name="Ada", email="ada@nordic.test")
    made = organisations.create(db, Details("Nordic", "SE"), now(), admin=ada, password=PASSWORD, by=dana.id)
    (admin,) = people.people(db, made.id)
    assert (admin.name, admin.role) == ("Ada", Role.ADMIN)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.AGENT])
def test_only_super_admins_touch_organisations(db: Database, role: Role) -> None:
    floor = Floor(db)
    mia = floor.hire("Mia", role)
    with pytest.raises(Forbidden):
        organisations.create(db, Details("Nordic"), now(), by=mia.id)
    with pytest.raises(Forbidden):
        organisations.edit(db, floor.organisation.id, Details("Mine"), floor.organisation.version, by=mia.id)


def test_org_details_are_edited_by_one_at_a_time(db: Database) -> None:
    floor = Floor(db)
    dana = floor.hire("Dana", Role.SUPER_ADMIN)
    acme = floor.organisation
    given = Details("Acme II", "SE", "Europe/Stockholm", "08-123 456 78", import_queue=False)
    organisations.edit(db, acme.id, given, acme.version, by=dana.id)
    after = organisations.organisation(db, acme.id)
    assert (after.name, after.agent_leg_caller_id, after.import_queue) == ("Acme II", "+46812345678", False)
    with pytest.raises(Conflict, match="Dana changed this"):
        organisations.edit(db, acme.id, replace(given, name="Acme III"), acme.version, by=dana.id)


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (Details(" "), "name"),
        (Details("x" * 201), "name"),
        (Details("Acme"), "name"),
        (Details("Nord", country="ZZ"), "country"),
        (Details("Nord", time_zone="../../etc/passwd"), "time_zone"),
        (Details("Nord", time_zone=""), "time_zone"),
        (Details("Nord", agent_leg_caller_id="12"), "agent_leg_caller_id"),
    ],
)
def test_org_details_that_cannot_be_used_are_said_by_field(
    db: Database, details: Details, field: str
) -> None:
    Floor(db)
    with pytest.raises(BadValue) as told:
        organisations.create(db, details, now())
    assert told.value.field == field
