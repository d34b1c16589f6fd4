"""What groups and campaigns may be set to, without a database (RING-1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from dialer.campaigns import (
    CampaignSettings,
    GroupSettings,
    checked_campaign,
    checked_group,
    problems_of_campaign,
    problems_of_group,
)
from dialer.errors import BadValue

USUAL = CampaignSettings("Website", 1)


def test_a_group_is_tidied() -> None:
    given = GroupSettings(
        " All \n of  Texas", skills={" Loans": 3}, states=("TX", "", "tx"), products=(" Loan ",)
    )
    assert checked_group(given) == GroupSettings(
        "All of Texas", skills={"Loans": 3}, states=("TX",), products=("Loan",)
    )


def test_a_campaign_is_tidied() -> None:
    assert checked_campaign(replace(USUAL, name=" Web  site ", script="a\r\nb")) == replace(
        USUAL, name="Web site", script="a\nb"
    )


@pytest.mark.parametrize(
    "change",
    [{"most_rung": 1}, {"ring_s": 60}, {"press_s": 5}, {"lead_ring_s": 120}, {"calling_until": time(8)}],
)
def test_the_limits_belong_to_what_is_allowed(change: dict[str, object]) -> None:
    assert problems_of_campaign(replace(USUAL, **change)) == []  # type: ignore[arg-type]


def test_a_form_is_told_of_everything_at_once() -> None:
    wrong = replace(USUAL, name="", most_rung=0, ring_s=61, press_s=4, lead_ring_s=121, calling_until=time(9))
    fields = [problem.field for problem in problems_of_campaign(wrong)]
    assert fields == ["name", "most_rung", "ring_s", "press_s", "lead_ring_s", "calling_until"]
    group = GroupSettings("", skills={"Loans": 0}, languages=("x" * 61,))
    assert [problem.field for problem in problems_of_group(group)] == ["name", "skills", "languages"]
    with pytest.raises(BadValue, match="Give the group a name"):
        checked_group(group)
