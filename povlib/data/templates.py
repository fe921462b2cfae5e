"""Empty workbooks for those who have no software: the official forms, and a data set."""

from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from povlib.data import columns, files, form_writer, tables, units
from povlib.data.standards import STANDARDS

_ROWS = 1000  # rows with drop-downs
_BLANK_UNITS = 40  # rows of the forms where no areas are given
_MEANINGS = {
    "area_code": "Mã đơn vị hành chính, dạng văn bản, giữ số 0 ở đầu",
    "name": "Tên đơn vị, không ghi xã/phường",
    "kind": "Loại đơn vị",
    "group": "Tỉnh hoặc huyện cũ (areas); nhóm đối tượng (groups)",
    "urban": "Là phường",
    "difficult": "Xã đặc biệt khó khăn",
    "latitude": "Vĩ độ",
    "longitude": "Kinh độ",
    "year": "Năm rà soát (số liệu cuối năm)",
    "standard": "Chuẩn nghèo",
    "status": "Tình trạng",
    "unit": "Đơn vị đếm: hộ hoặc nhân khẩu",
    "households": "Số hộ",
    "people": "Số nhân khẩu",
    "poor_households": "Số hộ nghèo cuối năm",
    "near_poor_households": "Số hộ cận nghèo cuối năm",
    "poor_people": "Số khẩu nghèo",
    "near_poor_people": "Số khẩu cận nghèo",
    "em_households": "Số hộ dân tộc thiểu số (DTTS)",
    "em_poor_households": "Số hộ nghèo DTTS",
    "em_near_poor_households": "Số hộ cận nghèo DTTS",
    "em_people": "Số khẩu DTTS",
    "em_poor_people": "Số khẩu nghèo DTTS",
    "em_near_poor_people": "Số khẩu cận nghèo DTTS",
    "local_em_households": "Số hộ dân tộc thiểu số tại chỗ",
    "local_em_poor_households": "Số hộ nghèo dân tộc thiểu số tại chỗ",
    "local_em_near_poor_households": "Số hộ cận nghèo dân tộc thiểu số tại chỗ",
    "local_em_people": "Số khẩu dân tộc thiểu số tại chỗ",
    "local_em_poor_people": "Số khẩu nghèo dân tộc thiểu số tại chỗ",
    "local_em_near_poor_people": "Số khẩu cận nghèo dân tộc thiểu số tại chỗ",
    "average_farm_households": "Số hộ nông, lâm, ngư nghiệp có mức sống trung bình",
    "average_farm_people": "Số khẩu của các hộ nông, lâm, ngư nghiệp có mức sống trung bình",
    "vintage": "Sơ bộ (preliminary) hoặc chính thức (official)",
    "provenance": "Nguồn số liệu",
    "start": "Số đầu kỳ",
    "end": "Số cuối kỳ",
    "out_to_other_status": "Hộ nghèo thành cận nghèo; hộ cận nghèo thành nghèo",
    "out_above": "Vượt chuẩn cận nghèo",
    "other_decrease": "Giảm khác: chết, chuyển đi, tách, nhập hộ",
    "in_from_other_status": "Từ hộ cận nghèo (bảng hộ nghèo) hoặc từ hộ nghèo",
    "returned": "Tái nghèo, tái cận nghèo",
    "newly_identified": "Phát sinh mới",
    "other_increase": "Tăng khác",
    "indicator": "Chỉ số thiếu hụt",
    "deprived_households": "Số hộ thiếu hụt",
    "deprived_children": "Số trẻ em thiếu hụt",
    "children": "Tổng số trẻ em",
    "ethnicity": "Dân tộc; other là dân tộc khác",
    "cause": "Nguyên nhân nghèo",
    "programme": "Chương trình, mô hình",
    "first_year": "Năm bắt đầu tại địa bàn",
    "households_reached": "Số hộ tham gia",
    "money_spent": "Kinh phí đã chi (đồng)",
    "project": "Dự án của chương trình",
    "source": "Nguồn vốn",
    "period": "Tháng, dạng NNNN-TT, ví dụ 2025-06",
    "allocated": "Vốn giao trong tháng (đồng)",
    "carried_over": "Vốn chuyển nguồn (đồng), ghi vào tháng 1",
    "passed_on": "Vốn phân bổ tiếp cho cấp dưới trong tháng (đồng), để không tính hai lần",
    "disbursed": "Vốn giải ngân trong tháng (đồng)",
    "results_planned": "Kết quả được giao (công trình, mô hình, hộ, lớp) theo đơn vị của dự án",
    "results_reached": "Kết quả hoàn thành, cùng đơn vị",
    "task": "Rõ việc: nhiệm vụ",
    "lead_body": "Cơ quan chủ trì",
    "carried_out_by": "Rõ người: người thực hiện (chức danh, không ghi họ tên)",
    "responsibility": "Rõ trách nhiệm: chịu trách nhiệm về việc gì",
    "authority": "Rõ thẩm quyền: người có thẩm quyền (chức danh, không ghi họ tên)",
    "deadline": "Rõ thời gian: thời hạn, dạng NNNN-TT-NG, ví dụ 2026-12-31",
    "expected_result": "Rõ kết quả: kết quả dự kiến",
    "result": "Kết quả đạt được",
}
_GUIDE = (
    "Mỗi trang là một bảng; chỉ bắt buộc areas và review. Dòng đầu là tên cột, không đổi.",
    "Ghi số lượng, không ghi tỷ lệ. Số nguyên không dấu phân cách: 6330, không ghi 6.330.",
    "Để trống nếu chưa có số liệu; 0 là số liệu. Không nhập họ tên, số định danh của người dân.",
    "One sheet a table; areas and review are required. Keep the column names of row 1.",
    "Counts, never rates; whole numbers without separators. A blank is missing, 0 is a figure.",
    "No names or identity numbers of people.",
    "Kiểm tra / check: povlib check data-set.xlsx",
)


def write(folder: Path, *, areas: str | None, standard: str) -> list[Path]:
    """
    Write the empty forms and the empty data set.

    Parameters
    ----------
    folder : Path
        Made if it is not there; files of the same names are replaced.
    areas : str or None
        Register of the areas that get a row each (`units.register`).
    standard : str

    Returns
    -------
    paths : list of Path

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write(Path(folder), areas="thai-nguyen", standard="nd07-2021")
    ...     print(*(path.name for path in written))
    review-forms.xlsx data-set.xlsx
    """
    register = None if areas is None else units.register(areas)
    blank = pd.DataFrame("", index=range(_BLANK_UNITS), columns=columns.empty("areas").columns)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / "review-forms.xlsx", folder / "data-set.xlsx"]
    aside = [path.with_name(f".{path.name}") for path in paths]
    form_writer.template(aside[0], standard=standard, units=blank if register is None else register)
    _write_data_set(aside[1], register)
    for written, path in zip(aside, paths, strict=True):
        written.replace(path)
    return paths


def _write_data_set(path: Path, areas: pd.DataFrame | None) -> None:
    book = Workbook()
    guide = book.active
    guide.title = files.GUIDE
    for text in _GUIDE:
        guide.append([text])
    guide.column_dimensions["A"].width = 110
    for name in tables.KEYS:
        sheet = book.create_sheet(name)
        write_heads(sheet, name)
        if name == "areas" and areas is not None:
            for row in areas.astype(object).where(areas.notna(), None).itertuples(index=False):
                sheet.append(list(row))
                sheet.cell(sheet.max_row, 1).number_format = "@"  # the code stays text
    book.save(path)


def write_heads(sheet: Worksheet, table: str) -> None:
    """
    Lay out a sheet for a table of a data set: heads that explain themselves, drop-downs.

    Parameters
    ----------
    sheet : Worksheet
        Empty.
    table : str
        One of `tables.KEYS`.

    Examples
    --------
    >>> sheet = Workbook().active
    >>> write_heads(sheet, "programmes")
    >>> [cell.value for cell in sheet[1]][:3]
    ['area_code', 'programme', 'first_year']
    """
    for position, head in enumerate(tables.SCHEMAS[table].columns, 1):
        _write_head(sheet, position, table, head)
    sheet.freeze_panes = "A2"


def _write_head(sheet: Worksheet, position: int, table: str, head: str) -> None:
    letter = get_column_letter(position)
    column = tables.SCHEMAS[table].columns[head]
    cell = sheet.cell(1, position, head)
    cell.font = Font(bold=True)
    must = "được để trống / may be blank" if column.nullable else "bắt buộc / required"
    cell.comment = Comment(f"{_MEANINGS[head]} ({must})", "povlib", width=300, height=80)
    sheet.column_dimensions[letter].width = max(12, len(head) + 2)
    if tables.dtypes(table)[head] == "str":  # or Excel makes numbers of codes, days of months
        sheet.column_dimensions[letter].number_format = "@"
    if rule := _rule(table, head):
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{_ROWS}")


def _rule(table: str, head: str) -> DataValidation | None:
    dtype = tables.dtypes(table)[head]
    if dtype == "Int64":
        low = "1900" if head in ("year", "first_year") else "0"
        return DataValidation(
            type="whole", operator="greaterThanOrEqual", formula1=low, showErrorMessage=True
        )
    choices = _choices(table, head)
    if not choices:
        return None
    return DataValidation(
        type="list", formula1=f'"{",".join(choices)}"', showErrorMessage=True, allow_blank=True
    )


def _choices(table: str, head: str) -> tuple[str, ...]:
    """Values that a column takes; the list of a drop-down holds 255 letters."""
    column = tables.SCHEMAS[table].columns[head]
    for check in column.checks:
        if check.name == "isin":
            return tuple(check.statistics["allowed_values"])
    if tables.dtypes(table)[head] == "boolean":
        return ("TRUE", "FALSE")
    if head == "indicator":
        every = (item.code for standard in STANDARDS.values() for item in standard.indicators)
        return tuple(dict.fromkeys(every))
    return ("xã", "phường", "đặc khu") if head == "kind" else ()
