"""Values as programs send and get them: strict, so that what is described is what is taken."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC
from operator import attrgetter
from typing import Any

from flask import request
from marshmallow import RAISE, Schema, fields, validate

from dialer.registrations import LONGEST_WORD, MOST_WORDS
from web.api.problems import WrongInput

BIGGEST = 2**63 - 1
"""The largest id that PostgreSQL's bigint holds."""


class Text(fields.String):
    """Text that PostgreSQL can keep: no NUL, no half of a surrogate pair. Spaces around it go."""

    def __init__(
        self,
        most: int = 200,
        *,
        least: int = 0,
        validate_more: validate.Validator | None = None,
        **more: Any,
    ) -> None:
        checks = [validate.Length(least, most), validate_more]
        super().__init__(validate=[check for check in checks if check is not None], **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise self.make_error("invalid_utf8")
        return text.strip()


class Secret(Text):
    """Text whose spaces are kept, and which is never shown."""

    def __init__(self, most: int = 200, *, least: int = 0, **more: Any) -> None:
        super().__init__(most, least=least, load_only=True, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        super()._deserialize(value, attr, data, **kwargs)
        return str(value)


class Whole(fields.Integer):
    """A whole number in JSON; 1.0 and "1" are none."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(least, most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class InQuery(fields.Integer):
    """A whole number in an address."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        super().__init__(validate=validate.Range(least, most), **more)


class Number(fields.Float):
    """A number in JSON."""

    def __init__(self, least: float, most: float, **more: Any) -> None:
        super().__init__(allow_nan=False, validate=validate.Range(least, most), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class Flag(fields.Boolean):
    """true or false, nothing that looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Clock(fields.Time):
    """A time of day, as 09:30."""

    def __init__(self, **more: Any) -> None:
        more["metadata"] = {
            "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$",
            "example": "09:30",
            **more.get("metadata", {}),
        }
        super().__init__(format="%H:%M", **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or len(value) != 5 or not value.isascii():
            raise self.make_error("invalid", input=value, obj_type="time of day like 09:30")
        return super()._deserialize(value, attr, data, **kwargs)


class Moment(fields.AwareDateTime):
    """A point in time; without an offset it is UTC."""

    def __init__(self, **more: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **more)


class Body(Schema):
    """What comes in a body: nothing that is not described."""

    class Meta:
        unknown = RAISE


def ids(**more: Any) -> fields.List[Any]:
    """Ids of records."""
    return fields.List(Whole(1, BIGGEST), validate=validate.Length(max=10_000), **more)


def words(**more: Any) -> fields.List[Any]:
    """States, languages or products that agents are chosen by."""
    return fields.List(Text(LONGEST_WORD, least=1), validate=validate.Length(max=MOST_WORDS), **more)


def version(**more: Any) -> Whole:
    """The version that was read; who sends another than the present one is told so."""
    described = {"description": "The version you read; without it, send If-Match."}
    return Whole(1, 2**31 - 1, metadata=described, **more)


def seen_version(body: dict[str, Any]) -> int:
    """Which version the program had read: ``version`` of the body, taken out of it, else If-Match."""
    if "version" in body:
        return int(body.pop("version"))
    tags = request.if_match
    if tags.star_tag or len(tags.as_set()) != 1:
        raise WrongInput.value("/version", "Say which version you read, as 'version' or in If-Match.")
    tag = next(iter(tags.as_set()))
    if not tag.isdecimal() or not tag.isascii() or len(tag) > 9:
        raise WrongInput.parameter("If-Match", 'Send the version you read, like "3".')
    return int(tag)


class Paging(Schema):
    """Which page of a collection."""

    limit = InQuery(1, 200, load_default=50, metadata={"description": "Records on a page."})
    cursor = fields.String(
        validate=validate.Length(max=300), metadata={"description": "`next` of the page before."}
    )


def page_of(record: type[Schema], **more: Any) -> type[Schema]:
    """The schema of one page of records."""
    name = f"{record.__name__}Page"
    made = Schema.from_dict(
        {
            "items": fields.List(fields.Nested(record), required=True),
            "next": fields.String(
                required=True,
                allow_none=True,
                metadata={"description": "The cursor of the next page; null on the last."},
            ),
            **more,
        },
        name=name,
    )
    made.__doc__ = f"A page of records of the kind {record.__name__}."
    return made


def page(
    rows: Sequence[Any],
    query: dict[str, Any],
    *,
    key: Callable[[Any], int] = attrgetter("id"),
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page out of all rows, in the order of their ids."""
    ordered = sorted(rows, key=key, reverse=newest_first)
    if (seen := cursor_id(query)) is not None:
        ordered = [row for row in ordered if (key(row) < seen if newest_first else key(row) > seen)]
    shown = ordered[: query["limit"]]
    return {"items": shown, "next": cursor(key(shown[-1])) if len(shown) < len(ordered) else None}


def cursor(place: object) -> str:
    """Where the next page begins, for programs to send back as it is."""
    return base64.urlsafe_b64encode(str(place).encode()).rstrip(b"=").decode()


def cursor_text(query: dict[str, Any]) -> str | None:
    """What ``cursor`` was made of; None on the first page. Raises WrongInput for one we never made."""
    given: str | None = query.get("cursor")
    if given is None:
        return None
    try:
        padded = given + "=" * (-len(given) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text or not text.isprintable():
        raise bad_cursor()
    return text


def bad_cursor() -> WrongInput:
    """The error for a cursor that we never made."""
    return WrongInput.parameter("cursor", "This is none of ours; send 'next' as it came.")


def cursor_id(query: dict[str, Any]) -> int | None:
    """The id that ``cursor`` was made of."""
    text = cursor_text(query)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and int(text) <= BIGGEST):
        raise bad_cursor()
    return int(text)
