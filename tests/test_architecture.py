"""What design.md and style.md demand of the code as a whole, held by the code itself."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("agi_scripts", "ari_app", "asterisk_conf", "cli", "dialer", "web")
LONGEST = 400

# Tables are spoken of in dialer/sql alone. Functions without tables (pg_notify), SELECT 1 and
# LISTEN are a connection's own talk, not queries.
QUERY = re.compile(
    r"\bSELECT\b.*\bFROM\s+\w|\bINSERT\s+INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b"
    r"|\bTRUNCATE\s+\w|\bCREATE\s+(TABLE|INDEX|VIEW)\b|\bALTER\s+TABLE\b",
    re.DOTALL,
)


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_go_down_and_every_library_has_its_one_door() -> None:
    lint = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert lint is not None, "import-linter belongs to the test extra"
    ran = subprocess.run(
        [lint, "--config", "setup.cfg", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout


def test_every_package_is_under_the_import_rules() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    assert set(config["importlinter"]["root_packages"].split()) == set(PACKAGES)


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_file_says_one_thing(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{name_of(path)} has {lines} lines"


def queries() -> Iterator[tuple[str, str]]:
    for file in resources.files("dialer.sql").iterdir():
        if file.name.endswith(".sql"):
            for name in re.findall(r"^-- name: *(\w+)", file.read_text(encoding="utf-8"), re.MULTILINE):
                yield file.name.removesuffix(".sql"), name


def used_queries() -> set[tuple[str, str]]:
    """(family, query) wherever a name that was bound to ``load(family)`` has an attribute read."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources()}
    families: dict[tuple[str, str], str] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)],
                    value=ast.Call(func=ast.Name(id="load"), args=[ast.Constant(value=str(family))]),
                ):
                    families[path.stem, name] = family
    used = set()
    for path, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=query) if (path.stem, name) in families:
                    used.add((families[path.stem, name], query))
                case ast.Attribute(value=ast.Attribute(value=ast.Name(id=module), attr=name), attr=query) if (
                    module,
                    name,
                ) in families:
                    used.add((families[module, name], query))
    return used


def test_every_query_is_used_and_every_used_query_exists() -> None:
    assert set(queries()) == used_queries()


def _strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """String constants that are no docstrings, and the fixed parts of f-strings joined."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "x" for part in node.values]
            yield node.lineno, "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


# Commands, programs and logs speak English; the panel's templates are filled in where they are said.
IN_ANY_LANGUAGE = ("dialer", "web")
ENGLISH = ("dialer/migrate.py", "dialer/settings.py", "web/api/", "web/build_static.py")
SENTENCE = re.compile(r"\S\s.*[.!?]$", re.DOTALL)


def test_no_value_is_written_into_a_sentence_before_it_can_be_translated() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}: {ast.unparse(node)[:80]}"
        for path in sources()
        if name_of(path).startswith(IN_ANY_LANGUAGE) and not name_of(path).startswith(ENGLISH)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if is_filled_in_too_early(node)
    ]
    assert found == [], "give the error or sentence() a template and its values: «List %(name)s is …», name=…"


def errors() -> set[str]:
    """The names of our errors, and of what makes their sentences."""
    names = {"RingpoolError", "sentence", "Sentence"}
    classes = [
        node
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    while more := {
        node.name
        for node in classes
        if node.name not in names and any(isinstance(b, ast.Name) and b.id in names for b in node.bases)
    }:
        names |= more
    return names


ERRORS = errors()


def is_filled_in_too_early(node: ast.AST) -> bool:
    """An error made with an f-string, %, + or a method of a string; or any f-string that is a sentence."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=args) if name in ERRORS:
            return any(
                isinstance(arg, ast.JoinedStr | ast.BinOp)
                or (
                    isinstance(arg, ast.Call)
                    and isinstance(arg.func, ast.Attribute)
                    and is_text(arg.func.value)
                )
                for arg in args
            )
        case ast.JoinedStr(values=parts):
            fixed = "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in parts)
            return bool(SENTENCE.search(fixed))
    return False


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_the_check_for_sentences_knows_one_when_it_sees_it() -> None:
    for code in (
        "raise Refused(f'List {name} is archived.')",
        "raise BadValue('name', f'{name} is taken')",
        "UnreadableFile('%s is none' % name)",
        "NotFound('There is no {}.'.format(name))",
        "sentence('There is no ' + name)",
        "why = f'{label} is empty.'",
    ):
        assert any(map(is_filled_in_too_early, ast.walk(ast.parse(code)))), code
    for code in (
        "raise Refused('List %(name)s is archived.', name=f'{a} {b}')",
        "raise Refused(error.said)",
        "path = f'{folder}/{name}.csv'",
        "line = f'{list_id}\\t{text}\\n'",
    ):
        assert not any(map(is_filled_in_too_early, ast.walk(ast.parse(code)))), code


def test_tables_are_spoken_of_in_sql_files_only() -> None:
    found = [
        f"{name_of(path)}:{line}: {' '.join(text.split())[:60]}"
        for path in sources()
        for line, text in _strings(ast.parse(path.read_text(encoding="utf-8")))
        if QUERY.search(text)
    ]
    assert found == []


def test_the_check_for_queries_knows_one_when_it_sees_it() -> None:
    for text in ("SELECT a\nFROM b", "UPDATE agent SET x = 1", "DELETE FROM lease", "INSERT INTO leg"):
        assert QUERY.search(text)
    for text in ("SELECT 1", "SELECT pg_notify(%s, %s)", "Update the list, then start.", "LISTEN x"):
        assert not QUERY.search(text)


def test_who_asks_for_another_part_of_the_page_knows_how_it_is_swapped() -> None:
    """htmx asks the element that sent a request how to swap, by then perhaps gone from the page and its hx-ext."""
    asking = [
        (name_of(path), tag)
        for path in sorted((ROOT / "web").rglob("*.html"))
        for tag in re.findall(r'<[a-z][^<]*hx-swap="morph[^<]*', path.read_text(encoding="utf-8"))
        if "hx-target=" in tag
    ]
    assert asking
    assert [found for found in asking if 'hx-ext="morph"' not in found[1]] == []
