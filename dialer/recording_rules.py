"""How long an organisation keeps recordings, and who is told that a call is recorded (CMP-4). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dialer.errors import BadValue
from dialer.time_zones import state_code
from dialer.zone_tables import STATE_NAMES

ANNOUNCE = ("nobody", "all", "states")

LONGEST_DAYS = 36_500

CODES = frozenset(STATE_NAMES.values())


@dataclass(frozen=True, slots=True)
class RecordingRules:
    """``keep_recordings_days`` None: for ever. ``announce_recording``: nobody, all, or the ``announce_states``."""

    record_calls: bool
    keep_recordings_days: int | None
    announce_recording: str
    announce_states: tuple[str, ...]
    announce_locale: str
    version: int

    def checked(self) -> RecordingRules:
        """The same as it is stored. Raises BadValue for what cannot be used."""
        days = self.keep_recordings_days
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise BadValue("keep_recordings_days", "Keep recordings for 1 to 36,500 days, or leave it empty.")
        if self.announce_recording not in ANNOUNCE:
            raise BadValue("announce_recording", "Choose who is told that the call is recorded.")
        states = tuple(dict.fromkeys(state_code(each) for each in self.announce_states))
        if unknown := [each for each in states if each not in CODES]:
            raise BadValue(
                "announce_states", "%(state)s is no state; write them like CA, NY.", state=unknown[0]
            )
        if self.announce_recording == "states" and not states:
            raise BadValue("announce_states", "Name the states whose prospects are told.")
        return replace(self, announce_states=states)

    def keeps_less_than(self, before: RecordingRules) -> bool:
        """Whether recordings may go that ``before`` kept."""
        days, kept = self.keep_recordings_days, before.keep_recordings_days
        return days is not None and (kept is None or days < kept)

    def announces_to(self, region: str) -> bool:
        """Whether prospects of this region are told; with states, also those whose state is not known."""
        if self.announce_recording == "states":
            code = state_code(region)
            return code in self.announce_states or code not in CODES
        return self.announce_recording == "all"


def split_states(text: str) -> Sequence[str]:
    """The states of a text with commas between them."""
    return tuple(each.strip() for each in text.split(",") if each.strip())
