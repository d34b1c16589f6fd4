"""The API's door: who is let in, how often, and what is said to who is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from api_client import Program, program
from flask import Flask
from panel_floor import Floor, now

from dialer.db import Database
from dialer.errors import DatabaseUnavailable
from dialer.store import lists, tokens
from dialer.store.people import Role, User
from dialer.store.tokens import Scope
from web.api.operations import LARGEST_BODY


@pytest.mark.parametrize(
    "header", ["", "rp_x", "Bearer", "Bearer ", "Basic cnA6eA==", "Bearer rp_" + "x" * 43, "Bearer rp_\xe5"]
)
def test_without_a_token_that_is_in_force_nothing_opens(app: Flask, floor: Floor, header: str) -> None:
    refused = Program(app, None)("GET", "/lists", status=401, headers={"Authorization": header})
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_signed_in_browser_is_nobody_to_the_api(app: Flask, ada: User) -> None:
    client = app.test_client()
    client.post("/sign-in", data={"email": ada.email, "password": "correct horse"})
    assert client.get("/api/v1/lists").status_code == 401


def test_a_revoked_and_an_expired_token_are_refused(app: Flask, floor: Floor, ada: User) -> None:
    token_id, secret = tokens.create(
        floor.tenant, ada.id, name="x", scopes=[Scope.LISTS_READ], user_id=ada.id,
        expires_at=now() + timedelta(days=1), now=now(),
    )  # fmt: skip
    Program(app, secret)("GET", "/lists", status=200)
    with floor.db.transaction() as connection:
        connection.execute("UPDATE api_token SET expires_at = now() WHERE id = %s", (token_id,))
    assert "expired" in Program(app, secret)("GET", "/lists", status=401).json["detail"]
    with floor.db.transaction() as connection:
        connection.execute("UPDATE api_token SET expires_at = NULL WHERE id = %s", (token_id,))
    Program(app, secret)("GET", "/lists", status=200)
    tokens.revoke(floor.tenant, ada.id, token_id, now())
    Program(app, secret)("GET", "/lists", status=401)


def test_a_token_without_the_scope_is_told_which_it_lacks(app: Flask, floor: Floor, ada: User) -> None:
    list_id = floor.add_list(ada)
    robot = program(app, floor, ada, ada, [Scope.LISTS_READ])
    robot("GET", f"/lists/{list_id}", status=200)
    refused = robot("PATCH", f"/lists/{list_id}", {"version": 1, "batch_size": 5}, status=403)
    assert "lists:write" in refused.json["detail"]
    assert 'scope="lists:write"' in refused.headers["WWW-Authenticate"]


def test_a_token_does_no_more_than_its_users_role(app: Flask, floor: Floor, ada: User, db: Database) -> None:
    max_ = floor.hire("Max", Role.MANAGER)
    robot = program(app, floor, ada, max_, [Scope.LISTS_READ])
    robot("GET", "/lists", status=200)
    with db.transaction() as connection:
        connection.execute("UPDATE app_user SET role = 'agent' WHERE id = %s", (max_.id,))
    assert "role of Max" in robot("GET", "/lists", status=403).json["detail"]


def test_another_organisations_token_sees_nothing(app: Flask, floor: Floor, ada: User, db: Database) -> None:
    list_id = floor.add_list(ada)
    nord = Floor(db, "Nord")
    nils = nord.hire("Nils", Role.ADMIN)
    stranger = program(app, nord, nils, nils, tuple(Scope))
    assert stranger.get("/lists") == {"items": [], "next": None}
    stranger("GET", f"/lists/{list_id}", status=404)
    stranger("PATCH", f"/lists/{list_id}", {"version": 1, "batch_size": 5}, status=404)
    assert lists.counts(floor.tenant, ada.id, list_id).batch_size == 20


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/lists/x", 404), ("/lists/0", 404), (f"/lists/{2**63}", 404)]
)
def test_what_is_not_there_is_a_problem_too(robot: Program, path: str, status: int) -> None:
    robot("GET", path, status=status)


def test_a_method_that_is_not_known_is_named(robot: Program) -> None:
    refused = robot("DELETE", "/lists", status=405)
    assert "DELETE" in refused.json["detail"]
    assert "GET" in refused.headers["Allow"]


def test_a_body_of_a_megabyte_is_too_large(robot: Program, floor: Floor, ada: User) -> None:
    list_id = floor.add_list(ada)
    robot("PATCH", f"/lists/{list_id}", {"version": 1, "script": "x" * LARGEST_BODY}, status=413)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"[" * 100_000, 400),
        (b'{"version": 1, "name": "\\u0000"}', 422),
        (b'{"version": 1, "name": "\\ud800"}', 400),
        (b'{"version": 1, "batch_size": 1e400}', 400),
        (b'{"version": 1, "batch_size": true}', 422),
        (b'{"version": 1, "batch_size": "5"}', 422),
        (b'{"version": 1, "unknown": 1}', 422),
        (b'{"version": 1, "user_ids": [99999999999999999999]}', 422),
        (b'{"version": NaN}', 400),
        (b'{"version": ' + b"9" * 5000 + b"}", 400),
        (b'{"batch_size": 5}', 422),
    ],
)
def test_garbage_is_refused_with_a_sentence(
    robot: Program, floor: Floor, ada: User, body: bytes, status: int
) -> None:
    list_id = floor.add_list(ada)
    robot("PATCH", f"/lists/{list_id}", data=body, content_type="application/json", status=status)


def test_anything_but_json_is_named(robot: Program, floor: Floor, ada: User) -> None:
    list_id = floor.add_list(ada)
    robot("PATCH", f"/lists/{list_id}", data="version=1", content_type="text/plain", status=415)
    robot("PATCH", f"/lists/{list_id}", data={"version": "1"}, status=415)


def test_each_wrong_value_is_pointed_at(robot: Program, floor: Floor, ada: User) -> None:
    list_id = floor.add_list(ada)
    told = robot("PATCH", f"/lists/{list_id}", {"version": 1, "batch_size": 0, "user_ids": ["x"]}, status=422)
    assert {error["pointer"] for error in told.json["errors"]} == {"/batch_size", "/user_ids/0"}
    told = robot("GET", "/lists?limit=0&colour=red", status=422).json
    assert {error["parameter"] for error in told["errors"]} == {"limit", "colour"}


def test_a_token_is_heard_so_often_a_minute(robot: Program, app: Flask, floor: Floor, ada: User) -> None:
    for _ in range(600):
        assert robot("GET", "/lists").status_code == 200
    refused = robot("GET", "/lists", status=429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    program(app, floor, ada, ada, [Scope.LISTS_READ])("GET", "/lists", status=200)


def test_guesses_at_tokens_are_counted_by_address(app: Flask, floor: Floor) -> None:
    for guess in range(60):
        Program(app, f"rp_{guess:043}")("GET", "/lists", status=401)
    Program(app, "rp_" + "y" * 43)("GET", "/lists", status=429)


def test_a_defect_is_a_problem_and_says_nothing_of_itself(
    robot: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(lists, "overview", broken)
    assert "secret" not in robot("GET", "/lists", status=500).text


def test_without_the_database_the_program_is_told_to_wait(
    robot: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(tokens, "caller", away)
    robot("GET", "/lists", status=503)


def test_the_description_is_open_to_all(app: Flask) -> None:
    told = app.test_client().get("/api/v1/openapi.json").get_json()
    assert told["openapi"].startswith("3.1")
    patch = told["paths"]["/api/v1/lists/{list_id}"]["patch"]
    assert patch["security"] == [{"token": ["lists:write"]}]
    assert "application/problem+json" in told["components"]["responses"]["CONFLICT"]["content"]
