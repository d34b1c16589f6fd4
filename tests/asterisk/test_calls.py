"""The first whole: prospects called over SIP, answered ones handed to agents, over the real Asterisk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack.world import OutsideWorld

from .conftest import Node
from .rig import Rig, call_center


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        yield rig


def test_an_answered_prospect_is_handed_to_the_ready_agent(rig: Rig) -> None:
    (bo,) = rig.add_prospects("0002")
    rig.start_dialer()
    rig.start_sessions("Ana")
    rig.until_call(bo, "talking")
    assert rig.agent("Ana") == "on_call"
    call = rig.until_call(bo, "wrap_up")
    assert call["outcome"] == "connected"
    rig.until_agent("Ana", "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "ready")
    rig.nothing_is_left_open()
