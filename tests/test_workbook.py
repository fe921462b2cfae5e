"""The data that travel with a report: what is drawn and said, to the last digit, as plain cells."""

import csv
import html
import io
import re

import nbformat
import openpyxl
import pandas as pd
import pytest

from povlib import slices
from povlib.models import measurement
from povlib.models.measurement import WHOLE
from povlib.report import elements, exporters, figures, language, quoted, tables
from povlib.report.exporters import DataExport
from povlib.report.page import Page
from povlib.report.words import letterhead, summary

NBSP = "\u00a0"
RATES = ["rate [share]", "rate_lb [share]", "rate_ub [share]"]
ODD = ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "http://x", "<b>"]


def _notebook(*shown):
    outputs = [
        nbformat.v4.new_output("display_data", data=one._repr_mimebundle_()) for one in shown
    ]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=outputs)])


def _book(*shown):
    content, resources = DataExport().from_notebook_node(_notebook(*shown))
    return openpyxl.load_workbook(io.BytesIO(content)), resources["figures"]


@pytest.fixture
def page(kept):
    return Page(language.of("en"), slices.read(kept, "01906"))


@pytest.fixture
def shown(page):
    made = [letterhead.title(page), summary.answer(page), summary.key_figures(page)]
    made += [figures.trajectory(page), tables.targets(page), tables.review(page)]
    return [*made, elements.on_screen(tables.projection(page))]


def test_no_number_is_too_wide_for_its_column(page):
    book, _ = _book(letterhead.title(page), tables.money(page), tables.review(page))
    numbers = 0
    for sheet in book.worksheets:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if isinstance(cell.value, int | float):
                numbers += 1
                places = len(cell.number_format.partition(".")[2].rstrip("%"))
                shown = f"{cell.value:,.{places}f}"
                # Columns of the same width are kept as one, named by the first.
                room = max(
                    one.width
                    for one in sheet.column_dimensions.values()
                    if one.min <= cell.column <= one.max
                )
                assert room > len(shown), (sheet.title, cell.coordinate, shown)
    assert numbers > 20


def test_there_is_a_sheet_for_each_figure_and_table_and_for_the_words(shown):
    book, files = _book(*shown)
    names = ["About", "Text", "Numbers in the text", "Key figures", "Figure 1"]
    assert book.sheetnames == [*names, "Table 1", "Table 2", "Table 3"]
    assert list(files) == ["trajectory.csv"]
    lines = [row[0] for row in book["Text"].iter_rows(values_only=True)]
    assert any("will probably not reach the target" in line for line in lines)


def test_every_row_names_the_area_and_the_source(shown):
    book, _ = _book(*shown)
    for name in book.sheetnames[2:]:
        rows = list(book[name].iter_rows(values_only=True))
        assert rows[0][:2] == ("Area code", "Area")
        for row in rows[1:]:
            assert row[:2] == ("01906", "Ba Bể commune")
            assert row[-1].startswith("SIMULATED DATA")


def test_the_cells_are_the_numbers_of_the_page_to_the_last_digit(page, shown):
    book, _ = _book(*shown)
    table = tables.review(page)
    sheet = book["Table 2"]
    place = table.columns.index("Poverty rate")
    for number, row in enumerate(table.rows, 2):
        cell = sheet.cell(number, place + 3)
        assert cell.number_format == "0.00%"
        assert f"{100 * cell.value:.2f}{NBSP}%" == row[place]
    own = measurement.rate(page.review, "poverty_rate").astype(float).tolist()
    assert [sheet.cell(row, place + 3).value for row in range(6, 10)] == pytest.approx(own)
    households = sheet.cell(2, table.columns.index("Households") + 3)
    assert (households.value, households.number_format) == (1960, "#,##0")


def test_a_figure_keeps_exactly_what_it_draws(page, shown):
    book, files = _book(*shown)
    rows = list(book["Figure 1"].iter_rows(values_only=True))
    heads = rows[0]
    ahead = page.ahead(page.scenario.targets[0].measure)
    kept = {
        row[heads.index("Year")]: row[heads.index("Rate [share]")]
        for row in rows
        if row[heads.index("Series")] == "projection"
        and row[heads.index("Standard")] == "2022-2026"
    }
    assert kept == pytest.approx(dict(zip(ahead["year"], ahead["rate_median"], strict=True)))
    text = list(csv.reader(io.StringIO(files["trajectory.csv"])))
    assert len(text) == len(rows)
    assert text[0][2:] == ["series", "standard", "year", *RATES, "source"]
    assert {row[2] for row in text[1:]} == {"review", "projection", "target"}


def test_years_have_no_thousands(shown):
    book, _ = _book(*shown)
    sheet = book["Figure 1"]
    assert sheet["E2"].value == 2016
    assert sheet["E2"].number_format == "General"


@pytest.mark.parametrize("text", ODD)
def test_no_text_becomes_a_formula_or_a_link(text):
    frame = pd.DataFrame({"name": [text]})
    data = elements.Data.of("odd", frame)
    figure = elements.Figure("<svg></svg>", "", text, data)
    table = elements.Table(text, (text,), (False,), ((text,),))
    book, files = _book(figure, table)
    for name in ("Figure 1", "Table 1"):
        cell = book[name]["C2"]
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
    row = list(csv.reader(io.StringIO(files["odd.csv"])))[1]
    assert row[2][0] not in "=+-@"


def test_the_same_page_gives_the_same_bytes(shown):
    made = [DataExport().from_notebook_node(_notebook(*shown))[0] for _ in range(2)]
    assert made[0] == made[1]


def test_an_ordinary_notebook_has_an_empty_workbook():
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A title")])
    content, resources = DataExport().from_notebook_node(book)
    assert openpyxl.load_workbook(io.BytesIO(content)).sheetnames == [
        "About",
        "Text",
        "Numbers in the text",
    ]
    assert resources["figures"] == {}


def test_tables_left_to_the_screen_are_in_the_data_and_keep_their_numbers(shown):
    blocks = list(exporters.blocks(_notebook(*shown)))
    numbered = [(one["number"], one["on_paper"]) for one in blocks if one["kind"] == "table"]
    assert numbered == [(1, True), (2, True), (3, False)]


NUMBER = re.compile(r"(?<![\w/.,])[+−]?\d+(?:[.,]\d+)*(?:\u00a0%)?(?![\w/]|[.,]\d)")


def _text_of(page):
    """What a reader sees of a page, but its drawings and its foot."""
    main = page[page.index("<main") : page.index("</main>")]
    for part in ("svg", "style"):
        main = re.sub(rf"<{part}\b.*?</{part}>", " ", main, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", " ", re.sub("</?strong>", "", main)))


def _written(words, cell, head):
    """A cell of the workbook as the page writes it."""
    value, code = cell.value, cell.number_format
    digits = len(code.split(";")[0].partition(".")[2].strip("%"))
    if head.endswith("[VND]"):
        return words.money(value)
    if code.endswith("%"):
        return words.percent(value, digits)
    if code.startswith("+"):
        return words.signed(value / 100, digits)
    return str(value) if code == "General" else words.number(value, digits)


@pytest.mark.parametrize("code", ["vi", "en"])
@pytest.mark.parametrize("area", ["01906", WHOLE])
def test_every_number_of_the_page_is_in_a_cell_of_the_workbook(drawn, area, code):
    notebook, words = drawn(area, code), language.of(code)
    content, _ = exporters.as_data(notebook)
    kept = set()
    for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
        if sheet.title != words.text("Text"):  # whole sentences: no cell of a number
            heads = [str(cell.value) for cell in sheet[1]]
            for row in sheet.iter_rows():
                for cell, head in zip(row, heads, strict=True):
                    if head == words.text("Sentence") or cell.value is None:
                        continue
                    text = (
                        cell.value if isinstance(cell.value, str) else _written(words, cell, head)
                    )
                    kept |= set(NUMBER.findall(text))
    told = set(NUMBER.findall(_text_of(exporters.as_html(notebook))))
    assert len(told) > 100
    assert told <= kept


def test_quoted_numbers_have_their_value_and_unit(page):
    sheet = _book(letterhead.title(page), summary.answer(page), summary.key_figures(page))[0][
        "Numbers in the text"
    ]
    rows = [row[2:6] for row in sheet.iter_rows(min_row=2, values_only=True)]
    rate = measurement.rate(page.review, "multidimensional_rate").iloc[-1]
    shares = [value for _, _, value, unit in rows if unit == "share"]
    assert any(value == pytest.approx(rate, abs=5e-5) for value in shares)
    assert {row[3] or "" for row in rows} == {"", "share", "percentage points", "VND", "year"}
    assert all(row[1] in row[0] for row in rows)


def test_numbers_are_read_as_the_language_writes_them():
    told = f"Từ 1.234 hộ còn −1,61{NBSP}điểm phần trăm, 8,2 tỷ đồng đến 30/06/2026, điều 5/QĐ, xã12"
    read = [(one.value, one.unit) for one in quoted.numbers(language.of("vi"), told)]
    assert read == [(1234, ""), (-1.61, "points"), (8.2e9, "VND")]
