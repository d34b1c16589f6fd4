"""How a CSV file is written: its encoding and its delimiter, found from its bytes."""

from __future__ import annotations

import codecs
import csv
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dialer.errors import RingpoolError, sentence

DELIMITERS = ",;\t|"

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_NO_CSV = {
    b"PK\x03\x04": sentence("an Excel workbook or a zip archive"),
    b"\xd0\xcf\x11\xe0": sentence("an old Excel workbook"),
    b"%PDF": sentence("a PDF"),
    b"\x1f\x8b": sentence("a gzip archive"),
}
_CONTROL = bytes(set(range(1, 32)) - set(b"\t\n\r\f\x1a\x1b"))


class UnreadableFile(RingpoolError):
    """This is not a CSV file with a header row and rows below it."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is written: what people call the encoding, Python's codec for it, the delimiter.

    ``errors`` is how the codec treats what is not of it, ``lines`` how many lines the file has, at most.
    """

    encoding: str
    codec: str
    delimiter: str
    errors: str = "strict"
    lines: int = 0


def detect(path: Path) -> Format:
    """Find the encoding, true for every byte of the file, and the delimiter. Raises UnreadableFile."""
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
    except OSError as error:
        raise UnreadableFile(
            "%(file)s cannot be read: %(why)s.", file=path.name, why=error.strerror or ""
        ) from error
    if not head:
        raise UnreadableFile("The file is empty; choose one with a header row and prospects below it.")
    for signature, what in _NO_CSV.items():
        if head.startswith(signature):
            raise UnreadableFile(
                "The file is %(what)s, not a CSV; open it and save it as CSV (UTF-8).", what=what
            )
    encoding, codec, errors, lines = _encoding(path, head)
    sample = codecs.getincrementaldecoder(codec)(errors).decode(head)
    if len(head) == _SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    return Format(encoding, codec, _delimiter(sample), errors, lines)


def _encoding(path: Path, head: bytes) -> tuple[str, str, str, int]:
    """What people call the encoding, the codec, how it treats errors, and the file's lines."""
    if head.startswith(codecs.BOM_UTF8):
        candidates = [("UTF-8 with BOM", "utf-8-sig")]
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = [("UTF-16", "utf-16")]
    elif _is_mostly_nul(head[1::2]):
        candidates = [("UTF-16", "utf-16-le")]
    elif _is_mostly_nul(head[::2]):
        candidates = [("UTF-16", "utf-16-be")]
    else:
        if len(head) - len(head.translate(None, _CONTROL)) > len(head) // 50:
            raise UnreadableFile("The file holds no text; choose a CSV file.")
        candidates = [("UTF-8", "utf-8"), ("UTF-8", "utf-8-mixed"), ("Windows-1252", "cp1252")]
    for name, codec in candidates:
        errors = "strict" if codec != "utf-8-mixed" else _OLD_BYTES
        codec = codec.removesuffix("-mixed")
        lines = _lines(path, codec, errors)
        if lines is not None:
            return name, codec, errors, lines
    if len(candidates) > 1:
        raise UnreadableFile(
            "The file's characters are not UTF-8 nor Windows-1252; save it as CSV (UTF-8) and upload it again."
        )
    raise UnreadableFile(
        "The file's characters are not %(encoding)s; save it as CSV (UTF-8) and upload it again.",
        encoding=candidates[0][0],
    )


def _is_mostly_nul(part: bytes) -> bool:
    return len(part) > 0 and part.count(0) > len(part) * 0.4


def _lines(path: Path, codec: str, errors: str) -> int | None:
    """How many lines the file has, at most; None where it is not written in the codec.

    Files put together from several hold UTF-8 and single old bytes. They are read as UTF-8, the old
    bytes as Windows-1252, if the UTF-8 prevails: in a file that is Windows-1252 throughout, hardly two
    of its bytes make a character of UTF-8.
    """
    decoder = codecs.getincrementaldecoder(codec)(errors)
    newlines, returns, foreign, old = 0, 0, 0, 0
    try:
        with path.open("rb") as file:
            more = True
            while more:
                chunk = file.read(_CHUNK)
                more = bool(chunk)
                text = decoder.decode(chunk, final=not more)
                newlines += text.count("\n")
                returns += text.count("\r")
                if errors != "strict" and not text.isascii():
                    foreign += len(text) - len(text.encode("ascii", "ignore"))
                    old += len(chunk) - len(chunk.decode(codec, "ignore").encode(codec))
    except UnicodeDecodeError:
        return None
    return (newlines or returns) + 1 if errors == "strict" or foreign > 2 * old else None


_OLD_BYTES = "ringpool-old-bytes"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.start + 1].decode("cp1252"), error.start + 1


codecs.register_error(_OLD_BYTES, _as_windows_1252)


def _delimiter(sample: str) -> str:
    """The one that gives the header more than one cell and most rows as many."""
    if match := re.match(r"sep=(.)\s*[\r\n]", sample, re.IGNORECASE):
        return match[1]

    def agreement(delimiter: str) -> tuple[bool, float, int]:
        reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
        try:
            widths = [len(row) for row in islice(reader, 20) if row]
        except csv.Error:
            widths = []
        width = widths[0] if widths else 0
        return width > 1, widths.count(width) / max(len(widths), 1), width

    return max(DELIMITERS, key=agreement)
