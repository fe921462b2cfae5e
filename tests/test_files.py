"""Bytes on disk: what is read from folders, workbooks and text files, and what is refused."""

import zipfile

import openpyxl
import pandas as pd
import pytest

from povlib.data import dataset, files, tables, workbooks
from povlib.errors import DataError
from povlib.scenario import DataSettings

PLAIN = DataSettings(path="x")
FLAT = "area_code,name,year,households,poor_households\n01,Ba Bể,2021,100,20\n"
SHEETS = {
    "areas": [["area_code", "name"], ["00001", "Ba Bể"]],
    "review": [
        ["area_code", "year", "standard", "households", "poor_households"],
        ["00001", 2024, "nd07-2021", 398, 12],
    ],
}
DAMAGED = r"review.xlsx: not a readable workbook"


@pytest.fixture
def workbook(tmp_path):
    """Write a workbook of some sheets and give its path."""

    def _write(sheets):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "review.xlsx"
        book.save(path)
        return path

    return _write


@pytest.fixture
def folder(few, tmp_path):
    """Write the required tables of a data set and give their folder."""
    path = tmp_path / "set"
    path.mkdir()
    for name in tables.REQUIRED:
        getattr(few, name).to_csv(path / f"{name}.csv", index=False)
    return path


def _load(path):
    return dataset.load(path, settings=PLAIN)


def _write(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "a.csv: the file is empty"),
        ("a.csv", b"# only a comment\n", "a.csv: the file is empty"),
        ("a.csv", b"area_code,name\n", "a.csv: no rows below the heads"),
        ("a.csv", "area_code,name\n1,Hà Nội\n".encode("utf-16"), "line 1: not UTF-8 text"),
        ("a.csv", "area_code,name\n1,H\xe0 N\xf4i\n".encode("latin-1"), "line 2: not UTF-8 text"),
        ("a.csv", b'area_code,name\n1,"x\n', "a.csv: not a CSV table"),
        ("a.csv", b"# c\na,b\n1,2\n1,2,3\n", "a.csv: not a CSV table: Expected 2 .* in line 4"),
        ("a.csv", b"a,b,a\n1,2,3\n", "a.csv: column a is there twice"),
        ("a.csv", b"x,y\n1,2\n", "table areas is missing .*a flat file needs the columns area_c"),
        ("a.xlsx", b"", "a.xlsx: not a readable workbook"),
        ("a.xlsx", b"PK\x03\x04broken", "a.xlsx: not a readable workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xlsx: .* protected by a password"),
        ("a.xlsx", b"area_code,name\n", "a.xlsx: .* or no .xlsx"),
        ("a.xls", b"nothing", "a.xls: not a readable workbook"),
        ("a.txt", b"area_code", r"a.txt: expected a folder, or a file ending in .csv"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        _load(path)
    assert "\n" not in str(caught.value)


def test_a_missing_path_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such file or folder"):
        _load(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"holds no .csv or .parquet file"):
        _load(tmp_path)


def test_a_missing_table_lists_those_that_are_there(workbook):
    with pytest.raises(DataError, match=r"review.xlsx: table review is missing \(there: areas\)"):
        _load(workbook({"areas": SHEETS["areas"]}))


def test_a_missing_column_lists_those_that_are_there(workbook):
    review = [row[:-1] for row in SHEETS["review"]]
    with pytest.raises(DataError, match=r"column poor_households is missing \(there: area_code, y"):
        _load(workbook(SHEETS | {"review": review}))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_line_end_and_byte_order_mark_is_read(tmp_path, delimiter, end):
    text = "\ufeff# it's \"quoted once\n" + FLAT.replace(",", delimiter)
    assert len(_load(_write(tmp_path, text.replace("\n", end))).review) == 1


def test_rows_are_counted_with_comments_heads_and_blank_lines(tmp_path):
    text = "# one\n# two\n\n,,,,\n" + FLAT + "\n01,Ba Bể,2022,100,-1\n"
    with pytest.raises(DataError, match=r"a.csv, row 8 \(Ba Bể\): poor_households must not be neg"):
        _load(_write(tmp_path, text))


def test_the_message_is_one_line_whatever_the_heads_and_names_hold(tmp_path):
    heads = 'area_code,name,year,"house\nholds",poor_households\n01,A,2021,1,1\n'
    with pytest.raises(DataError, match=r"there: area_code, name, year, house holds, poor_h"):
        _load(_write(tmp_path, heads))
    with pytest.raises(DataError, match=r"row 2 \(Ba\[2JBể\): name must be plain text"):
        _load(_write(tmp_path, FLAT.replace("Ba Bể,2021", '"Ba\x1b[2J\nBể",2021')))


def test_other_files_and_links_in_a_folder_are_never_opened(folder):
    (folder / "notes.csv").write_bytes(b"\xff\xfe")
    (folder / "letter.txt").write_text("x")
    (folder / ".hidden.csv").write_bytes(b"\xff")
    (folder / "flows.csv").symlink_to(folder / "notes.csv")
    data = _load(folder)
    assert data.flows.empty
    assert [str(note) for note in data.notes] == [
        f"{name} ignored: not a table of ours" for name in ("flows.csv", "letter.txt", "notes.csv")
    ]


def test_other_sheets_of_a_workbook_are_never_read(workbook):
    data = _load(workbook({"heads": [["x", "x"]], **SHEETS}))
    assert [str(note) for note in data.notes] == [
        'review.xlsx, sheet "heads" ignored: not a table of ours'
    ]


def test_a_table_in_two_formats_is_refused(folder):
    (folder / "areas.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="set: table areas is there twice, as CSV and as Parquet"):
        _load(folder)


def test_a_flat_table_may_stand_in_a_workbook_or_a_folder(workbook, tmp_path):
    rows = [line.split(",") for line in FLAT.splitlines()]
    assert len(_load(workbook({"Sheet1": rows, "Sheet2": []})).review) == 1
    (tmp_path / "review.xlsx").unlink()
    _write(tmp_path, FLAT)
    assert len(_load(tmp_path).review) == 1


def test_parquet_files_are_read_like_csv_files(few, tmp_path):
    for name in tables.KEYS:
        getattr(few, name).to_parquet(tmp_path / f"{name}.parquet")
    again = _load(tmp_path)
    for name in tables.KEYS:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(few, name), check_exact=True)


def test_codes_that_parquet_keeps_as_fractions_are_codes(tmp_path):
    areas = pd.DataFrame({"area_code": [1840.0], "name": ["A"]})
    review = areas[["area_code"]].assign(
        year=2024.0, standard="nd07-2021", households=10.0, poor_households=1, people=float("nan")
    )
    areas.to_parquet(tmp_path / "areas.parquet")
    review.to_parquet(tmp_path / "review.parquet")
    assert _load(tmp_path).review["area_code"].tolist() == ["1840"]


def test_a_file_that_is_no_parquet_is_refused(folder):
    (folder / "flows.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(DataError, match=r"flows.parquet: not a Parquet file"):
        _load(folder)


def test_a_truncated_workbook_is_refused(workbook):
    path = workbook(SHEETS)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=DAMAGED):
        _load(path)


def test_a_workbook_with_a_damaged_part_is_refused(workbook):
    path = workbook(SHEETS)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("xl/worksheets/sheet2.xml").header_offset
    content[start + 100] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=DAMAGED):
        _load(path)


def test_an_empty_workbook_is_refused(workbook):
    with pytest.raises(DataError, match=r"review.xlsx: the workbook is empty"):
        _load(workbook({"Sheet1": []}))


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"xl/{number}.xml", b"0" * 100_000_000)
    with pytest.raises(DataError, match=r"bomb.xlsx: unpacks to 300,000,000 bytes, more than 200"):
        _load(path)


def test_a_workbook_that_unpacks_to_many_times_its_size_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/1.xml", b"0" * 10_000_000)
    with pytest.raises(DataError, match=r"bomb.xlsx: unpacks to \d+ times its size, more than 200"):
        _load(path)


def test_a_part_that_is_larger_than_it_says_is_refused(workbook):
    path = workbook(SHEETS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b"0" * 100_000)
    content = path.read_bytes()
    path.write_bytes(content.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(DataError, match=DAMAGED):
        _load(path)


def test_a_stray_cell_in_the_last_corner_is_refused_before_memory_is(workbook):
    path = workbook(SHEETS)
    book = openpyxl.load_workbook(path)
    book["review"]["XFD1048576"] = "x"
    book.save(path)
    with pytest.raises(DataError, match=r"spans 1,048,576 rows and 16,384 columns.*stray cell"):
        _load(path)


def test_far_cells_that_are_only_formatted_do_no_harm(workbook):
    path = workbook(SHEETS)
    book = openpyxl.load_workbook(path)
    book["review"]["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    book.save(path)
    assert len(_load(path).review) == 1


def test_a_cell_cut_by_the_end_of_a_chunk_is_seen(workbook, monkeypatch):
    path = workbook(SHEETS)
    monkeypatch.setattr(workbooks, "_CHUNK", 7)
    monkeypatch.setattr(workbooks, "MAX_CELLS", 9)
    with pytest.raises(DataError, match="spans 2 rows and 5 columns, more than 9 cells"):
        files.read(path, names=tables.KEYS)


def test_one_table_is_read_from_the_first_sheet_whatever_the_others_hold(workbook):
    path = workbook({"panel": [["unit", "year"], ["a", 1]], "more": [["Total", "Total"], [1, 2]]})
    assert files.read_table(path).to_numpy().tolist() == [["a", "1"]]


def test_keys_that_pandas_kept_in_the_index_of_a_parquet_file_are_columns(few, tmp_path):
    few.areas.to_parquet(tmp_path / "areas.parquet")
    few.review.set_index(["area_code", "year"]).to_parquet(tmp_path / "review.parquet")
    assert len(_load(tmp_path).review) == len(few.review)


def test_figures_below_no_head_are_told_of(folder):
    path = folder / "areas.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([lines[0] + ",", *(f"{line},7" for line in lines[1:])]), "utf-8")
    ignored = [str(note) for note in _load(folder).notes if "ignored" in str(note)]
    assert len(ignored) == 1
    assert f"(column {len(lines[0].split(',')) + 1})" in ignored[0]
