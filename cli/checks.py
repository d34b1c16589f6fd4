"""What `ringpool doctor` looks at (TEL-3). Each check gives findings and never raises."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ari_app.client import Ari, AriError, AriNotFound
from cli.stack.ami import Ami
from cli.stack.prompt_files import unreadable
from dialer.clock import now
from dialer.errors import RingpoolError
from dialer.migrate import pending
from dialer.settings import Settings
from dialer.sip_address import Reach, sip_address
from dialer.store import health

CLOCK_S = 2.0
FREE_BYTES = 2 * 1024**3
HEARTBEAT_S = 30
CONNECT_S = 3.0
SOUNDS = ("agent-pass", "agent-loginok", "im-sorry", "vm-goodbye")
"""One of each kind that the keypad scripts and the message for abandoned calls use."""


class State(Enum):
    """Of what was looked at."""

    OK = "ok"
    WRONG = "wrong"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's: what was looked at, how it is, and what to do if it is wrong."""

    name: str
    state: State
    says: str
    next_step: str = ""


def ok(name: str, says: str) -> Finding:
    """All is well."""
    return Finding(name, State.OK, says)


def wrong(name: str, says: str, next_step: str) -> Finding:
    """Something must be done."""
    return Finding(name, State.WRONG, says, next_step)


def skipped(name: str, why: str) -> Finding:
    """It could not be looked at, and that is no fault of its own."""
    return Finding(name, State.SKIPPED, why)


def examine(settings: Settings, home: Path) -> Iterator[Finding]:
    """Look at everything, in the order in which faults follow from one another."""
    yield from database(settings)
    yield from asyncio.run(_collected(ari(settings)))
    yield ami(settings)
    yield agi(settings)
    yield phones(settings)
    yield prompts(settings)
    yield from disk(settings, home)


def database(settings: Settings) -> Iterator[Finding]:
    """Reachable, up to date, its clock, and whether this node's dialer lives."""
    before = now()
    try:
        standing = health.standing(settings.database_url)
    except RingpoolError as error:
        yield wrong("database", f"It does not answer: {error}.", "Start it, or correct DATABASE_URL.")
        for name in ("migrations", "clock", "dialer"):
            yield skipped(name, "Not looked at without the database.")
        return
    after = now()
    yield ok("database", f"PostgreSQL {standing.version} answers.")
    try:
        missing = pending(settings.database_url)
    except RingpoolError as error:
        missing = [str(error)]
    if missing:
        yield wrong("migrations", f"Missing: {', '.join(missing)}.", "Run 'ringpool db migrate'.")
    else:
        yield ok("migrations", "The schema is the present one.")
    # It was read somewhere between the two.
    apart_s = (standing.clock - before - (after - before) / 2).total_seconds()
    if abs(apart_s) > CLOCK_S:
        yield wrong(
            "clock",
            f"The database's clock is {apart_s:+.1f} s from this machine's.",
            "Run a time service (chrony, systemd-timesyncd) on both.",
        )
    else:
        yield ok("clock", f"The database's clock and this one agree to {abs(apart_s):.1f} s.")
    yield skipped("dialer", "Not looked at before the migrations.") if missing else _dialer(settings)


def _dialer(settings: Settings) -> Finding:
    heard = health.heartbeat(settings.database_url, settings.node)
    if heard is None or heard.silent_s > HEARTBEAT_S:
        when = "was never heard of" if heard is None else f"was last heard of {heard.silent_s:.0f} s ago"
        return wrong("dialer", f"The dialer of node {settings.node} {when}.", "Run 'ringpool dialer'.")
    if not heard.asterisk_up:
        return wrong("dialer", "The dialer runs without its Asterisk.", "See the line about ARI below.")
    return ok("dialer", f"The dialer of node {settings.node} is at work.")


async def ari(settings: Settings) -> AsyncIterator[Finding]:
    """Asterisk over ARI, the trunk's endpoint, the sounds."""
    try:
        async with Ari(
            settings.ari_url, settings.ari_user, settings.ari_password, settings.ari_app
        ) as asterisk:
            info = await asterisk.asterisk.info()
            yield ok("ari", f"Asterisk {info.get('system', {}).get('version', '')} answers.")
            yield await _trunk(asterisk, settings.trunk)
            yield await _sounds(asterisk)
    except RingpoolError as error:
        refused = isinstance(error, AriError) and error.status in (401, 403)
        yield wrong(
            "ari",
            "Asterisk refuses the user or password." if refused else f"{settings.ari_url} does not answer.",
            "Let RINGPOOL_ARI_USER and RINGPOOL_ARI_PASSWORD be those in ari.conf."
            if refused
            else "Start Asterisk, load res_ari and http.conf, or correct RINGPOOL_ARI_URL.",
        )
        for name in ("trunk", "sounds"):
            yield skipped(name, "Not looked at without ARI.")


async def _trunk(asterisk: Ari, trunk: str) -> Finding:
    try:
        found = await asterisk.request("GET", f"/endpoints/PJSIP/{trunk}")
    except AriNotFound:
        return wrong(
            "trunk",
            f"Asterisk has no PJSIP endpoint {trunk}.",
            "Give 'ringpool up --trunk sip:HOST:PORT', or name your endpoint in RINGPOOL_TRUNK_ENDPOINT.",
        )
    state = str(found.get("state", "unknown"))
    if state == "offline":
        return wrong(
            "trunk",
            f"The carrier behind endpoint {trunk} cannot be reached.",
            "See the trunk's address and the firewall; Asterisk's 'pjsip show endpoint' tells more.",
        )
    return ok("trunk", f"Endpoint {trunk} is there, state {state}.")


async def _sounds(asterisk: Ari) -> Finding:
    missing = []
    for name in SOUNDS:
        try:
            await asterisk.request("GET", f"/sounds/{name}")
        except AriNotFound:
            missing.append(name)
    if missing:
        return wrong(
            "sounds", f"Asterisk lacks {', '.join(missing)}.", "Install the package asterisk-core-sounds-en."
        )
    return ok("sounds", "Asterisk has the sounds that Ringpool plays.")


def ami(settings: Settings) -> Finding:
    """Asterisk's manager interface, where one is set up."""
    if not settings.ami_password:
        return skipped("ami", "Not set up: RINGPOOL_AMI_PASSWORD is empty.")
    try:
        with Ami(settings.ami_port, settings.ami_user, settings.ami_password, settings.ami_host) as manager:
            manager.action("Ping")
    except (RingpoolError, OSError) as error:
        return wrong("ami", str(error), "Let RINGPOOL_AMI_* be what manager.conf says, and reload it.")
    return ok("ami", "The manager interface answers.")


def agi(settings: Settings) -> Finding:
    """The server of the keypad scripts."""
    try:
        socket.create_connection((settings.agi_host, settings.agi_port), timeout=CONNECT_S).close()
    except OSError as error:
        return wrong(
            "agi",
            f"Nothing answers at {settings.agi_host}:{settings.agi_port}: {error.strerror or error}.",
            "Run 'ringpool agi', or correct RINGPOOL_AGI_HOST and RINGPOOL_AGI_PORT.",
        )
    return ok("agi", f"The keypad scripts are served at {settings.agi_host}:{settings.agi_port}.")


def phones(settings: Settings) -> Finding:
    """The address that agents are told for their phones."""
    name = "phones"
    if not settings.sip_address:
        return skipped(name, "RINGPOOL_SIP_ADDRESS is empty: agents are not told where phones register.")
    address = sip_address(settings.sip_address)
    says = f"Agents are told that phones register at {address}"
    step = "Give the address that phones see in RINGPOOL_SIP_ADDRESS, such as sip.example.com:5060."
    alone = settings.panel_host in ("127.0.0.1", "localhost", "::1") and not settings.panel_proxies
    match address.reach:
        case Reach.NOWHERE:
            return wrong(name, f"{says}, which is an address to listen at: none finds it.", step)
        case Reach.THIS_MACHINE if alone:
            return ok(name, f"{says}, as the panel is reached on this machine alone.")
        case Reach.THIS_MACHINE:
            return wrong(name, f"{says}, where only phones on this machine find it.", step)
    return ok(name, f"{says}.")


def prompts(settings: Settings) -> Finding:
    """The spoken prompts, as far as they can be seen from here."""
    name, folder = "prompts", settings.prompts
    if folder is None:
        return wrong(
            name,
            "RINGPOOL_PROMPTS is empty: calls play what Asterisk has, which says less.",
            "Run 'ringpool prompts build FOLDER' where Asterisk can read it, and give the folder to dialer and panel.",
        )
    missing = unreadable(folder)
    if missing:
        return wrong(
            name,
            f"Missing or not to be read in {folder}: {', '.join(missing)}.",
            f"Run 'ringpool prompts build {folder}' as somebody who may write there.",
        )
    if not os.access(folder, os.W_OK):
        return wrong(
            name,
            f"Organisations' own prompts cannot be written to {folder}.",
            "Let the user of the dialer write there, and Asterisk's read.",
        )
    return ok(name, f"Every prompt is in {folder}.")


def disk(settings: Settings, home: Path) -> Iterator[Finding]:
    """Room for recordings and for what else is written here."""
    folders = {"disk": home}
    if settings.recordings is None:
        yield skipped("recordings", "Not looked at: RINGPOOL_RECORDINGS names no folder on this machine.")
    else:
        folders["recordings"] = settings.recordings
    for name, folder in folders.items():
        there = folder
        while not there.exists():
            there = there.parent
        if name == "recordings" and there != folder:
            yield wrong(name, f"There is no folder {folder}.", "Correct RINGPOOL_RECORDINGS.")
            continue
        free = shutil.disk_usage(there).free
        says = f"{free / 1024**3:.1f} GiB free for {folder}."
        yield ok(name, says) if free >= FREE_BYTES else wrong(name, says, "Make room, or move the folder.")


async def _collected(findings: AsyncIterator[Finding]) -> list[Finding]:
    return [finding async for finding in findings]
