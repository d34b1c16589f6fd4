"""The audit log in the panel (ORG-6)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.db import Database
from dialer.roles import Role
from dialer.store import audit, lists, people, teams
from dialer.store.lists import ListEdit
from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


def keep(floor: Floor, by: User | None, action: str, subject: str, before: Any, after: Any) -> None:
    with floor.tenant.transaction() as connection:
        audit.keep(connection, floor.organisation.id, by.id if by else None, action, subject, before, after)


def text_of(page: str) -> str:
    """The page as it is read: no tags, one space between words."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def rows_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_change_is_told_from_what_to_what_in_words(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    west = teams.create_team(floor.tenant, floor.organisation.id, "West")
    list_id = floor.add_list(max_, name="Spring leads")
    change = ListEdit(batch_size=50, team_ids=[west.id], user_ids=[ana.id])
    lists.edit(floor.tenant, max_.id, list_id, 1, change, now())
    page = text_of(as_(max_).get("/audit/?family=list").text)
    assert "List changed Spring leads" in page
    assert "Batch size 20 became → 50" in page or "Batch size 20 → 50" in page
    assert "new: Ana" in page
    assert "new: West" in page


def test_secrets_are_never_in_the_log(as_: Browser, floor: Floor, max_: User, ana: User) -> None:
    people.set_password(floor.tenant, ana.id, "another horse", by=max_.id)
    client = as_(max_)
    page, file = client.get("/audit/").text, client.get("/audit/audit.csv").text
    assert "Password" in page
    assert "Password,,changed" in file
    for text in (page, file):
        assert "another horse" not in text
        assert "argon2" not in text


@pytest.mark.parametrize(
    "filters", [{"family": "team"}, {"who": "ADA"}, {"subject": "west"}, {"subject": "SUBJECT"}]
)
def test_filters_leave_what_they_say(as_: Browser, floor: Floor, max_: User, filters: dict[str, str]) -> None:
    ada = floor.hire("Ada", Role.ADMIN)
    west = teams.create_team(floor.tenant, floor.organisation.id, "West", by=ada.id)
    keep(floor, max_, "list.edit", "list:999", {"n": 1}, {"n": 2})
    meant = {"ADA": str(ada.id), "SUBJECT": f"team:{west.id}"}
    client = as_(max_)
    asked = {name: meant.get(value, value) for name, value in filters.items()}
    page = client.get("/audit/", query_string=asked).text
    assert set(re.findall(r'id="change-', page)) and "Team <span" in page
    assert "List <span" not in page
    lines = rows_of(client.get("/audit/audit.csv", query_string=asked))
    assert {line[2] for line in lines[1:]} == {"Team"}


def test_days_are_those_of_the_organisation(as_: Browser, floor: Floor, max_: User, db: Database) -> None:
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO audit (organisation_id, at, action, subject, after) VALUES "
            "(%(org)s, '2026-03-02T04:59:59Z', 'list.edit', 'list:1', '{\"name\": \"Sunday night\"}'), "
            "(%(org)s, '2026-03-02T05:00:00Z', 'list.edit', 'list:2', '{\"name\": \"Monday morning\"}')",
            {"org": floor.organisation.id},
        )
    client = as_(max_)
    sunday = client.get("/audit/?since=2026-03-01&until=2026-03-01").text
    monday = client.get("/audit/?since=2026-03-02&until=2026-03-02").text
    assert ("Sunday night" in sunday, "Monday morning" in sunday) == (True, False)
    assert ("Sunday night" in monday, "Monday morning" in monday) == (False, True)
    assert "11:59" in sunday


def test_older_changes_are_a_page_away(as_: Browser, floor: Floor, max_: User) -> None:
    for n in range(audit.PAGE + 5):
        keep(floor, max_, "list.edit", f"list:{n}", {"n": 0}, {"n": n + 1})
    client = as_(max_)
    first = client.get("/audit/?family=list").text
    assert first.count('id="change-') == audit.PAGE
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = client.get(older[1].replace("&amp;", "&")).text
    assert second.count('id="change-') == 5
    assert 'rel="next"' not in second


def test_long_values_are_cut_and_can_be_opened(as_: Browser, floor: Floor, max_: User) -> None:
    keep(floor, max_, "list.edit", "list:1", {"script": "a"}, {"script": "b" * 5000})
    page = as_(max_).get("/audit/?family=list").text
    assert '<details class="long">' in page
    assert "b" * 5000 in page


def test_export_starts_no_formula(as_: Browser, floor: Floor, max_: User) -> None:
    evil = '=HYPERLINK("http://evil.test")'
    floor.hire("Eve")
    keep(floor, max_, "list.edit", "list:1", {"name": "@SUM(1)"}, {"name": evil, "script": "+1+1\n=2"})
    lines = rows_of(as_(max_).get("/audit/audit.csv"))
    cells = [cell for line in lines for cell in line]
    assert "'" + evil in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-", "\t"))]


def test_export_has_every_change_of_many_pages(as_: Browser, floor: Floor, max_: User, db: Database) -> None:
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO audit (organisation_id, user_id, action, subject, before, after) "
            "SELECT %s, %s, 'mapping.edit', 'mapping:' || n, '{\"name\": \"A\"}', '{\"name\": \"B\"}' "
            "FROM generate_series(1, 2345) n",
            (floor.organisation.id, max_.id),
        )
    lines = rows_of(as_(max_).get("/audit/audit.csv?family=mapping"))
    assert len(lines) == 1 + 2345
    assert len({tuple(line) for line in lines}) > 1


def test_values_are_shown_as_text(as_: Browser, floor: Floor, max_: User) -> None:
    keep(
        floor,
        max_,
        "list.edit",
        "list:1",
        {"name": "a"},
        {"name": "<script>alert(1)</script>", "<b>": ["<i>"]},
    )
    page = as_(max_).get("/audit/?family=list").text
    assert "<script>alert(1)" not in page
    assert "<i>" not in page


def test_whatever_was_kept_can_be_shown(as_: Browser, floor: Floor, max_: User) -> None:
    odd: dict[str, Any] = {
        "list": [1, "a", None, [2], {"b": 3}],
        "nested": {"a": {"b": [1]}},
        "none": None,
        "number": 12345.5,
        "role": "emperor",
        "user_ids": [max_.id, 999_999],
        "phone_mode": "smoke",
        "order": [1, 2],
    }
    keep(floor, max_, "odd_thing.done_to", "odd", None, odd)
    keep(floor, None, "odd", "odd:x", odd, None)
    page = text_of(as_(max_).get("/audit/").text)
    assert "Odd thing done to" in page
    assert "Max, #999999" in page
    assert "Ringpool" in page


def test_log_of_another_organisation_is_not_there(
    as_: Browser, db: Database, floor: Floor, max_: User
) -> None:
    other = Floor(db, "Other")
    teams.create_team(other.tenant, other.organisation.id, "Their secret team")
    client = as_(max_)
    assert "Their secret team" not in client.get("/audit/").text
    assert "Their secret team" not in client.get("/audit/audit.csv").text
