"""A real Asterisk node and the simulated outside world, once a session, in temporary folders."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cli.stack import asterisk_install as installing
from cli.stack.asterisk_files import NodeSettings, render
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.asterisk_run import AsteriskProgram
from cli.stack.folders import Folders
from cli.stack.ports import RtpRange, free_ports
from cli.stack.trunk import Trunk
from cli.stack.world import OutsideWorld, Phone, WorldSettings

from .ears import Ears, listening
from .rig import Rig, call_center

T = TypeVar("T")
AGENT_EXTENSIONS = ("1001", "1002", "1003")


@dataclass(frozen=True)
class Node:
    """The Asterisk under test."""

    settings: NodeSettings
    asterisk: AsteriskProgram


@pytest.fixture(scope="session")
def asterisk_install() -> AsteriskInstall:
    """The system's Asterisk, or the one in the cache (fetched where it is missing)."""
    return installing.install(Folders.from_environment())


@pytest.fixture(scope="session")
def ports() -> Iterator[dict[str, int]]:
    """Ports for the node and the world, and media ranges that no other run uses."""
    sip, http, ami, agi, world_sip, world_ami = free_ports(6)
    with RtpRange(500) as node_rtp, RtpRange(500) as world_rtp:
        yield {
            "sip": sip,
            "http": http,
            "ami": ami,
            "agi": agi,
            "world_sip": world_sip,
            "world_ami": world_ami,
            "rtp": node_rtp.start,
            "rtp_end": node_rtp.end,
            "world_rtp": world_rtp.start,
            "world_rtp_end": world_rtp.end,
        }


@pytest.fixture(scope="session")
def node(
    asterisk_install: AsteriskInstall, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Node]:
    """A running node whose trunk is the outside world."""
    folder = tmp_path_factory.mktemp("node")
    settings = NodeSettings(
        install=asterisk_install,
        folder=folder,
        sip_port=ports["sip"],
        http_port=ports["http"],
        ami_port=ports["ami"],
        agi_port=ports["agi"],
        rtp_start=ports["rtp"],
        rtp_end=ports["rtp_end"],
        ari_password="only-for-tests",
        ami_password="only-for-tests",
        trunk=Trunk("127.0.0.1", ports["world_sip"]),
    )
    configuration = render(settings, Folders.from_environment().cache)
    with AsteriskProgram(
        "Asterisk", asterisk_install, configuration, folder / "log" / "console.log"
    ) as asterisk:
        yield Node(settings, asterisk)


@pytest.fixture(scope="session")
def world(
    asterisk_install: AsteriskInstall, ports: dict[str, int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OutsideWorld]:
    """Carrier and the phones of AGENT_EXTENSIONS, whose secrets are `secret-EXTENSION`."""
    settings = WorldSettings(
        install=asterisk_install,
        folder=tmp_path_factory.mktemp("world"),
        cache=Folders.from_environment().cache,
        sip_port=ports["world_sip"],
        ami_port=ports["world_ami"],
        rtp_start=ports["world_rtp"],
        rtp_end=ports["world_rtp_end"],
        ami_password="only-for-tests",
        node_port=ports["sip"],
    )
    phones = tuple(Phone(extension, f"secret-{extension}") for extension in AGENT_EXTENSIONS)
    with OutsideWorld(settings, phones) as running:
        yield running


@pytest.fixture
def stack_folder(tmp_path: Path) -> Path:
    """A folder for one test's own stack."""
    return tmp_path / "stack"


def run(scenario: Coroutine[Any, Any, T], timeout_s: float = 60) -> T:
    """Run a scenario to its end; a scenario that hangs fails."""

    async def limited() -> T:
        async with asyncio.timeout(timeout_s):
            return await scenario

    return asyncio.run(limited())


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    """A call center of this test alone, on the node."""
    with call_center(database_url, node, world, tmp_path) as rig:
        yield rig


@pytest.fixture
def ears(node: Node) -> Iterator[Ears]:
    """What is to be heard on the node's bridges."""
    with listening(node.settings) as ears:
        yield ears
