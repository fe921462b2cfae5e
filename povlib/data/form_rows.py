"""Rows of a form: which unit each is of, and its figures as Vietnamese offices write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from povlib.data.form_columns import Fitted
from povlib.data.vietnamese import fold, split_kind, tidy
from povlib.data.workbooks import Sheet
from povlib.errors import DataError

_WHOLE = re.compile(r"[0-9]{1,12}")
# 6.330 and 1,234 in a column of counts are whole numbers: no other reading is one.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([., \u00a0\u202f])[0-9]{3}(?:\1[0-9]{3})*")
_BLANK = ("", "-", "–", "—")
_TOTAL = re.compile(
    r"(?:tổng|tổng số|tổng cộng|cộng|toàn tỉnh|toàn huyện|toàn quốc|cả nước)"
    r"(?: (?:cộng|toàn tỉnh|toàn huyện|tỉnh .*|huyện .*))?\W*",
    re.IGNORECASE,
)
_ABOVE = ("huyện", "thị xã", "thành phố", "quận")
_ROMAN = re.compile(r"[IVXLC]+")
_KINDS = {"số hộ": "hộ", "khẩu": "nhân khẩu", "số khẩu": "nhân khẩu", "số nhân khẩu": "nhân khẩu"}
_MOST = 10**12  # more than there are people
_SHOWN = 20  # letters of a cell that a message repeats


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the sheet that is of a unit, with its cells."""

    number: int
    order: str
    label: str
    code: str
    kind: str
    cells: tuple[Any, ...]


def read(fitted: Fitted, sheet: Sheet) -> pd.DataFrame:
    """
    Read the rows below the column numbers.

    Parameters
    ----------
    fitted : Fitted
    sheet : Sheet

    Returns
    -------
    rows : DataFrame
        As in `FormSheet.rows`; rows of signatures and remarks are left out.

    Raises
    ------
    DataError
        If a figure has no unit, or is none.
    """
    lines = list(_lines(fitted, sheet))
    if not any(_is_figure(cell) for line in lines for cell in line.cells):
        return pd.DataFrame()
    dotted = any("." in line.order for line in lines)
    levels = [_level(line, dotted=dotted) for line in lines]
    rows = pd.DataFrame(
        {
            "label": [line.label for line in lines],
            "code": [line.code for line in lines],
            "level": levels,
            "district": _districts(lines, levels),
            "kind": [line.kind for line in lines],
        },
        index=[line.number for line in lines],
        dtype="str",
    )
    for place, column in enumerate(fitted.columns.values()):
        if column.percent:
            values: list[Any] = [percent(line.cells[place]) for line in lines]
        else:
            values = [_count_of(fitted, line, column.number, line.cells[place]) for line in lines]
        dtype = "Float64" if column.percent else "Int64"
        rows[column.number] = pd.array(values, dtype=dtype)
    return rows


def _lines(fitted: Fitted, sheet: Sheet) -> Iterator[_Line]:
    """Rows that are of a unit: it has a name, or is the second row of one that has."""
    last: _Line | None = None
    spans = _spans(sheet, fitted.marks["B"])
    for position in range(fitted.layout.first_row, len(sheet.rows)):
        row = sheet.rows[position]
        if not any(row):
            continue
        line = _line(fitted, row, position)
        if not line.label and (line.order or any(map(_is_figure, line.cells))):
            line = _second(fitted, line, last, spans)
        if not line.label:
            continue
        if not (line.order or line.code or split_kind(line.label)[0]) and not any(
            map(_is_figure, line.cells)
        ):
            continue  # a remark or a signature
        _check_bare(fitted, line, row)
        yield line
        last = line


def _line(fitted: Fitted, row: list[Any], position: int) -> _Line:
    marks = fitted.marks
    order = _order(row[marks["A"]]) if "A" in marks else ""
    label = tidy(row[marks["B"]])
    if not label and order and not order[0].isdigit() and not _ROMAN.fullmatch(order):
        order, label = "", order  # a total whose name begins in the first column
    code = _order(row[marks["code"]]) if "code" in marks else ""
    cells = tuple(row[place] for place in fitted.columns)
    kind = fitted.form.kind
    if "C" in marks and fitted.form.kinds:
        said = fold(tidy(row[marks["C"]]))
        said = {fold(name): fold(meant) for name, meant in _KINDS.items()}.get(said, said)
        kinds = {fold(name): kind for name, kind in fitted.form.kinds.items()}
        if said in kinds:
            kind = kinds[said]
        elif any(map(_is_figure, cells)):
            names = ", ".join(fitted.form.kinds)
            msg = f"{fitted.layout.place}, row {position + 1}: column C must be one of: {names}"
            raise DataError(msg)
    return _Line(position + 1, order, label, code, kind, cells)


def _order(cell: Any) -> str:
    """Text of a cell that may be a number, such as 1.1 or a code."""
    if isinstance(cell, float) and not isinstance(cell, bool):
        return f"{cell:g}"
    return tidy(cell).rstrip(".")


def _spans(sheet: Sheet, column: int) -> dict[int, tuple[int, int]]:
    """Rows over which the name of a unit is merged, by each row."""
    return {
        row: (top, bottom)
        for (top, first), (bottom, last) in sheet.merged
        if first <= column <= last and bottom > top
        for row in range(top, bottom + 1)
    }


def _second(
    fitted: Fitted, line: _Line, last: _Line | None, spans: dict[int, tuple[int, int]]
) -> _Line:
    """A row without a name takes that of the row before, if both are one unit's."""
    if not any(map(_is_figure, line.cells)):
        return line
    position = line.number - 1
    alone = (
        last is None
        or line.order not in ("", last.order)
        or last.number != line.number - 1
        or last.kind == line.kind
        # A name merged over rows that do not hold this one is another unit's.
        or spans.get(position) != spans.get(position - 1)
    )
    if alone or last is None:
        msg = f"{fitted.layout.place}, row {line.number}: figures without the name of a unit"
        raise DataError(msg)
    return _Line(line.number, last.order, last.label, last.code, line.kind, line.cells)


def _check_bare(fitted: Fitted, line: _Line, row: list[Any]) -> None:
    for position in fitted.bare:
        if _is_figure(row[position]):
            msg = (
                f"{fitted.layout.place}, row {line.number} ({line.label}): a figure stands in"
                f" column {position + 1} of the sheet, which has no heading: did columns shift?"
            )
            raise DataError(msg)


def _level(line: _Line, *, dotted: bool) -> str:
    if _TOTAL.fullmatch(line.label) or split_kind(line.label)[0] == "tỉnh":
        return "total"
    above = split_kind(line.label)[0] in _ABOVE
    if above or _ROMAN.fullmatch(line.order) or (dotted and line.order.isdigit()):
        return "subtotal"
    return "unit"


def _districts(lines: list[_Line], levels: list[str]) -> list[str]:
    district = ""
    found = []
    for line, level in zip(lines, levels, strict=True):
        district = line.label if level == "subtotal" else district
        found.append(district)
    return found


def _is_figure(cell: Any) -> bool:
    """Whether a cell holds a number, also one that is written as text."""
    if isinstance(cell, str):
        return bool(re.fullmatch(r"[-+(]?[0-9][0-9., \u00a0\u202f]*%?\)?", cell.strip()))
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _count_of(fitted: Fitted, line: _Line, number: str, cell: Any) -> int | None:
    try:
        return count(cell)
    except ValueError as error:
        msg = f"{fitted.layout.place}, row {line.number} ({line.label}), column {number}: {error}"
        raise DataError(msg) from None


def count(cell: Any) -> int | None:
    """
    Return the whole number in a cell, None for a blank.

    Raises
    ------
    ValueError
        If the cell holds anything else; its text is repeated only if it could
        be a mistyped number.

    Examples
    --------
    >>> count("6.330"), count("1,234"), count(12.0), count("-")
    (6330, 1234, 12, None)
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if not (float(cell).is_integer() and 0 <= cell < _MOST):
            msg = f"must be a whole number, not negative; found {cell:g}"
            raise ValueError(msg)
        return int(cell)
    text = cell.strip() if isinstance(cell, str) else None
    if text in _BLANK:
        return None
    if text and _WHOLE.fullmatch(text):
        return int(text)
    if text and _GROUPED.fullmatch(text):
        return int(re.sub(r"\D", "", text))
    found = f"; found {text[:_SHOWN]!r}" if text and text[0] in "-0123456789" else ""
    msg = f"must be a whole number{found}"
    raise ValueError(msg)


def percent(cell: Any) -> float | None:
    """
    Return the rate in a cell, None for anything that is none: rates are never kept.

    Examples
    --------
    >>> percent("1.234,5"), percent("12,5 %"), percent(12.5), percent("#DIV/0!")
    (1234.5, 12.5, 12.5, None)
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = str(cell).replace("%", "").strip()
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    return float(text) if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) else None
