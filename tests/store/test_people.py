"""Users and teams on the real PostgreSQL: signing in, passwords, extensions, membership."""

from __future__ import annotations

import pytest
from panel_floor import PASSWORD, Floor, now

from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import (
    lists,
    people,
    teams,
    users,
)
from dialer.store.lists import ListEdit
from dialer.store.people import Role


def test_ana_signs_in_with_her_password_in_any_case_of_her_e_mail(db: Database) -> None:
    ana = Floor(db).hire("Ana")
    assert people.sign_in(db, " ANA@acme.test ", PASSWORD) == ana


@pytest.mark.parametrize(
    ("email", "password"), [("ana@acme.test", "wrong horse"), ("nobody@acme.test", PASSWORD), ("", "")]
)
def test_wrong_password_and_unknown_e_mail_are_the_same_answer(
    db: Database, email: str, password: str
) -> None:
    Floor(db).hire("Ana")
    assert people.sign_in(db, email, password) is None


def test_inactive_user_cannot_sign_in(db: Database) -> None:
    ana = Floor(db).hire("Ana")
    users.set_active(db, ana.id, False, now())
    assert people.sign_in(db, ana.email, PASSWORD) is None


def test_new_password_changes_the_fingerprint(db: Database) -> None:
    ana = Floor(db).hire("Ana")
    people.set_password(db, ana.id, "another horse")
    assert people.user(db, ana.id).fingerprint != ana.fingerprint
    assert people.sign_in(db, ana.email, "another horse") is not None


def test_password_is_never_stored_as_it_is(db: Database) -> None:
    ana = Floor(db).hire("Ana")
    with db.transaction() as connection:
        row = connection.execute("SELECT password_hash FROM app_user WHERE id = %s", (ana.id,)).fetchone()
    assert row is not None
    assert row["password_hash"].startswith("$argon2id$")


def test_short_password_is_refused(db: Database) -> None:
    floor = Floor(db)
    with pytest.raises(Refused, match="too short"):
        people.create_user(db, floor.organisation.id, now(), name="Ana", email="a@b", password="horse")


def test_e_mail_and_extension_belong_to_one_person(db: Database) -> None:
    floor = Floor(db)
    floor.hire("Ana", extension="1001")
    with pytest.raises(Refused, match="already registered"):
        floor.hire("Ana")
    with pytest.raises(Refused, match="This extension"):
        floor.hire("Abe", extension="1001")


def test_bad_extension_is_refused_with_what_it_must_be(db: Database) -> None:
    with pytest.raises(Refused, match="two to ten digits"):
        Floor(db).hire("Ana", extension="12ab")


def test_extension_comes_with_a_sip_secret(db: Database) -> None:
    ana = Floor(db).hire("Ana", extension="1001")
    with db.transaction() as connection:
        row = connection.execute("SELECT sip_secret FROM app_user WHERE id = %s", (ana.id,)).fetchone()
    assert row is not None
    assert len(row["sip_secret"]) >= 20


def test_other_organisations_users_cannot_be_found(db: Database) -> None:
    acme, other = Floor(db), Floor(db, "Other")
    olga = other.hire("Olga")
    with pytest.raises(NotFound):
        people.user(acme.tenant, olga.id)
    assert people.people(acme.tenant, other.organisation.id) == []


def test_lists_of_a_team_appear_and_vanish_with_membership(db: Database) -> None:
    floor = Floor(db)
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana")
    team = teams.create_team(floor.tenant, floor.organisation.id, "West")
    list_id = floor.add_list(max_)
    lists.edit(floor.tenant, max_.id, list_id, 1, ListEdit(user_ids=[], team_ids=[team.id]), now())
    assert lists.my_lists(floor.tenant, ana.id) == []
    teams.join_team(floor.tenant, team.id, ana.id, now())
    assert [one.id for one in lists.my_lists(floor.tenant, ana.id)] == [list_id]
    teams.leave_team(floor.tenant, team.id, ana.id, now())
    assert lists.my_lists(floor.tenant, ana.id) == []


def test_nobody_joins_another_organisations_team(db: Database) -> None:
    acme, other = Floor(db), Floor(db, "Other")
    team = teams.create_team(db, other.organisation.id, "Theirs")
    with pytest.raises(NotFound):
        teams.join_team(db, team.id, acme.hire("Ana").id, now())
