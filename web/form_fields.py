"""Fields that several forms have: numbers and times of day that say what is wrong with them, boxes to tick."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectMultipleField, TimeField
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

A_NUMBER = _l("Give a whole number.")
A_TIME = _l("Give a time such as 09:00.")


class Whole(IntegerField):  # type: ignore[misc]
    """A whole number."""

    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata([value.strip() for value in values])
        except ValueError:
            raise ValueError(A_NUMBER) from None


class TimeOfDay(TimeField):  # type: ignore[misc]
    """A time of day."""

    def process_formdata(self, values: list[str]) -> None:
        try:
            super().process_formdata(values)
        except ValueError:
            raise ValueError(A_TIME) from None


class Ticks(SelectMultipleField):  # type: ignore[misc]
    """Several of what is offered, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def between(low: int, high: int) -> NumberRange:
    """A number within these limits."""
    return NumberRange(low, high, message=_l("Give a number from %(min)s to %(max)s."))
