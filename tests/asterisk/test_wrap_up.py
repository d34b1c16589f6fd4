"""A wrap-up that runs out, by the dialer's own clock and over its downtime (DIAL-7, LPS-5)."""

from __future__ import annotations

from dialer.agents import WRAP_UP_OVER
from dialer.clock import now
from dialer.store import agents, wrap_up

from .rig import Rig


def give(rig: Rig, seconds: int) -> None:
    rig.execute("UPDATE organisation SET wrap_up_s = %(seconds)s", seconds=seconds)


def test_who_does_not_save_in_time_gets_no_call_until_they_do(rig: Rig) -> None:
    give(rig, 1)
    first, second = rig.add_prospects("0001", "0001")
    rig.start_dialer()
    rig.start_sessions("Ana")
    call = rig.until_call(first, "wrap_up")
    rig.until_agent("Ana", "paused")
    ana = agents.agent_of(rig.db, rig.users["Ana"])
    assert ana.pause_reason == WRAP_UP_OVER
    assert (ana.since - call["ended_at"]).total_seconds() == 1, "the deadline's own time"
    assert rig.attempt(second) is None
    give(rig, 600)
    rig.save("Ana")
    call = rig.until_call(second, "wrap_up")
    rig.until_agent("Ana", "wrap_up")
    wrap_up.extend(rig.db, rig.users["Ana"], call["id"], 30, now())
    rig.save("Ana")
    rig.until_agent("Ana", "ready")
    rig.nothing_is_left_open()


def test_a_wrap_up_that_ran_out_while_the_dialer_was_away_is_caught_up_once(rig: Rig) -> None:
    (bo,) = rig.add_prospects("0001")
    rig.start_dialer()
    rig.start_sessions("Ana")
    rig.until_call(bo, "wrap_up")
    rig.until_agent("Ana", "wrap_up")
    rig.kill_dialer()
    rig.execute("UPDATE agent SET wrap_up_until = now() - interval '5 minutes' WHERE state = 'wrap_up'")
    for _ in range(2):
        rig.start_dialer()
        rig.until_agent("Ana", "paused")
        rig.kill_dialer()
    (paused,) = rig.rows("SELECT pause_reason, now() - at AS ago FROM agent_state WHERE state = 'paused'")
    assert paused["pause_reason"] == WRAP_UP_OVER
    assert paused["ago"].total_seconds() >= 300
