"""`ringpool group` and `ringpool campaign`."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Command = Callable[..., Result]


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def test_a_group_is_added_changed_and_removed(acme: Command) -> None:
    done(acme("team", "add", "West"))
    made = json.loads(
        done(acme("group", "add", "Texas", "--team", "west", "--skill", "Loans=7", "--state", "TX", "--json"))
    )
    assert (made["teams"], made["skills"], made["states"]) == (["West"], {"Loans": 7}, ["TX"])
    assert "every agent" not in done(acme("group", "list"))
    done(acme("group", "edit", "texas", "--any", "states", "--any", "teams", "--any", "skills"))
    assert "every agent" in done(acme("group", "list"))
    nothing = acme("group", "edit", "Texas")
    assert nothing.exit_code == 1 and "Say what is to be different" in nothing.stderr
    done(acme("group", "remove", "Texas", "--yes"))
    assert "Texas" not in done(acme("group", "list"))


def test_a_campaign_is_added_changed_and_previewed(acme: Command) -> None:
    done(acme("group", "add", "Everybody"))
    done(
        acme(
            "campaign", "add", "Website", "--group", "Everybody", "--calling", "08:00-20:00", "--ring-s", "30"
        )
    )
    (made,) = json.loads(done(acme("campaign", "list", "--json")))
    assert (made["group"], made["calling_from"], made["ring_s"], made["active"]) == (
        "Everybody", "08:00", 30, True
    )  # fmt: skip
    assert "switched off" in done(acme("campaign", "edit", "website", "--inactive", "--most-rung", "2"))
    shown = done(acme("campaign", "preview", "Website", "--state", "TX"))
    assert "switched off" in shown and "There is no phone: no extension is registered." in shown
    told = json.loads(done(acme("campaign", "preview", "Website", "--json")))
    assert (told["active"], told["rung"]) == (False, [])
    assert {each["reason"] for each in told["others"]} == {"no_phone"}


def test_refusals_are_sentences(acme: Command) -> None:
    done(acme("group", "add", "Everybody"))
    done(acme("campaign", "add", "Website", "--group", "Everybody"))
    for arguments, said in (
        (("campaign", "add", "Other", "--group", "Nobody"), "'ringpool group list' shows them"),
        (("campaign", "edit", "Other", "--active"), "'ringpool campaign list' shows them"),
        (("campaign", "add", "Other", "--group", "Everybody", "--most-rung", "11"), "From 1 to 10 agents"),
        (("campaign", "edit", "Website", "--calling", "soon"), "--calling soon is not understood"),
        (("group", "remove", "Everybody", "--yes"), "Campaigns that ring this group: Website"),
    ):
        refused = acme(*arguments)
        assert refused.exit_code == 1 and said in refused.stderr, refused.output
