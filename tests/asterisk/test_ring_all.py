"""RING-3: agents are rung for a lead at once, and the first 1 wins."""

from __future__ import annotations

from dialer.clock import now
from dialer.store import dispositions

from .ears import Ears
from .leads import Leads, nothing_is_left
from .rig import Rig, until


def test_the_first_1_wins_and_is_connected_with_the_lead(rig: Rig, ears: Ears) -> None:
    leads = Leads(rig)
    rig.start_dialer()
    leads.sign_in("Ana", "Abe")
    bo = leads.post()
    for name in ("Ana", "Abe"):
        bo.until_leg(name, "listening")
    assert bo.application() is None
    rig.world.phone("1001").press("1")
    taken = bo.until("taken")
    assert taken["user_id"] == rig.users["Ana"]
    application = bo.application()
    assert application is not None
    assert application["user_id"] == rig.users["Ana"]
    call = rig.until_call(bo.number, "talking")
    assert call["mode"] == "ring_all"
    assert str(call["agent_leg_id"]) in ears.bridge_of(call["leg_id"])
    bo.until_over()
    assert bo.outcomes() == {"Ana": "won", "Abe": "too_late"}
    until(lambda: not rig.world.phone("1002").in_call(), "Abe's phone is let go")
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
    rig.until_call(bo.number, "wrap_up")
    rig.save("Ana")
    rig.until_agent("Ana", "logged_out")
    until(lambda: not rig.channels(), "nobody is on the line")
    nothing_is_left(rig)
    rig.nothing_is_left_open()
