"""Official forms into a data set: what is stored, what is refused, what is said."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from povlib.data import columns, dataset, form_writer, imports, tables, units
from povlib.data.dataset import Dataset
from povlib.errors import DataError
from povlib.scenario import DataSettings

STANDARD = "nd07-2021"
REVIEW = {"year": 2024, "standard": STANDARD}
FORMED = ("review", "flows", "deprivations", "groups", "ethnicities", "causes", "children")
PLAIN = DataSettings(path="x")


@pytest.fixture(scope="module")
def whole(embedded):
    return embedded


@pytest.fixture(scope="module")
def small(whole):
    """Eight units, among them Văn Lang and Văn Lăng, in all years."""
    names = ("Văn Lang", "Văn Lăng", "Ba Bể", "Bắc Kạn", "Lam Vỹ", "Nam Hòa", "Phổ Yên", "Na Rì")
    codes = whole.areas.loc[whole.areas["name"].isin(names), "area_code"]
    frames = {name: getattr(whole, name) for name in tables.KEYS}
    own = {
        name: frame[frame["area_code"].isin(codes)].reset_index(drop=True)
        for name, frame in frames.items()
    }
    return Dataset(**own)


@pytest.fixture(scope="module")
def written(small, tmp_path_factory):
    """A folder with the forms of 2024, and a data set of the same areas without that year."""
    folder = tmp_path_factory.mktemp("written")
    form_writer.fill(small, folder / "forms.xlsx", **REVIEW)
    frames = {name: getattr(small, name) for name in tables.KEYS}
    older = {
        name: frame[frame["year"] < 2024] if "year" in frame else frame
        for name, frame in frames.items()
    }
    dataset.save(Dataset(**older), folder / "set")
    return folder


@pytest.fixture
def forms(written, tmp_path):
    return Path(shutil.copy(written / "forms.xlsx", tmp_path))


@pytest.fixture
def into(written, tmp_path):
    return Path(shutil.copytree(written / "set", tmp_path / "set"))


def _only(path, *numbers):
    """Leave out all forms but some, where a test needs no more."""
    keep = [f"Biểu {number}" for number in numbers]
    _edit(path, lambda book: [book.remove(sheet) for sheet in book if sheet.title not in keep])


def _import(path, into, **more):
    prepared = imports.prepare([path], into=into, **(REVIEW | more))
    imports.save(prepared, into)
    return prepared


def _edit(path, change):
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)


def _put(path, sheet, cells):
    def _change(book):
        for address, value in cells.items():
            book[sheet][address] = value

    _edit(path, _change)


def _row(path, sheet, name):
    """Number of the first row of a unit."""
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(min_col=2, max_col=2)
    return next(cell.row for (cell,) in rows if cell.value and name in str(cell.value))


def _of_2024(data, name):
    frame = getattr(data, name)
    frame = frame[frame["year"] == 2024].reset_index(drop=True)
    if name == "groups":  # no form counts households with children
        frame = frame[frame["group"] != "with_children"].reset_index(drop=True)
    return frame.drop(columns="provenance")


def _notes(prepared, text):
    return [str(note) for note in prepared.notes if text in str(note)]


def test_a_data_set_written_as_forms_and_imported_is_the_same(forms, into, small):
    _import(forms, into)
    again = dataset.load(into, settings=PLAIN)
    for name in ("review", "flows", "deprivations", "groups", "causes"):
        pd.testing.assert_frame_equal(_of_2024(again, name), _of_2024(small, name))
    for name in ("areas", "programmes", "finance", "actions"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(small, name))
    assert set(again.review.loc[again.review["year"] == 2024, "provenance"]) == {"forms.xlsx"}


def test_other_years_and_what_no_form_counts_are_left_as_they_are(forms, into):
    before = dataset.load(into, settings=PLAIN)
    _import(forms, into)
    after = dataset.load(into, settings=PLAIN)
    for name in ("review", "flows", "deprivations", "groups", "causes"):
        frame = getattr(after, name)
        old = frame[frame["year"] < 2024].reset_index(drop=True)
        pd.testing.assert_frame_equal(old, getattr(before, name))


def test_importing_again_changes_nothing_and_says_so(forms, into):
    assert _import(forms, into).changes
    assert _import(forms, into).changes == ()


def test_a_corrected_figure_replaces_the_one_before_and_is_named(forms, into):
    _only(forms, 1)
    _import(forms, into)
    row = _row(forms, "Biểu 1", "Ba Bể")
    before = openpyxl.load_workbook(forms)["Biểu 1"].cell(row, 5).value
    _put(forms, "Biểu 1", {f"E{row}": before - 1})
    (change,) = _import(forms, into).changes
    assert str(change) == "review: 0 rows new, 1 changed, 0 gone"
    assert change.cells == (f"01906 2024 nd07-2021: poor_households {before} -> {before - 1}",)


def test_one_form_after_the_other_fills_the_same_rows(forms, into, small):
    for keep in ((1,), (12, 13)):
        path = Path(shutil.copy(forms, forms.with_name(f"Biểu {keep[0]}.xlsx")))
        _only(path, *keep)
        _import(path, into)
    again = dataset.load(into, settings=PLAIN)
    pd.testing.assert_frame_equal(_of_2024(again, "review"), _of_2024(small, "review"))
    provenance = again.review.loc[again.review["year"] == 2024, "provenance"]
    # Forms 12 and 13 repeat all but the farming households of form 1, which has none here.
    assert set(provenance) == {"Biểu 12.xlsx"}


def test_units_may_come_in_several_files_but_each_once(forms, into, small, tmp_path):
    parts = []
    for place, codes in enumerate((small.areas["area_code"][:3], small.areas["area_code"][3:])):
        own = {name: getattr(small, name) for name in tables.KEYS}
        own = {name: frame[frame["area_code"].isin(codes)] for name, frame in own.items()}
        parts.append(tmp_path / f"part{place}.xlsx")
        form_writer.fill(Dataset(**own), parts[-1], **REVIEW)
    prepared = imports.prepare(parts, into=into, **REVIEW)
    pd.testing.assert_frame_equal(_of_2024(prepared.data, "review"), _of_2024(small, "review"))
    with pytest.raises(DataError, match=r"part0.xlsx.*the unit is there already: forms.xlsx"):
        imports.prepare([forms, parts[0]], into=into, **REVIEW)


def test_a_new_data_set_takes_its_areas_from_codes_or_from_a_register(forms, tmp_path, small):
    _import(forms, tmp_path / "new")
    areas = dataset.load(tmp_path / "new", settings=PLAIN).areas
    assert areas["area_code"].tolist() == small.areas["area_code"].tolist()
    assert areas["name"].tolist() == small.areas["name"].tolist()
    _edit(forms, _without_codes)
    with pytest.raises(DataError, match=r"no such data set.*begin one with --areas FILE"):
        _import(forms, tmp_path / "other")
    _import(forms, tmp_path / "other", areas="thai-nguyen")
    assert len(dataset.load(tmp_path / "other", settings=PLAIN).areas) == 92


def _without_codes(book):
    for sheet in book:
        for row in sheet.iter_rows(min_col=sheet.max_column, max_col=sheet.max_column):
            if not isinstance(row[0], openpyxl.cell.cell.MergedCell):
                row[0].value = None


def test_names_are_matched_in_every_spelling_and_never_without_their_marks(forms, into, small):
    _edit(forms, _without_codes)
    spelt = {"Lam Vỹ": " Xã  Lam Vĩ", "Nam Hòa": "xã Nam Hoà", "Phổ Yên": "PHƯỜNG PHỔ YÊN"}
    for name, other in spelt.items():
        _put(forms, "Biểu 1", {f"B{_row(forms, 'Biểu 1', name)}": other})
    prepared = imports.prepare([forms], into=into, **REVIEW)
    pd.testing.assert_frame_equal(_of_2024(prepared.data, "review"), _of_2024(small, "review"))
    _put(forms, "Biểu 1", {f"B{_row(forms, 'Biểu 1', 'Ba Bể')}": "Xã Ba Be"})
    with pytest.raises(DataError, match=r"row \d+: Xã Ba Be is not among the areas; did you mean"):
        imports.prepare([forms], into=into, **REVIEW)


def test_names_that_several_areas_have_are_listed_and_refused(forms, tmp_path):
    _edit(forms, _without_codes)
    register = units.register("thai-nguyen")
    double = register[register["name"] == "Na Rì"].assign(area_code="99999", group="Khác")
    pd.concat([register, double]).to_csv(tmp_path / "areas.csv", index=False)
    with pytest.raises(DataError, match=r"Xã Na Rì may be 02\d+ or 99999; add a column of codes"):
        _import(forms, tmp_path / "new", areas=str(tmp_path / "areas.csv"))


def test_the_district_row_above_tells_units_of_one_name_apart(tmp_path):
    areas = "area_code,name,kind,group\n00001,Tân Lập,xã,Cư Jút\n00002,Tân Lập,xã,Đắk Mil\n"
    (tmp_path / "areas.csv").write_text(areas, encoding="utf-8")
    rows = [
        ("1", "Huyện Cư Jút", 100, 400, 10),
        ("1.1", "Xã Tân Lập", 100, 400, 10),
        ("2", "Huyện Đăk Mil", 90, 300, 7),
        ("2.1", "Xã Tân Lập", 80, 300, 7),
        ("", "Tổng cộng", 190, 700, 17),
    ]
    path = _form_1(tmp_path, rows)
    prepared = _import(path, tmp_path / "set", areas=str(tmp_path / "areas.csv"))
    assert prepared.data.review["households"].tolist() == [100, 80]
    assert _notes(prepared, "do not add up") == [
        'one.xlsx, sheet "x", row 8 (Huyện Đăk Mil): units do not add up: column 1 90, units 80',
        'one.xlsx, sheet "x", row 10 (Tổng cộng): units do not add up: column 1 190, units 180',
    ]


def _form_1(folder, rows, title="TỔNG HỢP KẾT QUẢ RÀ SOÁT HỘ NGHÈO, CÓ MỨC SỐNG TRUNG BÌNH"):
    """Form 1 with few columns, as a commune may type it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "x"
    sheet.append(["ỦY BAN NHÂN DÂN TỈNH"])
    sheet.append([title])
    sheet.append(["Thái Nguyên, ngày 10 tháng 01 năm 2025"])
    sheet.append(["TT", "Đơn vị", "Số hộ", "Nhân khẩu", "Hộ nghèo", "Ghi chú"])
    sheet.append(["A", "B", "1", "2", "3", None])
    for row in rows:
        sheet.append(row)
    sheet.append([None, "Người lập biểu", None, None, "CHỦ TỊCH"])
    sheet.append(["(Có danh sách hộ nghèo kèm theo)"])
    sheet.append([None, "(Ký, ghi rõ họ tên)", None, None, "(Ký, họ tên, đóng dấu)"])
    book.save(folder / "one.xlsx")
    return folder / "one.xlsx"


@pytest.fixture
def one(tmp_path):
    """Import form 1 of one commune."""

    def _one(*cells, title=None):
        title = {"title": title} if title else {}
        path = _form_1(tmp_path, [("1", "Xã Ba Bể", *cells)], **title)
        return imports.prepare([path], into=tmp_path / "new", areas="thai-nguyen", **REVIEW)

    return _one


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("6.330", 6330),
        ("6,330", 6330),
        ("1.234.567", 1234567),
        ("6 330", 6330),
        (" 6330 ", 6330),
        (6330.0, 6330),
    ],
)
def test_vietnamese_and_plain_numbers_are_read(one, cell, stored):
    assert one(cell, None, 5).data.review["households"].tolist() == [stored]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        (6.33, "must be a whole number, not negative; found 6.33"),
        ("6.33", "must be a whole number; found '6.33'"),
        ("1.234,5", "found '1.234,5'"),
        ("6.3300", "found '6.3300'"),
        ("1.234,567", "found '1.234,567'"),
        (-3, "not negative; found -3"),
        (10**15, "must be a whole number"),
        ("x12", "must be a whole number$"),
        (True, "must be a whole number$"),
    ],
)
def test_what_is_no_count_is_refused_with_place_and_value(one, cell, found):
    with pytest.raises(DataError, match=rf'one.xlsx, sheet "x", row 6 \(.*, column 1: .*{found}'):
        one(cell, None, 5)


@pytest.mark.parametrize("cells", [(0, 0, 0), (None, None, None), (0, None, None), ("-", 0, 0)])
def test_zeros_without_a_household_total_are_not_entered(one, cells):
    prepared = one(*cells) if any(cell is not None for cell in cells) else None
    if prepared is None:
        with pytest.raises(DataError, match="no form of the review with figures was found"):
            one(*cells)
    else:
        assert prepared.data.review.empty
        assert _notes(prepared, "1 rows not entered, stored as missing: 6 (Xã Ba Bể)")


def test_no_poor_among_counted_households_is_a_zero(one):
    review = one(100, 400, 0).data.review
    assert review["poor_households"].tolist() == [0]


def test_people_of_counted_households_that_are_zero_were_not_entered(one):
    prepared = one(100, 0, 5)
    assert prepared.data.review["people"].isna().all()
    assert _notes(prepared, "people not entered in 1 rows, stored as missing: 6 (Xã Ba Bể): 2")


def test_a_household_total_that_is_blank_is_no_zero(one):
    prepared = one(None, 400, 5)
    assert prepared.data.review.empty
    assert _notes(prepared, "column 1, the household total, is blank")


def test_columns_without_a_place_are_named(one):
    prepared = one(100, 400, 5, "xem lại")
    assert _notes(prepared, "columns without a place, not stored: Ghi chú")
    assert _notes(prepared, "columns missing: 5, 7, 9, 11, 13")


@pytest.mark.parametrize(
    ("title", "vintage"),
    [("CHÍNH THỨC ", "official"), ("SƠ BỘ ", "preliminary"), ("", None)],
)
def test_the_title_says_whether_figures_are_preliminary(one, title, vintage):
    text = f"TỔNG HỢP KẾT QUẢ {title}RÀ SOÁT HỘ NGHÈO, HỘ CÓ MỨC SỐNG TRUNG BÌNH NĂM 2024"
    said = one(100, 400, 5, title=text).data.review["vintage"]
    assert said.astype(object).where(said.notna(), None).tolist() == [vintage]


def test_another_year_in_the_title_is_refused_and_dates_are_no_years(one):
    text = "KẾT QUẢ RÀ SOÁT HỘ NGHÈO, MỨC SỐNG TRUNG BÌNH NĂM {} (giai đoạn 2022-2025)"
    assert len(one(100, 400, 5, title=text.format(2024)).data.review) == 1
    with pytest.raises(DataError, match="the title says 2023, the import 2024"):
        one(100, 400, 5, title=text.format(2023))


@pytest.mark.parametrize(
    "heading",
    [
        "Họ, tên chủ hộ và thành viên trong hộ",
        "Họ và tên",
        "HỌ TÊN",
        "Tên chủ hộ",
        "Chủ hộ",
        "Số CCCD",
        "CMND/CCCD",
        "Số định danh cá nhân",
        "Ngày, tháng, năm sinh",
        "DANH SÁCH CHI TIẾT HỘ NGHÈO",
        "member.fullName",
        "Mã hộ",
        "012345678901",
        12345678901.0,
    ],
)
def test_personal_data_in_any_sheet_stop_the_import(forms, into, heading):
    def _add(book):
        sheet = book.create_sheet("khác")
        sheet.sheet_state = "hidden"
        sheet.append(["", heading])
        sheet.append(["", "someone"])

    _only(forms, 1)
    _edit(forms, _add)
    with pytest.raises(DataError, match=r'sheet "khác", row 1: .* never imported') as caught:
        _import(forms, into)
    assert "someone" not in str(caught.value)
    assert "12345678901" not in str(caught.value)
    assert (dataset.load(into, settings=PLAIN).review["year"] < 2024).all()


def test_a_code_that_belongs_to_another_name_is_refused(forms, into):
    row = _row(forms, "Biểu 1", "Ba Bể")
    column = openpyxl.load_workbook(forms)["Biểu 1"].max_column
    address = f"{openpyxl.utils.get_column_letter(column)}{row}"
    _put(forms, "Biểu 1", {address: "01843"})
    with pytest.raises(DataError, match=r"\(Xã Ba Bể\): code 01843 is that of Bắc Kạn"):
        _import(forms, into)
    _put(forms, "Biểu 1", {address: 1906})  # Excel took the zero; the name vouches for the code
    assert _import(forms, into)


def test_headings_that_do_not_belong_to_their_numbers_are_refused(forms, into):
    _put(forms, "Biểu 10", {"D7": "Thiếu lao động"})
    with pytest.raises(DataError, match=r'column 1 of form 10 is "Không có.*did headings'):
        _import(forms, into)


def test_indicators_of_another_standard_are_refused(forms, into):
    with pytest.raises(DataError, match=r"of form 4 is .*its heading is"):
        _import(forms, into, standard="nd351-2025")


def test_rates_and_totals_that_contradict_the_counts_are_said(forms, into):
    row = _row(forms, "Biểu 1", "Ba Bể")
    _put(forms, "Biểu 1", {f"F{row}": "99,9"})
    _put(forms, "Biểu 4", {f"D{_row(forms, 'Biểu 4', 'Ba Bể')}": 1})
    _put(forms, "Biểu 8", {f"D{_row(forms, 'Biểu 8', 'Ba Bể')}": 3000})
    prepared = _import(forms, into)
    assert _notes(prepared, f"column 4 is not 3/1*100 in 1 rows: {row} (Xã Ba Bể): 99.90, not ")
    assert _notes(prepared, "column sum is not 1+2+3")
    assert _notes(prepared, "differs from what is stored as review poor_households in 1 rows")


def test_zeros_in_another_form_are_missing_where_the_review_counts_poor(forms, into):
    row = _row(forms, "Biểu 2", "Ba Bể")
    letters = "DEFGHIJKL"
    _put(forms, "Biểu 2", {f"{letter}{row}": 0 for letter in letters})
    prepared = _import(forms, into)
    assert _notes(prepared, f"1 rows not entered, stored as missing: {row} (Xã Ba Bể)")
    flows = prepared.data.flows
    own = flows[(flows["area_code"] == "01906") & (flows["year"] == 2024)]
    assert own["status"].tolist() == ["near_poor"]


def test_a_unit_that_is_not_entered_keeps_what_was_there(forms, into):
    _import(forms, into)
    row = _row(forms, "Biểu 1", "Ba Bể")
    before = dataset.load(into, settings=PLAIN)
    for sheet in ("Biểu 1", "Biểu 12", "Biểu 13"):
        own = _row(forms, sheet, "Ba Bể")
        letters = [openpyxl.utils.get_column_letter(n) for n in range(3, 25)]
        width = openpyxl.load_workbook(forms)[sheet].max_column - 1
        _put(forms, sheet, {f"{letter}{own}": 0 for letter in letters[: width - 2]})
    prepared = _import(forms, into)
    assert _notes(prepared, f"not entered, stored as missing: {row} (Xã Ba Bể)")
    pd.testing.assert_frame_equal(prepared.data.review, before.review)


def test_parts_of_several_forms_that_exceed_their_whole_are_refused(forms, into):
    row = _row(forms, "Biểu 10", "Ba Bể")
    _put(forms, "Biểu 10", {f"D{row}": 999999})
    prepared = _import(forms, into)
    assert _notes(prepared, "causes: 1 rows refused: 01906 2024 nd07-2021 poor land: households 99")
    own = prepared.data.causes.query("area_code == '01906' and year == 2024 and cause == 'land'")
    assert own["status"].tolist() == ["near_poor"]


def test_figures_of_a_review_that_is_refused_are_left_out_too(forms, into):
    _put(forms, "Biểu 1", {f"C{_row(forms, 'Biểu 1', 'Ba Bể')}": 10})
    _edit(forms, lambda book: [book.remove(book[f"Biểu {number}"]) for number in (12, 13)])
    prepared = _import(forms, into)
    assert _notes(prepared, "(Xã Ba Bể) refused: column 3 ")
    assert _notes(
        prepared, "flows: 2 rows refused: 01906 2024 nd07-2021 near_poor households: no r"
    )
    for name in ("review", "flows", "deprivations", "groups", "causes"):
        frame = getattr(prepared.data, name)
        assert not len(frame[(frame["area_code"] == "01906") & (frame["year"] == 2024)])


def test_a_formula_without_its_value_is_refused_and_macros_are_not_run(forms, into):
    _edit(forms, lambda book: book["Biểu 1"].__setitem__("C11", "=1+1"))
    with pytest.raises(DataError, match=r"cell C11 of xl/worksheets/sheet1.xml holds a formula"):
        _import(forms, into)
    _put(forms, "Biểu 1", {"C11": 9000})
    macros = forms.with_suffix(".xlsm")
    shutil.copy(forms, macros)
    assert len(_import(macros, into).sheets) == 12


def test_a_data_set_with_columns_of_others_is_not_overwritten(forms, into):
    review = pd.read_csv(into / "review.csv", dtype=str).assign(remark="x")
    review.to_csv(into / "review.csv", index=False)
    with pytest.raises(DataError, match="columns ignored: remark; they would be lost"):
        _import(forms, into)


def test_an_import_that_fails_at_the_last_moment_changes_nothing(forms, into, monkeypatch):
    before = {path.name: path.read_bytes() for path in into.iterdir()}
    rename = type(into).rename

    def _fail(path, target):
        if path.name.startswith(".set-") and not path.name.endswith("-old"):
            raise OSError(28, "No space left on device")
        return rename(path, target)

    monkeypatch.setattr(type(into), "rename", _fail)
    with pytest.raises(OSError, match="No space left"):
        _import(forms, into)
    assert {path.name: path.read_bytes() for path in into.iterdir()} == before
    assert [path.name for path in into.parent.iterdir() if path.name.startswith(".")] == []


def test_an_import_that_is_killed_leaves_the_data_set_whole(forms, into):
    "Killed at three moments of the write; whatever is there afterwards loads"
    command = [sys.executable, "-m", "povlib", "import", str(forms), "--year", "2024"]
    command += ["--standard", STANDARD, "--into", str(into)]
    for delay in (0.0, 0.05, 0.3):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end:
            if list(into.parent.glob(".set-*")):
                time.sleep(delay)
                os.kill(process.pid, signal.SIGKILL)
                break
            time.sleep(0.002)
        process.wait()
        assert dataset.load(into, settings=PLAIN).areas["area_code"].nunique() == 8


def test_the_command_prints_what_it_did_and_refuses_with_one_line(forms, into):
    command = [sys.executable, "-m", "povlib", "import", str(forms), "--into", str(into)]
    command += ["--standard", STANDARD, "--year"]
    done = subprocess.run([*command, "2024"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert 'forms.xlsx, sheet "Biểu 1": form 1, 8 units' in done.stdout
    assert "review: 8 rows new, 0 changed, 0 gone" in done.stdout
    again = subprocess.run([*command, "2024"], capture_output=True, text=True, check=False)
    assert f"{into}: nothing changed" in again.stdout
    refused = subprocess.run([*command, "2023"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [refused.stderr.strip()]


COUNTS = st.integers(1, 5000)


@st.composite
def _datasets(draw):
    """Sound data sets of one year with something for every form, blanks among it."""
    codes = [f"{number:05d}" for number in range(1, draw(st.integers(2, 4)))]
    names = ["Văn Lang", "Văn Lăng", "Đắk R'Măng"]
    rows = {name: [] for name in tables.KEYS}
    rows["areas"] = [
        {"area_code": code, "name": name} for code, name in zip(codes, names, strict=False)
    ]
    maybe = draw(st.booleans())
    for code in codes:
        _draw_unit(draw, rows, {"area_code": code, **REVIEW}, maybe=maybe)
    frames = {}
    for name in tables.KEYS:
        empty = columns.empty(name)
        frame = pd.DataFrame(rows[name], columns=empty.columns).astype(empty.dtypes)
        frames[name] = frame.sort_values(tables.KEYS[name], ignore_index=True)
    return Dataset(**frames)


def _draw_unit(draw, rows, key, *, maybe):
    def _part(whole, low=0):
        return draw(st.integers(min(low, whole), whole))

    poor, near = draw(COUNTS), draw(COUNTS)
    review = {"households": 20_000, "poor_households": poor, "near_poor_households": near}
    review |= {"people": 60_000, "poor_people": poor * 3, "near_poor_people": near * 3}
    review |= {"average_farm_households": _part(5000), "average_farm_people": 7}
    for unit in ("households", "people"):
        em = {"": 18_000 if unit == "households" else 50_000}
        em |= {
            "poor_": _part(review[f"poor_{unit}"], 1),
            "near_poor_": _part(review[f"near_poor_{unit}"], 1),
        }
        for status, count in em.items():
            review[f"em_{status}{unit}"] = count
            review[f"local_em_{status}{unit}"] = _part(count, 1) if maybe else pd.NA
    rows["review"].append(key | review | {"vintage": "official" if maybe else pd.NA})
    for status, stock in (("poor", poor), ("near_poor", near)):
        own = key | {"status": status}
        minority = review[f"em_{status}_households"]
        _draw_status(draw, rows, own, stock, minority, _part)


def _draw_status(draw, rows, own, stock, minority, part):
    for unit, size in (("households", 1), ("people", 3)):
        flow = own | {"unit": unit, "start": draw(COUNTS), "end": stock * size}
        moves = [*tables.FLOWS_OUT, *tables.FLOWS_IN]
        rows["flows"].append(flow | {name: draw(st.none() | COUNTS) for name in moves})
    for indicator in draw(st.sets(st.sampled_from(["employment", "water", "toilet"]), min_size=1)):
        cell = {"indicator": indicator, "deprived_households": part(stock), "households": stock}
        rows["deprivations"].append(own | cell)
    for group in ("ethnic_minority", "no_labour_capacity", "merit"):
        cell = {"group": group, "households": part(stock), "people": part(stock, 1)}
        rows["groups"].append(own | cell)
    rows["groups"].append(own | {"group": "female_head", "households": part(stock)})
    peoples = {"Kinh": stock - minority} | dict.fromkeys(("Tày", "M'Nông", "other"), minority // 3)
    for name, most in peoples.items():
        rows["ethnicities"].append(own | {"ethnicity": name, "households": part(most)})
    rows["causes"].append(own | {"cause": "land", "households": part(stock, 1)})
    all_children = draw(st.integers(0, 900))
    for indicator in draw(st.sets(st.sampled_from(tables.CHILD_INDICATORS), min_size=1)):
        cell = {"deprived_children": part(all_children), "children": all_children}
        rows["children"].append(own | {"indicator": indicator} | cell)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=_datasets(), named=st.booleans())
def test_any_data_set_survives_the_forms(tmp_path_factory, data, named):
    folder = tmp_path_factory.mktemp("forms")
    form_writer.fill(data, folder / "f.xlsx", **REVIEW)
    if named:
        _edit(folder / "f.xlsx", _without_codes)
    data.areas.to_csv(folder / "areas.csv", index=False)
    prepared = _import(folder / "f.xlsx", folder / "set", areas=str(folder / "areas.csv"))
    again = dataset.load(folder / "set", settings=PLAIN)
    for name in FORMED:
        expected = getattr(data, name)
        if name in ("review", *FORMED[1:]):
            expected = expected.assign(provenance="f.xlsx").astype(expected.dtypes)
        pd.testing.assert_frame_equal(getattr(again, name), expected)
    assert not _notes(prepared, "refused")
