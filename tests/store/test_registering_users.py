"""User Registration on the real PostgreSQL: who may change whom, what is logged, what follows (ORG-5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import time
from threading import Barrier
from typing import Any

import pytest
from panel_floor import PASSWORD, Floor, now

from dialer.agents import AgentState
from dialer.db import Database
from dialer.errors import BadValue, Conflict, Forbidden, NotFound, Refused
from dialer.registrations import Registration
from dialer.store import (
    agents,
    people,
    phone_login,
    sharing,
    teams,
    users,
)
from dialer.store.people import Role, User
from dialer.store.users import Secrets


def registration(floor: Floor, user: User) -> Registration:
    return users.registered(floor.tenant, user.id).registration


def edit(
    floor: Floor, user: User, *, by: User | None = None, version: int | None = None, **changes: Any
) -> None:
    found = users.registered(floor.tenant, user.id)
    given = replace(found.registration, **changes)
    users.edit(
        floor.tenant, user.id, given, version or found.version, now(), by=by.id if by is not None else None
    )


def logged(db: Database, subject: str) -> list[dict[str, Any]]:
    """What the audit log says of a subject, oldest first."""
    with db.transaction() as connection:
        return connection.execute(
            "SELECT user_id, action, before, after FROM audit WHERE subject = %s ORDER BY id", (subject,)
        ).fetchall()


def test_registration_is_logged_with_its_values_and_no_secret(db: Database) -> None:
    floor = Floor(db)
    max_ = floor.hire("Max", Role.MANAGER)
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    given = Registration(
        name="Ana",
        email="ana@acme.test",
        extension="1001",
        team_ids=frozenset({west.id}),
        skills={"Solar": 3},
        works_from=time(9),
        works_until=time(17),
    )
    user_id, secret = users.register(
        floor.tenant, floor.organisation.id, given, now(), password="correct horse", pin="4711", by=max_.id
    )
    assert secret is not None
    (line,) = logged(db, f"user:{user_id}")
    assert (line["user_id"], line["action"], line["before"]) == (max_.id, "user.add", None)
    assert line["after"]["teams"] == ["West"]
    assert line["after"]["skills"] == {"Solar": 3}
    assert line["after"]["works_from"] == "09:00"
    written = str(line)
    assert secret not in written
    assert "4711" not in written
    assert "argon2" not in written


def test_new_secrets_are_logged_as_changed_and_never_as_they_are(db: Database) -> None:
    floor = Floor(db)
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana", extension="1001")
    found = users.registered(floor.tenant, ana.id)
    new = Secrets(password="another horse", sip_secret="a-sip-secret", pin="4711")
    users.edit(floor.tenant, ana.id, found.registration, found.version, now(), new=new, by=max_.id)
    assert logged(db, f"user:{ana.id}")[-1]["after"] == {
        "password": "changed",
        "sip_secret": "changed",
        "pin": "changed",
    }
    assert people.sign_in(db, ana.email, "another horse") is not None
    found = users.registered(floor.tenant, ana.id)
    assert found.has_pin
    users.edit(
        floor.tenant, ana.id, found.registration, found.version, now(), new=Secrets(pin=""), by=max_.id
    )
    assert logged(db, f"user:{ana.id}")[-1]["after"] == {"pin": "removed"}
    assert not users.registered(floor.tenant, ana.id).has_pin


def test_an_edit_that_changes_nothing_is_not_logged(db: Database) -> None:
    floor = Floor(db)
    ana = floor.hire("Ana")
    before = logged(db, f"user:{ana.id}")
    edit(floor, ana)
    assert logged(db, f"user:{ana.id}") == before


@pytest.mark.parametrize(
    ("actor", "subject", "may"),
    [
        (Role.SUPER_ADMIN, Role.ADMIN, True),
        (Role.ADMIN, Role.SUPER_ADMIN, False),
        (Role.ADMIN, Role.ADMIN, True),
        (Role.ADMIN, Role.MANAGER, True),
        (Role.MANAGER, Role.ADMIN, False),
        (Role.MANAGER, Role.MANAGER, False),
        (Role.MANAGER, Role.AGENT, True),
        (Role.MANAGER, Role.DIALING_AGENT, True),
        (Role.AGENT, Role.AGENT, False),
        (Role.DIALING_AGENT, Role.DIALING_AGENT, False),
    ],
)
def test_who_may_register_and_edit_whom(db: Database, actor: Role, subject: Role, may: bool) -> None:
    floor = Floor(db)
    by, ana = floor.hire("Mia", actor), floor.hire("Ana", subject)
    given = Registration(name="New", email="new@acme.test", role=subject)
    refused = nullcontext() if may else pytest.raises(Forbidden)
    with refused:
        edit(floor, ana, by=by, name="Ana Two")
    with refused:
        users.register(floor.tenant, floor.organisation.id, given, now(), password="correct horse", by=by.id)
    with refused:
        users.set_active(floor.tenant, ana.id, False, now(), by=by.id)


def test_manager_lowers_a_role_and_raises_none(db: Database) -> None:
    floor = Floor(db)
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana")
    edit(floor, ana, by=max_, role=Role.DIALING_AGENT)
    for higher in (Role.AGENT, Role.MANAGER, Role.SUPER_ADMIN):
        with pytest.raises(Forbidden):
            edit(floor, ana, by=max_, role=higher)
    assert registration(floor, ana).role is Role.DIALING_AGENT


def test_only_a_super_admin_makes_super_admins(db: Database) -> None:
    floor = Floor(db)
    dana, ada = floor.hire("Dana", Role.SUPER_ADMIN), floor.hire("Ada", Role.ADMIN)
    with pytest.raises(Forbidden):
        edit(floor, ada, by=ada, role=Role.SUPER_ADMIN)
    edit(floor, ada, by=dana, role=Role.SUPER_ADMIN)


def test_nobody_changes_their_own_role_or_deactivates_themselves(db: Database) -> None:
    floor = Floor(db)
    dana = floor.hire("Dana", Role.SUPER_ADMIN)
    floor.hire("Ada", Role.ADMIN)
    with pytest.raises(Forbidden, match="own role"):
        edit(floor, dana, by=dana, role=Role.AGENT)
    with pytest.raises(Forbidden, match="own role"):
        edit(floor, dana, by=dana, active=False)
    edit(floor, dana, by=dana, name="Dana Two")


def test_who_is_not_active_any_more_changes_nobody(db: Database) -> None:
    floor = Floor(db)
    ada, ana = floor.hire("Ada", Role.ADMIN), floor.hire("Ana")
    floor.hire("Dana", Role.SUPER_ADMIN)
    users.set_active(floor.tenant, ada.id, False, now())
    with pytest.raises(Forbidden, match="not active"):
        edit(floor, ana, by=ada, name="Ana Two")


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.MANAGER}])
def test_the_last_active_admin_stays(db: Database, change: dict[str, Any]) -> None:
    floor = Floor(db)
    ada, ida = floor.hire("Ada", Role.ADMIN), floor.hire("Ida", Role.ADMIN)
    edit(floor, ida, by=ada, **change)
    with pytest.raises(Refused, match="last active admin"):
        edit(floor, ada, **change)
    assert registration(floor, ada).active


def test_two_admins_who_deactivate_each_other_at_once_leave_one(db: Database) -> None:
    floor = Floor(db)
    pair = floor.hire("Ada", Role.ADMIN), floor.hire("Ida", Role.ADMIN)
    start = Barrier(2)

    def deactivate(by: User, other: User) -> bool:
        start.wait()
        try:
            users.set_active(floor.tenant, other.id, False, now(), by=by.id)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(deactivate, pair, reversed(pair)))
    assert sorted(done) == [False, True]
    assert sum(registration(floor, admin).active for admin in pair) == 1


def test_second_to_save_is_told_who_was_first(db: Database) -> None:
    floor = Floor(db)
    max_, ada, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ada", Role.ADMIN), floor.hire("Ana")
    seen = users.registered(floor.tenant, ana.id).version
    edit(floor, ana, by=max_, version=seen, name="Ana One")
    with pytest.raises(Conflict, match="Max changed this meanwhile"):
        edit(floor, ana, by=ada, version=seen, name="Ana Two")
    assert registration(floor, ana).name == "Ana One"


def test_many_who_save_at_once_are_one_who_saved(db: Database) -> None:
    floor = Floor(db)
    ana = floor.hire("Ana")
    seen = users.registered(floor.tenant, ana.id).version
    start = Barrier(4)

    def save(n: int) -> bool:
        start.wait()
        try:
            edit(floor, ana, version=seen, name=f"Ana {n}")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(save, range(4))) == 1


def test_refused_edit_changes_nothing_at_all(db: Database) -> None:
    floor = Floor(db)
    floor.hire("Abe", extension="1002")
    ana = floor.hire("Ana", extension="1001")
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    before = users.registered(floor.tenant, ana.id)
    with pytest.raises(BadValue, match="belongs to somebody else") as told:
        edit(floor, ana, extension="1002", team_ids=frozenset({west.id}), skills={"Solar": 1}, active=False)
    assert told.value.field == "extension"
    assert users.registered(floor.tenant, ana.id) == before


def test_who_gets_an_extension_gets_a_secret_and_who_loses_it_loses_both(db: Database) -> None:
    floor = Floor(db)
    ana = floor.hire("Ana")

    def secret() -> str | None:
        with db.transaction() as connection:
            row = connection.execute("SELECT sip_secret FROM app_user WHERE id = %s", (ana.id,)).fetchone()
        assert row is not None
        return row["sip_secret"]  # type: ignore[no-any-return]

    found = users.registered(floor.tenant, ana.id)
    with_phone = replace(found.registration, extension="1001")
    made_up = users.edit(floor.tenant, ana.id, with_phone, found.version, now())
    assert made_up == secret()
    edit(floor, ana, extension="1005")
    assert secret() == made_up
    assert users.new_sip_secret(floor.tenant, ana.id) == secret() != made_up
    edit(floor, ana, extension=None)
    assert secret() is None
    with pytest.raises(Refused, match="no extension"):
        users.new_sip_secret(floor.tenant, ana.id)


def test_user_who_is_deactivated_gives_back_what_they_hold_and_their_session_ends(db: Database) -> None:
    floor = Floor(db)
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana", extension="1001")
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    with db.transaction() as connection:
        sharing.equalise(connection, floor.organisation.id, list_id, now())
    assert held(db, ana) == 3
    users.set_active(floor.tenant, ana.id, False, now(), by=max_.id)
    assert held(db, ana) == 0
    assert agents.agent_of(floor.tenant, ana.id, floor.organisation.id).state is AgentState.LOGGED_OUT
    assert people.sign_in(db, ana.email, PASSWORD) is None


def test_call_of_a_user_who_is_deactivated_is_not_cut(db: Database) -> None:
    floor = Floor(db)
    max_, ana = floor.hire("Max", Role.MANAGER), floor.hire("Ana", extension="1001")
    list_id = floor.add_list(max_, ana)
    floor.sit_down(ana, list_id)
    leg_id = floor.call(list_id)
    users.set_active(floor.tenant, ana.id, False, now(), by=max_.id)
    assert agents.agent_of(floor.tenant, ana.id, floor.organisation.id).state is AgentState.ON_CALL
    floor.hang_up(leg_id)
    assert held(db, ana) == 0


def held(db: Database, user: User) -> int:
    with db.transaction() as connection:
        row = connection.execute("SELECT count(*) AS n FROM lease WHERE user_id = %s", (user.id,)).fetchone()
    assert row is not None
    return int(row["n"])


def test_other_organisations_user_can_be_neither_seen_nor_changed(db: Database) -> None:
    acme, other = Floor(db), Floor(db, "Other")
    olga = other.hire("Olga", extension="1009")
    with pytest.raises(NotFound):
        users.registered(acme.tenant, olga.id)
    with pytest.raises(NotFound):
        users.edit(acme.tenant, olga.id, registration(other, olga), 1, now())
    with pytest.raises(NotFound):
        users.new_sip_secret(acme.tenant, olga.id)
    assert users.page(acme.tenant, other.organisation.id) == ([], 0)


def test_own_password_is_changed_with_the_old_one_only(db: Database) -> None:
    ana = Floor(db).hire("Ana")
    with pytest.raises(Refused, match="old password is wrong"):
        people.change_password(db, ana.id, "wrong horse", "another horse")
    assert people.change_password(db, ana.id, PASSWORD, "another horse").fingerprint != ana.fingerprint


@pytest.mark.parametrize("pin", ["123", "12345678901234", "12a4", "١٢٣٤", ""])
def test_bad_pin_is_refused(db: Database, pin: str) -> None:
    with pytest.raises(BadValue, match="4 to 12 digits"):
        people.set_pin(db, Floor(db).hire("Ana").id, pin)


def test_new_pin_forgives_guesses_at_the_old_one(db: Database) -> None:
    floor = Floor(db)
    ana = floor.hire("Ana", extension="1001")
    people.set_pin(db, ana.id, "4711")
    for _ in range(5):
        with pytest.raises(Refused):
            phone_login.user_by_pin(db, "1001", "0000", now())
    people.set_pin(db, ana.id, "1234")
    assert phone_login.user_by_pin(db, "1001", "1234", now()) == ana.id
