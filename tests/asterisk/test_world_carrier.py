"""The carrier behaves as the number called says, and both sides' accounts of the calls agree."""

import itertools
from dataclasses import dataclass

import pytest

from cli.stack.cdr import CallRecord, read_cdr
from cli.stack.world import OutsideWorld

from .ari_witness import AriWitness, until
from .conftest import Node, run

_serial = itertools.count(1)


def number(script: str) -> str:
    """A number not called before, with the script in its last digits."""
    return f"4670{next(_serial):05d}{script}"


@dataclass(frozen=True)
class Seen:
    """What ARI told of one call."""

    answered: bool
    cause: int
    dial_status: str
    sip_status: int | None
    digits: str


async def call(ari: AriWitness, script: str, timeout_s: int = 30) -> tuple[str, str, Seen]:
    called = number(script)
    channel_id = await ari.dial(f"PJSIP/{called}@trunk", timeout_s)
    end = await ari.wait_for_type(channel_id, "ChannelDestroyed")
    events = ari.of(channel_id)
    statuses = [event["dialstatus"] for event in events if event["type"] == "Dial"]
    digits = "".join(event["digit"] for event in events if event["type"] == "ChannelDtmfReceived")
    answered = any(event["type"] == "StasisStart" for event in events)
    return channel_id, called, Seen(answered, end["cause"], statuses[-1], end.get("tech_cause"), digits)


async def rows_of(node: Node, channel_id: str) -> list[CallRecord]:
    """The node's rows for a channel, once there is one. A row is written just after the channel's end."""

    def rows() -> list[CallRecord]:
        return [row for row in read_cdr(node.settings.cdr_file) if row.uniqueid == channel_id]

    await until(lambda: bool(rows()))
    return rows()


async def witnessed(world: OutsideWorld, called: str) -> list[CallRecord]:
    await until(lambda: bool(world.calls(called)))
    return world.calls(called)


SCRIPTS = {
    "busy": ("2000", Seen(False, 17, "BUSY", 486, ""), "BUSY"),
    "rings a second, then busy": ("2100", Seen(False, 17, "BUSY", 486, ""), "BUSY"),
    "no such number": ("4000", Seen(False, 1, "NOANSWER", 404, ""), "NO ANSWER"),
    "congested": ("5000", Seen(False, 34, "CONGESTION", 503, ""), "CONGESTION"),
    "declined": ("9000", Seen(False, 21, "NOANSWER", 403, ""), "NO ANSWER"),
    "talks a second": ("0001", Seen(True, 16, "ANSWER", None, ""), "ANSWERED"),
    "hangs up at once": ("6000", Seen(True, 16, "ANSWER", None, ""), "ANSWERED"),
    "presses 5": ("8051", Seen(True, 16, "ANSWER", None, "5"), "ANSWERED"),
    "answering machine": ("7001", Seen(True, 16, "ANSWER", None, ""), "ANSWERED"),
}


@pytest.mark.parametrize("behaviour", SCRIPTS)
def test_the_number_called_decides_what_happens(behaviour: str, node: Node, world: OutsideWorld) -> None:
    script, expected, disposition = SCRIPTS[behaviour]

    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            channel_id, called, seen = await call(ari, script)
        assert seen == expected
        rows = await rows_of(node, channel_id)
        assert [row.disposition for row in rows] == [disposition]
        assert [row.answer is not None for row in await witnessed(world, called)] == [expected.answered]

    run(scenario())


def test_a_call_that_rings_out_ends_at_our_timeout(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            channel_id, called, seen = await call(ari, "3000", timeout_s=1)
        assert not seen.answered
        assert (seen.cause, seen.dial_status) == (19, "RINGING")
        assert [row.disposition for row in await rows_of(node, channel_id)] == ["NO ANSWER"]
        assert [row.answer for row in await witnessed(world, called)] == [None]

    run(scenario())


def test_a_person_who_never_hangs_up_waits_for_us(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            called = number("0000")
            channel_id = await ari.dial(f"PJSIP/{called}@trunk")
            await ari.wait_for_type(channel_id, "StasisStart")
            assert [live.is_up for live in world.live_calls() if live.dialed == called] == [True]
            await ari.request("DELETE", f"/channels/{channel_id}")
            await ari.wait_for_type(channel_id, "ChannelDestroyed")
        assert len(await rows_of(node, channel_id)) == 1
        assert len(await witnessed(world, called)) == 1

    run(scenario())


def test_the_row_tells_the_number_when_the_dialer_sets_it(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            called = number("6000")
            channel_id = await ari.dial(f"PJSIP/{called}@trunk", variables={"CDR(userfield)": called})
            await ari.wait_for_type(channel_id, "ChannelDestroyed")
        assert [row.userfield for row in await rows_of(node, channel_id)] == [called]

    run(scenario())


def test_somebody_calling_in_reaches_the_application(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            world.call_in("46811111111", caller="46701234567", talks_s=1)
            start = await ari.wait_for(lambda event: event["type"] == "StasisStart")
            assert start["args"] == ["inbound", "46811111111", "46701234567"]
            await ari.request("POST", f"/channels/{start['channel']['id']}/answer")
            # Not ChannelDestroyed: the application hears of a channel that it did not originate only
            # while it holds it.
            await ari.wait_for_type(start["channel"]["id"], "StasisEnd")

    run(scenario())
