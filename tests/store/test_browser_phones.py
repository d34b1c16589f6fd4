"""SIP accounts of browser phones: one page's, for as long as the page lives."""

from __future__ import annotations

import pytest
from panel_floor import Floor

from dialer.errors import Refused
from dialer.store import agents, browser_phones
from dialer.store.people import User


@pytest.fixture
def ana(floor: Floor) -> User:
    ana = floor.hire("Ana", extension="1001")
    with floor.db.transaction() as connection:
        connection.execute("UPDATE app_user SET phone_kind = 'browser' WHERE id = %s", (ana.id,))
    return ana


def secrets_of(floor: Floor) -> list[str]:
    return [account.secret for account in agents.sip_accounts(floor.db)]


def test_there_is_an_account_only_while_a_page_keeps_it(floor: Floor, ana: User) -> None:
    assert secrets_of(floor) == []
    made = browser_phones.issue(floor.tenant, ana.id)
    assert made.extension == "1001"
    assert secrets_of(floor) == [made.secret]
    with floor.db.transaction() as connection:
        connection.execute(
            "UPDATE browser_phone SET issued_at = now() - interval '1 hour', until = now() - interval '1 s'"
        )
    assert secrets_of(floor) == []


def test_the_next_page_has_a_secret_of_its_own_and_the_first_is_told(floor: Floor, ana: User) -> None:
    first = browser_phones.issue(floor.tenant, ana.id)
    second = browser_phones.issue(floor.tenant, ana.id)
    assert secrets_of(floor) == [second.secret]
    assert browser_phones.keep(floor.tenant, ana.id, second.secret) >= second.until
    with pytest.raises(browser_phones.PhoneTakenOver):
        browser_phones.keep(floor.tenant, ana.id, first.secret)


def test_the_first_pages_goodbye_does_not_end_the_second_pages_account(floor: Floor, ana: User) -> None:
    first = browser_phones.issue(floor.tenant, ana.id)
    second = browser_phones.issue(floor.tenant, ana.id)
    browser_phones.give_up(floor.tenant, ana.id, first.secret)
    assert browser_phones.keep(floor.tenant, ana.id, second.secret) >= second.until


def test_a_page_that_closes_leaves_its_account_for_a_moment_only(floor: Floor, ana: User) -> None:
    made = browser_phones.issue(floor.tenant, ana.id)
    browser_phones.give_up(floor.tenant, ana.id, made.secret)
    with floor.db.transaction() as connection:
        row = connection.execute(
            "SELECT until - now() < interval '16 s' AS soon FROM browser_phone"
        ).fetchone()
    assert row == {"soon": True}


def test_who_has_another_phone_or_none_gets_no_account(floor: Floor) -> None:
    for user in (floor.hire("Abe", extension="1002"), floor.hire("Max")):
        with pytest.raises(Refused):
            browser_phones.issue(floor.tenant, user.id)


def test_another_organisations_user_gets_no_account(floor: Floor, ana: User) -> None:
    other = Floor(floor.db, "Borealis")
    with pytest.raises(Refused):
        browser_phones.issue(other.tenant, ana.id)
    assert secrets_of(floor) == []
