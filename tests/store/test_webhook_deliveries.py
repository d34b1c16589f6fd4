"""Telling other programs, with a real little web server on this machine."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import lead_hands as hands
import pytest
from panel_floor import Floor, now
from structlog.testing import capture_logs

from cli import couriers
from cli.couriers import AT_ONCE, Couriers, deliver
from cli.webhook_post import post
from dialer import live
from dialer.db import Database
from dialer.errors import Forbidden
from dialer.store import lead_pages, lead_places, leads, webhooks
from dialer.store.people import Role, User
from dialer.webhooks import NOT_REACHED, PRIVATE, signature


class Ears:
    """A web server that keeps what it is told and answers as the test says."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.arrived, self.may_answer = threading.Semaphore(0), threading.Event()
        self.may_answer.set()
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()
        ears = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with ears._lock:
                    ears.at_once += 1
                    ears.most_at_once = max(ears.most_at_once, ears.at_once)
                    ears.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                    status = ears.answers.pop(0) if ears.answers else 204
                ears.arrived.release()
                ears.may_answer.wait(30)
                with ears._lock:
                    ears.at_once -= 1
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{ears.url}elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.arrived.acquire(timeout=60), "nothing was sent"


@pytest.fixture
def ears() -> Iterator[Ears]:
    made = Ears()
    yield made
    made.may_answer.set()
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def campaign(floor: Floor) -> int:
    return hands.campaign(floor)


@pytest.fixture
def told(floor: Floor, ada: User, ears: Ears) -> tuple[int, str]:
    """The server is told of everything: id and secret."""
    return webhooks.add(
        floor.tenant,
        ada.id,
        floor.organisation.id,
        ears.url + "hook",
        ["lead.taken", "lead.exception"],
        now(),
    )


@pytest.fixture
def exception(floor: Floor, campaign: int) -> Callable[[], int]:
    """Nobody takes a lead; its id."""

    def make() -> int:
        lead_id = hands.lead(floor, campaign).lead_id
        hands.make_exception(floor, lead_id)
        return lead_id

    return make


def work(db: Database) -> list[bool]:
    """Deliver what is due; which of it was taken."""
    outcomes = []
    while (sent := webhooks.claim(db)) is not None:
        outcomes.append(deliver(db, sent, private=True))
    return outcomes


def come_due(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute("UPDATE webhook_delivery SET due_at = now() WHERE state = 'waiting'")


def only(floor: Floor, webhook_id: int) -> webhooks.Delivery:
    (delivery,) = webhooks.deliveries(floor.tenant, floor.organisation.id, webhook_id)
    return delivery


def test_a_lead_that_nobody_took_and_one_that_is_taken_are_told_signed(
    floor: Floor,
    ears: Ears,
    told: tuple[int, str],
    exception: Callable[[], int],
    max_: User,
    ana: User,
    db: Database,
) -> None:
    lead_id = exception()
    assert work(db) == [True]
    application = leads.assign(floor.tenant, max_.id, floor.organisation.id, lead_id, ana.id, now())
    assert work(db) == [True]
    (first, body), (second, taken) = ears.heard
    for headers, said in ears.heard:
        proof = signature(told[1], headers["webhook-id"], headers["webhook-timestamp"], said)
        assert headers["webhook-signature"] == proof
        assert headers["content-type"] == "application/json"
    assert first["webhook-id"] != second["webhook-id"]
    assert json.loads(body)["type"] == "lead.exception"
    assert json.loads(body)["data"] | {"prospect_id": 0, "campaign_id": 0} == {
        "lead_id": lead_id, "prospect_id": 0, "campaign_id": 0, "source": "Website", "state": "exception",
        "reason": "nobody_took", "application_id": None, "agent": None,
    }  # fmt: skip
    assert json.loads(taken)["data"]["application_id"] == application
    assert json.loads(taken)["data"]["agent"] == {"id": ana.id, "name": "Ana"}


def test_what_is_rolled_back_is_not_told(
    floor: Floor, told: tuple[int, str], campaign: int, db: Database
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    with floor.db.transaction() as connection:
        lead_places.make_exception(connection, floor.organisation.id, lead_id, "lost", now())
        connection.rollback()
    assert webhooks.claim(db) is None
    assert webhooks.deliveries(floor.tenant, floor.organisation.id, told[0]) == []


def test_a_lead_that_is_withdrawn_while_it_rings_is_no_exception(
    floor: Floor, told: tuple[int, str], campaign: int, max_: User, db: Database
) -> None:
    lead_id = hands.lead(floor, campaign).lead_id
    with floor.db.transaction() as connection:
        lead_places.begin_ringing(connection, floor.organisation.id, lead_id, now())
    leads.withdraw(floor.tenant, max_.id, floor.organisation.id, lead_id, now())
    hands.make_exception(floor, lead_id)
    assert lead_pages.lead(floor.tenant, floor.organisation.id, lead_id).state == "withdrawn"
    assert webhooks.deliveries(floor.tenant, floor.organisation.id, told[0]) == []


def test_after_a_500_and_a_restart_the_same_message_is_sent_again(
    floor: Floor, ears: Ears, told: tuple[int, str], exception: Callable[[], int], db: Database
) -> None:
    ears.answers = [500]
    exception()
    couriers = Couriers(db, private=True)
    couriers.start()
    ears.wait()
    couriers.stop()
    until(lambda: only(floor, told[0]).tries == 1)
    failed = only(floor, told[0])
    assert (failed.state, failed.error) == ("waiting", "It answered 500.")
    come_due(db)
    again = Couriers(db, private=True)
    again.start()
    ears.wait()
    until(lambda: only(floor, told[0]).state == "delivered")
    again.stop()
    first, second = ears.heard
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[1] == second[1]


def test_a_message_whose_sender_died_on_the_way_is_sent_again(
    ears: Ears, told: tuple[int, str], exception: Callable[[], int], db: Database, floor: Floor
) -> None:
    exception()
    lost = webhooks.claim(db)
    assert lost is not None
    assert webhooks.claim(db) is None, "its address is busy"
    with db.transaction() as connection:
        connection.execute("UPDATE webhook SET busy_until = now() - interval '1 s'")
    assert work(db) == [True]
    webhooks.settle(db, lost, None, now())
    assert only(floor, told[0]).tries == 1, "who comes back late settles nothing"


def test_one_message_at_a_time_is_on_its_way_to_an_address_and_others_do_not_wait(
    floor: Floor, ears: Ears, told: tuple[int, str], exception: Callable[[], int], ada: User, db: Database
) -> None:
    other = Ears()
    try:
        webhooks.add(floor.tenant, ada.id, floor.organisation.id, other.url, ["lead.exception"], now())
        ears.may_answer.clear()
        for _ in range(3):
            exception()
        couriers = Couriers(db, private=True)
        couriers.start()
        ears.wait()
        other.wait(3)
        assert (len(ears.heard), ears.most_at_once) == (1, 1)
        ears.may_answer.set()
        ears.wait(2)
        couriers.stop()
        assert ears.most_at_once == 1
    finally:
        other.server.shutdown()
        other.server.server_close()


def test_what_waits_for_an_address_is_sent_without_looking_again(
    ears: Ears,
    told: tuple[int, str],
    exception: Callable[[], int],
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(couriers, "POLL_S", 600)
    for _ in range(3):
        exception()
    courier = Couriers(db, private=True)
    courier.start()
    ears.wait(3)
    courier.stop()
    with db.transaction() as connection:
        live.wake_importer(connection)


def test_one_organisation_whose_addresses_do_not_answer_leaves_room_for_others(
    floor: Floor, ears: Ears, exception: Callable[[], int], ada: User, db: Database
) -> None:
    nord, theirs = Floor(db, "Nord"), Ears()
    admin = nord.hire("Nils", Role.ADMIN)
    try:
        for number in range(AT_ONCE + 1):
            webhooks.add(
                floor.tenant, ada.id, floor.organisation.id, f"{ears.url}{number}", ["lead.exception"], now()
            )
        webhooks.add(nord.tenant, admin.id, nord.organisation.id, theirs.url, ["lead.exception"], now())
        ears.may_answer.clear()
        exception()
        courier = Couriers(db, private=True)
        courier.start()
        ears.wait(webhooks.AT_ONCE)
        hands.make_exception(nord, hands.lead(nord, hands.campaign(nord)).lead_id)
        theirs.wait()
        assert len(ears.heard) == webhooks.AT_ONCE
        ears.may_answer.set()
        ears.wait(AT_ONCE + 1 - webhooks.AT_ONCE)
        courier.stop()
    finally:
        theirs.server.shutdown()
        theirs.server.server_close()


def test_a_defect_does_not_end_the_telling(
    floor: Floor, ears: Ears, told: tuple[int, str], exception: Callable[[], int], db: Database
) -> None:
    exception()
    with db.transaction() as connection:
        connection.execute("ALTER TABLE webhook_delivery RENAME TO elsewhere")
    courier = Couriers(db, private=True)
    with capture_logs() as logged:
        courier.start()
        until(lambda: any(line["log_level"] == "error" for line in logged))
    with db.transaction() as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO webhook_delivery")
    ears.wait()
    courier.stop()
    until(lambda: only(floor, told[0]).state == "delivered")


def test_an_address_that_takes_nothing_for_a_day_is_given_up_and_tried_again_by_hand(
    floor: Floor,
    ears: Ears,
    told: tuple[int, str],
    exception: Callable[[], int],
    ada: User,
    max_: User,
    db: Database,
) -> None:
    ears.answers = [503, 302]
    exception()
    assert work(db) == [False]
    with db.transaction() as connection:
        connection.execute("UPDATE webhook_delivery SET due_at = now(), until = now()")
    assert work(db) == [False]
    assert len(ears.heard) == 2, "redirects are not followed"
    given_up = only(floor, told[0])
    assert (given_up.state, given_up.error) == ("given_up", "It answered 302; redirects are not followed.")
    (address,) = webhooks.addresses(floor.tenant, floor.organisation.id)
    assert (address.waiting, address.given_up, address.error) == (0, 1, given_up.error)
    with pytest.raises(Forbidden):
        webhooks.send_again(floor.tenant, max_.id, floor.organisation.id, told[0])
    assert webhooks.send_again(floor.tenant, ada.id, floor.organisation.id, told[0]) == 1
    assert work(db) == [True]
    assert only(floor, told[0]).state == "delivered"
    assert webhooks.forget(db, now() + timedelta(days=29)) == 0
    assert webhooks.forget(db, now() + timedelta(days=31)) == 1


def test_an_address_that_is_off_or_wants_something_else_is_not_told(
    floor: Floor, ears: Ears, told: tuple[int, str], exception: Callable[[], int], ada: User, db: Database
) -> None:
    webhooks.edit(floor.tenant, ada.id, floor.organisation.id, told[0], events=["lead.taken"])
    exception()
    webhooks.edit(
        floor.tenant, ada.id, floor.organisation.id, told[0], events=["lead.exception"], active=False
    )
    exception()
    assert work(db) == [] and ears.heard == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "169.254.169.254", "[::ffff:127.0.0.1]",
     "[fe80::1%25lo]"],
)  # fmt: skip
def test_nothing_is_sent_into_a_private_network(
    floor: Floor, ears: Ears, exception: Callable[[], int], ada: User, db: Database, host: str
) -> None:
    url = f"http://{host}:{ears.server.server_port}/"
    webhooks.add(floor.tenant, ada.id, floor.organisation.id, url, ["lead.exception"], now())
    exception()
    sent = webhooks.claim(db)
    assert sent is not None
    # A number that is an address in disguise is none to the library.
    assert post(sent, now(), private=False) == (NOT_REACHED if host.isdecimal() else PRIVATE)
    assert ears.heard == []


def test_an_address_where_nobody_is_cannot_be_reached(
    floor: Floor, exception: Callable[[], int], ada: User, db: Database
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        made, _ = webhooks.add(floor.tenant, ada.id, floor.organisation.id, url, ["lead.exception"], now())
        exception()
        assert work(db) == [False]
    assert only(floor, made).error == "It cannot be reached."


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread writes."""
    tick, deadline = threading.Event(), now() + timedelta(seconds=60)
    while not condition():
        assert now() < deadline
        tick.wait(0.02)
