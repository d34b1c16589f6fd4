"""The form of the Recording section."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, Regexp

from dialer.prompts import LOCALES as SPOKEN
from dialer.recording_rules import RecordingRules, split_states
from web.words import LOCALES

ANNOUNCE = {
    "nobody": _l("Nobody"),
    "all": _l("Everybody"),
    "states": _l("Prospects of these states, and those whose state is not known"),
}


class RecordingForm(FlaskForm):  # type: ignore[misc]
    """The rules as they are typed."""

    record_calls = BooleanField(_l("Record calls"))
    keep_recordings_days = StringField(
        _l("Keep recordings for, days"),
        [Optional(), Regexp(r"\s*[0-9]{1,6}\s*$", message=_l("Give a whole number, or leave it empty."))],
    )
    announce_recording = RadioField(_l("Who is told"), choices=list(ANNOUNCE.items()))
    announce_states = StringField(_l("States"))
    announce_locale = SelectField(
        _l("Spoken in"), choices=[SelectChoice(code, LOCALES[code]) for code in SPOKEN]
    )

    @classmethod
    def of(cls, found: RecordingRules) -> RecordingForm:
        """The form that shows the rules."""
        return cls(
            record_calls=found.record_calls,
            keep_recordings_days=str(found.keep_recordings_days or ""),
            announce_recording=found.announce_recording,
            announce_states=", ".join(found.announce_states),
            announce_locale=found.announce_locale,
        )

    def rules(self, version: int) -> RecordingRules:
        """What was typed, as rules that are not checked yet."""
        days = (self.keep_recordings_days.data or "").strip()
        return RecordingRules(
            record_calls=self.record_calls.data,
            keep_recordings_days=int(days) if days else None,
            announce_recording=self.announce_recording.data,
            announce_states=tuple(split_states(self.announce_states.data or "")),
            announce_locale=self.announce_locale.data,
            version=version,
        )
