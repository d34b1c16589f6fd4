"""The rare duties of a running dialer: nights, rights that were lost, tallies that grew (LPL-5, LPL-13)."""

from __future__ import annotations

from .rig import Rig, until


def test_a_dialer_that_was_down_overnight_catches_up_with_the_night(rig: Rig) -> None:
    rig.add_prospects("0001", "0001")
    rig.execute("UPDATE prospect SET status = 'held'")
    rig.execute(
        "INSERT INTO lease (organisation_id, prospect_id, list_id, user_id, attempts, position, leased_at, until)"
        " SELECT organisation_id, id, list_id, %(ana)s, 0, position,"
        " now() - interval '2 days', now() + interval '2 days' FROM prospect",
        ana=rig.users["Ana"],
    )
    rig.execute("UPDATE organisation SET night_done_on = current_date - 3")
    rig.start_dialer()
    until(lambda: rig.count("prospect WHERE status = 'pool'") == 2, "what Ana held went back to the pool")
    until(lambda: rig.said("nights were done"), "the log tells")
    assert rig.count("organisation WHERE night_done_on >= current_date - 1") == 1
    assert rig.count("lease") == 0


def test_who_is_at_work_without_a_right_is_sent_away_though_nobody_told_the_dialer(rig: Rig) -> None:
    rig.start_dialer()
    rig.start_sessions("Ana", "Abe")
    rig.execute("DELETE FROM list_assignment WHERE user_id = %(ana)s", ana=rig.users["Ana"])
    rig.until_agent("Ana", "logged_out")
    assert rig.agent("Abe") == "ready"
    rig.only_phones_are_up("Abe")


def test_long_tallies_are_folded(rig: Rig) -> None:
    for _ in range(80):
        rig.add_prospects("0001")
    assert rig.count("list_tally") == 80
    rig.start_dialer()
    until(lambda: rig.count("list_tally") < 10, "the tally is folded")
    assert rig.count("prospect") == (rig.row("SELECT sum(prospects)::int AS n FROM list_tally") or {})["n"]
