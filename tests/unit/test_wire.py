"""Commands in the column that keeps them."""

from __future__ import annotations

import json
from dataclasses import fields
from uuid import uuid4

import pytest

from dialer.calls.commands import Command
from dialer.wire import from_wire, to_wire

VALUES = {"UUID": uuid4(), "str": "PJSIP/100", "int": 25, "bool": True}
KINDS = sorted({kind.__name__: kind for kind in Command.__subclasses__()}.values(), key=lambda k: k.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_comes_back_as_it_went(kind: type[Command]) -> None:
    command = kind(**{field.name: VALUES[str(field.type)] for field in fields(kind)})
    back = from_wire(json.loads(json.dumps(to_wire(command))))
    assert back == command
    assert type(back) is kind


def test_there_are_commands_to_keep() -> None:
    assert len(KINDS) >= 10


def test_a_command_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        from_wire({"do": "SelfDestruct"})
