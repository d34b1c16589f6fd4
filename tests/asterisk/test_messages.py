"""A message to somebody whose bridge goes in the same moment is played: Asterisk by itself may lose it."""

from __future__ import annotations

import asyncio
import random
import uuid

from ari_app.client import Ari
from ari_app.commands import Commands
from ari_app.metrics import Metrics
from cli.stack.world import OutsideWorld
from dialer.calls.commands import CreateBridge, DestroyBridge, Join, Leave, PlayMessage

from .conftest import Node
from .ears import Ears
from .rig import until

ROUNDS = 25


def test_who_is_taken_out_of_a_bridge_that_goes_hears_the_message(
    node: Node, world: OutsideWorld, ears: Ears
) -> None:
    chance = random.Random(5)
    for number in range(ROUNDS):
        leg_id, bridge_id = uuid.uuid4(), uuid.uuid4()
        ears.request(
            "POST",
            f"/channels/{leg_id}",
            endpoint=f"PJSIP/+12125550{number:02}0000@trunk",
            app=ears.app,
            timeout="20",
        )
        until(
            lambda leg=str(leg_id): any(  # type: ignore[misc]
                e["type"] == "StasisStart" and e["channel"]["id"] == leg for e in list(ears.events)
            ),
            "Bo is on the line",
        )
        asyncio.run(_join_and_drop(node, leg_id, bridge_id, chance.uniform(0, 0.02)))
        until(lambda leg=leg_id: ears.played_to(leg), f"Bo hears the message, round {number}", 5)  # type: ignore[misc]
        ears.request("DELETE", f"/channels/{leg_id}")


async def _join_and_drop(node: Node, leg_id: uuid.UUID, bridge_id: uuid.UUID, after_s: float) -> None:
    settings = node.settings
    async with Ari(settings.ari_url, settings.ari_user, settings.ari_password, "ringpool") as ari:
        commands = Commands(ari, Metrics(), "ulaw", "test")
        assert await commands.send([CreateBridge(bridge_id), Join(bridge_id, leg_id)]) == []
        await asyncio.sleep(after_s)  # the race itself
        message = PlayMessage(leg_id, "sound:vm-goodbye")
        assert await commands.send([Leave(bridge_id, leg_id), message, DestroyBridge(bridge_id)]) == []
