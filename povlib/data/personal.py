"""Sheets with personal data: found, and refused before anything of them is kept."""

import re
from collections.abc import Iterator, Mapping

from povlib.data.vietnamese import fold, tidy
from povlib.data.workbooks import Sheet
from povlib.errors import DataError

_NAME = r"(?:họ|ho)\W*(?:(?:và|va)\W*)?(?:chữ đệm\W*|chu dem\W*)?(?:(?:và|va)\W*)?(?:tên|ten)\b"
# What the heading of a column of names or identities begins with. "Chủ hộ là nữ" counts
# households, and "(Ký, ghi rõ họ tên)" stands below a signature: neither is meant.
_HEADING = re.compile(
    rf"(?:{_NAME}|(?:tên|ten)\W+(?:chủ hộ|chu ho|thành viên|thanh vien)|"
    r"(?:chủ hộ|chu ho)\W*$|full ?name|member\.|family\.|"
    r"(?:số |so )?(?:cccd|cmnd|cmt|căn cước|can cuoc|chứng minh|định danh|dinh danh)|"
    r"(?:mã|ma) (?:hộ|ho)\b|(?:ngày|năm|ngay|nam)[ ,/]*(?:tháng[ ,/]*năm )?sinh)",
    re.IGNORECASE,
)
# A title; "(Có danh sách hộ nghèo kèm theo)" below a form is a remark.
_LIST = re.compile(r"danh sách\b.*\bhộ\b", re.IGNORECASE)
# The identity number of a citizen; the old ones had nine digits, as totals may have.
_IDENTITY = re.compile(r"\b0[0-9]{11}\b")


def refuse(file: str, sheets: Mapping[str, Sheet]) -> None:
    """
    Refuse a workbook with names or identity numbers of people in any of its sheets.

    Parameters
    ----------
    file : str
        Name of the file.
    sheets : mapping of Sheet
        By name.

    Raises
    ------
    DataError
        Says which sheet and why, and nothing of what stands there.
    """
    for name, sheet in sheets.items():
        for row, reason in _findings(sheet):
            msg = (
                f'{file}, sheet "{name}", row {row}: {reason}; personal data are never imported:'
                " take the sheet out of the workbook (forms 14 and 15 are such lists)"
            )
            raise DataError(msg)


def _findings(sheet: Sheet) -> Iterator[tuple[int, str]]:
    for number, row in enumerate(sheet.rows, 1):
        for cell in row:
            if cell == "":
                continue
            if isinstance(cell, str):
                text = tidy(cell)
                if _HEADING.match(text.lstrip("( *")) and not fold(text).startswith("ki "):
                    yield number, "a heading for names or identities of people"
                elif _LIST.match(text):
                    yield number, "the title of a list of households"
                elif _IDENTITY.search(text):
                    yield number, "an identity number of twelve digits"
            elif isinstance(cell, float) and 1e10 <= cell < 1e12 and cell.is_integer():
                # Excel takes the leading zero of an identity number that is kept as a number.
                yield number, "an identity number of twelve digits"
