"""The page of API tokens: for admins, the secret shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from api_client import Program
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.db import Database
from dialer.store import tokens
from dialer.store.people import Role, User
from dialer.store.tokens import Scope

Browser = Callable[[User], FlaskClient]


def form(acting: User, **changed: object) -> dict[str, object]:
    return {"name": "Robot", "user": str(acting.id), "scopes": ["lists:read"], "last_day": "", **changed}


def test_a_token_is_shown_once_and_works_until_it_is_revoked(app: Flask, as_: Browser, ada: User) -> None:
    client = as_(ada)
    assert "No tokens yet" in client.get("/company/tokens/").text
    page = client.post("/company/tokens/", data=form(ada)).text
    secret = re.search(r'value="(rp_[^"]+)"', page)
    assert secret is not None and "Copy" in page
    assert secret[1] not in client.get("/company/tokens/").text
    Program(app, secret[1])("GET", "/lists", status=200)
    address = re.search(r'action="(/company/tokens/\d+/revoke)"', page)
    assert address is not None
    assert "is revoked" in client.post(address[1], follow_redirects=True).text
    Program(app, secret[1])("GET", "/lists", status=401)
    assert "revoked before" in client.post(address[1], follow_redirects=True).text


def test_the_last_day_is_wholly_in(as_: Browser, floor: Floor, ada: User, db: Database) -> None:
    today = now().astimezone().date()
    as_(ada).post("/company/tokens/", data=form(ada, last_day=str(today + timedelta(days=2))))
    (token,) = tokens.tokens(floor.tenant, ada.id)
    assert token.expires_at is not None
    assert timedelta(days=1, hours=12) < token.expires_at - now() < timedelta(days=4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": " "}, "Give the token a name"),
        ({"name": "x" * 121}, "at most 120"),
        ({"scopes": []}, "at least one thing"),
        ({"scopes": ["everything"]}, "not a valid choice"),
        ({"user": "999"}, "Not a valid choice"),
        ({"user": "x"}, "Invalid Choice"),
        ({"last_day": "2001-01-01"}, "from today on"),
        ({"last_day": "9999-12-31"}, "from today on"),
        ({"last_day": "soon"}, "Not a valid date"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    as_: Browser, floor: Floor, ada: User, changed: dict[str, object], said: str
) -> None:
    refused = as_(ada).post("/company/tokens/", data=form(ada, **changed))
    assert refused.status_code == 422 and said in refused.text
    assert tokens.tokens(floor.tenant, ada.id) == []


def test_a_scope_beyond_the_users_role_is_refused(as_: Browser, ada: User, max_: User) -> None:
    refused = as_(ada).post("/company/tokens/", data=form(max_, scopes=["lists:read", "company:write"]))
    assert refused.status_code == 422 and "role of Max does not allow company:write" in refused.text


def test_only_those_are_offered_whose_role_a_token_can_use(as_: Browser, floor: Floor, ada: User) -> None:
    floor.hire("Ana")
    boss = floor.hire("Sue", Role.SUPER_ADMIN)
    page = as_(ada).get("/company/tokens/").text
    assert ada.email in page and "ana@" not in page and boss.email not in page
    assert boss.email in as_(boss).get("/company/tokens/").text


def test_managers_and_agents_are_refused(
    as_: Browser, floor: Floor, max_: User, ana: User, ada: User
) -> None:
    token_id, _ = tokens.create(
        floor.tenant, ada.id, name="x", scopes=[Scope.LISTS_READ], user_id=ada.id, expires_at=None, now=now()
    )
    for user in (max_, ana):
        client = as_(user)
        assert client.get("/company/tokens/").status_code == 403
        assert client.post("/company/tokens/", data=form(ada)).status_code == 403
        assert client.post(f"/company/tokens/{token_id}/revoke").status_code == 403
    assert [token.revoked_at for token in tokens.tokens(floor.tenant, ada.id)] == [None]


def test_another_organisation_cannot_revoke(as_: Browser, floor: Floor, ada: User, db: Database) -> None:
    token_id, _ = tokens.create(
        floor.tenant, ada.id, name="x", scopes=[Scope.LISTS_READ], user_id=ada.id, expires_at=None, now=now()
    )
    nils = Floor(db, "Nord").hire("Nils", Role.ADMIN)
    as_(nils).post(f"/company/tokens/{token_id}/revoke")
    assert [token.revoked_at for token in tokens.tokens(floor.tenant, ada.id)] == [None]
