"""What Asterisk says, in the words of the domain."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from ari_app.translate import EVENTS, LegNews, leg_news
from dialer.calls.events import KeyPressed, LegAnswered, LegGone, LegJoined, MessageEnded, PromptEnded

AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
BO = UUID("6a1d9fd2-5e1c-4f6e-9b9c-0d8a3c1f7e55")
BRIDGE = UUID("0b7f4c1e-94f0-4c0d-8d5e-3f6f1b1f2a77")


def channel(leg_id: str = str(BO), state: str = "Up") -> dict[str, Any]:
    """A channel as Asterisk 22 writes it."""
    return {
        "id": leg_id,
        "name": "PJSIP/trunk-00000004",
        "state": state,
        "protocol_id": "9c1bd8f0-3f2c",
        "caller": {"name": "", "number": "+12145551001"},
        "connected": {"name": "", "number": "+12125550100"},
        "accountcode": "",
        "dialplan": {"context": "default", "exten": "s", "priority": 1, "app_name": "Stasis"},
        "creationtime": "2026-03-02T15:00:00.000+0000",
        "language": "en",
    }


def message(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "timestamp": "2026-03-02T15:00:05.120+0000",
        "asterisk_id": "02:42:ac:11:00:02",
        "application": "ringpool",
        **more,
    }


def test_a_leg_in_our_application_was_answered() -> None:
    started = message("StasisStart", args=[], channel=channel())
    assert leg_news(started, AT) == LegNews(BO, LegAnswered(AT, BO))


def test_a_destroyed_leg_is_gone_with_its_cause() -> None:
    busy = message("ChannelDestroyed", cause=17, cause_txt="User busy", channel=channel(state="Down"))
    assert leg_news(busy, AT) == LegNews(BO, LegGone(AT, BO, 17))


def test_a_leg_that_went_without_a_word_has_no_cause() -> None:
    assert leg_news(message("ChannelDestroyed", channel=channel()), AT) == LegNews(BO, LegGone(AT, BO, 0))


def test_a_leg_in_a_bridge_is_joined() -> None:
    bridge = {
        "id": str(BRIDGE),
        "technology": "simple_bridge",
        "bridge_type": "mixing",
        "bridge_class": "stasis",
        "creator": "Stasis",
        "name": "ringpool",
        "channels": [str(BO)],
    }
    entered = message("ChannelEnteredBridge", bridge=bridge, channel=channel())
    assert leg_news(entered, AT) == LegNews(BO, LegJoined(AT, BO, BRIDGE))


def test_a_finished_playback_is_the_end_of_the_message() -> None:
    playback = {
        "id": "f2a3",
        "media_uri": "sound:vm-goodbye",
        "target_uri": f"channel:{BO}",
        "language": "en",
        "state": "done",
    }
    assert leg_news(message("PlaybackFinished", playback=playback), AT) == LegNews(BO, MessageEnded(AT, BO))


def test_a_prompts_playback_has_the_id_of_its_leg() -> None:
    playback = {"id": str(BO), "target_uri": f"channel:{BO}", "state": "done"}
    assert leg_news(message("PlaybackFinished", playback=playback), AT) == LegNews(BO, PromptEnded(AT, BO))


def test_a_key_is_told_with_its_leg() -> None:
    key = message("ChannelDtmfReceived", channel=channel(), digit="1", duration_ms=120)
    assert leg_news(key, AT) == LegNews(BO, KeyPressed(AT, BO, "1"))


@pytest.mark.parametrize(
    "foreign",
    [
        message("StasisStart", channel=channel("1772463600.14")),
        message("ChannelDestroyed", cause=16, channel=channel("1772463600.14")),
        message("ChannelEnteredBridge", bridge={"id": "someone-elses"}, channel=channel()),
        message("ChannelEnteredBridge", bridge={"id": str(BRIDGE)}, channel=channel("1772463600.14")),
        message("PlaybackFinished", playback={"target_uri": f"bridge:{BRIDGE}"}),
        message("PlaybackFinished", playback={"target_uri": "channel:1772463600.14"}),
        message("PlaybackFinished", playback={}),
        message("ApplicationReplaced"),
        message("ChannelVarset", channel=channel(), variable="X", value="1"),
        message("ChannelDtmfReceived", channel=channel("1772463600.14"), digit="1"),
        {},
        {"type": None},
        {"type": 7},
        {"message": "Something went wrong"},
    ],
)
def test_what_is_not_about_a_leg_of_ours_is_no_news(foreign: dict[str, Any]) -> None:
    assert leg_news(foreign, AT) is None


def test_every_event_type_that_is_asked_for_is_told_or_known_to_be_no_news() -> None:
    told = {
        "StasisStart",
        "ChannelDestroyed",
        "ChannelEnteredBridge",
        "PlaybackFinished",
        "ChannelDtmfReceived",
    }
    assert told <= set(EVENTS)
