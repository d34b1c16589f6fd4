"""Company Setup on the real PostgreSQL (ORG-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from dialing_floor import Floor

from dialer.company import CallResult, ContactRole, CustomField, PauseReason
from dialer.db import Database
from dialer.errors import Conflict, Forbidden, NotFound, Refused
from dialer.store import company, company_rows, dispositions
from dialer.store.company_rows import Row
from dialer.store.people import Role


@pytest.fixture
def floor(db: Database) -> Floor:
    return Floor(db)


@pytest.fixture
def ada(floor: Floor) -> int:
    """Somebody who may change Company Setup."""
    return floor.hire("Ada", role=Role.ADMIN)


def settings(floor: Floor) -> company.CompanySettings:
    return company.settings(floor.tenant, floor.organisation_id)


def version(floor: Floor) -> int:
    return settings(floor).version


def audited(floor: Floor, action: str) -> list[dict[str, Any]]:
    return floor.rows(
        "SELECT user_id, subject, before, after FROM audit WHERE organisation_id = %(o)s AND action = %(a)s "
        "ORDER BY id",
        a=action,
    )


def labels(floor: Floor, kind: type[Row], *, inactive: bool = False) -> list[str]:
    found = company_rows.rows(floor.tenant, floor.organisation_id, kind, inactive=inactive)
    return [row.name if isinstance(row, ContactRole) else row.label for row in found]


def test_an_admin_changes_the_settings_and_the_audit_log_says_from_what_to_what(
    floor: Floor, ada: int
) -> None:
    before = settings(floor)
    wanted = replace(before, calling_from=time(9, 30), attempts_per_day=4, record_calls=False)
    saved = company.edit_settings(floor.tenant, ada, wanted)
    assert saved == replace(wanted, version=before.version + 1) == settings(floor)
    (line,) = audited(floor, "company.edit")
    assert (line["user_id"], line["subject"]) == (ada, f"organisation:{floor.organisation_id}")
    assert line["before"] == {"calling_from": "00:00", "attempts_per_day": 10, "record_calls": True}
    assert line["after"] == {"calling_from": "09:30", "attempts_per_day": 4, "record_calls": False}
    edit = company.last_edit(floor.tenant, floor.organisation_id)
    assert edit is not None
    assert edit.by == "Ada"


def test_the_second_of_two_who_save_is_told_and_overwrites_nothing(floor: Floor, ada: int) -> None:
    seen = settings(floor)
    company.edit_settings(floor.tenant, ada, replace(seen, wrap_up_s=10))
    with pytest.raises(Conflict, match="Ada changed Company Setup"):
        company.edit_settings(floor.tenant, ada, replace(seen, wrap_up_s=20))
    assert settings(floor).wrap_up_s == 10


def test_equal_calling_hours_mean_any_hour_and_are_kept(floor: Floor, ada: int) -> None:
    company.edit_settings(
        floor.tenant, ada, replace(settings(floor), calling_from=time(0), calling_until=time(0))
    )
    assert settings(floor).calling_until == time(0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"mandatory_phones": ()}, "one to three"),
        ({"mandatory_phones": ("phone", "phone")}, "different"),
        ({"mandatory_phones": ("phone", "fax")}, "phone columns"),
        ({"attempts_per_day": 0}, "1 to 100"),
        ({"attempts_per_day": 101}, "1 to 100"),
        ({"wrap_up_s": -1}, "0 to 3600"),
        ({"wrap_up_s": 3601}, "0 to 3600"),
        ({"drop_message": ""}, "sound:NAME"),
        ({"drop_message": "im-sorry"}, "sound:NAME"),
        ({"drop_message": "sound:"}, "letters, digits"),
        ({"drop_message": "sound:../../etc/passwd"}, "letters, digits"),
        ({"drop_message": "sound:a b"}, "letters, digits"),
        ({"drop_message": "sound:https://x.test/y"}, "letters, digits"),
        ({"drop_message": ",".join(["sound:beep"] * 9)}, "at most eight"),
    ],
)
def test_values_that_cannot_be_used_are_refused_with_a_sentence(
    floor: Floor, ada: int, wrong: dict[str, Any], sentence: str
) -> None:
    before = settings(floor)
    with pytest.raises(Refused, match=sentence):
        company.edit_settings(floor.tenant, ada, replace(before, **wrong))
    assert settings(floor) == before


def test_the_message_is_kept_as_calls_play_it(floor: Floor, ada: int) -> None:
    company.edit_settings(
        floor.tenant, ada, replace(settings(floor), drop_message="sound:custom/acme , sound:vm-goodbye")
    )
    floor.at_work("Ana")
    assert floor.attempt(floor.ring())["drop_message"] == "sound:custom/acme,sound:vm-goodbye"


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AGENT, Role.DIALING_AGENT])
def test_who_is_no_admin_changes_nothing(floor: Floor, role: Role) -> None:
    user_id = floor.hire("Somebody", role=role)
    before = settings(floor)
    with pytest.raises(Forbidden):
        company.edit_settings(floor.tenant, user_id, replace(before, wrap_up_s=1))
    with pytest.raises(Forbidden):
        company_rows.add(floor.tenant, user_id, PauseReason("Nap"))
    with pytest.raises(Forbidden):
        company_rows.drop(floor.tenant, user_id, CallResult, floor.result("final"), before.version)
    assert settings(floor) == before


def test_an_admin_whose_account_is_closed_changes_nothing(floor: Floor, ada: int) -> None:
    floor.do("UPDATE app_user SET active = false WHERE id = %(u)s", u=ada)
    with pytest.raises(Forbidden):
        company.edit_settings(floor.tenant, ada, replace(settings(floor), wrap_up_s=1))


def test_an_admin_of_another_organisation_reaches_none_of_it(floor: Floor, ada: int) -> None:
    theirs = Floor(floor.db, "Borealis")
    field_id = company_rows.add(floor.tenant, ada, CustomField("Plan"))
    stranger = theirs.hire("Sten", role=Role.ADMIN)
    for db in (floor.db, theirs.tenant):
        with pytest.raises(NotFound):
            company_rows.edit(db, stranger, CustomField("Mine", id=field_id), None)
    with pytest.raises(NotFound):
        company_rows.edit(floor.tenant, stranger, CustomField("Mine", id=field_id), None)
    assert labels(floor, CustomField) == ["Plan"]
    assert labels(theirs, CustomField) == []
    with pytest.raises(NotFound):
        company.settings(theirs.tenant, floor.organisation_id)


def test_rows_are_added_last_moved_and_deleted(floor: Floor, ada: int) -> None:
    ids = [company_rows.add(floor.tenant, ada, CustomField(name)) for name in ("Plan", "Renewal", "Score")]
    company_rows.move(floor.tenant, ada, CustomField, ids[2], -1, version(floor))
    assert labels(floor, CustomField) == ["Plan", "Score", "Renewal"]
    company_rows.move(floor.tenant, ada, CustomField, ids[0], -1, version(floor))
    assert labels(floor, CustomField) == ["Plan", "Score", "Renewal"]
    company_rows.move(floor.tenant, ada, CustomField, ids[0], 1, version(floor))
    assert labels(floor, CustomField) == ["Score", "Plan", "Renewal"]
    company_rows.drop(floor.tenant, ada, CustomField, ids[2], version(floor))
    assert labels(floor, CustomField) == ["Plan", "Renewal"]
    assert [line["after"] for line in audited(floor, "custom_field.delete")] == [None]


@pytest.mark.parametrize(
    ("row", "same"),
    [
        (CustomField("Plan"), CustomField(" PLAN ")),
        (PauseReason("Nap"), PauseReason("nap")),
        (CallResult("Won", "final"), CallResult("won", "final")),
        (ContactRole("Loan Officer", "LO"), ContactRole("Loan officer", "X")),
        (ContactRole("Loan Officer", "LO"), ContactRole("Other", "lo")),
    ],
)
def test_a_name_is_taken_in_any_case(floor: Floor, ada: int, row: Row, same: Row) -> None:
    company_rows.add(floor.tenant, ada, row)
    with pytest.raises(Refused, match="taken"):
        company_rows.add(floor.tenant, ada, same)


@pytest.mark.parametrize(
    "row",
    [
        CustomField("  "),
        CustomField("First name"),
        CustomField("phone"),
        CustomField("a" * 101),
        CustomField("Plan\x00"),
        CustomField("Plan", kind="picture"),
        PauseReason(""),
        CallResult("", "final"),
        CallResult("Later", "retry"),
        CallResult("Later", "retry", timedelta(seconds=5)),
        CallResult("Later", "retry", timedelta(days=400)),
        CallResult("Later", "explode"),
        ContactRole("Loan Officer", ""),
        ContactRole("Loan Officer", "far too long a name"),
    ],
)
def test_rows_that_cannot_be_used_are_refused(floor: Floor, ada: int, row: Row) -> None:
    before = labels(floor, type(row), inactive=True)
    with pytest.raises(Refused):
        company_rows.add(floor.tenant, ada, row)
    assert labels(floor, type(row), inactive=True) == before


def test_a_field_is_renamed_while_nobody_has_it_and_not_afterwards(floor: Floor, ada: int) -> None:
    field_id = company_rows.add(floor.tenant, ada, CustomField("Pln"))
    company_rows.edit(floor.tenant, ada, CustomField("Plan", "number", id=field_id), version(floor))
    floor.do("""UPDATE prospect SET custom = '{"Plan": "7"}' WHERE position = 3""")
    for changed in (CustomField("Plans", "number", id=field_id), CustomField("Plan", "date", id=field_id)):
        with pytest.raises(Refused, match="name and kind stay"):
            company_rows.edit(floor.tenant, ada, changed, version(floor))
    with pytest.raises(Refused, match="deactivate"):
        company_rows.drop(floor.tenant, ada, CustomField, field_id, version(floor))
    company_rows.edit(floor.tenant, ada, CustomField("Plan", "number", False, id=field_id), version(floor))
    assert company.custom_fields(floor.tenant, floor.organisation_id) == []
    assert labels(floor, CustomField, inactive=True) == ["Plan"]


def test_a_field_that_a_list_is_sorted_by_keeps_its_name(floor: Floor, ada: int) -> None:
    field_id = company_rows.add(floor.tenant, ada, CustomField("Score", "number"))
    floor.do("UPDATE list SET sort_by = 'custom:Score'")
    with pytest.raises(Refused, match="name and kind stay"):
        company_rows.edit(floor.tenant, ada, CustomField("Points", "number", id=field_id), version(floor))


def test_a_call_result_that_calls_have_is_deactivated_and_never_deleted(floor: Floor, ada: int) -> None:
    ana = floor.at_work("Ana")
    leg_id = floor.talk()
    floor.hang_up(leg_id)
    used = floor.result("final")
    dispositions.save_result(floor.tenant, ana, floor.attempt(leg_id)["id"], used, "", floor.now)
    with pytest.raises(Refused, match="deactivate it"):
        company_rows.drop(floor.tenant, ada, CallResult, used, version(floor))
    company_rows.edit(floor.tenant, ada, CallResult("Sale", "final", None, False, id=used), version(floor))
    assert used not in [result.id for result in dispositions.call_results(floor.tenant)]


def test_one_call_result_stays_active(floor: Floor, ada: int) -> None:
    *rest, last = company_rows.rows(floor.tenant, floor.organisation_id, CallResult)
    for result in rest:
        company_rows.drop(floor.tenant, ada, CallResult, result.id, version(floor))
    with pytest.raises(Refused, match="at least one"):
        company_rows.drop(floor.tenant, ada, CallResult, last.id, version(floor))
    with pytest.raises(Refused, match="at least one"):
        company_rows.edit(floor.tenant, ada, replace(last, active=False), version(floor))


def test_the_keys_of_call_results_follow_their_order(floor: Floor, ada: int) -> None:
    first, second, *_ = dispositions.call_results(floor.tenant)
    company_rows.move(floor.tenant, ada, CallResult, second.id, -1, version(floor))
    assert [result.id for result in dispositions.call_results(floor.tenant)][:2] == [second.id, first.id]


def test_a_new_organisation_has_pause_reasons(floor: Floor, ada: int) -> None:
    assert labels(floor, PauseReason)[:2] == ["Break", "Lunch"]
    reasons = company.pause_reasons(floor.tenant, floor.organisation_id)
    company_rows.edit(floor.tenant, ada, replace(reasons[0], active=False), version(floor))
    assert labels(floor, PauseReason)[0] == "Lunch"


def test_every_edit_counts_so_that_an_old_page_changes_nothing(floor: Floor, ada: int) -> None:
    reasons = company.pause_reasons(floor.tenant, floor.organisation_id)
    seen = version(floor)
    company_rows.add(floor.tenant, ada, PauseReason("Nap"))
    with pytest.raises(Conflict):
        company_rows.move(floor.tenant, ada, PauseReason, reasons[0].id, 1, seen)
    with pytest.raises(Conflict):
        company_rows.edit(floor.tenant, ada, replace(reasons[0], label="Rest"), seen)
    with pytest.raises(Conflict):
        company_rows.drop(floor.tenant, ada, PauseReason, reasons[0].id, seen)


def test_a_row_that_was_deleted_meanwhile_is_not_found(floor: Floor, ada: int) -> None:
    reason = company.pause_reasons(floor.tenant, floor.organisation_id)[0]
    company_rows.drop(floor.tenant, ada, PauseReason, reason.id, None)
    with pytest.raises(NotFound):
        company_rows.edit(floor.tenant, ada, replace(reason, label="Rest"), None)


def test_what_only_super_admins_change_can_be_seen(floor: Floor) -> None:
    floor.hire("Sue", role=Role.SUPER_ADMIN)
    details = company.org_details(floor.tenant, floor.organisation_id)
    assert (details.name, details.time_zone, details.super_admins) == ("Acme", "America/New_York", ["Sue"])
