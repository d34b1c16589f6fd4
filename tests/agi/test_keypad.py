"""The keypad scripts, spoken to as Asterisk does it, and peers that are no Asterisk (TEL-2)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agi_scripts import replies, server
from agi_scripts.replies import HungUp, Phone
from dialer.db import Database
from dialer.store import lists, organisations, people, phone_login

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
PIN = "4711"


@dataclass(frozen=True)
class Office:
    """Ana at extension 1001, with one list."""

    db: Database
    ana_id: int
    list_id: int

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.db.transaction() as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def office(db: Database) -> Office:
    acme = organisations.create_organisation(db, "Acme", NOW)
    password = "only-for-tests"
    max_ = people.create_user(
        db, acme.id, NOW, name="Max", email="max@example.com", password=password, role="manager"
    )
    ana = people.create_user(
        db, acme.id, NOW, name="Ana", email="ana@example.com", password=password, extension="1001", pin=PIN
    )
    list_id = lists.create_list(db, max_.id, lists.ListSettings(name="Spring"), NOW, user_ids=[ana.id])
    with db.transaction() as connection:
        connection.execute("INSERT INTO node (name, heartbeat_at, asterisk_up) VALUES ('main', now(), true)")
    return Office(db, ana.id, list_id)


class Line:
    """Asterisk's end of a call: says which script, then answers its commands."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.heard: list[str] = []

    def say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\n" for line in lines).encode())

    def call(self, script: str, extension: str = "1001") -> None:
        self.say("agi_network: yes", f"agi_network_script: {script}", f"agi_arg_1: {extension}", "")

    async def talk(self, *keys: str) -> list[str]:
        """Answer commands until the server hangs up, with these digits one after another; what it said."""
        waiting = list(keys)
        while command := (await self._reader.readline()).decode().strip():
            self.heard.append(command)
            if command.startswith("GET DATA"):
                self.say(f"200 result={waiting.pop(0)}" if waiting else "200 result= (timeout)")
            else:
                self.say("200 result=0")
        return self.heard

    async def wait_for(self, command: str) -> None:
        """Answer nothing from this command on."""
        while not (heard := (await self._reader.readline()).decode().strip()).startswith(command):
            assert heard
            self.say("200 result=0")

    async def is_closed(self) -> bool:
        return await self._reader.read() == b""

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def serving(db: Database, **scripts: Any) -> AsyncIterator[Callable[[], Awaitable[Line]]]:
    application = server.GuardedApplication(db, scripts or server.SCRIPTS)
    listening = await asyncio.start_server(application.handler, "127.0.0.1", 0, limit=server.MAX_HEADERS)
    port = listening.sockets[0].getsockname()[1]

    async def connect() -> Line:
        return Line(*await asyncio.open_connection("127.0.0.1", port))

    async with asyncio.timeout(30):
        yield connect
    listening.close()


def call(db: Database, script: str, *keys: str, extension: str = "1001") -> list[str]:
    """Make one call and return the commands it heard."""

    async def scenario() -> list[str]:
        async with serving(db) as connect:
            line = await connect()
            line.call(script, extension)
            return await line.talk(*keys)

    return asyncio.run(scenario())


def test_extension_and_pin_start_a_session_and_free_the_line(office: Office) -> None:
    heard = call(office.db, "login", PIN)
    assert [command.split()[0] for command in heard] == ["ANSWER", "GET", "STREAM", "HANGUP"]
    assert "agent-loginok" in heard[2]
    assert office.rows("SELECT user_id, list_id FROM session WHERE ended_at IS NULL") == [
        {"user_id": office.ana_id, "list_id": office.list_id}
    ]


def test_a_phone_that_does_not_say_its_extension_is_asked_for_it(office: Office) -> None:
    heard = call(office.db, "login", "1001", PIN, extension="trunk")
    assert "agent-user" in heard[1] and "agent-loginok" in heard[3]


def test_logging_out_ends_the_session(office: Office) -> None:
    call(office.db, "login", PIN)
    assert "agent-loggedoff" in call(office.db, "logout", PIN)[2]
    assert office.rows("SELECT FROM session WHERE ended_at IS NULL") == []


def test_logging_in_twice_is_the_same_as_once(office: Office) -> None:
    call(office.db, "login", PIN)
    assert "agent-loginok" in call(office.db, "login", PIN)[2]
    assert len(office.rows("SELECT FROM session")) == 1


def test_three_wrong_pins_end_the_call_and_lock_the_extension(office: Office) -> None:
    heard = call(office.db, "login", "1", "22", "333")
    assert [c for c in heard if c.startswith("GET")] == [
        "GET DATA agent-pass 6000 12",
        "GET DATA auth-incorrect 6000 12",
        "GET DATA auth-incorrect 6000 12",
    ]
    assert heard[-1] == "HANGUP"
    assert "agent-loginok" not in " ".join(call(office.db, "login", PIN)), "locked, though the PIN is right"
    assert office.rows("SELECT FROM session") == []


def test_without_a_list_the_caller_hears_so(office: Office) -> None:
    with office.db.transaction() as connection:
        connection.execute("DELETE FROM list_assignment")
    assert "im-sorry" in " ".join(call(office.db, "login", PIN))


def test_a_caller_who_hangs_up_at_the_pin_leaves_nothing_behind(office: Office) -> None:
    async def scenario() -> None:
        async with serving(office.db) as connect:
            for goodbye in ("HANGUP", "200 result=-1", "511 Command Not Permitted on a dead channel", None):
                line = await connect()
                line.call("login")
                await line.wait_for("GET DATA")
                if goodbye is None:
                    line.close()
                else:
                    line.say(goodbye)
                    assert await line.is_closed()

    asyncio.run(scenario())
    assert office.rows("SELECT FROM session") == []


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n\n\n",
        b"agi_network_script: nothing\n\n",
        b"\xff\xfe\xfd\n\n",
        b"x" * 40_000,
    ],
)
def test_a_peer_that_is_no_asterisk_holds_nobody_up(office: Office, rubbish: bytes) -> None:
    async def scenario() -> list[str]:
        async with serving(office.db) as connect:
            for _ in range(20):
                bad = await connect()
                bad._writer.write(rubbish)
                if rubbish:
                    bad._writer.write_eof()
                else:
                    bad.close()
            line = await connect()
            line.call("login")
            return await line.talk(PIN)

    assert "agent-loginok" in " ".join(asyncio.run(scenario()))


def test_headers_that_never_end_are_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADERS_WITHIN_S", 0.05)

    async def scenario() -> None:
        async with serving(office.db) as connect:
            slow = await connect()
            slow.say("agi_network: yes")
            assert await slow.is_closed()

    asyncio.run(scenario())


def test_a_phone_that_never_replies_is_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "REPLY_WITHIN_S", 0.05)

    async def scenario() -> None:
        async with serving(office.db) as connect:
            line = await connect()
            line.call("login")
            await line.wait_for("ANSWER")
            assert await line.is_closed()

    asyncio.run(scenario())


def test_calls_at_once_are_bounded(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_CALLS", 2)

    async def scenario() -> None:
        async with serving(office.db) as connect:
            for line in (first := await connect(), await connect()):
                line.call("login")
                await line.wait_for("GET DATA")
            third = await connect()
            assert await third.is_closed()
            first.say("HANGUP")
            assert await first.is_closed()
            fourth = await connect()
            fourth.call("login")
            await fourth.wait_for("ANSWER")

    asyncio.run(scenario())


def test_a_script_with_a_defect_ends_its_own_call_only(office: Office) -> None:
    async def broken(phone: Phone, db: Database) -> None:
        raise KeyError("defect")

    async def scenario() -> None:
        async with serving(office.db, broken=broken) as connect:
            for _ in range(2):
                line = await connect()
                line.call("broken")
                assert await line.is_closed()

    asyncio.run(scenario())


def test_digits_are_all_that_goes_into_a_command(office: Office) -> None:
    async def reader(phone: Phone, db: Database) -> None:
        with suppress(HungUp):
            await phone.say_digits(await phone.ask("agent-user", max_digits=4) + '" \n HANGUP')

    async def scenario() -> list[str]:
        async with serving(office.db, reader=reader) as connect:
            line = await connect()
            line.call("reader")
            return await line.talk('12"34')

    assert asyncio.run(scenario())[-1] == 'SAY DIGITS 1234 ""'


def test_each_guess_from_the_third_on_locks_for_twice_as_long(office: Office) -> None:
    at = NOW
    waits = []
    for _ in range(9):
        with pytest.raises(phone_login.WrongPin):
            phone_login.user_by_pin(office.db, "1001", "0000", at)
        (row,) = office.rows("SELECT pin_locked_until FROM app_user WHERE extension = '1001'")
        waits.append((row["pin_locked_until"] - at) // timedelta(minutes=1) if row["pin_locked_until"] else 0)
        if row["pin_locked_until"]:
            with pytest.raises(phone_login.TooManyGuesses):
                phone_login.user_by_pin(
                    office.db, "1001", PIN, row["pin_locked_until"] - timedelta(seconds=1)
                )
            at = row["pin_locked_until"]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60]
    assert phone_login.user_by_pin(office.db, "1001", PIN, at) == office.ana_id
    with pytest.raises(phone_login.WrongPin):
        phone_login.user_by_pin(office.db, "1001", "0000", at)
    assert phone_login.user_by_pin(office.db, "1001", PIN, at) == office.ana_id, "counted from one again"


def test_nobody_gets_in_by_an_unknown_extension_or_without_a_pin(office: Office) -> None:
    with office.db.transaction() as connection:
        connection.execute("UPDATE app_user SET pin_hash = NULL")
    for extension in ("1001", "9999", ""):
        with pytest.raises(phone_login.WrongPin):
            phone_login.user_by_pin(office.db, extension, PIN, NOW)
