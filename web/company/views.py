"""Company Setup: its sections, one file each, on one blueprint."""

from web.company import (
    calling,
    details,
    do_not_call,
    fields,
    parking,
    phone_columns,
    prompts,
    reasons,
    recording,
    results,
    roles,
    words,
)
from web.company.blueprint import blueprint

__all__ = [
    "blueprint",
    "calling",
    "details",
    "do_not_call",
    "fields",
    "parking",
    "phone_columns",
    "prompts",
    "reasons",
    "recording",
    "results",
    "roles",
]

words.register(blueprint)
