"""Saved column mappings, on the real PostgreSQL."""

from __future__ import annotations

import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import mappings
from dialer.store.people import Role, User

MAPPING = {"phone": "Tel", "custom:Plan": "Plan"}


def test_mapping_is_found_by_its_name(floor: Floor, max_: User) -> None:
    mappings.save(floor.tenant, max_.id, "  Broker   files ", MAPPING, now())
    [one] = mappings.mappings(floor.tenant, floor.organisation.id)
    assert (one.name, one.mapping) == ("Broker files", MAPPING)


def test_same_name_replaces_the_mapping(db: Database, floor: Floor, max_: User) -> None:
    first = mappings.save(floor.tenant, max_.id, "Broker files", MAPPING, now())
    assert mappings.save(floor.tenant, max_.id, "BROKER FILES", {"phone": "Phone"}, now()) == first
    [one] = mappings.mappings(floor.tenant, floor.organisation.id)
    assert (one.name, one.mapping) == ("BROKER FILES", {"phone": "Phone"})
    with db.transaction() as connection:
        rows = connection.execute("SELECT after FROM audit WHERE action = 'mapping.save'").fetchall()
    assert len(rows) == 2


@pytest.mark.parametrize(("name", "mapping"), [("", MAPPING), ("x" * 121, MAPPING), ("Empty", {})])
def test_mapping_without_name_or_columns_is_refused(
    floor: Floor, max_: User, name: str, mapping: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        mappings.save(floor.tenant, max_.id, name, mapping, now())


def test_deleted_mapping_is_gone(floor: Floor, max_: User) -> None:
    mapping_id = mappings.save(floor.tenant, max_.id, "Broker files", MAPPING, now())
    assert mappings.delete(floor.tenant, max_.id, mapping_id) == "Broker files"
    assert mappings.mappings(floor.tenant, floor.organisation.id) == []
    with pytest.raises(NotFound):
        mappings.delete(floor.tenant, max_.id, mapping_id)


def test_agents_and_other_organisations_change_no_mapping(db: Database, floor: Floor, max_: User) -> None:
    ana, olga = floor.hire("Ana"), Floor(db, "Other").hire("Olga", Role.MANAGER)
    mapping_id = mappings.save(floor.tenant, max_.id, "Broker files", MAPPING, now())
    with pytest.raises(NotFound):
        mappings.save(floor.tenant, ana.id, "Mine", MAPPING, now())
    for somebody in (ana, olga):
        with pytest.raises(NotFound):
            mappings.delete(db, somebody.id, mapping_id)
    mappings.save(db, olga.id, "Broker files", {"phone": "Theirs"}, now())
    assert [one.mapping for one in mappings.mappings(floor.tenant, floor.organisation.id)] == [MAPPING]
