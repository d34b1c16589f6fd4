"""Every text of the panel in every language."""

from __future__ import annotations

import re

import pytest

from web.texts import catalogue_files, extract, read


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.parent.parent.name)
def test_every_text_is_translated(path: object) -> None:
    catalogue = read(path)  # type: ignore[arg-type]
    known = {message.id: message for message in catalogue if message.id}
    missing = [m.id for m in extract() if m.id and m.id not in known]
    assert missing == [], "run 'python -m web.texts update' and translate what is new"
    empty = [m.id for m in known.values() if not (all(m.string) if m.pluralizable else m.string)]
    assert empty == []


@pytest.mark.parametrize("path", catalogue_files(), ids=lambda path: path.parent.parent.name)
def test_translations_keep_the_values_that_are_filled_in(path: object) -> None:
    for message in read(path):  # type: ignore[arg-type]
        if not message.id:
            continue
        names = set(re.findall(r"%\((\w+)\)", str(message.id)))
        for text in message.string if message.pluralizable else (message.string,):
            assert set(re.findall(r"%\((\w+)\)", text)) == names, message.id
