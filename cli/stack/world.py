"""The simulated outside world: a second Asterisk that is carrier and phones (asterisk_conf/sim/README.md)."""

import time
from dataclasses import dataclass
from pathlib import Path

from cli.stack.ami import Ami
from cli.stack.asterisk_files import (
    TEMPLATES,
    cdr_columns,
    existing_modules,
    prepare_folders,
    write_templates,
)
from cli.stack.asterisk_install import AsteriskInstall
from cli.stack.asterisk_modules import WORLD_MODULES
from cli.stack.asterisk_run import AsteriskProgram
from cli.stack.cdr import CallRecord, read_cdr
from cli.stack.process import Service, Startable
from dialer.errors import RingpoolError

POLL_S = 0.02


class PhoneNotThere(RingpoolError):
    """There is no such simulated phone, or it is in no call."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A simulated agent's phone. `answers_after_s` None: it rings and is never answered."""

    extension: str
    secret: str
    answers_after_s: float | None = 0
    presses: str = ""
    """Keys pressed a second after answering."""
    hangs_up_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """Where the world listens (`bind`:`sip_port`), and the node whose carrier and phones it is."""

    install: AsteriskInstall
    folder: Path
    cache: Path
    sip_port: int
    ami_port: int
    rtp_start: int
    rtp_end: int
    ami_password: str
    node_port: int
    node_host: str = "127.0.0.1"
    bind: str = "127.0.0.1"

    @property
    def trunk_uri(self) -> str:
        """What the node is given as its trunk."""
        return f"sip:{self.bind}:{self.sip_port}"


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call that the world is in. `dialed` is a prospect's number, or an extension of a phone."""

    channel: str
    context: str
    dialed: str
    is_up: bool


class OutsideWorld(Startable):
    """Carrier and phones. `with OutsideWorld(settings, phones) as world` starts and stops it;
    a supervisor calls `prepare()` and runs `service()` instead.
    """

    def __init__(self, settings: WorldSettings, phones: tuple[Phone, ...] = ()) -> None:
        self.settings = settings
        self._phones = {phone.extension: phone for phone in phones}
        etc = settings.folder / "etc"
        self.asterisk = AsteriskProgram(
            "The outside world",
            settings.install,
            etc / "asterisk.conf",
            settings.folder / "log" / "console.log",
        )
        self._ami: Ami | None = None

    def prepare(self) -> None:
        """Render its files."""
        run = prepare_folders(self.settings.folder, self.settings.cache)
        values = {
            "install": self.settings.install,
            "folder": self.settings.folder,
            "etc": self.settings.folder / "etc",
            "run": run,
            "bind": self.settings.bind,
            "sip_port": self.settings.sip_port,
            "ami_port": self.settings.ami_port,
            "ami_password": self.settings.ami_password,
            "rtp_start": self.settings.rtp_start,
            "rtp_end": self.settings.rtp_end,
            "node_host": self.settings.node_host,
            "node_port": self.settings.node_port,
            "phones": list(self._phones.values()),
            "modules": existing_modules(self.settings.install, WORLD_MODULES),
            "cdr_columns": cdr_columns(),
        }
        write_templates(TEMPLATES / "sim", values, self.settings.folder / "etc")

    def service(self) -> Service:
        """How a supervisor runs it."""
        return self.asterisk.service()

    def start(self) -> None:
        """Prepare, start and wait until it is ready. Raises process.ServiceFailed."""
        self.prepare()
        self.asterisk.start()

    def stop(self) -> None:
        """Stop it."""
        self.disconnect()
        self.asterisk.stop()

    def disconnect(self) -> None:
        """Close the steering connection; it is made again when needed."""
        if self._ami is not None:
            self._ami.close()
            self._ami = None

    @property
    def ami(self) -> Ami:
        """The connection that steers it. Not for two threads at once."""
        if self._ami is None:
            self._ami = Ami(self.settings.ami_port, "world", self.settings.ami_password)
        return self._ami

    @property
    def cdr_file(self) -> Path:
        """The world's own account of the calls."""
        return self.settings.folder / "log" / "cdr-custom" / "ringpool.csv"

    def add_phones(self, *phones: Phone) -> None:
        """Switch on more phones, or replace some, while it runs."""
        self._phones |= {phone.extension: phone for phone in phones}
        self.prepare()
        for phone in phones:
            self._configure(phone)
        self.ami.command("module reload res_pjsip.so")
        self.ami.command("module reload res_pjsip_outbound_registration.so")

    def phone(self, extension: str) -> "PhoneControl":
        """The phone, for steering. Raises PhoneNotThere."""
        if extension not in self._phones:
            raise PhoneNotThere(f"No simulated phone has the extension {extension}: add it with add_phones.")
        return PhoneControl(self, extension)

    def call_in(self, number: str, caller: str, talks_s: int = 7200) -> None:
        """Somebody with the number `caller` calls `number` on the node, and hangs up after `talks_s`."""
        self.ami.action(
            "Originate",
            Channel=f"PJSIP/{number}@node",
            Context="callers",
            Exten=str(talks_s),
            Priority="1",
            CallerID=caller,
            Async="true",
        )

    def calls(self, number: str | None = None) -> list[CallRecord]:
        """Calls that the carrier has received and that are over, all or a number's, in order of ending."""
        return [
            record
            for record in read_cdr(self.cdr_file)
            if record.channel.startswith("PJSIP/node-") and record.dst == (number or record.dst)
        ]

    def live_calls(self) -> list[LiveCall]:
        """Calls that the world is in now, its phones' included."""
        found = []
        for line in self.ami.command("core show channels concise").splitlines():
            parts = line.split("!")
            if len(parts) > 4:
                found.append(LiveCall(parts[0], parts[1], parts[2], parts[4] == "Up"))
        return found

    def _configure(self, phone: Phone) -> None:
        answer = "never" if phone.answers_after_s is None else str(phone.answers_after_s)
        self._set(f"ANSWER_{phone.extension}", answer)
        self._set(f"PRESS_{phone.extension}", phone.presses)
        self._set(
            f"TALK_{phone.extension}", "" if phone.hangs_up_after_s is None else str(phone.hangs_up_after_s)
        )

    def _set(self, variable: str, value: str) -> None:
        self.ami.action("Setvar", Variable=variable, Value=value)


class PhoneControl:
    """One simulated phone, in a person's hands."""

    def __init__(self, world: OutsideWorld, extension: str) -> None:
        self._world = world
        self.extension = extension

    @property
    def tone_hz(self) -> int:
        """The pitch that it hums while in a call."""
        return 400 + 2 * int(self.extension[-2:])

    def set_answer_after(self, seconds: float | None) -> None:
        """From the next call on, answer after so many seconds; None: never."""
        self._world._set(f"ANSWER_{self.extension}", "never" if seconds is None else str(seconds))

    def set_presses(self, keys: str) -> None:
        """From the next call on, press these keys a second after answering."""
        self._world._set(f"PRESS_{self.extension}", keys)

    def press(self, keys: str) -> None:
        """Press keys in the call it is in, each for 120 ms. Raises PhoneNotThere where it is in none."""
        channel = self._call().channel
        for key in keys:
            self._world.ami.action("PlayDTMF", Channel=channel, Digit=key, Duration="120")

    def hang_up(self) -> None:
        """Put the receiver down. Raises PhoneNotThere where it is in no call."""
        self._world.ami.action("Hangup", Channel=self._call().channel, Cause="16")

    def decline(self) -> None:
        """Refuse the call that it rings for. Raises PhoneNotThere where it rings for none."""
        self._world.ami.action("Hangup", Channel=self._call().channel, Cause="21")

    def dial(self, number: str) -> None:
        """Call the node, for instance `*11`."""
        self._world.ami.action(
            "Originate",
            Channel=f"PJSIP/{number}@phone{self.extension}",
            Context="talk",
            Exten=self.extension,
            Priority="1",
            CallerID=self.extension,
            Async="true",
        )

    def go_away(self) -> None:
        """Unregister, and stay so."""
        self._world.ami.command(f"pjsip send unregister phone{self.extension}")

    def come_back(self) -> None:
        """Register again."""
        self._world.ami.command(f"pjsip send register phone{self.extension}")

    def is_registered(self) -> bool:
        """Whether the node has accepted its registration."""
        return self._registration() == "Registered"

    def was_rejected(self) -> bool:
        """Whether the node has refused its registration."""
        return self._registration() in ("Rejected", "Stopped")

    def _registration(self) -> str:
        for line in self._world.ami.command("pjsip show registrations").splitlines():
            words = line.split()
            if len(words) > 2 and words[0].startswith(f"phone{self.extension}/"):
                return words[2]
        return ""

    def wait_registered(self, timeout_s: float = 15) -> None:
        """Return when it is registered. Raises PhoneNotThere after the time."""
        deadline = time.monotonic() + timeout_s
        while not self.is_registered():
            if time.monotonic() > deadline:
                raise PhoneNotThere(
                    f"The phone {self.extension} did not register: see that its account was pushed."
                )
            time.sleep(POLL_S)

    def in_call(self) -> bool:
        """Whether it is in an answered call."""
        return any(call.is_up for call in self._calls())

    def rings(self) -> bool:
        """Whether it is called, and nobody has picked up yet."""
        return any(not call.is_up for call in self._calls())

    def _calls(self) -> list[LiveCall]:
        mine = ("phones", "talk")
        return [
            call
            for call in self._world.live_calls()
            if call.context in mine and call.dialed == self.extension
        ]

    def _call(self) -> LiveCall:
        calls = self._calls()
        if not calls:
            raise PhoneNotThere(f"The phone {self.extension} is in no call: wait until it is.")
        return calls[0]
