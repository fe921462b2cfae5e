"""The data behind a page: a workbook with a sheet for each figure and table, a CSV a figure."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from povlib.report import language, quoted
from povlib.report.language import Language
from povlib.report.vocabulary import COLUMNS, DRAWN, UNITS, name_of

_LETTERS = 31  # of the name of a sheet, at most
_WIDEST = 60  # letters of a column

Cell = str | float | int | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One figure or table of a page as plain cells.

    Attributes
    ----------
    name, title : str
    columns, units : tuple of str
        Heads, and what the values of a column are counted in.
    digits : tuple of int
        Decimals that the page shows of a column.
    rows : tuple of tuple
        Text, numbers or None.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    units: tuple[str, ...]
    digits: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def number_format(self, place: int) -> str:
        """Return Excel's format of a column: the digits that the page shows."""
        digits = self.digits[place] if self.digits else 0
        decimals = f".{'0' * digits}" if digits else ""
        match self.units[place] if self.units else "":
            case "share":
                return f"0{decimals}%"
            case "points":
                return f"+0{decimals};-0{decimals};0{decimals}"
            case "":
                return f"0{decimals}" if digits else "General"  # a year has no thousands
            case _:
                return f"#,##0{decimals}"


def sheets(head: dict[str, Any], blocks: Sequence[dict[str, Any]]) -> Iterator[Sheet]:
    """
    Put what a page shows into sheets.

    Parameters
    ----------
    head : dict
        The title block of the page.
    blocks : sequence of dict
        What the page shows, in reading order (`exporters.blocks`).

    Yields
    ------
    sheet : Sheet
        One for the page itself, one for its words and one for the numbers in these, then
        one for each figure and table. Each row names the area and the source.
    """
    words = language.of(head["language"])
    found = list(_found(words, blocks))
    listed = tuple((one.name, one.title) for one in found)
    about = (
        (words.text("Title"), head["title"]),
        (words.text("Area"), head["area"]),
        (words.text("Area code"), head["area_code"]),
        (words.text("Date"), head["date"]),
        (words.text("Source"), _source(head)),
        ("", ""),
        *listed,
    )
    yield Sheet(words.text("About"), head["title"], (), (), (), about)
    lines = tuple((line,) for line in _text(blocks))
    yield Sheet(words.text("Text"), head["title"], (), (), (), lines)
    for one in (_quoted(words, blocks), *found):
        yield _with_origin(one, head, _heads(words, one))


def _heads(words: Language, sheet: Sheet) -> tuple[str, ...]:
    """Heads in the reader's language, of the area and the source too."""
    named = (
        f"{name} [{words.text(UNITS.get(unit, unit))}]" if unit else name
        for name, unit in zip(sheet.columns, sheet.units, strict=True)
    )
    return (words.text("Area code"), words.text("Area"), *named, words.text("Source"))


def _quoted(words: Language, blocks: Sequence[dict[str, Any]]) -> Sheet:
    """Every number of the sentences and of the key figures, to the digits quoted."""
    rows = tuple(
        (line, one.text, one.value, words.text(UNITS.get(one.unit, one.unit)))
        for line in (*_key_lines(blocks), *_text(blocks))
        for one in quoted.numbers(words, line)
    )
    heads = tuple(map(words.text, ("Sentence", "Quoted", "Value", "Unit")))
    title = words.text("Numbers in the text")
    return Sheet(title, title, heads, ("",) * len(heads), (), rows)


def _key_lines(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        for one in block.get("figures", []):
            yield f"{one['label']}: {one['value']}; {one['note']}"


def _found(words: Language, blocks: Sequence[dict[str, Any]]) -> Iterator[Sheet]:
    tables = figures = 0
    for block in blocks:
        if block["kind"] == "key_figures":
            rows = tuple((one["label"], one["value"], one["note"]) for one in block["figures"])
            heads = (words.text("Figure"), words.text("Value"), words.text("Note"))
            title = words.text("Key figures")
            yield Sheet(title, title, heads, ("", "", ""), (), rows)
        elif block["kind"] == "table":
            tables += 1
            yield _of_table(block, f"{words.text('Table')} {tables}")
        elif block["kind"] == "figure":
            figures += 1
            if block["data"]:
                data = block["data"]
                yield Sheet(
                    f"{words.text('Figure')} {figures}",
                    block["caption"],
                    tuple(words.text(COLUMNS.get(name, name)) for name in data["columns"]),
                    tuple(data["units"]),
                    _figure_digits(data),
                    tuple(tuple(_named(words, cell) for cell in row) for row in data["rows"]),
                )


def _named(words: Language, cell: Cell) -> Cell:
    """A code by its name; the CSV of a figure keeps the code."""
    if not isinstance(cell, str):
        return cell
    return words.text(DRAWN[cell]) if cell in DRAWN else name_of(words, cell)


def _figure_digits(data: dict[str, Any]) -> tuple[int, ...]:
    digits = {"share": 2, "points": 2, "share of all": 4, "degrees": 4}
    return tuple(digits.get(unit, 0) for unit in data["units"])


def _of_table(block: dict[str, Any], name: str) -> Sheet:
    """The numbers of a table where they are known, else its texts."""
    values = block["values"] or [[None] * len(row) for row in block["rows"]]
    rows = tuple(
        tuple(text if value is None else value for text, value in zip(texts, numbers, strict=True))
        for texts, numbers in zip(block["rows"], values, strict=True)
    )
    units = tuple(block["units"]) or ("",) * len(block["columns"])
    digits = tuple(block["digits"])
    return Sheet(name, block["caption"], tuple(block["columns"]), units, digits, rows)


def _with_origin(sheet: Sheet, head: dict[str, Any], columns: tuple[str, ...]) -> Sheet:
    """Name the area before, and the source after the cells of every row."""
    own = (head["area_code"], head["area"])
    rows = tuple((*own, *row, _source(head)) for row in sheet.rows)
    units = ("", "", *sheet.units, "")
    digits = (0, 0, *sheet.digits, 0) if sheet.digits else ()
    return Sheet(sheet.name, sheet.title, columns, units, digits, rows)


def _source(head: dict[str, Any]) -> str:
    return " ".join(part for part in (head["notice"], head["footer"]) if part)


def _text(blocks: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The words of a page, a line a paragraph or item."""
    for block in blocks:
        for token in block.get("tokens", []):
            yield from _lines(token)


def _lines(token: dict[str, Any]) -> Iterator[str]:
    if token["type"] in ("paragraph", "heading", "block_text"):
        yield _plain(token)
    else:
        for child in token.get("children", []):
            yield from _lines(child)


def _plain(token: dict[str, Any]) -> str:
    inner = "".join(_plain(child) for child in token.get("children", []))
    own = " " if token["type"] in ("softbreak", "linebreak") else str(token.get("raw", ""))
    return own + inner


def write(head: dict[str, Any], blocks: Sequence[dict[str, Any]]) -> bytes:
    """
    Write the workbook of a page.

    Parameters
    ----------
    head : dict
    blocks : sequence of dict
        See `sheets`.

    Returns
    -------
    content : bytes
        The same for the same page. Text is text, also where it begins like a formula
        or an address.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    day = date.fromisoformat(head["date"] or "2000-01-01")
    book.set_properties(
        {
            "title": head["title"],
            "comments": _source(head),
            "created": datetime(day.year, day.month, day.day, tzinfo=UTC),
        }
    )
    styles: dict[str, Any] = {}
    bold = book.add_format({"bold": True})
    for one in sheets(head, blocks):
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", one.name)[:_LETTERS])
        first = 0
        if one.columns:
            for place, name in enumerate(one.columns):
                sheet.write_string(0, place, name, bold)
            sheet.freeze_panes(1, 0)
            first = 1
        for number, row in enumerate(one.rows, first):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    code = one.number_format(place)
                    if code not in styles:
                        styles[code] = book.add_format({"num_format": code})
                    sheet.write_number(number, place, cell, styles[code])
        for place, letters in enumerate(_widths(one)):
            sheet.set_column(place, place, min(letters + 2, _WIDEST))
    book.close()
    return target.getvalue()


def _widths(sheet: Sheet) -> list[int]:
    """Letters of the longest cell of each column; xlsxwriter's own measure takes long."""
    lines = [sheet.columns, *sheet.rows] if sheet.columns else sheet.rows
    return [max(map(_letters, cells)) for cells in zip(*lines, strict=True)]


def _letters(cell: Cell) -> int:
    if cell is None:
        return 0
    return len(cell if isinstance(cell, str) else f"{cell:+,.4f}")


def csv_files(head: dict[str, Any], blocks: Sequence[dict[str, Any]]) -> dict[str, str]:
    """
    Write the CSV of every figure of a page.

    Parameters
    ----------
    head : dict
    blocks : sequence of dict
        See `sheets`.

    Returns
    -------
    files : dict of str to str
        Text by the name of the file. Heads and codes are those of docs/nomenclature.md, in
        every language the same, for programs to read. A text that a spreadsheet would take
        for a formula is led by an apostrophe.
    """
    files = {}
    for block in blocks:
        if block["kind"] == "figure" and block["data"]:
            data = block["data"]
            rows = tuple(map(tuple, data["rows"]))
            names, units = tuple(data["columns"]), tuple(data["units"])
            plain = Sheet(data["name"], "", names, units, (), rows)
            named = (
                f"{name} [{unit}]" if unit else name
                for name, unit in zip(names, units, strict=True)
            )
            heads = ("page_area_code", "page_area", *named, "source")
            sheet = _with_origin(plain, head, heads)
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(sheet.columns)
            writer.writerows([_harmless(cell) for cell in row] for row in sheet.rows)
            files[f"{data['name']}.csv"] = text.getvalue()
    return files


def _harmless(cell: Cell) -> Cell:
    is_formula = isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{cell}" if is_formula else cell
