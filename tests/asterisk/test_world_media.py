"""What is said is heard: everybody hums at a pitch of their own, and recordings are checked by spectrum."""

import asyncio
import socket
from pathlib import Path

from asterisk_conf.accounts import phone_account
from cli.stack.world import OutsideWorld, Phone

from .ari_witness import AriWitness
from .conftest import Node, run
from .spectrum import tone_levels
from .test_world_phones import sign_on


async def recorded(ari: AriWitness, node: Node, bridge: str, name: str, seconds: int) -> Path:
    """Record a bridge for some seconds; the file."""
    body = {"name": name, "format": "wav", "maxDurationSeconds": seconds, "ifExists": "overwrite"}
    status, answer = await ari.request("POST", f"/bridges/{bridge}/record", body)
    assert status == 201, answer
    await ari.wait_for(
        lambda event: event["type"] == "RecordingFinished" and event["recording"]["name"] == name
    )
    return node.settings.recordings / f"{name}.wav"


async def make_bridge(ari: AriWitness, *channels: str) -> str:
    _, bridge = await ari.request("POST", "/bridges", {"type": "mixing"})
    status, answer = await ari.request(
        "POST", f"/bridges/{bridge['id']}/addChannel", {"channel": list(channels)}
    )
    assert status == 204, answer
    found: str = bridge["id"]
    return found


def test_a_recorded_call_holds_both_voices(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1002")
            # Digits 23 before the script: this prospect hums at 1000 + 10 * 23 Hz.
            legs = [await ari.dial("PJSIP/1002"), await ari.dial("PJSIP/46701230000@trunk")]
            for leg in legs:
                await ari.wait_for_type(leg, "StasisStart")
            bridge = await make_bridge(ari, *legs)
            file = await recorded(ari, node, bridge, "both-voices", 2)
            for leg in legs:
                await ari.request("DELETE", f"/channels/{leg}")
            await ari.request("DELETE", f"/bridges/{bridge}")
        agent, prospect = world.phone("1002").tone_hz, 1230
        levels = tone_levels(file, agent, prospect, 440, 1000)

        assert min(levels[agent], levels[prospect]) > 0.2
        assert max(levels[440], levels[1000]) < 0.01

    run(scenario())


def test_a_machine_greets_and_beeps(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            machine = await ari.dial("PJSIP/46701237001@trunk")
            await ari.wait_for_type(machine, "StasisStart")
            bridge = await make_bridge(ari, machine)
            file = await recorded(ari, node, bridge, "machine", 5)
            await ari.request("DELETE", f"/channels/{machine}")
            await ari.request("DELETE", f"/bridges/{bridge}")
        levels = tone_levels(file, 750, 2400)
        assert levels[750] > 0.5
        assert 0.02 < levels[2400] < levels[750]

    run(scenario())


def test_a_waiting_agent_hears_the_chord(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            await sign_on(ari, world, "1001")
            leg = await ari.dial("PJSIP/1001")
            await ari.wait_for_type(leg, "StasisStart")
            bridge = await make_bridge(ari, leg)
            status, _ = await ari.request("POST", f"/bridges/{bridge}/moh", {"mohClass": "ringpool-waiting"})
            assert status == 204
            file = await recorded(ari, node, bridge, "waiting", 3)
            await ari.request("DELETE", f"/channels/{leg}")
            await ari.request("DELETE", f"/bridges/{bridge}")
        # Faint beside the agent's own humming, and clear beside a pitch that nobody makes.
        levels = tone_levels(file, 220, 294, 370, 740, 800)
        assert min(levels[220], levels[294], levels[370], levels[740]) > 20 * levels[800]

    run(scenario())


def test_a_beep_is_played(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            leg = await ari.dial("PJSIP/46701230000@trunk")
            await ari.wait_for_type(leg, "StasisStart")
            await ari.request(
                "POST", f"/channels/{leg}/play", {"media": ["sound:beep", "tone:ring;tonezone=us"]}
            )
            done = await ari.wait_for(lambda event: event["type"] == "PlaybackContinuing")
            assert done["playback"]["media_uri"] == "sound:beep"
            await ari.request("DELETE", f"/channels/{leg}")
            await ari.wait_for_type(leg, "ChannelDestroyed")

    run(scenario())


def test_a_phone_switched_on_later_registers(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        async with AriWitness(node.settings) as ari:
            world.add_phones(Phone("1077", "secret-1077", presses="1"))
            await sign_on(ari, world, "1077")
            leg = await ari.dial("PJSIP/1077")
            assert (await ari.wait_for_type(leg, "ChannelDtmfReceived"))["digit"] == "1"
            await ari.request("DELETE", f"/channels/{leg}")

    run(scenario())


def test_a_phone_logs_in_through_the_agi_server(node: Node, world: OutsideWorld) -> None:
    async def scenario() -> None:
        asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            request = (await reader.readuntil(b"\n\n")).decode()
            writer.close()
            asked.set_result(request)

        server = await asyncio.start_server(
            answer, "127.0.0.1", node.settings.agi_port, family=socket.AF_INET
        )
        async with server, AriWitness(node.settings) as ari:
            await ari.push(*phone_account("1001", "secret-1001", "Ana"))
            await asyncio.to_thread(world.phone("1001").wait_registered)
            world.phone("1001").dial("*11")
            request = await asked
        assert "agi_network_script: login\n" in request
        assert "agi_arg_1: 1001\n" in request
        assert "agi_callerid: 1001\n" in request

    run(scenario())
