"""An admin makes a token, copies it and ends it, in a real browser."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from panel_floor import Floor, now
from playwright.sync_api import Page, expect

from dialer.db import Database
from dialer.store import tokens
from dialer.store.people import Role, User
from dialer.store.tokens import Scope

Shot = Callable[[Page, str], Path]
OpenAs = Callable[[User], Page]


def ask(url: str, secret: str) -> tuple[int, Any]:
    """GET /api/v1/lists as a program would."""
    request = urllib.request.Request(f"{url}/api/v1/lists", headers={"Authorization": f"Bearer {secret}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def test_a_token_is_made_copied_used_and_revoked(open_as: OpenAs, panel: Any, ada: User, shot: Shot) -> None:
    page = open_as(ada)
    page.goto("/company/tokens/")
    shot(page, "empty")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_text("Give the token a name.")).to_be_visible()
    expect(page.get_by_text("Choose at least one thing")).to_be_visible()
    page.get_by_label("Name").fill("Web form")
    page.get_by_label("See lists, imports and refused rows").focus()
    page.keyboard.press("Space")
    page.get_by_label("Name").press("Enter")
    secret = page.get_by_label("The new token").input_value()
    shot(page, "made")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert ask(panel.url, secret) == (200, {"items": [], "next": None})
    page.goto("/company/tokens/")
    assert secret not in page.content()
    page.get_by_label("Revoke Web form").click()
    expect(page.get_by_role("dialog", name="Revoke «Web form»?")).to_be_visible()
    shot(page, "revoking")
    page.keyboard.press("Escape")
    page.get_by_label("Revoke Web form").press("Enter")
    page.get_by_role("button", name="Revoke now").click()
    expect(page.get_by_text("The token is revoked")).to_be_visible()
    status, told = ask(panel.url, secret)
    assert status == 401 and "revoked" in told["detail"]


def test_many_tokens_with_long_names_fit(
    open_as: OpenAs, floor: Floor, ada: User, db: Database, shot: Shot
) -> None:
    long = floor.hire("Maximiliane-Theodora von und zu Hohenstein-Wolkenkuckucksheim", Role.MANAGER)
    most = [scope for scope in Scope if scope is not Scope.COMPANY_WRITE]
    for name, user, scopes, ends in (
        (
            "Import from the warehouse, every night at three, for the northern and the southern teams",
            long,
            most,
            None,
        ),
        ("Web form", ada, [Scope.LISTS_WRITE], now() + timedelta(days=365)),
        ("Over", ada, list(Scope), now() + timedelta(days=1)),
        ("Gone", ada, list(Scope), None),
    ):
        token_id, secret = tokens.create(
            floor.tenant, ada.id, name=name, scopes=scopes, user_id=user.id, expires_at=ends, now=now()
        )
        tokens.caller(db, secret, now())
        if name == "Gone":
            tokens.revoke(floor.tenant, ada.id, token_id, now())
        if name == "Over":
            with db.transaction() as connection:
                connection.execute("UPDATE api_token SET expires_at = now() WHERE id = %s", (token_id,))
    page = open_as(ada)
    for width, theme in ((1366, "light"), (1366, "dark"), (1920, "light"), (800, "light")):
        page.set_viewport_size({"width": width, "height": 768})
        page.context.add_cookies([{"name": "theme", "value": theme, "url": page.url}])
        page.goto("/company/tokens/")
        for said in ("expired", "revoked"):
            expect(page.get_by_text(said, exact=True)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        table = "document.querySelector('.table-responsive')"
        assert page.evaluate(f"{table}.scrollWidth <= {table}.clientWidth") or width < 1366, width
        shot(page, f"{width}-{theme}")
