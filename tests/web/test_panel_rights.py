"""What a role may not do is refused by the server, at every address there is (ORG-2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import Floor
from structlog.testing import capture_logs
from werkzeug.routing import IntegerConverter, Rule, UUIDConverter

from dialer.roles import Role
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]

FOR_ANYBODY = {
    "static",
    "health",
    "sign_in.form",
    "sign_in.sign_in",
    "sign_in.out",
    "sign_in.language",
    "sign_in.theme",
    "lead_form.show",
    "lead_form.post",
}
"""Without signing in."""

FOR_AGENTS = {"sign_in.front", "live.events"}
FOR_AGENTS_BLUEPRINTS = {
    "session", "call", "solo", "phone", "account", "my_phone", "ringing", "my_leads", "activity", "recordings",
}  # fmt: skip
"""For everybody who signed in; every other address is a manager's, or a program's with a token."""

FOR_PROGRAMS = {"api", "api-docs"}
"""Blueprints that ask for a token: being signed in opens nothing there."""


EXAMPLES: dict[type, object] = {IntegerConverter: 1, UUIDConverter: UUID(int=1)}
"""What an address names, by the kind of its parts."""


def requests(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """A method and an address for everything that the panel serves."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: EXAMPLES.get(type(converter), "x") for name, converter in rule._converters.items()}
        path = adapter.build(rule.endpoint, values)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path, rule


def blueprint_of(rule: Rule) -> str:
    return rule.endpoint.rpartition(".")[0]


def is_a_managers(rule: Rule) -> bool:
    return (
        rule.endpoint not in FOR_ANYBODY | FOR_AGENTS
        and blueprint_of(rule) not in FOR_AGENTS_BLUEPRINTS | FOR_PROGRAMS
    )


def test_the_exceptions_are_addresses_that_exist(app: Flask) -> None:
    rules = list(app.url_map.iter_rules())
    assert {rule.endpoint for rule in rules} >= FOR_ANYBODY | FOR_AGENTS
    assert {blueprint_of(rule) for rule in rules} >= FOR_AGENTS_BLUEPRINTS | FOR_PROGRAMS
    assert sum(is_a_managers(rule) for rule in rules) > 50


@pytest.mark.parametrize("role", [Role.AGENT, Role.DIALING_AGENT])
def test_every_managers_address_is_refused_to_agents_and_that_is_logged(
    app: Flask, as_: Browser, floor: Floor, role: Role
) -> None:
    ana = floor.hire("Ana", role)
    client = as_(ana)
    let_in, unlogged = [], []
    for method, path, rule in requests(app):
        if not is_a_managers(rule):
            continue
        with capture_logs() as logs:
            answer = client.open(path, method=method)
        if answer.status_code != 403:
            let_in.append(f"{method} {path}: {answer.status_code}")
        if {"request refused"} != {line["event"] for line in logs if line.get("user_id") == ana.id}:
            unlogged.append(f"{method} {path}")
    assert let_in == []
    assert unlogged == []


def test_every_address_but_the_sign_in_asks_strangers_to_sign_in(app: Flask) -> None:
    client = app.test_client()
    let_in = []
    for method, path, rule in requests(app):
        if rule.endpoint in FOR_ANYBODY or blueprint_of(rule) in FOR_PROGRAMS:
            continue
        answer = client.open(path, method=method)
        if not (answer.status_code == 302 and answer.location.startswith("/sign-in")):
            let_in.append(f"{method} {path}: {answer.status_code}")
    assert let_in == []


def test_being_signed_in_is_no_token(app: Flask, as_: Browser, max_: User) -> None:
    client = as_(max_)
    for method, path, rule in requests(app):
        if blueprint_of(rule) == "api":
            assert client.open(path, method=method).status_code == 401, f"{method} {path}"


@pytest.mark.parametrize(
    ("role", "closed"),
    [(Role.MANAGER, {"organisations", "tokens"}), (Role.ADMIN, {"organisations"})],
)
def test_what_only_the_mightier_may_is_refused_to_managers_and_admins(
    app: Flask, as_: Browser, floor: Floor, role: Role, closed: set[str]
) -> None:
    client = as_(floor.hire("Mia", role))
    tried = 0
    for method, path, rule in requests(app):
        if blueprint_of(rule) in closed:
            tried += 1
            assert client.open(path, method=method).status_code == 403, f"{method} {path}"
    assert tried >= 3
    for blueprint in closed:
        assert f'href="/{blueprint}' not in client.get("/people/").text


@pytest.mark.parametrize("role", list(Role))
def test_navigation_leads_only_where_one_may_go(as_: Browser, floor: Floor, role: Role) -> None:
    client = as_(floor.hire("Mia", role))
    front = client.get("/", follow_redirects=True).text
    places = set(re.findall(r'class="nav-link[^>]*?\s+href="([^"]+)"', front, re.DOTALL))
    assert "/session/" in places
    for_all = ("/session/", "/lists/", "/my-leads/", "/leads/", "/activity/")
    setup = {place for place in places if place not in for_all}
    assert bool(setup) == role.manages_lists
    for place in set(places):
        page = client.get(place)
        assert page.status_code == 200, place
        places |= set(re.findall(r'class="subnav-link[^>]*?href="([^"]+)"', page.text, re.DOTALL))
    for place in places:
        assert client.get(place).status_code == 200, place
    assert ("/organisations/" in places) == (role is Role.SUPER_ADMIN)


@pytest.mark.parametrize(
    "path",
    [
        "/people/99999999999999999999999",
        "/people/teams/99999999999999999999999",
        "/people/?page=99999999999999999999999&team=99999999999999999999999",
        "/people/?page=-1&team=x&role=x&state=x",
        "/audit/?before=99999999999999999999999&who=99999999999999999999999",
        "/audit/?since=9999-12-31&until=9999-12-31",
        "/audit/?since=0001-01-01&until=0001-01-01",
        "/audit/?since=x&until=2026-02-31&family=%00x&subject=%25%00",
        "/organisations/99999999999999999999999",
    ],
)
def test_nonsense_in_an_address_is_no_defect(as_: Browser, floor: Floor, path: str) -> None:
    assert as_(floor.hire("Dana", Role.SUPER_ADMIN)).get(path).status_code in (200, 400, 404)


def test_text_with_nul_is_refused_and_no_defect(as_: Browser, max_: User) -> None:
    assert as_(max_).post("/people/teams/", data={"name": "We\0st"}).status_code == 400
