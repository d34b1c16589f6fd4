"""Call Activity in the panel: whose legs, filters of the address, pages, and the file (RING-5, RING-6)."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now
from werkzeug.test import TestResponse

from dialer.store.people import User

Browser = Callable[[User], FlaskClient]


@pytest.fixture
def abe(floor: Floor) -> User:
    return floor.hire("Abe", extension="1002")


@pytest.fixture(autouse=True)
def calls(floor: Floor, max_: User, ana: User, abe: User) -> None:
    """Ana and Abe had thirty calls each, one an hour, the newest now; of ten numbers."""
    list_id = floor.add_list(max_, ana, abe, prospects=3)
    with floor.db.transaction() as connection:
        connection.execute(
            """
            INSERT INTO attempt (organisation_id, prospect_id, list_id, node, number, ring_s, record, drop_message,
                state, leg_id, user_id, outcome, cause, launched_at, answered_at, bridged_at, ended_at)
            SELECT %(o)s, (SELECT min(id) FROM prospect), %(l)s, 'main', '+1214555010' || n %% 10, 25, true, '',
                'ended', gen_random_uuid(), (ARRAY[%(ana)s, %(abe)s])[1 + n %% 2], 'connected', 16, t.at, t.at, t.at,
                t.at + n * interval '10 s'
            FROM generate_series(0, 59) n, LATERAL (SELECT %(now)s - n * interval '1 h' AS at) t
            """,
            {"o": floor.organisation.id, "l": list_id, "ana": ana.id, "abe": abe.id, "now": now()},
        )


def legs(page: str) -> int:
    return len(re.findall(r'<tr id="leg-', page))


def test_managers_see_everybodys_legs_and_agents_their_own(as_: Browser, max_: User, ana: User) -> None:
    page = as_(max_).get("/activity/").text
    assert legs(page) == 50
    assert "60 legs" in page
    assert (
        legs(as_(max_).get(re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")).text) == 10
    )  # type: ignore[index]
    mine = as_(ana).get("/activity/").text
    assert "30 legs" in mine
    assert 'title="Abe"' not in mine


def test_an_agent_cannot_ask_for_anothers(as_: Browser, ana: User, abe: User) -> None:
    page = as_(ana).get("/activity/", query_string={"by": abe.id}).text
    assert legs(page) == 0
    assert "Nothing fits these filters" in page


@pytest.mark.parametrize(
    ("asked", "many"),
    [
        ({"talk_from": "100", "talk_to": "200"}, 11),
        ({"phone": ["+12145550101", "+12145550102"]}, 12),
        ({"outcome": "busy"}, 0),
        ({"outcome": ["busy", "connected"], "talk_from": "590"}, 1),
        ({"kind": "agent"}, 0),
        ({"kind": "nonsense", "talk_from": "nonsense", "since": "nonsense", "by": "nonsense"}, 50),
        ({"since": "0001-01-01T00:00", "until": "9999-12-31T23:59"}, 50),
        ({"sort": "nonsense", "after": "nonsense"}, 50),
        ({"talk_from": "99999999999999999999"}, 50),
        ({"talk_from": "9" * 5000, "by": "9" * 5000, "after": "9" * 5000 + "~1"}, 50),
    ],
)
def test_filters_of_the_address(as_: Browser, max_: User, asked: dict[str, str], many: int) -> None:
    assert legs(as_(max_).get("/activity/", query_string=asked).text) == many


def test_times_are_the_organisations_own(as_: Browser, max_: User) -> None:
    zone = ZoneInfo(max_.time_zone)
    since = datetime.now(zone) - timedelta(hours=5, minutes=30)
    asked = {"since": since.strftime("%Y-%m-%dT%H:%M")}
    assert legs(as_(max_).get("/activity/", query_string=asked).text) == 6


@pytest.mark.parametrize("sort", ["at", "kind", "by_name", "phone", "rang_s", "talk_s", "outcome", "cause"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_every_column_sorts_both_ways_page_by_page(
    as_: Browser, max_: User, sort: str, direction: str
) -> None:
    client = as_(max_)
    page = client.get("/activity/", query_string={"sort": sort, "direction": direction}).text
    seen = re.findall(r'id="leg-(\d+)"', page)
    found = re.search(r'rel="next" href="([^"]+)"', page)
    assert found is not None
    seen += re.findall(r'id="leg-(\d+)"', client.get(found[1].replace("&amp;", "&")).text)
    assert len(seen) == len(set(seen)) == 60


def legs_of(answer: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_file_has_every_leg_no_formula_and_is_in_the_log(
    as_: Browser, floor: Floor, max_: User, ana: User
) -> None:
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET name = '=1+1' WHERE id = %s", (ana.id,))
    answer = as_(max_).get("/activity/calls.csv?talk_from=10&sort=talk_s&direction=up")
    assert answer.data.startswith(codecs.BOM_UTF8), "a spreadsheet knows its alphabet"
    rows = legs_of(answer)
    assert len(rows) == 59
    assert [int(row["Talk time, seconds"]) for row in rows] == [10 * n for n in range(1, 60)]
    assert {row["By"] for row in rows} == {"'=1+1", "Abe"}
    (noted,) = floor.audited("calls.export")
    assert (noted["user_id"], noted["after"]) == (max_.id, {"talk_from_s": 10})
    assert len(legs_of(as_(ana).get("/activity/calls.csv"))) == 30


def test_numbers_are_searched_and_those_chosen_stay(as_: Browser, max_: User) -> None:
    client = as_(max_)
    found = client.get(
        "/activity/phones", query_string={"phone_search": "0103", "phone": "+12145550109"}
    ).text
    assert re.findall(r'value="([^"]+)"( checked)?', found) == [
        ("+12145550109", " checked"),
        ("+12145550103", ""),
    ]
    assert "No number contains" in client.get("/activity/phones?phone_search=999999").text


def test_one_prospects_legs_are_a_part_of_a_page(as_: Browser, floor: Floor, max_: User) -> None:
    with floor.db.transaction() as connection:
        row = connection.execute("SELECT min(id) AS id FROM prospect").fetchone()
    assert row is not None
    part = as_(max_).get(f"/activity/prospects/{row['id']}").text
    assert part.count("<tr>") == 61
    assert "Nobody was called yet" in as_(max_).get(f"/activity/prospects/{row['id'] + 1}").text
