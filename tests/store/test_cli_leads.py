"""`ringpool lead`, on a real database."""

from __future__ import annotations

import json
from typing import Any

import lead_hands as hands
import pytest
from panel_floor import Floor

from dialer.db import Database
from dialer.store.people import Role


@pytest.fixture
def lead(run: Any, db: Database) -> Any:
    """The command in an organisation with a campaign named Website."""
    floor = Floor(db)
    floor.hire("Max", Role.MANAGER)
    floor.hire("Ana")
    hands.campaign(floor)
    return lambda *arguments: run("lead", *arguments)


def test_a_lead_is_posted_listed_shown_and_withdrawn(lead: Any) -> None:
    posted = lead("post", "website", "--phone", "(214) 555-0123", "--first-name", "Bo", "--json")
    assert posted.exit_code == 0, posted.output
    told = json.loads(posted.output)
    assert told["application_id"] is None
    assert f"{told['id']}" in lead("list", "--state", "waiting").output
    (found,) = json.loads(lead("list", "--search", "bo", "--json").output)
    assert (found["first_name"], found["source"]) == ("Bo", "command line")
    shown = lead("show", str(told["id"])).output
    assert "waiting" in shown and "+12145550123" in shown
    assert lead("withdraw", str(told["id"])).output == f"Lead {told['id']} is withdrawn.\n"
    assert "withdrawn" in lead("show", str(told["id"])).output


def test_a_lead_is_rung_for_again_and_assigned(lead: Any) -> None:
    posted = json.loads(lead("post", "1", "--phone", "(214) 555-0123", "--json").output)
    number = str(posted["id"])
    assert lead("ring-again", number).output == f"Lead {number} is waiting.\n"
    given = lead("assign", number, "ana@acme.test")
    assert f"Lead {number} is Ana's, with application " in given.output
    refused = lead("ring-again", number)
    assert refused.exit_code == 1 and "Ana has this lead already." in refused.output


def test_what_cannot_be_posted_is_said_in_a_sentence(lead: Any) -> None:
    for arguments, said in (
        (("post", "Website"), "Give a phone number"),
        (("post", "Mail", "--phone", "2145550123"), "There is no campaign Mail in"),
        (("post", "Website", "--phone", "2145550123", "--custom", "Loan"), "as LABEL=VALUE"),
        (("post", "Website", "--phone", "2145550123", "--custom", "Loan=1"), "no custom field Loan"),
        (("show", "77"), "There is no such lead."),
        (("withdraw", "77"), "There is no such lead."),
    ):
        refused = lead(*arguments)
        assert refused.exit_code == 1 and said in refused.output, refused.output
