"""Leads as programs send and are told them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from dialer.imports import FIELDS, MAX_CUSTOM, MAX_LABEL
from dialer.leads import LONGEST_WORD
from dialer.store.lead_places import LeadState
from web.api.fields import BIGGEST, Body, InQuery, Paging, Text, Whole

_LONGEST = {field.name: field.max_length for field in FIELDS}


class PostedLead(Body):
    """Somebody who wants to be called. One phone is needed; all else may be left out."""

    campaign_id = Whole(1, BIGGEST, required=True)
    phone = Text(
        60, metadata={"description": "As people write it; without + it is of the company's country."}
    )
    mobile_phone = Text(60)
    work_phone = Text(60)
    first_name = Text(_LONGEST["first_name"])
    last_name = Text(_LONGEST["last_name"])
    account_name = Text(_LONGEST["account_name"])
    email = Text(_LONGEST["email"])
    region = Text(
        _LONGEST["region"], metadata={"description": "State or province; agents' filters go by it."}
    )
    postal_code = Text(_LONGEST["postal_code"])
    time_zone = Text(100, metadata={"description": "Without one, state, postal code and number decide."})
    language = Text(LONGEST_WORD, metadata={"description": "Agents' filters go by it."})
    product = Text(LONGEST_WORD, metadata={"description": "Agents' filters go by it."})
    notes = Text(_LONGEST["notes"])
    custom = fields.Dict(
        keys=Text(MAX_LABEL, least=1),
        values=Text(MAX_CUSTOM),
        validate=validate.Length(max=200),
        metadata={"description": "Values of the company's custom fields, by label."},
    )


class Assignment(Body):
    """Whose the lead is to be."""

    user_id = Whole(1, BIGGEST, required=True)


class Accepted(Schema):
    """A lead that has come in; agents are rung for it from now on."""

    id = fields.Integer(required=True)
    prospect_id = fields.Integer(required=True)
    application_id = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Null: there is an application once an agent takes the lead."},
    )
    state = fields.String(required=True, metadata={"enum": [state.value for state in LeadState]})


class Moved(Accepted):
    """Where a lead is now. What it says of somebody is for tokens that may see leads."""

    withdraw_asked = fields.Boolean(
        required=True, metadata={"description": "It still rings, and is withdrawn in a moment."}
    )


class Agent(Schema):
    """Whose the lead is."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class ShortLead(Moved):
    """A lead and where it is."""

    campaign_id = fields.Integer(required=True)
    source = fields.String(required=True)
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why nobody has it, as one word for programs."},
    )
    reason_text = fields.String(
        required=True, allow_none=True, metadata={"description": "The same as a sentence."}
    )
    agent = fields.Nested(Agent, required=True, allow_none=True)
    name = fields.String(required=True)
    phone = fields.String(
        required=True, allow_none=True, metadata={"description": "The number that is called."}
    )
    received_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)


class Leg(Schema):
    """One agent who was rung."""

    user_id = fields.Integer(required=True)
    user_name = fields.String(required=True)
    state = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    pressed_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class Ring(Schema):
    """One ringing of agents for the lead."""

    id = fields.Integer(required=True)
    state = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    winner_id = fields.Integer(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    legs = fields.List(fields.Nested(Leg), required=True)


class LeadInfo(ShortLead):
    """A lead with all that it said, and who was rung for it, the newest ring first."""

    phones = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    account_name = fields.String(required=True)
    email = fields.String(required=True)
    region = fields.String(required=True)
    postal_code = fields.String(required=True)
    time_zone = fields.String(required=True)
    language = fields.String(required=True)
    product = fields.String(required=True)
    notes = fields.String(required=True)
    consent = fields.String(required=True, metadata={"description": "What they agreed to in a web form."})
    custom = fields.Dict(keys=fields.String(), required=True)
    rings = fields.List(fields.Nested(Ring), required=True)


class WantedLeads(Paging):
    """Which leads are wanted."""

    state = fields.String(validate=validate.OneOf([state.value for state in LeadState]))
    campaign_id = InQuery(1, BIGGEST)
    q = Text(
        200,
        metadata={
            "description": "Beginnings of names or of an e-mail, or the first or last figures of a number."
        },
    )
