"""Files of phone numbers, as people have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.csv_formats import UnreadableFile
from dialer.number_blocks import Line
from dialer.number_files import read_numbers


def numbers(folder: Path, text: str | bytes, column: str = "", *, dated: bool = False) -> list[Line]:
    path = folder / "numbers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_numbers(path, "US", column, dated=dated))


def test_one_column_without_a_header(tmp_path: Path) -> None:
    assert numbers(tmp_path, "2145550101\n\n2145550102\n") == [Line(1, "2145550101"), Line(3, "2145550102")]


def test_the_column_that_is_named_like_one_of_numbers(tmp_path: Path) -> None:
    text = "Id;Name;Mobile phone\n2145550199;Bo;2145550101\n2145550198;Ann;2145550102\n"
    assert [line.text for line in numbers(tmp_path, text)] == ["2145550101", "2145550102"]


def test_a_name_that_promises_numbers_and_holds_none_is_passed_over(tmp_path: Path) -> None:
    text = "House number,Contact\n12,2145550101\n14,2145550102\n"
    assert [line.text for line in numbers(tmp_path, text)] == ["2145550101", "2145550102"]


@pytest.mark.parametrize("column", ["work", " Work ", "2"])
def test_the_column_that_was_asked_for(tmp_path: Path, column: str) -> None:
    text = "Phone,Work\n2145550101,2145550102\n"
    assert numbers(tmp_path, text, column) == [Line(2, "2145550102")]


@pytest.mark.parametrize("column", ["Fax", "3", "0", "-1"])
def test_a_column_that_is_not_there(tmp_path: Path, column: str) -> None:
    with pytest.raises(UnreadableFile, match="no such column"):
        numbers(tmp_path, "Phone,Work\n2145550101,2145550102\n", column)


def test_rows_without_a_number_are_still_told_of(tmp_path: Path) -> None:
    text = "Name,Phone\nBo,2145550101\nAnn,\nCy\n"
    assert numbers(tmp_path, text) == [Line(2, "2145550101"), Line(3, ""), Line(4, "")]


def test_an_open_quote_spoils_its_own_line_and_no_other(tmp_path: Path) -> None:
    text = 'Phone,Name\n2145550101,Bo\n2145550102,"Ann\n2145550103,Cy\n'
    assert [line.text for line in numbers(tmp_path, text)] == ["2145550101", "2145550102", "2145550103"]


def test_a_line_without_end_is_read_no_further_than_it_makes_sense(tmp_path: Path) -> None:
    text = f"2145550101\n{'x' * 100_000}\n2145550102\n"
    found = numbers(tmp_path, text)
    assert [(line.line, len(line.text)) for line in found] == [(1, 10), (2, 200), (3, 10)]


def test_what_a_spreadsheet_exported_against_formulas_is_read(tmp_path: Path) -> None:
    assert [line.text for line in numbers(tmp_path, "Phone\n'+12145550101\n")] == ["+12145550101"]


def test_dates_beside_the_numbers(tmp_path: Path) -> None:
    text = "Phone,Name,Call after\n2145550101,Bo,2026-04-30\n2145550102,Ann,soon\n2145550103,Cy,\n"
    assert [line.until for line in numbers(tmp_path, text, dated=True)] == ["", "", ""]
    text = "Phone,Until\n2145550101,2026-04-30\n2145550102,soon\n2145550103,2026-05-01\n"
    assert [line.until for line in numbers(tmp_path, text, dated=True)] == [
        "2026-04-30",
        "soon",
        "2026-05-01",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"Phone\n", "nothing below"),
        (b"Name,Town\nBo,Dallas\n", "No column"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\x01\x02\x03" * 50, "no text"),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableFile, match=sentence):
        numbers(tmp_path, content)


def test_other_encodings(tmp_path: Path) -> None:
    for codec in ("utf-16", "utf-8-sig", "cp1252"):
        text = "Téléphone\n2145550101\n".encode(codec)
        assert [line.text for line in numbers(tmp_path, text)] == ["2145550101"]
