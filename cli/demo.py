"""`ringpool demo`: a whole call center at work, on a real Asterisk, in a simulated world."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

import click
import orjson

from cli.demo_center import FIRST_EXTENSION, PASSWORD, Center, found_center, phones_of
from cli.demo_hands import Hands
from cli.demo_leads import Visitors
from cli.demo_leads import extensions as lead_extensions
from cli.demo_leads import phones_of as lead_phones_of
from cli.installation import Installation, Plan, find_asterisk
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.cdr import read_cdr
from cli.stack.folders import Folders, holding
from cli.stack.ports import RtpRange, free_port, require_free
from cli.stack.secret_file import secret
from cli.stack.supervisor import Supervisor
from cli.stack.trunk import Trunk
from cli.stack.world import OutsideWorld, WorldSettings
from dialer.clock import now
from dialer.db import Database
from dialer.migrate import new_database
from dialer.store import accounting

DATABASE = "ringpool_demo"
DIALED_AGAIN_WITHIN = timedelta(minutes=5)
RECORDS_WITHIN_S = 10.0
PROGRESS_EVERY_S = 2.0


@click.command("demo")
@click.option("--prospects", type=click.IntRange(1, 4000), default=200, show_default=True)
@click.option("--agents", type=click.IntRange(1, 200), default=10, show_default=True)
@click.option("--until-done", is_flag=True, help="Stop when the whole list is dialed.")
@click.option(
    "--json", "as_json", is_flag=True, help="End with one JSON object on stdout; the rest to stderr."
)
@click.option("--panel-port", envvar="RINGPOOL_PANEL_PORT", type=int, help="8080, or another one if taken.")
@click.option("--seed", type=int, default=1, show_default=True, help="Makes the same people each time.")
def demo_command(
    prospects: int, agents: int, until_done: bool, as_json: bool, panel_port: int | None, seed: int
) -> None:
    """Dial a list of simulated people with simulated agents: real SIP, real sound, real records.

    Every demo begins anew, in a folder of its own in the home folder; what the last one left there
    is removed.
    """

    def say(line: str) -> None:
        click.echo(line, err=as_json)

    if panel_port is not None:
        require_free(panel_port, "--panel-port")
    everything = Folders.from_environment()
    folders = Folders(cache=everything.cache, home=everything.home / "demo")
    started = time.monotonic()
    try:
        with holding(folders.home), _plans(folders, panel_port) as (plan, world_settings):
            installation = Installation(plan, say)
            _begin_anew(folders)
            install = find_asterisk(folders, say)
            world = OutsideWorld(
                world_settings(install), (*phones_of(agents, folders.home), *lead_phones_of(folders.home))
            )
            with Supervisor(say=say) as supervisor:
                installation.start(supervisor, install)
                world.prepare()
                supervisor.start(world.service())
                database = Database(installation.database_url, max_size=3, application_name="ringpool demo")
                try:
                    center = found_center(
                        database, folders.home, installation.uploads, prospects, agents, seed, say
                    )
                    _welcome(plan, say)
                    hands = Hands(
                        database,
                        center.organisation_id,
                        center.agent_ids,
                        center.list_id,
                        seed,
                        rung=center.site.agent_ids,
                    )
                    visitors = Visitors(database, center.site, say, plan.panel_url)
                    _wait_for_phones(world, agents, say)
                    hands.start()
                    visitors.start()
                    _dial(supervisor, database, center, hands, visitors, until_done, say)
                    books = _close(database, installation, world, center, hands)
                    served = visitors.states()
                finally:
                    world.disconnect()
                    database.close()
    except KeyboardInterrupt:
        say("Everything is stopped.")
        sys.exit(130 if until_done else 0)
    report = {**asdict(books), "leads": served, "seconds": round(time.monotonic() - started, 1)}
    if as_json:
        click.echo(orjson.dumps(report).decode())
    else:
        _show(books, served, say)
    if books.unaccounted:
        sys.exit(1)


@contextmanager
def _plans(
    folders: Folders, panel_port: int | None
) -> Iterator[tuple[Plan, Callable[[AsteriskInstall], WorldSettings]]]:
    """Ports that nobody else uses, for the center and for the world around it."""
    taken: list[int] = []
    server = os.environ.get("DATABASE_URL", "")

    def port(preferred: int | None = None) -> int:
        taken.append(free_port(preferred, taken=taken))
        return taken[-1]

    with RtpRange(2000) as near, RtpRange(2000) as far:
        world_sip, world_ami = port(), port()
        plan = Plan(
            folders=folders,
            panel_host="127.0.0.1",
            panel_port=panel_port or port(8080),
            sip_bind="127.0.0.1",
            sip_port=port(),
            http_port=port(),
            ami_port=port(),
            agi_port=port(),
            metrics_port=port(),
            # A server of one's own gets a database for the demo alone, made anew each time.
            database_url=new_database(server, DATABASE) if server else "",
            rtp_start=near.start,
            rtp_end=near.end,
            trunk=Trunk("127.0.0.1", world_sip),
        )

        def world(install: AsteriskInstall) -> WorldSettings:
            return WorldSettings(
                install=install,
                folder=folders.world,
                cache=folders.cache,
                sip_port=world_sip,
                ami_port=world_ami,
                rtp_start=far.start,
                rtp_end=far.end,
                ami_password=secret(folders.home, "world"),
                node_port=plan.sip_port,
            )

        yield plan, world


def _begin_anew(folders: Folders) -> None:
    for folder in (folders.postgres, folders.node, folders.world, folders.logs, folders.home / "uploads"):
        shutil.rmtree(folder, ignore_errors=True)


def _welcome(plan: Plan, say: Callable[[str], None]) -> None:
    say(f"\nThe panel: {plan.panel_url}")
    say(f"  admin    ada@demo.example   password {PASSWORD}")
    say(f"  manager  max@demo.example   password {PASSWORD}")
    say(f"  agent    you@demo.example   password {PASSWORD}   (a simulated phone answers for you)\n")


def _wait_for_phones(world: OutsideWorld, agents: int, say: Callable[[str], None]) -> None:
    for extension in [str(FIRST_EXTENSION + n) for n in range(agents)] + lead_extensions():
        world.phone(extension).wait_registered(30)
    say(f"{agents + len(lead_extensions())} phones are registered.")


def _dial(
    supervisor: Supervisor,
    database: Database,
    center: Center,
    hands: Hands,
    visitors: Visitors,
    until_done: bool,
    say: Callable[[str], None],
) -> None:
    """Show how it goes, until the list is dialed or somebody presses Ctrl-C."""
    said_at = 0.0
    all_dialed = False

    def look() -> bool:
        nonlocal said_at, all_dialed
        if time.monotonic() - said_at < PROGRESS_EVERY_S:
            return False
        said_at = time.monotonic()
        seen = accounting.progress(
            database, center.organisation_id, center.list_id, now() + DIALED_AGAIN_WITHIN
        )
        if not all_dialed:
            say(
                f"{seen.attempts} calls, {seen.connected} connected, {seen.talking} talking, "
                f"{seen.soon} of {center.prospects} prospects to dial"
            )
        done = seen.soon == 0 and seen.busy == 0 and visitors.are_served() and hands.owe_nothing()
        if done and not all_dialed:
            all_dialed = True
            say("The whole list is dialed." + ("" if until_done else " Ctrl-C stops everything."))
        return done and until_done

    try:
        supervisor.watch(until=look)
    finally:
        visitors.stop()
    hands.stop()


def _close(
    database: Database, installation: Installation, world: OutsideWorld, center: Center, hands: Hands
) -> accounting.Books:
    """Send everybody home and compare our records with Asterisk's, once it has written them."""
    hands.go_home()
    assert installation.node is not None
    cdr_file = installation.node.cdr_file
    deadline = time.monotonic() + RECORDS_WITHIN_S
    while True:
        called = {
            UUID(record.uniqueid)
            for record in read_cdr(cdr_file)
            if record.channel.startswith("PJSIP/trunk-")
        }
        books = accounting.close_books(database, called)
        if not books.unaccounted or time.monotonic() > deadline:
            return books
        time.sleep(0.1)


def _show(books: accounting.Books, served: dict[str, int], say: Callable[[str], None]) -> None:
    say(
        f"\n{books.attempts} calls, {books.answered} answered, {books.connected} connected, "
        f"{books.dropped} dropped, {books.unaccounted} unaccounted."
    )
    say(f"{served['posted']} leads came in, {served.get('taken', 0)} taken.")
    for name, count in books.by_outcome.items():
        say(f"  {count:5} {name}")
    if books.connect_ms["p50"] is not None:
        say(f"Answered to connected: median {books.connect_ms['p50']} ms, p99 {books.connect_ms['p99']} ms.")
