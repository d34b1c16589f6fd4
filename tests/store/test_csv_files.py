"""Files as programs write them, and files that are none."""

import csv
import io
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer import csv_formats
from dialer.csv_files import Record, open_records, read_preview, write_rows
from dialer.csv_formats import UnreadableFile, detect

TEXT = "Name,City,Phone\nBo,Malmö,1\nÅsa,Ystad,2\nEva,Ängelholm,3\nUlf,Lund,4\n"


def records(path: Path) -> list[Record]:
    with open_records(path, detect(path)) as (_, rows):
        return list(rows)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Windows-1252"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(file: Path, codec: str, name: str, delimiter: str) -> None:
    file.write_bytes(TEXT.replace(",", delimiter).encode(codec))
    preview = read_preview(file)
    assert (preview.encoding, preview.delimiter) == (name, delimiter)
    assert preview.headers == ("Name", "City", "Phone")
    assert preview.rows == (("Bo", "Malmö", "1"), ("Åsa", "Ystad", "2"), ("Eva", "Ängelholm", "3"))


def test_one_old_character_late_in_the_file_is_enough_for_windows_1252(file: Path) -> None:
    file.write_bytes(b"A,B\n" + b"x,y\n" * 50_000 + "ö,y\n".encode("cp1252"))
    assert read_preview(file).encoding == "Windows-1252"
    assert records(file)[-1].cells == ["ö", "y"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "file is empty"),
        (b"\xef\xbb\xbf", "file is empty"),
        (b"\n\n\n", "file is empty"),
        (b"A,B\n", "nothing below it"),
        (b"A,B\n\n,,\n", "nothing below it"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"%PDF-1.7", "is a PDF"),
        (bytes(range(1, 30)) * 50, "holds no text"),
        (b"A,B\n\x81,\x8d\n", "not UTF-8 nor Windows-1252"),
        (b"A\nb\n", "Only one column"),
        (b'A,"B\n' + b"x,y\n" * 200, "header row cannot be read"),
        (b"A,\0\nb,c\n", "NUL"),
        (",".join(map(str, range(10_000))).encode() + b"\n1,2\n", "10000 columns"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(file: Path, content: bytes, why: str) -> None:
    file.write_bytes(content)
    with pytest.raises(UnreadableFile, match=why):
        read_preview(file)


def test_headers_twice_or_missing_get_names_of_their_own(file: Path) -> None:
    file.write_text("Phone,Phone,,Phone (2),  Last   Name \n1,2,3,4,5\n")
    assert read_preview(file).headers == ("Phone", "Phone (2)", "Column 3", "Phone (2) (2)", "Last Name")


def test_excels_note_of_the_delimiter_is_not_the_header(file: Path) -> None:
    file.write_text("sep=;\r\nA;B\r\n1,5;2\r\n")
    assert read_preview(file).headers == ("A", "B")
    assert records(file)[0].line == 3


def test_a_row_knows_its_line_and_its_text(file: Path) -> None:
    file.write_bytes(b'A,B\r\n"two\r\nlines",x\r\n\r\nlast,y\r\n')
    assert records(file) == [
        Record(2, ["two\r\nlines", "x"], '"two\r\nlines",x\r\n', None),
        Record(5, ["last", "y"], "last,y\r\n", None),
    ]


def test_a_quotation_mark_left_open_costs_its_row_only(file: Path) -> None:
    file.write_text('A,B\n1,x\n2,"open\n' + "".join(f"{n},x\n" for n in range(3, 1000)))
    found = records(file)
    assert [row.line for row in found if row.problem] == [3]
    assert [row.line for row in found] == list(range(2, 1001))


def test_an_open_quotation_mark_near_the_end_costs_its_row_only(file: Path) -> None:
    file.write_text('A,B\n1,"open\n2,x\n3,y\n')
    assert [(row.line, bool(row.problem)) for row in records(file)] == [(2, True), (3, False), (4, False)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (b'"6" pipe",x', "inside a quoted cell"),
        (b"nul\0,x", "NUL"),
        (b"long" * 40_000 + b",x", "A cell is longer"),
        (b"x," * 600_000, "line is longer"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_read(file: Path, row: bytes, why: str) -> None:
    file.write_bytes(b"A,B\n" + row + b"\ngood,x\n")
    bad, good = records(file)
    assert bad.line == 2 and bad.problem is not None and why in bad.problem
    assert good.cells == ["good", "x"] and good.line == 3


def test_rows_are_read_as_a_stream(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("A,B\n" + "x,y\n" * 100_000)
    with open_records(file, csv_formats.Format("UTF-8", "utf-8", ",")) as (_, rows):
        assert [row.line for row in islice(rows, 2)] == [2, 3]


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=2
        )
    )
)
def test_what_a_csv_writer_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([["A", "B"], *rows])
    with open_records(path, csv_formats.Format("UTF-8", "utf-8", ",")) as (_, found):
        assert [row.cells for row in found] == [row for row in rows if any(cell.strip() for cell in row)]


def test_written_csv_never_starts_a_formula() -> None:
    cells = [
        "=cmd|' /C calc'!A0",
        "@SUM(A1)",
        "+1+2",
        "-2+3",
        "\t=1",
        "plain",
        "+12125550123",
        "-3",
        "+46 70-174 06 05",
    ]
    (row,) = csv.reader(io.StringIO("".join(write_rows([cells]))))
    assert row == [
        "'=cmd|' /C calc'!A0",
        "'@SUM(A1)",
        "'+1+2",
        "'-2+3",
        "'\t=1",
        "plain",
        "+12125550123",
        "-3",
        "+46 70-174 06 05",
    ]
