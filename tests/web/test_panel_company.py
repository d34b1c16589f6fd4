"""Company Setup in the panel (ORG-4): who may look, who may change, and what bad input is told."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from panel_floor import Floor

from dialer.company import CallResult, ContactRole, CustomField, PauseReason
from dialer.store import company, company_rows, do_not_call, recording_rules
from dialer.store.people import Role, User

As = Callable[[User], FlaskClient]

PAGES = (
    "/company/",
    "/company/prompts",
    "/company/phone-columns",
    "/company/custom-fields",
    "/company/call-results",
    "/company/pause-reasons",
    "/company/role-names",
    "/company/do-not-call",
    "/company/parking-lot",
    "/company/organisation",
)


def version(floor: Floor) -> int:
    return company.settings(floor.tenant, floor.organisation.id).version


def calling(floor: Floor, **changed: str) -> dict[str, str]:
    """The calling form as it is filled in."""
    return {
        "version": str(version(floor)),
        "calling_from": "09:00",
        "calling_until": "20:00",
        "attempts_per_day": "5",
        "wrap_up_s": "45",
        "night_at": "02:30",
        "sounds-0": "im-sorry",
        "sounds-1": "",
        "sounds-2": "custom/acme",
        **changed,
    }


def rows(floor: Floor, kind: type[company_rows.Row]) -> list[company_rows.Row]:
    return list(company_rows.rows(floor.tenant, floor.organisation.id, kind, inactive=True))


def test_managers_look_and_are_offered_nothing_to_change(floor: Floor, as_: As, max_: User) -> None:
    company_rows.add(floor.tenant, floor.hire("Ada", Role.ADMIN).id, CustomField("Plan"))
    browser = as_(max_)
    for path in PAGES:
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "admins can change it" in page.text
        main = page.text[page.text.index('<div class="company">') :]
        assert 'method="post"' not in main or "<fieldset disabled>" in main, path
        assert "btn-primary" not in main, path


def test_agents_may_not_even_look(as_: As, ana: User) -> None:
    browser = as_(ana)
    assert [browser.get(path).status_code for path in PAGES] == [403] * len(PAGES)


def test_what_a_manager_may_not_change_is_refused_by_the_server(floor: Floor, as_: As, max_: User) -> None:
    reason = rows(floor, PauseReason)[0].id
    browser, before = as_(max_), version(floor)
    for path in (
        "/company/",
        "/company/prompts/press_1/en",
        "/company/prompts/press_1/en/remove",
        "/company/phone-columns",
        "/company/custom-fields",
        f"/company/pause-reasons/{reason}",
        f"/company/pause-reasons/{reason}/move",
        f"/company/pause-reasons/{reason}/delete",
        "/company/do-not-call",
        "/company/do-not-call/file",
        "/company/do-not-call/+12145551001",
        "/company/parking-lot",
        "/company/parking-lot/file",
        "/company/parking-lot/remove",
    ):
        answer = browser.post(path, data={"numbers": "+12145551001", "number": "+12145551001"})
        assert answer.status_code == 403, path
    assert version(floor) == before
    assert do_not_call.count(floor.tenant, floor.organisation.id) == 0


def test_the_calling_rules_are_saved(floor: Floor, as_: As, ada: User) -> None:
    browser = as_(ada)
    assert browser.post("/company/", data=calling(floor)).status_code == 302
    found = company.settings(floor.tenant, floor.organisation.id)
    assert (found.calling_from.hour, found.attempts_per_day, found.wrap_up_s) == (9, 5, 45)
    assert (found.record_calls, found.drop_message) == (True, "sound:im-sorry,sound:custom/acme")
    page = browser.get("/company/").text
    assert 'value="custom/acme"' in page
    assert "Changed by Ada" in page


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"calling_from": "25:00"}, "Give a time such as 09:00."),
        ({"calling_until": ""}, "Give a time such as 09:00."),
        ({"attempts_per_day": "many"}, "Give a whole number."),
        ({"attempts_per_day": "0"}, "Give a number from 1 to 100."),
        ({"wrap_up_s": "3601"}, "Give a number from 0 to 3600."),
        ({"sounds-0": "", "sounds-2": ""}, "must never hear silence"),
        ({"sounds-0": "no such/../sound"}, "letters, digits, dashes"),
    ],
)
def test_what_cannot_be_used_is_said_and_what_was_typed_stays(
    floor: Floor, as_: As, ada: User, wrong: dict[str, str], sentence: str
) -> None:
    before = version(floor)
    answer = as_(ada).post("/company/", data=calling(floor, night_at="04:44", **wrong))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "04:44" in answer.text
    assert version(floor) == before


def test_equal_calling_times_are_saved_with_a_warning(floor: Floor, as_: As, ada: User) -> None:
    browser = as_(ada)
    browser.post("/company/", data=calling(floor, calling_from="00:00", calling_until="00:00"))
    assert "at any hour of the prospect" in browser.get("/company/").text
    browser.post("/company/", data=calling(floor))
    assert "at any hour of the prospect" not in browser.get("/company/").text


def test_the_second_of_two_admins_is_told_and_keeps_what_they_typed(floor: Floor, as_: As, ada: User) -> None:
    sue = floor.hire("Sue", Role.SUPER_ADMIN)
    seen = calling(floor, wrap_up_s="11")
    as_(sue).post("/company/", data=calling(floor, wrap_up_s="99"))
    browser = as_(ada)
    for _ in range(2):  # saving again does not help: only looking does
        answer = browser.post("/company/", data=seen)
        assert answer.status_code == 409
        assert "Sue changed Company Setup meanwhile" in answer.text
        assert 'value="11"' in answer.text
    assert company.settings(floor.tenant, floor.organisation.id).wrap_up_s == 99


def test_a_form_without_its_version_overwrites_nothing(floor: Floor, as_: As, ada: User) -> None:
    for given in ("", "x", "-5"):
        assert as_(ada).post("/company/", data=calling(floor, version=given)).status_code == 409


def test_phone_columns_keep_their_order(floor: Floor, as_: As, ada: User) -> None:
    browser = as_(ada)
    chosen = {"first": "mobile_phone", "second": "", "third": "phone", "version": str(version(floor))}
    assert browser.post("/company/phone-columns", data=chosen).status_code == 302
    assert company.settings(floor.tenant, floor.organisation.id).mandatory_phones == ("mobile_phone", "phone")
    twice = {**chosen, "second": "phone", "version": str(version(floor))}
    answer = browser.post("/company/phone-columns", data=twice)
    assert answer.status_code == 422
    assert "different phone columns" in answer.text


@pytest.mark.parametrize(
    ("path", "kind", "filled", "wrong", "sentence"),
    [
        (
            "custom-fields",
            CustomField,
            {"label": "Plan", "kind": "number"},
            {"label": " "},
            "Give the field a name",
        ),
        (
            "call-results",
            CallResult,
            {"label": "Later", "effect": "retry", "hours": "1", "minutes": "30"},
            {"hours": "", "minutes": ""},
            "after how long",
        ),
        ("pause-reasons", PauseReason, {"label": "Nap"}, {"label": "break"}, "taken"),
        (
            "role-names",
            ContactRole,
            {"name": "Loan Officer", "short_name": "LO"},
            {"short_name": "far too long a name"},
            "too long",
        ),
    ],
)
def test_rows_are_added_edited_moved_and_deleted(
    floor: Floor,
    as_: As,
    ada: User,
    path: str,
    kind: type[company_rows.Row],
    filled: dict[str, str],
    wrong: dict[str, str],
    sentence: str,
) -> None:
    browser, before = as_(ada), len(rows(floor, kind))
    refused = browser.post(f"/company/{path}", data={**filled, **wrong, "active": "y"})
    assert refused.status_code == 422
    assert sentence in refused.text
    for each in (
        filled,
        {**filled, **{name: f"{filled[name]} 2" for name in ("label", "name") if name in filled}},
    ):
        each = {**each, "short_name": each.get("name", "")[-5:]}
        assert browser.post(f"/company/{path}", data={**each, "active": "y"}).status_code == 302
    *_, one, two = rows(floor, kind)
    assert len(rows(floor, kind)) == before + 2

    seen = {"version": str(version(floor))}
    moved = browser.post(f"/company/{path}/{two.id}/move", data={**seen, "by": "-1"}, follow_redirects=True)
    assert [row.id for row in rows(floor, kind)][-2:] == [two.id, one.id]
    assert re.search(rf'id="row-{two.id}".*?autofocus', moved.text, re.DOTALL), (
        "the keyboard stays where it was"
    )

    assert browser.post(f"/company/{path}/{one.id}/move", data=seen).status_code == 409
    seen = {"version": str(version(floor))}
    off = {**filled, "label": "Off", "name": "Off", "short_name": "OFF"}
    assert browser.post(f"/company/{path}/{two.id}", data={**off, **seen}).status_code == 302
    assert not next(row for row in rows(floor, kind) if row.id == two.id).active
    assert "Inactive" in browser.get(f"/company/{path}").text
    seen = {"version": str(version(floor))}
    assert browser.post(f"/company/{path}/{two.id}/delete", data=seen).status_code == 302
    assert len(rows(floor, kind)) == before + 1
    assert browser.get(f"/company/{path}/{two.id}").status_code == 404


def test_another_organisations_rows_are_not_there(floor: Floor, as_: As, ada: User) -> None:
    theirs = Floor(floor.db, "Borealis")
    reason = rows(theirs, PauseReason)[0]
    browser = as_(ada)
    assert browser.get(f"/company/pause-reasons/{reason.id}").status_code == 404
    for path in ("", "/delete", "/move"):
        answer = browser.post(
            f"/company/pause-reasons/{reason.id}{path}", data={"label": "Mine", "version": version(floor)}
        )
        assert answer.status_code == 404
    assert rows(theirs, PauseReason)[0] == reason


def test_agents_pause_for_the_organisations_own_reasons(
    floor: Floor, as_: As, ada: User, max_: User, ana: User
) -> None:
    list_id = floor.add_list(max_, ana)
    for reason in company.pause_reasons(floor.tenant, floor.organisation.id):
        company_rows.drop(floor.tenant, ada.id, PauseReason, reason.id, None)
    floor.sit_down(ana, list_id)
    browser = as_(ana)
    assert "pause-menu" not in browser.get("/session/").text
    company_rows.add(floor.tenant, ada.id, PauseReason("Water the plants"))
    assert 'value="Water the plants"' in browser.get("/session/").text
    refused = browser.post("/session/pause", data={"reason": "Lunch"}, headers={"HX-Request": "true"})
    assert "not offered any more" in refused.text
    paused = browser.post(
        "/session/pause", data={"reason": "Water the plants"}, headers={"HX-Request": "true"}
    )
    assert 'data-state="paused"' in paused.text


def test_the_recording_rules_are_saved(floor: Floor, as_: As, ada: User) -> None:
    browser = as_(ada)
    typed = {
        "version": version(floor),
        "keep_recordings_days": " 90 ",
        "announce_recording": "states",
        "announce_states": "ca, Florida,",
        "announce_locale": "en",
    }
    assert browser.post("/company/recording", data=typed).status_code == 302
    found = recording_rules.rules(floor.tenant, floor.organisation.id)
    assert (found.record_calls, found.keep_recordings_days, found.announce_states) == (
        False,
        90,
        ("CA", "FL"),
    )
    page = browser.get("/company/recording").text
    assert 'value="90"' in page
    assert 'value="CA, FL"' in page
    assert browser.post("/company/recording", data={**typed}).status_code == 409
    for wrong in (
        {"keep_recordings_days": "0"},
        {"keep_recordings_days": "soon"},
        {"announce_states": "Atlantis"},
        {"announce_states": ""},
        {"announce_recording": "someone"},
    ):
        sent = {**typed, "version": version(floor), **wrong}
        assert browser.post("/company/recording", data=sent).status_code == 422, wrong


def test_recordings_that_would_go_are_said_before_the_rules_are_saved(
    floor: Floor, as_: As, ada: User
) -> None:
    ana = floor.hire("Ana", extension="1009")
    list_id = floor.add_list(ada, ana)
    floor.sit_down(ana, list_id)
    floor.hang_up(floor.call(list_id))
    with floor.db.transaction() as connection:
        call = connection.execute("SELECT id FROM attempt").fetchone()
        assert call is not None
    floor.recorded(call["id"])
    with floor.db.transaction() as connection:
        connection.execute("UPDATE recording SET started_at = started_at - interval '40 days'")
    browser, sent = as_(ada), {"announce_recording": "nobody", "announce_locale": "en"}

    def save(days: str, **more: str) -> str:
        typed = {**sent, "version": version(floor), "keep_recordings_days": days, **more}
        return browser.post("/company/recording", data=typed, follow_redirects=True).text

    def kept() -> int | None:
        return recording_rules.rules(floor.tenant, floor.organisation.id).keep_recordings_days

    asked = save("30")
    assert "1 recording is older" in asked
    assert 'value="30"' in asked
    assert kept() is None
    assert "is older" not in save("41")
    assert kept() == 41
    save("30", sure="1")
    assert kept() == 30
    assert "is older" not in save("35")
    assert kept() == 35, "more are kept from now on"


def test_managers_see_the_recording_rules_and_change_nothing(floor: Floor, as_: As, max_: User) -> None:
    assert as_(max_).get("/company/recording").status_code == 200
    assert as_(max_).post("/company/recording", data={"version": version(floor)}).status_code == 403
