"""The panel's texts: from the code to the catalogues, and from those to what gettext reads.

``python -m web.texts update`` brings the catalogues up to date with the code (for developers),
``python -m web.texts compile`` makes the .mo files (at set-up).
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "web" / "translations"

# Beside gettext's own names: lazy texts, the sentences of our errors, the labels of fields. Errors that only
# commands and logs speak of are left out: those are English.
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "Refused": None,
    "Forbidden": None,
    "Conflict": None,
    "BadValue": (2,),
    "PhoneTakenOver": None,
    "NotFound": None,
    "TooManyNumbers": None,
    "CameTwice": None,
    "UnusableNumber": None,
    "UnreadableFile": None,
    "BadMapping": None,
    "Field": (2,),
    "StoreUnavailable": None,
    "sentence": None,
}

JINJA_OPTIONS = {"trimmed": "true"}


def extract() -> Catalog:
    """Every text of the panel, and the sentences that the store and the importer show in it."""
    found = Catalog(project="Ringpool", charset="utf-8")
    for folder in ("web", "dialer"):
        messages = extract_from_dir(
            str(ROOT / folder),
            method_map=[("**.py", "python"), ("**/templates/**.html", "jinja2")],
            options_map={"**/templates/**.html": JINJA_OPTIONS},
            keywords=KEYWORDS,
        )
        for file_name, _line, message, comments, context in messages:
            found.add(message, None, [(f"{folder}/{file_name}", 0)], auto_comments=comments, context=context)
    return found


def catalogue_files() -> list[Path]:
    """The committed catalogues, one a language."""
    return sorted(CATALOGUES.glob("*/LC_MESSAGES/messages.po"))


def read(path: Path) -> Catalog:
    """One catalogue."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def update() -> None:
    """Add new texts to the catalogues, empty, and take out those that are gone."""
    template = extract()
    for path in catalogue_files():
        catalogue = read(path)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=100, sort_output=True, no_location=True, omit_header=False)


def compile_catalogues() -> None:
    """Write the .mo file beside each catalogue."""
    for path in catalogue_files():
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(path))


def main(arguments: list[str]) -> int:
    """Do what was asked, or say what can be."""
    match arguments:
        case ["update"]:
            update()
        case ["compile"]:
            compile_catalogues()
        case _:
            print("Use: python -m web.texts update | compile", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
