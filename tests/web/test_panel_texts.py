"""Every text of the panel in every language."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import dialer
from dialer.errors import RingpoolError
from web.texts import KEYWORDS, catalogue_files, extract, read

ROOT = Path(__file__).parent.parent.parent

# Told to commands, to the phone's keypad and in logs alone.
ENGLISH = {"BadSetting", "DatabaseUnavailable", "NotAllowed", "TooManyGuesses", "WrongInput", "WrongPin"}


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


def test_the_catalogues_find_the_sentences_of_every_error() -> None:
    """An error that is made with a text of its own is one of the extractor's keywords."""
    raised = {
        node.func.id
        for folder in ("dialer", "web")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if any(isinstance(arg, ast.Constant) and isinstance(arg.value, str) for arg in node.args)
    }
    for module in pkgutil.walk_packages(dialer.__path__, "dialer."):
        importlib.import_module(module.name)
    ours = {error.__name__ for error in _with_all_below(RingpoolError)}
    assert (raised & ours) - ENGLISH - set(KEYWORDS) == set()


def _with_all_below(error: type[RingpoolError]) -> set[type[RingpoolError]]:
    return {error}.union(*(_with_all_below(each) for each in error.__subclasses__()))
