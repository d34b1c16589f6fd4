"""What Asterisk says, in the words of the domain. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dialer.calls.events import (
    Event,
    KeyPressed,
    LegAnswered,
    LegGone,
    LegJoined,
    MessageEnded,
    PromptEnded,
)

EVENTS = (
    "StasisStart",
    "ChannelDestroyed",
    "ChannelEnteredBridge",
    "PlaybackFinished",
    "ChannelDtmfReceived",
    "ApplicationReplaced",
)
"""The only event types that are asked for: everything else costs CPU on both sides."""


@dataclass(frozen=True, slots=True)
class LegNews:
    """An event and the leg it is about."""

    leg_id: UUID
    event: Event


def leg_news(message: dict[str, Any], at: datetime) -> LegNews | None:
    """Translate an ARI event; None for what is not about a leg of ours (ids that are no UUID).

    Raises KeyError or ValueError for an event without the parts that ARI promises.
    """
    match message.get("type"):
        case "StasisStart":
            leg_id = to_uuid(message["channel"]["id"])
            return LegNews(leg_id, LegAnswered(at, leg_id)) if leg_id else None
        case "ChannelDestroyed":
            leg_id = to_uuid(message["channel"]["id"])
            return LegNews(leg_id, LegGone(at, leg_id, int(message.get("cause", 0)))) if leg_id else None
        case "ChannelEnteredBridge":
            leg_id = to_uuid(message["channel"]["id"])
            bridge_id = to_uuid(message["bridge"]["id"])
            return LegNews(leg_id, LegJoined(at, leg_id, bridge_id)) if leg_id and bridge_id else None
        case "PlaybackFinished":
            kind, _, target = message["playback"].get("target_uri", "").partition(":")
            leg_id = to_uuid(target) if kind == "channel" else None
            if leg_id is None:
                return None
            # A prompt's playback has the id of its leg.
            ended = PromptEnded if message["playback"].get("id") == str(leg_id) else MessageEnded
            return LegNews(leg_id, ended(at, leg_id))
        case "ChannelDtmfReceived":
            leg_id = to_uuid(message["channel"]["id"])
            return LegNews(leg_id, KeyPressed(at, leg_id, str(message["digit"]))) if leg_id else None
    return None


def stranger(message: dict[str, Any]) -> str | None:
    """The id of a channel that entered the application and is no leg of ours: somebody called in."""
    if message.get("type") != "StasisStart":
        return None
    channel_id = str(message["channel"]["id"])
    return channel_id if to_uuid(channel_id) is None else None


def to_uuid(text: str) -> UUID | None:
    """A leg's or bridge's id; None for an id that Asterisk made."""
    try:
        return UUID(text)
    except ValueError:
        return None
