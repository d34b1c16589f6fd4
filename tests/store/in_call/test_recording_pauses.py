"""A recording is paused and goes on as its agent wants it, whenever the dialer dies in between (CMP-4)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from dialing_floor import NODE, OTHER_NODE, Floor

from dialer.db import Database
from dialer.errors import Refused
from dialer.store import dispositions, launching, recording_pauses
from dialer.store.recording_pauses import Wish


class Talk:
    """Ana talks with Bo, and it is recorded."""

    def __init__(self, db: Database) -> None:
        self.floor = Floor(db)
        self.ana = self.floor.at_work("Ana")
        self.leg_id = self.floor.talk()
        self.attempt_id = self.floor.attempt(self.leg_id)["id"]

    def ask(self, *, pause: bool) -> None:
        recording_pauses.ask(self.floor.tenant, self.ana, self.attempt_id, pause=pause)

    def take(self) -> list[Wish]:
        """What the dialer is about to ask of Asterisk."""
        due = self.floor.value(
            "SELECT count(*) FROM recording WHERE pause_wanted <> paused OR pause_in_doubt"
        )
        assert launching.look(self.floor.db, NODE, self.floor.now).recordings is (due > 0)
        return recording_pauses.take(self.floor.db, NODE)

    def bring_about(self) -> None:
        """The dialer asks, and Asterisk does it."""
        for wish in self.take():
            recording_pauses.done(self.floor.db, wish, self.floor.now)

    def shown(self) -> str:
        """What the window says."""
        call = dispositions.open_call(self.floor.tenant, self.ana)
        assert call is not None
        wanted = "recording" if call.recording_wanted else "a pause"
        return wanted if call.recording_paused is not call.recording_wanted else f"soon {wanted}"

    def pauses(self) -> list[dict[str, Any]]:
        return self.floor.rows("SELECT * FROM recording_pause ORDER BY id")


@pytest.fixture
def talk(db: Database) -> Talk:
    return Talk(db)


def wishes(talk: Talk) -> list[bool]:
    return [wish.pause for wish in talk.take()]


def test_a_pause_is_said_when_it_is_so_and_kept_with_its_times(talk: Talk) -> None:
    began = talk.floor.now
    assert (talk.shown(), wishes(talk)) == ("recording", [])
    talk.ask(pause=True)
    assert talk.shown() == "soon a pause"
    assert recording_pauses.take(talk.floor.db, OTHER_NODE) == []
    talk.bring_about()
    assert (talk.shown(), wishes(talk)) == ("a pause", [])
    talk.floor.pass_time(seconds=40)
    talk.ask(pause=False)
    assert talk.shown() == "soon recording"
    talk.bring_about()
    assert (talk.shown(), wishes(talk)) == ("recording", [])
    (pause,) = talk.pauses()
    assert (pause["started_at"], pause["ended_at"]) == (began, talk.floor.now)


def test_who_changes_their_mind_while_the_dialer_is_away_is_recorded_again(talk: Talk) -> None:
    """It died when Asterisk had paused, and before that was on record."""
    talk.ask(pause=True)
    assert wishes(talk) == [True]
    talk.ask(pause=False)
    assert wishes(talk) == [False]
    talk.bring_about()
    assert (talk.shown(), wishes(talk), talk.pauses()) == ("recording", [], [])


def test_what_follows_a_resume_of_which_no_answer_came_is_paused_before_that_is_said(talk: Talk) -> None:
    talk.ask(pause=True)
    talk.bring_about()
    talk.ask(pause=False)
    assert wishes(talk) == [False]
    talk.ask(pause=True)
    assert talk.shown() == "soon a pause", "Asterisk may have gone on with it"
    assert wishes(talk) == [True]
    talk.bring_about()
    assert (talk.shown(), wishes(talk)) == ("a pause", [])


def test_a_wish_that_changes_while_it_is_asked_for_is_asked_for_next(talk: Talk) -> None:
    talk.ask(pause=True)
    (wish,) = talk.take()
    talk.ask(pause=False)
    recording_pauses.done(talk.floor.db, wish, talk.floor.now)
    assert talk.shown() == "soon recording"
    assert wishes(talk) == [False]


@pytest.mark.parametrize("answered", [True, False])
def test_a_pause_ends_with_its_recording(talk: Talk, answered: bool) -> None:
    talk.ask(pause=True)
    (wish,) = talk.take()
    if answered:
        recording_pauses.done(talk.floor.db, wish, talk.floor.now)
    talk.floor.pass_time(seconds=20)
    talk.floor.hang_up(talk.leg_id)
    assert wishes(talk) == []
    recording_pauses.done(talk.floor.db, wish, talk.floor.now)
    assert [pause["ended_at"] for pause in talk.pauses()] == [talk.floor.now] * answered
    with pytest.raises(Refused, match="not being recorded"):
        talk.ask(pause=True)


def test_nobody_else_pauses_it(talk: Talk) -> None:
    abe = talk.floor.hire("Abe")
    with pytest.raises(Refused):
        recording_pauses.ask(talk.floor.tenant, abe, talk.attempt_id, pause=True)
    assert wishes(talk) == []


def test_the_recording_of_another_call_is_another_recording(talk: Talk) -> None:
    talk.ask(pause=True)
    talk.bring_about()
    talk.floor.hang_up(talk.leg_id)
    before: UUID = talk.floor.value("SELECT id FROM recording")
    dispositions.save_result(
        talk.floor.tenant, talk.ana, talk.attempt_id, talk.floor.result("final"), "", talk.floor.now
    )
    talk.floor.talk()
    assert (talk.shown(), wishes(talk)) == ("recording", [])
    assert talk.floor.value("SELECT count(*) FROM recording WHERE id <> %(id)s", id=before) == 1
