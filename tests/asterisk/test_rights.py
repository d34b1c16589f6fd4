"""Losing the right to a list while talking, over the real Asterisk: the call goes on, the session ends (LPL-13)."""

from __future__ import annotations

from dialer.clock import now
from dialer.store import dispositions, lists
from dialer.store.lists import ListEdit

from .books import everything_is_accounted_for
from .ears import hears, listening
from .rig import Rig, until


def only(rig: Rig, *names: str) -> None:
    """The manager lets only these dial the list."""
    found = rig.row("SELECT version FROM list WHERE id = %(id)s", id=rig.list_id)
    assert found is not None
    change = ListEdit(user_ids=[rig.users[name] for name in names])
    lists.edit(rig.db, rig.users["Max"], rig.list_id, found["version"], change, now())


def holds(rig: Rig, name: str) -> int:
    return rig.count("lease WHERE user_id = %(id)s", id=rig.users[name])


def test_a_live_call_survives_the_removal_and_the_agent_is_logged_out_after_it(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana")
    with listening(rig.node.settings) as ears:
        bo, *others = rig.add_prospects("230100", *["0100"] * 4)
        call = rig.until_call(bo, "talking")
        only(rig, "Abe")
        assert (rig.agent("Ana"), holds(rig, "Ana")) == ("on_call", 0)
        hears(ears, rig.leg_of("Ana"), 1230)
        assert (rig.attempt(bo) or {})["state"] == "talking"
        assert sum(name.startswith("PJSIP/") for name in rig.channels()) == 2
    dispositions.ask_hang_up(rig.db, rig.users["Ana"], call["id"], now())
    rig.until_call(bo, "wrap_up")
    rig.save("Ana")
    assert rig.agent("Ana") == "logged_out"
    until(lambda: not rig.channels(), "her phone is let go")
    assert not any(rig.attempt(number) for number in others), "nobody else was called for her"
    rig.nothing_is_left_open()
    everything_is_accounted_for(rig)


def test_who_waits_is_logged_out_at_once_and_what_they_held_is_dialed_by_the_others(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    rig.set_list(lines_per_agent=1)
    numbers = rig.add_prospects("0001", "0001", "0001")
    first = until(lambda: next((n for n in numbers if rig.attempt(n)), None), "somebody is called")
    rig.until_call(first, "talking", "wrap_up")
    only(rig, "Abe")
    while rig.agent("Ana") != "logged_out":
        rig.until_agent("Ana", "wrap_up", "logged_out")
        if rig.agent("Ana") == "wrap_up":
            rig.save("Ana")
    for number in numbers:
        rig.until_call(number, "wrap_up", "ended")
        if rig.agent("Abe") == "wrap_up":
            rig.save("Abe")
    until(lambda: not rig.count("attempt WHERE state NOT IN ('wrap_up', 'ended')"), "every call is over")
    if rig.agent("Abe") == "wrap_up":
        rig.save("Abe")
    assert holds(rig, "Ana") == 0
    rig.until_agent("Abe", "ready")
    rig.nothing_is_left_open()
