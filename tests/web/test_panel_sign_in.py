"""Signing in and out, and what everybody chooses for themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from panel_floor import PASSWORD, Floor, now

from dialer.db import Database
from dialer.settings import BadSetting, Settings
from dialer.store import people, users
from dialer.store.people import User
from web.app import create_app

Browser = Callable[[User], FlaskClient]


def test_stranger_is_sent_to_the_sign_in_and_back(app: Flask, max_: User) -> None:
    client = app.test_client()
    answer = client.get("/lists/?page=2")
    assert answer.location == "/sign-in?next=/lists/?page%3D2"
    form = {"email": max_.email, "password": PASSWORD, "next": "/lists/?page=2"}
    assert client.post("/sign-in", data=form).location == "/lists/?page=2"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "\\\\evil.test", "javascript:alert(1)", "/ /evil"],
)
def test_sign_in_never_leads_to_another_site(app: Flask, max_: User, elsewhere: str) -> None:
    form = {"email": max_.email, "password": PASSWORD, "next": elsewhere}
    location = app.test_client().post("/sign-in", data=form).location
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_wrong_password_and_unknown_e_mail_get_the_same_page(app: Flask, max_: User) -> None:
    client = app.test_client()
    wrong = client.post("/sign-in", data={"email": max_.email, "password": "wrong horse"})
    unknown = client.post("/sign-in", data={"email": "nobody@acme.test", "password": "wrong horse"})
    assert wrong.status_code == unknown.status_code == 401
    assert b"E-mail or password is wrong." in wrong.data
    assert b"E-mail or password is wrong." in unknown.data


def test_too_many_wrong_passwords_are_slowed_down_and_others_are_not(
    app: Flask, max_: User, ana: User
) -> None:
    client = app.test_client()
    for _ in range(10):
        client.post("/sign-in", data={"email": max_.email, "password": "wrong horse"})
    blocked = client.post("/sign-in", data={"email": max_.email, "password": PASSWORD})
    assert blocked.status_code == 429
    assert b"Wait a minute" in blocked.data
    assert client.post("/sign-in", data={"email": ana.email, "password": PASSWORD}).status_code == 302


def test_managers_start_at_lists_and_agents_at_their_session(as_: Browser, max_: User, ana: User) -> None:
    assert as_(max_).get("/").location == "/lists/"
    assert as_(ana).get("/").location == "/session/"


def test_sign_out_ends_the_visit(as_: Browser, max_: User) -> None:
    client = as_(max_)
    client.post("/sign-out")
    assert client.get("/lists/").status_code == 302


def test_new_password_or_deactivation_ends_open_visits(
    db: Database, as_: Browser, max_: User, ana: User
) -> None:
    manager, agent = as_(max_), as_(ana)
    people.set_password(db, max_.id, "another horse")
    users.set_active(db, ana.id, False, now())
    assert manager.get("/lists/").location.startswith("/sign-in")
    assert agent.get("/session/").location.startswith("/sign-in")


def test_partial_of_a_lost_visit_makes_the_page_load_the_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/session/stage", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")


@pytest.mark.parametrize("accepts", ["text/event-stream", "*/*", "audio/webm,audio/ogg,*/*;q=0.5"])
def test_what_a_page_asks_for_by_itself_does_not_touch_the_visit_of_another(app: Flask, accepts: str) -> None:
    """Led to the sign-in, it would get a cookie that makes the form in another window too old."""
    answer = app.test_client().get("/session/", headers={"Accept": accepts})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers
    page = app.test_client().get("/session/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert page.location == "/sign-in?next=/session/"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(app: Flask, max_: User) -> None:
    answer = app.test_client().post("/sign-in", data={"email": max_.email, "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    form = {"email": max_.email, "password": PASSWORD}
    answer = app.test_client().post("/sign-in", data=form, base_url="https://panel.test")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_language_is_kept_with_the_user(as_: Browser, max_: User) -> None:
    as_(max_).post("/language", data={"language": "sv", "next": "/lists/"})
    page = as_(max_).get("/lists/").text
    assert '<html lang="sv"' in page
    assert "Inga listor ännu" in page


def test_browser_decides_the_language_before_sign_in(app: Flask) -> None:
    page = app.test_client().get("/sign-in", headers={"Accept-Language": "sv-SE,sv;q=0.9,en;q=0.5"}).text
    assert "Logga in på Ringpool" in page


def test_theme_is_remembered(as_: Browser, max_: User) -> None:
    client = as_(max_)
    client.post("/theme", data={"theme": "dark"})
    assert 'data-bs-theme="dark"' in client.get("/lists/").text


def test_form_without_its_token_is_refused(app: Flask, max_: User, as_: Browser) -> None:
    client = as_(max_)
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.post("/session/start", data={"list": "1"})
    assert answer.status_code == 400
    assert b"Reload it" in answer.data


def test_sign_in_that_was_open_for_too_long_is_shown_again_with_what_was_typed(
    app: Flask, max_: User
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client()
    form = {
        "email": max_.email,
        "password": PASSWORD,
        "next": "/lists/?page=2",
        "csrf_token": "of another visit",
    }
    answer = client.post("/sign-in", data=form)
    assert answer.status_code == 400
    assert "This page was open for too long. Sign in again." in answer.text
    assert max_.email in answer.text and PASSWORD not in answer.text
    token = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', answer.text)
    assert token is not None
    assert client.post("/sign-in", data=form | {"csrf_token": token[1]}).location == "/lists/?page=2"


def test_pages_forbid_inline_scripts_and_frames(app: Flask) -> None:
    answer = app.test_client().get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    assert "onclick" not in answer.text


def test_health_says_whether_the_database_answers(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"database": "up"})


def test_panel_does_not_start_without_a_secret_key(database_url: str) -> None:
    with pytest.raises(BadSetting, match="RINGPOOL_SECRET_KEY"):
        create_app(Settings(database_url=database_url))


def test_database_that_is_gone_is_said_in_the_layout(
    app: Flask, floor: Floor, max_: User, as_: Browser
) -> None:
    client = as_(max_)
    app.extensions["ringpool_database"].close()
    answer = client.get("/lists/")
    assert answer.status_code == 503
    assert "Connection lost, trying again" in answer.text
    assert "data-try-again" in answer.text


def test_defect_is_a_page_that_tells_nothing_of_itself(app: Flask, max_: User, as_: Browser) -> None:
    client = as_(max_)
    app.config["TESTING"] = False
    app.view_functions["lists.overview"] = lambda: 1 / 0
    answer = client.get("/lists/")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "ZeroDivision" not in answer.text
