"""Whatever the line says, in whatever order: who dials alone comes back, and Bo is never left in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from dialer import agents
from dialer.agents import Agent, AgentState, PhoneMode
from dialer.calls import commands as do
from dialer.calls import events as on
from dialer.calls.call import OVER, VANISHED, CallState, Outcome
from dialer.calls.click import launch, step
from dialer.calls.commands import Command, Effect, MoveAgent
from dialer.calls.events import Event, Seat

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
BO, STRANGER, ELSEWHERE, PHONE, BRIDGE = (UUID(int=n) for n in range(1, 6))
WITH_AGENT = {CallState.RINGING_AGENT: AgentState.RESERVED, CallState.DIALING: AgentState.RESERVED,
              CallState.BRIDGING: AgentState.RESERVED, CallState.TALKING: AgentState.ON_CALL,
              CallState.WRAP_UP: AgentState.WRAP_UP}  # fmt: skip
ON_THE_LINE = {CallState.BRIDGING, CallState.TALKING}


class World:
    """One call of Ana's, her phone, and what Asterisk was told."""

    def __init__(self, mode: PhoneMode, record: bool) -> None:
        self.at = START
        self.standing = mode is PhoneMode.STAY_CONNECTED
        self.music = self.standing
        self.ringing = False
        self.recording: set[UUID] = set()
        self.calls_of_bo = 0
        agent = Agent(1, 7, AgentState.LOGGED_OUT, START, mode)
        agent = agents.step(agent, agents.SessionStarted(START, 7, None, "main"))
        if self.standing:
            agent = agents.step(agent, agents.PhoneCalled(START, PHONE, BRIDGE))
            agent = agents.step(agent, agents.PhoneUp(START))
        self.agent = agents.step(agent, agents.Reserved(START, 11))
        seat = Seat(7, mode, PHONE, BRIDGE, "PJSIP/107", "")
        self.call, wishes = launch(BO, seat, "PJSIP/bo", "", 25, record, "sound:im-sorry", START)
        self._carry_out(wishes)

    def happens(self, event: Event) -> list[Command]:
        before = self.call
        self.call, wishes = step(before, event)
        sent = self._carry_out(wishes)
        self._check(before.state in OVER, event, sent)
        return sent

    def _carry_out(self, wishes: list[Command | Effect]) -> list[Command]:
        sent = []
        for wish in wishes:
            if isinstance(wish, MoveAgent):
                self.agent = agents.step(self.agent, wish.event)
            else:
                assert isinstance(wish, Command)
                sent.append(wish)
        for command in sent:
            match command:
                case do.StartMusic():
                    self.music = True
                case do.StopMusic():
                    self.music = False
                case do.StartRinging():
                    self.ringing = True
                case do.StopRinging():
                    self.ringing = False
                case do.DestroyBridge():
                    self.music = self.ringing = False
                case do.StartRecording():
                    self.recording.add(command.recording_id)
                case do.StopRecording():
                    assert command.recording_id in self.recording, "what is stopped was started"
                    self.recording.remove(command.recording_id)
                case do.Originate(leg_id=leg_id) if leg_id == BO:
                    self.calls_of_bo += 1
        return sent

    def _check(self, was_over: bool, event: Event, sent: list[Command]) -> None:
        call = self.call
        state = call.state
        assert state is not CallState.ANSWERED, "nobody who answers waits"
        assert (call.due_at is None) == (state in {CallState.TALKING, *OVER}), "somebody looks again"
        assert (call.ended_at is not None) == (state in OVER)
        assert (call.outcome is Outcome.CONNECTED) == (state is CallState.WRAP_UP)
        assert self.calls_of_bo == (
            state is not CallState.RINGING_AGENT and call.outcome is not Outcome.NOT_CALLED
        )
        if was_over:
            assert sent == ([do.HangUp(event.leg_id)] if isinstance(event, on.LegAnswered) else [])
        if state in ON_THE_LINE:
            assert call.answered_at is not None
        assert self.recording == ({call.recording_id} if state in ON_THE_LINE and call.record else set())
        hers = call.seat is not None and state in WITH_AGENT
        assert self.ringing == (hers and state is CallState.DIALING), "it rings while Bo's phone does"
        if hers:
            assert self.agent.state is WITH_AGENT[state]
        else:
            assert self.agent.attempt_id is None, "who was reserved was given back"
        if self.standing and self.agent.leg_id is not None:
            assert self.music == (not hers or state is CallState.WRAP_UP), "who waits hears music"


KINDS = (
    "answered",
    "gone",
    "joined",
    "join failed",
    "refused",
    "hang up",
    "message",
    "timer",
    "adopted",
    "as hoped",
)


def _hoped_for(world: World) -> Event:
    match world.call.state:
        case CallState.RINGING_AGENT:
            return on.LegAnswered(world.at, PHONE)
        case CallState.BRIDGING:
            return on.LegJoined(world.at, BO, BRIDGE)
    return on.LegAnswered(world.at, BO)


def _draw(data: DataObject, world: World) -> Event | None:
    """Something that could happen now, late, twice or out of turn; None for nothing."""
    kind = data.draw(st.sampled_from(KINDS))
    leg_id = data.draw(st.sampled_from([BO, PHONE, STRANGER]))
    bridge_id = data.draw(st.sampled_from([BRIDGE, ELSEWHERE]))
    state = world.call.state
    match kind:
        case "as hoped":
            return _hoped_for(world)
        case "answered":
            return on.LegAnswered(world.at, leg_id)
        case "gone":
            return on.LegGone(world.at, leg_id, data.draw(st.sampled_from([16, 17, 38, 0, VANISHED])))
        case "joined":
            return on.LegJoined(world.at, leg_id, bridge_id)
        case "join failed":
            return on.JoinFailed(world.at, leg_id, bridge_id, data.draw(st.booleans()))
        case "refused":
            return on.OriginateRefused(world.at, leg_id)
        case "hang up":
            return on.HangUpAsked(world.at)
        case "message" if state in {CallState.DROPPING, *OVER}:
            return on.MessageEnded(world.at, BO)
        case "message" if state in {CallState.DIALING, *ON_THE_LINE}:
            return on.MessageStarted(world.at, world.at)
        case "timer":
            return on.TimerDue(world.at, world.call.due_at or world.at)
        case "adopted" if state is not CallState.BRIDGING:
            return on.Adopted(world.at)
    return None


def _play(data: DataObject) -> World:
    world = World(data.draw(st.sampled_from(PhoneMode)), record=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(0, 12))):
        world.at += timedelta(seconds=1)
        event = _draw(data, world)
        if event is not None:
            world.happens(event)
    return world


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_late_double_and_stray_events_are_ordinary(data: DataObject) -> None:
    _play(data)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_call_comes_to_an_end_when_asterisk_does_as_it_is_told(data: DataObject) -> None:
    world = _play(data)
    for _ in range(8):
        if world.call.state in OVER:
            break
        world.at += timedelta(seconds=30)
        sent = (
            [do.HangUp(BO)]  # everybody hangs up some day
            if world.call.state is CallState.TALKING
            else world.happens(on.TimerDue(world.at, world.call.due_at or world.at))
        )
        if do.HangUp(BO) in sent and world.call.state not in OVER:
            world.happens(on.LegGone(world.at, BO, 16))
    assert world.call.state in OVER
