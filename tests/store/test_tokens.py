"""Tokens: shown once, kept as a hash, and never able to do more than their user."""

from __future__ import annotations

from datetime import timedelta

import pytest
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import NotFound, Refused
from dialer.store import people, tokens
from dialer.store.people import Role, User
from dialer.store.tokens import Scope


def give(floor: Floor, by: User, to: User, *scopes: Scope, **more: object) -> tuple[int, str]:
    wanted = {"name": "Import robot", "expires_at": None, "now": now(), **more}
    return tokens.create(floor.tenant, by.id, user_id=to.id, scopes=scopes or (Scope.LISTS_READ,), **wanted)


def test_a_token_acts_for_its_user_within_its_scopes(
    db: Database, floor: Floor, ada: User, max_: User
) -> None:
    token_id, secret = give(floor, ada, max_, Scope.LISTS_READ, Scope.PEOPLE_READ)
    assert secret.startswith("rp_") and len(secret) >= 3 + 43
    caller = tokens.caller(db, secret, now())
    assert caller is not None
    assert (caller.token_id, caller.user.id) == (token_id, max_.id)
    assert caller.scopes == {Scope.LISTS_READ, Scope.PEOPLE_READ}


def test_the_secret_is_not_in_the_database(db: Database, floor: Floor, ada: User) -> None:
    _, secret = give(floor, ada, ada)
    with db.transaction() as connection:
        kept = connection.execute("SELECT t::text AS row FROM api_token t").fetchone()
        noted = connection.execute("SELECT a::text AS row FROM audit a ORDER BY id DESC LIMIT 1").fetchone()
    assert kept is not None and noted is not None
    assert secret not in kept["row"] and "token.create" in noted["row"] and secret not in noted["row"]


@pytest.mark.parametrize("wrong", ["", "rp_", "rp_å", "Bearer", "rp_" + "x" * 43, "xy_" + "x" * 43])
def test_a_secret_that_nobody_was_given_opens_nothing(
    db: Database, floor: Floor, ada: User, wrong: str
) -> None:
    give(floor, ada, ada)
    assert tokens.caller(db, wrong, now()) is None


def test_a_revoked_token_opens_nothing_and_is_audited(db: Database, floor: Floor, ada: User) -> None:
    token_id, secret = give(floor, ada, ada)
    tokens.revoke(floor.tenant, ada.id, token_id, now())
    assert tokens.caller(db, secret, now()) is None
    with pytest.raises(NotFound):
        tokens.revoke(floor.tenant, ada.id, token_id, now())
    with db.transaction() as connection:
        row = connection.execute("SELECT action, user_id FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    assert row == {"action": "token.revoke", "user_id": ada.id}


def test_a_token_ends_by_itself(db: Database, floor: Floor, ada: User) -> None:
    at = now()
    _, secret = give(floor, ada, ada, now=at, expires_at=at + timedelta(hours=1))
    assert tokens.caller(db, secret, at + timedelta(minutes=59)) is not None
    assert tokens.caller(db, secret, at + timedelta(hours=1)) is None
    with pytest.raises(Refused, match="over already"):
        give(floor, ada, ada, now=at, expires_at=at)


def test_the_token_of_a_deactivated_user_is_dead(db: Database, floor: Floor, ada: User, max_: User) -> None:
    _, secret = give(floor, ada, max_)
    with db.transaction() as connection:
        connection.execute("UPDATE app_user SET active = false WHERE id = %s", (max_.id,))
    assert tokens.caller(db, secret, now()) is None


def test_a_token_loses_what_its_user_may_no_longer_do(db: Database, floor: Floor, ada: User) -> None:
    other = floor.hire("Eve", Role.ADMIN)
    _, secret = give(floor, ada, other, Scope.LISTS_READ, Scope.COMPANY_WRITE)
    with db.transaction() as connection:
        connection.execute("UPDATE app_user SET role = 'manager' WHERE id = %s", (other.id,))
    caller = tokens.caller(db, secret, now())
    assert caller is not None and caller.scopes == {Scope.LISTS_READ}


def test_when_it_was_last_used_is_written_once_a_minute(db: Database, floor: Floor, ada: User) -> None:
    at = now()
    _, secret = give(floor, ada, ada, now=at)

    def last_used() -> object:
        return tokens.tokens(floor.tenant, ada.id)[0].last_used_at

    assert last_used() is None
    for later, written in ((0, 0), (59, 0), (60, 60), (90, 60)):
        tokens.caller(db, secret, at + timedelta(seconds=later))
        assert last_used() == at + timedelta(seconds=written)


def test_only_admins_make_see_and_revoke_tokens(floor: Floor, ada: User, max_: User) -> None:
    token_id, _ = give(floor, ada, ada)
    with pytest.raises(NotFound):
        give(floor, max_, max_)
    with pytest.raises(NotFound):
        tokens.revoke(floor.tenant, max_.id, token_id, now())
    assert tokens.tokens(floor.tenant, max_.id) == []
    assert [token.id for token in tokens.tokens(floor.tenant, ada.id)] == [token_id]


def test_an_admin_makes_no_token_that_acts_for_a_super_admin(floor: Floor, ada: User) -> None:
    boss = floor.hire("Sue", Role.SUPER_ADMIN)
    with pytest.raises(NotFound):
        give(floor, ada, boss)
    assert give(floor, boss, boss)


def test_a_scope_beyond_the_users_role_is_refused(floor: Floor, ada: User, max_: User) -> None:
    with pytest.raises(Refused, match="role of Max does not allow company:write"):
        give(floor, ada, max_, Scope.LISTS_READ, Scope.COMPANY_WRITE)
    agent = floor.hire("Ana")
    with pytest.raises(Refused, match="role of Ana"):
        give(floor, ada, agent)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_token_needs_a_name(floor: Floor, ada: User, name: str) -> None:
    with pytest.raises(Refused, match="name"):
        give(floor, ada, ada, name=name)


def test_another_organisation_sees_and_ends_none_of_them(db: Database, floor: Floor, ada: User) -> None:
    other = Floor(db, "Nord")
    stranger = other.hire("Nils", Role.ADMIN)
    token_id, secret = give(floor, ada, ada)
    assert tokens.tokens(other.tenant, stranger.id) == []
    for view in (other.tenant, db):
        with pytest.raises(NotFound):
            tokens.revoke(view, stranger.id, token_id, now())
        with pytest.raises(NotFound):
            tokens.create(
                view,
                stranger.id,
                name="x",
                scopes=[Scope.LISTS_READ],
                user_id=ada.id,
                expires_at=None,
                now=now(),
            )
    assert tokens.caller(db, secret, now()) is not None
    assert people.user(floor.tenant, ada.id).id == ada.id
