"""Whatever the line says, in whatever order: Bo is never left alone and every agent comes back.

A small world keeps what the commands bring about (music, recordings, the agents' own
machines), and hypothesis tells it what happens.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from dialer import agents
from dialer.agents import Agent, AgentState, PhoneMode
from dialer.calls import commands as do
from dialer.calls import events as on
from dialer.calls.commands import Command, Effect, MoveAgent, ReserveAgent
from dialer.calls.events import Event, Seat
from dialer.calls.power import OVER, VANISHED, Call, CallState, Outcome, launch, step

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
BO, STRANGER, ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)
WITH_AGENT = (CallState.RINGING_AGENT, CallState.BRIDGING, CallState.TALKING)
TIMED = (
    CallState.DIALING,
    CallState.ANSWERED,
    CallState.RINGING_AGENT,
    CallState.BRIDGING,
    CallState.DROPPING,
)
IS = {
    CallState.RINGING_AGENT: AgentState.RESERVED,
    CallState.BRIDGING: AgentState.RESERVED,
    CallState.TALKING: AgentState.ON_CALL,
    CallState.WRAP_UP: AgentState.WRAP_UP,
}


class World:
    """One call, Ana (stay connected) and Abe (rung for each call), and what Asterisk was told."""

    def __init__(self, record: bool) -> None:
        self.at = START
        self.made = 0
        self.call: Call = launch(BO, 25, record, "sound:im-sorry", START)
        self.agents: dict[int, Agent] = {}
        self.music: set[UUID] = set()
        self.recording: set[UUID] = set()
        self.held = False
        self.legs = [BO, STRANGER]
        self.bridges = [ELSEWHERE]
        for user_id, mode in ((7, PhoneMode.STAY_CONNECTED), (8, PhoneMode.RING_EACH_CALL)):
            agent = Agent(1, user_id, AgentState.LOGGED_OUT, START, mode)
            self.agents[user_id] = agents.step(agent, agents.SessionStarted(START, user_id, 5, "main"))
            self.come_back(user_id)

    def new_id(self) -> UUID:
        self.made += 1
        return uuid5(BO, str(self.made))

    def come_back(self, user_id: int) -> None:
        """The person is there again: resumes, and a standing phone is called and answers."""
        agent = self.agents[user_id]
        if agent.state in (AgentState.PAUSED, AgentState.PHONE_LOST):
            agent = agents.step(agent, agents.Resumed(self.at))
        if agent.phone_mode is PhoneMode.STAY_CONNECTED and agent.leg_id is None:
            leg_id, bridge_id = self.new_id(), self.new_id()
            agent = agents.step(agent, agents.PhoneCalled(self.at, leg_id, bridge_id))
            agent = agents.step(agent, agents.PhoneUp(self.at))
            self.music.add(bridge_id)
        self.agents[user_id] = agent

    def reserve(self) -> Event:
        ready = [agent for agent in self.agents.values() if agent.takes_calls]
        if not ready:
            return on.NoAgentReady(self.at)
        agent = min(ready, key=lambda each: (each.last_hand_over_at or START, each.user_id))
        self.agents[agent.user_id] = agents.step(agent, agents.Reserved(self.at, 11))
        standing = agent.leg_id is not None
        leg_id = agent.leg_id or self.new_id()
        bridge_id = agent.bridge_id or self.new_id()
        self.legs.append(leg_id)
        self.bridges.append(bridge_id)
        mode = PhoneMode.STAY_CONNECTED if standing else PhoneMode.RING_EACH_CALL
        seat = Seat(agent.user_id, mode, leg_id, bridge_id, "PJSIP/107", "")
        return on.AgentReserved(self.at, seat, self.new_id())

    def happens(self, event: Event) -> list[Command]:
        """Step the call as the store would, and carry out what it wants."""
        before = self.call
        self.call, wishes = step(before, event)
        sent: list[Command] = []
        while wishes:
            wish: Command | Effect = wishes.pop(0)
            if isinstance(wish, ReserveAgent):
                assert not [a for a in self.agents.values() if a.attempt_id], "one agent at a time"
                self.call, more = step(self.call, self.reserve())
                wishes = more + wishes
            elif isinstance(wish, MoveAgent):
                self.agents[wish.user_id] = agents.step(self.agents[wish.user_id], wish.event)
            else:
                assert isinstance(wish, Command)
                sent.append(wish)
        for command in sorted(sent, key=lambda each: not isinstance(each, do.Unhold)):
            self._carry_out(command)
        self._check(before, event, sent)
        return sent

    def _carry_out(self, command: Command) -> None:
        match command:
            case do.StartMusic():
                self.music.add(command.bridge_id)
            case do.StopMusic():
                self.music.discard(command.bridge_id)
            case do.DestroyBridge():
                self.music.discard(command.bridge_id)
            case do.Hold():
                assert not self.held, "a press is carried out once"
                self.held = True
            case do.Unhold():
                assert self.held, "who is taken off hold was on it"
                self.held = False
            case do.Join() | do.PlayMessage():
                assert not self.held, "who goes to another or is played to hears no music"
            case do.StartRecording():
                self.recording.add(command.recording_id)
            case do.StopRecording():
                assert command.recording_id in self.recording, "what is stopped was started"
                self.recording.remove(command.recording_id)

    def _check(self, before: Call, event: Event, sent: list[Command]) -> None:
        call = self.call
        assert (call.due_at is not None) == (call.state in TIMED), "somebody looks again"
        assert (call.ended_at is not None) == (call.state in OVER)
        assert (call.outcome is not None) == (call.state in {*OVER, CallState.DROPPING})
        assert (call.seat is not None) == (call.state in {*WITH_AGENT, CallState.WRAP_UP})
        assert (call.outcome is Outcome.CONNECTED) == (call.state is CallState.WRAP_UP)
        if before.state in OVER:
            assert sent == ([do.HangUp(event.leg_id)] if isinstance(event, on.LegAnswered) else [])
        elif call.state in OVER:
            gone = isinstance(event, on.LegGone | on.OriginateRefused)
            assert gone, "an answered call ends when its line does"
        assert call.on_hold == (self.held and call.state not in OVER)
        talks = call.state in (CallState.BRIDGING, CallState.TALKING)
        assert self.recording == ({call.recording_id} if talks and call.record else set())
        for agent in self.agents.values():
            mine = call.seat is not None and call.seat.user_id == agent.user_id
            if mine:
                assert agent.state is (AgentState.ON_HOLD if call.on_hold else IS[call.state])
            else:
                assert agent.attempt_id is None, "who was reserved was given back"
            if agent.leg_id is not None:
                with_bo = mine and talks
                assert (agent.bridge_id in self.music) == (not with_bo), "waiting agents hear music"


KINDS = (
    "answered",
    "gone",
    "joined",
    "join failed",
    "refused",
    "freed",
    "hang up",
    "hold",
    "unhold",
    "message ended",
    "timer",
    "come back",
    "as hoped",
)


def _hoped_for(world: World) -> Event:
    """What brings the call on."""
    call = world.call
    match call.state:
        case CallState.DIALING:
            return on.LegAnswered(world.at, BO)
        case CallState.RINGING_AGENT:
            assert call.seat is not None
            return on.LegAnswered(world.at, call.seat.leg_id)
        case CallState.BRIDGING:
            assert call.seat is not None
            return on.LegJoined(world.at, BO, call.seat.bridge_id)
    return on.AgentFreed(world.at)


def _draw(data: DataObject, world: World) -> Event | None:
    """Something that could happen now, late, twice or out of turn; None for nothing."""
    kind = data.draw(st.sampled_from(KINDS))
    # The newest legs and bridges are the interesting ones.
    leg_id = data.draw(st.sampled_from([BO, *world.legs[-2:], STRANGER]))
    bridge_id = data.draw(st.sampled_from(world.bridges[-2:]))
    dialing = world.call.state is CallState.DIALING
    match kind:
        case "as hoped":
            return _hoped_for(world)
        case "answered":
            return on.LegAnswered(world.at, leg_id)
        case "gone":
            return on.LegGone(world.at, leg_id, data.draw(st.sampled_from([16, 17, 38, 0, VANISHED])))
        case "joined":
            return on.LegJoined(world.at, leg_id, bridge_id)
        case "join failed" if not dialing:
            return on.JoinFailed(world.at, leg_id, bridge_id, data.draw(st.booleans()))
        case "refused":
            return on.OriginateRefused(world.at, BO if dialing else leg_id)
        case "freed":
            return on.AgentFreed(world.at)
        case "hang up":
            return on.HangUpAsked(world.at)
        case "hold":
            return on.HoldAsked(world.at, data.draw(st.sampled_from([7, 8])))
        case "unhold":
            return on.UnholdAsked(world.at, data.draw(st.sampled_from([7, 8])))
        case "message ended" if world.call.state in {CallState.DROPPING, *OVER}:
            return on.MessageEnded(world.at, BO)
        case "timer":
            return on.TimerDue(world.at, world.call.due_at or world.at)
        case "come back":
            world.come_back(data.draw(st.sampled_from([7, 8])))
    return None


def _play(data: DataObject) -> World:
    world = World(record=data.draw(st.booleans()))
    for _ in range(data.draw(st.integers(0, 14))):
        world.at += timedelta(seconds=1)
        event = _draw(data, world)
        if event is not None:
            world.happens(event)
    return world


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_late_double_and_stray_events_are_ordinary(data: DataObject) -> None:
    _play(data)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_call_comes_to_an_end_when_asterisk_does_as_it_is_told(data: DataObject) -> None:
    world = _play(data)
    for _ in range(12):
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
