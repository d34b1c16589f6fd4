"""Races of ring-all, seeded, on the real Asterisk: one winner at most, and nothing is left ringing."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.stack.ami import AmiFailed
from cli.stack.world import OutsideWorld, Phone, PhoneNotThere
from dialer import live
from dialer.clock import now
from dialer.db import Database
from dialer.store import sessions

from .conftest import Node
from .ears import Ears
from .leads import Lead, Leads, nothing_is_left
from .rig import Rig, call_center, until

ROUNDS = int(os.environ.get("RINGPOOL_RACE_ROUNDS", "6"))
"""Hundreds by hand; as many as the suite has time for by itself."""
SEED = int(os.environ.get("RINGPOOL_RACE_SEED", "0"))
NAMES = {"Ana": "1001", "Abe": "1002"}


@pytest.fixture
def rig(database_url: str, node: Node, world: OutsideWorld, tmp_path: Path) -> Iterator[Rig]:
    with call_center(database_url, node, world, tmp_path) as rig:
        # Results are not what this is about: who has talked is free again at once.
        rig.execute("UPDATE organisation SET wrap_up_s = 0")
        try:
            yield rig
        finally:
            for extension in NAMES.values():
                world.phone(extension).set_answer_after(0)


def withdraw(db: Database, lead: Lead) -> None:
    with db.transaction() as connection:
        connection.execute("UPDATE lead SET withdraw_asked_at = now() WHERE id = %s", (lead.id,))
        live.wake_dialer(connection)


def settled(rig: Rig, lead: Lead) -> None:
    """The lead is in its last place, its rings are over, its call too, and both agents are free again."""
    lead.until("taken", "exception", "withdrawn")
    lead.until_over()
    for name, extension in NAMES.items():
        try:
            rig.world.phone(extension).hang_up()
        except (PhoneNotThere, AmiFailed):
            pass
        if rig.agent(name) in ("wrap_up", "on_call"):
            rig.until_call(lead.number, "wrap_up", "ended", "dropping")
    until(
        lambda: not rig.count("attempt WHERE state NOT IN ('wrap_up', 'ended')"),
        lambda: f"its call is over, now {rig.attempt(lead.number)}",
    )
    call = rig.attempt(lead.number)
    if call is not None and call["state"] == "wrap_up":
        rig.save("Ana" if call["user_id"] == rig.users["Ana"] else "Abe")
    until(lambda: not rig.channels(), lambda: f"nobody is on the line, now {rig.channels()}")
    row = lead.row()
    winners = [leg for leg in lead.legs() if leg["outcome"] == "won"]
    assert len(winners) == (row["state"] == "taken"), (row, lead.legs())
    assert (lead.application() is not None) == (row["state"] == "taken")
    nothing_is_left(rig)


def call_is(rig: Rig, state: str) -> Callable[[Lead], bool]:
    return lambda lead: (rig.attempt(lead.number) or {}).get("state") == state


def ring_is(rig: Rig, state: str) -> Callable[[Lead], bool]:
    return lambda lead: rig.count("ring WHERE lead_id = %(id)s AND state = %(s)s", id=lead.id, s=state) > 0


def test_two_press_1_in_the_same_moment_or_one_of_them_late(rig: Rig) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in(*NAMES)
    chance = random.Random(SEED + 1)
    for _ in range(ROUNDS):
        lead = leads.post("0001")
        for name in NAMES:
            lead.until_leg(name, "listening")
        first, second = chance.sample(list(NAMES.values()), 2)
        rig.world.phone(first).press("1")
        time.sleep(chance.choice([0, 0, 0, chance.uniform(0, 0.3)]))  # the race itself
        press_if_there(rig, second)
        assert lead.until("taken")
        settled(rig, lead)
        assert sorted(filter(None, lead.outcomes().values())) == ["too_late", "won"]


def press_if_there(rig: Rig, extension: str) -> None:
    """Press 1, unless the phone was let go already."""
    try:
        rig.world.phone(extension).press("1")
    except (PhoneNotThere, AmiFailed):
        pass


def reach_a_moment(rig: Rig, lead: Lead, chance: random.Random) -> None:
    """Return in one of the moments around the lead's answer, or up to 30 ms later."""
    moments: dict[str, Callable[[], object]] = {
        "pressed": lambda: lead.row()["state"] == "taken",
        "carried": lambda: any(c.dialed == lead.number for c in rig.world.live_calls()),
        "answering": lambda: any(c.dialed == lead.number and c.is_up for c in rig.world.live_calls()),
        "bridging": lambda: call_is(rig, "bridging")(lead) or call_is(rig, "talking")(lead),
        "talking": lambda: call_is(rig, "talking")(lead),
    }
    moment, reached = chance.choice(list(moments.items()))
    until(reached, f"the moment «{moment}»")
    time.sleep(chance.uniform(0, 0.03))  # the race itself


def nobody_heard_silence(rig: Rig, ears: Ears, lead: Lead) -> None:
    """Who answered and was not talked to counts as a drop and heard the message."""
    call = rig.attempt(lead.number)
    assert call is not None
    if call["answered_at"] is None or call["bridged_at"] is not None:
        return
    assert call["outcome"] == "dropped", call
    (agent,) = rig.rows("SELECT ended_at FROM leg WHERE id = %(id)s", id=lead.legs()[-1]["leg_id"])
    # An answer that crosses the hang-up on the wire finds the line closed.
    crossed = agent["ended_at"] <= call["answered_at"]
    assert crossed or ears.played_to(call["leg_id"]), f"the message is heard: {call}"


def test_the_winner_hangs_up_around_the_leads_answer(rig: Rig, ears: Ears) -> None:
    """Before it, in the same moment, while the bridge is made, and after it."""
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana")
    chance = random.Random(SEED + 3)
    for _ in range(ROUNDS):
        lead = leads.post(chance.choice(["0000", "0100"]))
        lead.until_leg("Ana", "listening")
        rig.world.phone("1001").press("1")
        lead.until("taken")
        reach_a_moment(rig, lead, chance)
        rig.world.phone("1001").hang_up()
        rig.until_call(lead.number, "wrap_up", "ended")
        settled(rig, lead)
        nobody_heard_silence(rig, ears, lead)
        assert lead.row()["user_id"] == rig.users["Ana"], "the lead stays hers"


def test_the_winners_standing_phone_is_lost_around_the_leads_answer(rig: Rig, ears: Ears) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    rig.start_sessions("Ana")
    chance = random.Random(SEED + 5)

    def is_ready_again() -> bool:
        match rig.agent("Ana"):
            case "wrap_up":
                rig.save("Ana")
            case "phone_lost" | "paused":
                sessions.resume(rig.db, rig.users["Ana"], now())
        return rig.agent("Ana") == "ready"

    for _ in range(ROUNDS):
        lead = leads.post(chance.choice(["0000", "0100"]))
        assert lead.until_leg("Ana", "listening")["standing"]
        rig.world.phone("1001").press("1")
        lead.until("taken")
        reach_a_moment(rig, lead, chance)
        rig.world.phone("1001").hang_up()
        rig.until_call(lead.number, "wrap_up", "ended")
        until(is_ready_again, lambda: f"Ana is ready again, now {rig.agent('Ana')}")
        nobody_heard_silence(rig, ears, lead)
        assert lead.row()["user_id"] == rig.users["Ana"], "the lead stays hers"
        nothing_is_left(rig)
    rig.only_phones_are_up("Ana")


def test_a_press_a_withdrawal_and_hang_ups_in_any_order(rig: Rig) -> None:
    leads = Leads(rig, ring_s=5, press_s=5)
    rig.start_dialer()
    leads.sign_in(*NAMES)
    chance = random.Random(SEED + 2)
    ends = set()
    for _ in range(ROUNDS):
        for extension in NAMES.values():
            rig.world.phone(extension).set_answer_after(chance.choice([0, 0, 1]))
        lead = leads.post(chance.choice(["0000", "0100", "2000", "6000"]))
        lead.until_leg(chance.choice(list(NAMES)), "listening", "over")
        for _ in range(chance.randint(1, 3)):
            phone = rig.world.phone(chance.choice(list(NAMES.values())))
            try:
                match chance.randint(0, 4):
                    case 0:
                        phone.hang_up()
                    case 1:
                        withdraw(rig.db, lead)
                    case _:
                        phone.press("1")
            except (PhoneNotThere, AmiFailed):
                pass
        lead.until("taken", "exception", "withdrawn")
        settled(rig, lead)
        ends.add(lead.row()["state"])
    assert ends, "every lead ended somewhere"


@pytest.fixture
def ten(rig: Rig) -> Iterator[list[str]]:
    """Extensions of ten signed-in agents: Ana, Abe, and eight more whose phones are plugged in for it."""
    more = [str(extension) for extension in range(1011, 1019)]
    rig.world.add_phones(*(Phone(extension, f"secret-{extension}") for extension in more))
    for extension in more:
        rig.hire(f"Agent {extension}".replace(" ", ""), "agent", extension)
    try:
        yield [*NAMES.values(), *more]
    finally:
        for extension in more:
            rig.world.phone(extension).set_answer_after(0)
            rig.world.phone(extension).go_away()


def test_all_ten_reject_in_any_order(rig: Rig, ten: list[str]) -> None:
    """Some at once, some after picking up; the lead is an exception when the last has gone, and no phone rings."""
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in(*rig.extensions)
    chance = random.Random(SEED + 4)
    for _ in range(ROUNDS):
        who_picks_up = chance.sample(ten, chance.choice([0, 0, 3]))
        for extension in ten:
            rig.world.phone(extension).set_answer_after(0 if extension in who_picks_up else 20)
        lead = leads.post("0000")
        lead.until("ringing")
        until(
            lambda: all(rig.world.phone(e).rings() or rig.world.phone(e).in_call() for e in ten),
            "all ten phones ring",
        )
        for extension in chance.sample(ten, len(ten)):
            phone = rig.world.phone(extension)
            phone.hang_up() if extension in who_picks_up else phone.decline()
        row = lead.until("exception")
        assert row["reason"] == "nobody_took"
        lead.until_over()
        legs = lead.legs()
        assert len(legs) == 10
        refused = [leg["outcome"] for leg in legs if leg["outcome"] == "rejected"]
        assert len(refused) >= 10 - len(who_picks_up)
        assert {leg["outcome"] for leg in legs} <= {"rejected", "did_not_press"}
        assert lead.application() is None
        until(lambda: not rig.channels(), lambda: f"nobody is on the line, now {rig.channels()}")
        nothing_is_left(rig)


def test_the_dialer_is_killed_at_every_step(rig: Rig) -> None:
    """Killed as soon as a step shows, and started again: the lead ends in one place, and no phone rings on."""
    leads = Leads(rig, ring_s=8, press_s=8)
    rig.start_dialer()
    leads.sign_in(*NAMES)
    steps: dict[str, tuple[str, Callable[[Lead], object]]] = {
        "posted": ("0000", lambda lead: lead.row()["state"] != "waiting"),
        "ringing": ("0000", lambda lead: any(leg["state"] == "ringing" for leg in lead.legs())),
        "listening": ("0000", lambda lead: any(leg["state"] == "listening" for leg in lead.legs())),
        "pressed": ("0000", lambda lead: lead.row()["state"] == "taken"),
        "closing": ("0000", ring_is(rig, "closing")),
        "over": ("0000", ring_is(rig, "over")),
        "dialing": ("0300", call_is(rig, "dialing")),
        "talking": ("0000", call_is(rig, "talking")),
        "telling": ("2000", call_is(rig, "telling")),
        "wrap_up": ("0001", call_is(rig, "wrap_up")),
    }
    for name, (script, reached) in [*steps.items()] * max(1, ROUNDS // 6):
        for extension in NAMES.values():
            rig.world.phone(extension).set_answer_after(
                2 if name == "ringing" else 0
            )  # long enough to be seen
        lead = leads.post(script)
        if name not in ("posted", "ringing"):
            for each in NAMES:
                lead.until_leg(each, "listening")
        if name not in ("posted", "ringing", "listening"):
            rig.world.phone("1001").press("1")
        until(lambda is_so=reached, lead=lead: is_so(lead), f"the step «{name}»")  # type: ignore[misc]
        rig.kill_dialer()
        rig.start_dialer()
        if lead.row()["state"] == "ringing":
            until(lambda lead=lead: lead.row()["state"] != "ringing" or any(  # type: ignore[misc]
                leg["state"] == "listening" for leg in lead.legs()), "somebody is asked again")  # fmt: skip
            for extension in NAMES.values():
                try:
                    rig.world.phone(extension).press("1")
                except (PhoneNotThere, AmiFailed):
                    pass
        settled(rig, lead)
    assert rig.count("application") == rig.count("lead WHERE state = 'taken'")
