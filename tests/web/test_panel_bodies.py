"""Nobody fills the disk: only a list's file may be large, from those who may make lists."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from api_client import Program
from flask import Flask
from flask.testing import FlaskClient

from dialer.store.people import User
from web.bodies import LARGEST

Browser = Callable[[User], FlaskClient]
CSV = b"Account Name,First Name,Last Name,Phone\n" + b"Acme,Bo,Prospect,+1 214 555 2001\n" * (LARGEST // 32)


SETTINGS = '{"name": "Large"}'


def large() -> dict[str, object]:
    return {"file": (io.BytesIO(CSV), "large.csv"), "name": "Large"}


@pytest.mark.parametrize("path", ["/sign-in", "/lists/new"])
def test_nobody_who_is_not_known_sends_a_large_body(app: Flask, path: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = True  # it looks into every form by itself
    assert app.test_client().post(path, data=large()).status_code == 413


def test_a_list_may_be_large_from_those_who_may_make_lists(
    app: Flask, as_: Browser, max_: User, ana: User
) -> None:
    assert as_(max_).post("/lists/new", data=large()).status_code == 302
    agent = as_(ana)
    app.config["WTF_CSRF_ENABLED"] = True
    assert agent.post("/lists/new", data=large()).status_code == 413


def test_nothing_else_may_be_large_whoever_sends_it(as_: Browser, max_: User) -> None:
    assert as_(max_).post("/session/start", data=large()).status_code == 413


def test_a_program_may_send_a_large_list(robot: Program) -> None:
    robot("POST", "/lists", data={"file": large()["file"], "settings": SETTINGS}, status=202)


def test_a_program_without_a_token_sends_nothing_large(app: Flask) -> None:
    Program(app, None)("POST", "/lists", data=large(), status=401)
