"""Do Not Call and the parking lot in the panel: one number, a pasted block, a file (ORG-4)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor, now

from dialer.store import do_not_call, parking
from dialer.store.people import User
from web.company import number_pages

As = Callable[[User], FlaskClient]


def test_one_number_goes_on_do_not_call_and_is_found_by_its_beginning(
    floor: Floor, as_: As, ada: User
) -> None:
    browser = as_(ada)
    page = browser.post(
        "/company/do-not-call", data={"numbers": "(214) 555-1001", "note": "By letter"}, follow_redirects=True
    )
    assert "The number is on Do Not Call." in page.text
    assert "+1 214-555-1001" in browser.get("/company/do-not-call?q=214").text
    assert "No such number" in browser.get("/company/do-not-call?q=215").text
    assert "No such number" in browser.get("/company/do-not-call", query_string={"q": "<b>Bo"}).text


def test_a_pasted_block_is_reported_line_by_line(floor: Floor, as_: As, ada: User) -> None:
    block = "214 555 1001; 214 555 1002\ncall Bo\n214 555 1001\n"
    page = as_(ada).post("/company/do-not-call", data={"numbers": block})
    assert page.status_code == 200
    figures = re.findall(r'class="h1 mb-0[^>]*>(\d+)<', page.text)
    assert figures == ["2", "1", "0", "1"]
    assert "call Bo" in page.text
    assert "is not a phone number" in page.text


def test_a_file_of_numbers_is_read(floor: Floor, as_: As, ada: User, max_: User, ana: User) -> None:
    floor.add_list(max_, ana)
    content = b"Name;Phone\nBo;214 555 1001\nAnn;nothing\n"
    file = {"file": (io.BytesIO(content), "numbers.csv"), "column": "", "note": ""}
    page = as_(ada).post("/company/do-not-call/file", data=file)
    assert re.findall(r'class="h1 mb-0[^>]*>(\d+)<', page.text) == ["1", "0", "1", "1"]
    assert "<code" in page.text
    assert "nothing" in page.text


@pytest.mark.parametrize(
    ("content", "column", "sentence"),
    [
        (b"", "", "empty"),
        (b"PK\x03\x04", "", "Excel"),
        (b"Name\nBo\n", "", "No column holds phone numbers"),
        (b"Phone\n2145551001\n", "Fax", "no such column"),
    ],
)
def test_files_that_are_none_are_refused_in_a_sentence(
    floor: Floor, as_: As, ada: User, content: bytes, column: str, sentence: str
) -> None:
    browser = as_(ada)
    for path in ("do-not-call", "parking-lot"):
        file = {"file": (io.BytesIO(content), "numbers.csv"), "column": column}
        answer = browser.post(f"/company/{path}/file", data=file)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert browser.post("/company/do-not-call/file", data={}).status_code == 422


def test_more_numbers_than_one_request_works_off_are_refused_before_the_first(
    floor: Floor, as_: As, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_pages, "MOST_NUMBERS", 2)
    numbers = "2145551001\n2145551002\n"
    until = (now().date() + timedelta(days=3)).isoformat()
    browser = as_(ada)
    for path, command in (("do-not-call", "ringpool dnc import"), ("parking-lot", "ringpool park import")):
        for content, status in ((numbers, 200), (f"{numbers}2145551003\n", 422)):
            file = {"file": (io.BytesIO(content.encode()), "numbers.csv"), "until": until}
            for answer in (
                browser.post(f"/company/{path}/file", data=file),
                browser.post(f"/company/{path}", data={"numbers": content, "until": until}),
            ):
                assert answer.status_code == status
                assert (command in answer.text) == (status == 422)
    assert do_not_call.count(floor.tenant, floor.organisation.id) == 2
    assert parking.count(floor.tenant, floor.organisation.id) == 2


def test_a_file_that_takes_long_to_read_is_refused_by_its_size(
    floor: Floor, as_: As, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_pages, "MOST_BYTES", 10)
    file = {"file": (io.BytesIO(b"Phone\n2145551001\n"), "numbers.csv")}
    answer = as_(ada).post("/company/do-not-call/file", data=file)
    assert answer.status_code == 422 and "ringpool dnc import FILE" in answer.text


def test_a_number_is_taken_off_with_a_reason_only(floor: Floor, as_: As, ada: User, max_: User) -> None:
    browser = as_(ada)
    browser.post("/company/do-not-call", data={"numbers": "2145551001"})
    entry = "/company/do-not-call/+12145551001"
    assert "Take it off" in browser.get(entry).text
    assert "Take it off" not in as_(max_).get(entry).text
    assert browser.post(entry, data={"note": " "}).status_code == 422
    assert browser.post(entry, data={"note": "She asked for a call."}).status_code == 302
    assert browser.get(entry).status_code == 404
    assert browser.post(entry, data={"note": "Again."}).status_code == 404


def test_do_not_call_is_downloaded_by_those_who_may_look(
    floor: Floor, as_: As, ada: User, max_: User, ana: User
) -> None:
    do_not_call.add(floor.tenant, ada.id, ["2145551001"], now(), note="=1+1")
    answer = as_(max_).get("/company/do-not-call.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.text.splitlines()[1].startswith("+12145551001,")
    assert answer.text.splitlines()[1].endswith(",'=1+1")
    assert as_(ana).get("/company/do-not-call.csv").status_code == 403


@pytest.mark.parametrize("path", ["do-not-call", "parking-lot"])
def test_pages_follow_one_another_and_a_made_up_page_is_the_first(
    floor: Floor, as_: As, ada: User, path: str
) -> None:
    numbers = [f"+1214556{n:04}" for n in range(60)]
    do_not_call.add(floor.tenant, ada.id, numbers, now())
    parking.add(floor.tenant, ada.id, numbers, now(), until=now().date() + timedelta(days=9))
    browser, seen, href = as_(ada), set(), f"/company/{path}"
    while href:
        page = browser.get(href).text
        seen |= set(re.findall(r"\+1 214-556-(\d{4})</", page))
        following = re.search(r'rel="next" href="([^"]*)"', page)
        href = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == 60
    for made_up in ("x", "2026-01-01T00:00|", "2026-13-45|+1", "|"):
        assert browser.get(f"/company/{path}", query_string={"after": made_up}).status_code == 200


def test_numbers_are_parked_until_a_future_date(floor: Floor, as_: As, ada: User) -> None:
    browser, until = as_(ada), now().date() + timedelta(days=30)
    past = browser.post("/company/parking-lot", data={"numbers": "2145551001", "until": "2020-01-01"})
    assert past.status_code == 422
    assert "must be in the future" in past.text
    assert "2145551001" in past.text
    none = browser.post("/company/parking-lot", data={"numbers": "2145551001", "until": "soon"})
    assert "Give a date such as" in none.text
    parked = {"numbers": "2145551001", "until": until.isoformat(), "note": "Abroad"}
    page = browser.post("/company/parking-lot", data=parked, follow_redirects=True).text
    assert "The number is parked." in page
    assert "Abroad" in page
    page = browser.post("/company/parking-lot/remove", data={"number": "+12145551001"}, follow_redirects=True)
    assert "may be called again" in page.text
    page = browser.post("/company/parking-lot/remove", data={"number": "+12145551001"}, follow_redirects=True)
    assert "not in the parking lot any more" in page.text


def test_a_file_parks_each_number_until_the_date_beside_it(floor: Floor, as_: As, ada: User) -> None:
    until = (now().date() + timedelta(days=3)).isoformat()
    content = f"Phone,Until\n2145551001,{until}\n2145551002,yesterday\n".encode()
    file = {"file": (io.BytesIO(content), "numbers.csv"), "column": "", "until": ""}
    page = as_(ada).post("/company/parking-lot/file", data=file)
    assert "is not a date" in page.text
    (entry,) = parking.listing(floor.tenant, floor.organisation.id)
    assert (entry.number, entry.until.isoformat()) == ("+12145551001", until)
