"""Names that are markup, formulas, far too long or strange: text and nothing else, everywhere."""

import csv
import io
import re
import shutil
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser

import nbformat
import openpyxl
import pandas as pd
import pypdfium2
import pytest

from povlib import scenario, slices
from povlib.data import dataset
from povlib.errors import DataError
from povlib.report import exporters, failure, index
from povlib.report.execution import Failure
from povlib.report.task import Limits

OWN = "01906"  # smoke's first area; its peers have the next names
LONG = "Rấtdài" * 50
ODD = "אבג\u200babc\u200d😀中"  # right to left, invisible signs, letters that the typeface lacks
NAMES = {
    OWN: '_<script>1</script> $\\frac{$ #read("/etc/passwd")',
    "01921": LONG,
    "02185": "\"quotes\" & 'ones'",
    "01936": '=HYPERLINK("http://x","y")',
    "01879": "*_[x](y)~`$^\\{}| - 1. @label // -- ---",
    "01840": "+1",
    "01843": "-1",
    "01849": "@x",
    "01864": "{year} {0} %s ${x}",
    "01882": "&lt;b&gt;&amp;",
    "01894": '"><img src=x onerror=alert(1)>',
}
FLAT = "area_code,name,year,households,poor_households\n"


@pytest.fixture(scope="module")
def folder(kept, tmp_path_factory):
    """The results of the smoke scenario with such names in the place of true ones."""
    place = tmp_path_factory.mktemp("hostile")
    shutil.copytree(kept, place / "results")
    areas = pd.read_parquet(kept / "areas.parquet")
    named = areas["area_code"].map(NAMES | {"01912": ODD})
    areas["name"] = named.fillna(areas["name"])
    areas.loc[areas["area_code"].isin(NAMES), "kind"] = pd.NA
    areas.to_parquet(place / "results" / "areas.parquet")
    return place


@pytest.fixture(scope="module")
def notebooks(folder, run_here):
    """The reports of the area and of the whole, executed here."""
    given = {"scenario": str(folder), "area_code": OWN, "language": "vi"}
    paths = sorted((scenario.PROJECT / "notebooks").glob("0[45]-*.ipynb"))
    return [run_here(path, **given) for path in paths]


class _Tags(HTMLParser):
    """The elements of a page and their attributes, as a browser would see them."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.texts += [value for _, value in attrs if value]

    def handle_data(self, data):
        self.texts.append(data)


def _packed(text):
    return "".join(text.split())


def _assert_only_text(page):
    seen = _Tags(page)
    own_script = {"script"} if re.search(r"script-src 'sha256-", page) else set()
    assert seen.tags & {"script", "img", "iframe", "b", "em", "object"} <= own_script
    assert not [name for name in seen.attributes if name.startswith("on")]
    return _packed(" ".join(seen.texts))


def test_a_name_is_text_in_html(notebooks):
    own, whole = (_assert_only_text(exporters.as_html(notebook)) for notebook in notebooks)
    for name in list(NAMES.values())[:5]:  # the area and its peers
        assert _packed(name) in own
    for name in [*NAMES.values(), ODD]:
        assert _packed(name) in whole


@pytest.fixture(scope="module")
def documents(notebooks):
    """Their PDFs, without the letters that the typeface lacks: see test_exporters for those."""
    texts = (nbformat.writes(notebook).replace(ODD, "Lạ") for notebook in notebooks)
    return [exporters.as_pdf(nbformat.reads(text, as_version=4)) for text in texts]


def test_a_name_is_text_in_the_pdf(documents):
    own, whole = (_packed(_text_of(document)) for document in documents)
    for name in list(NAMES.values())[:5]:
        assert _packed(name) in own
    for name in NAMES.values():
        assert _packed(name) in whole


def _text_of(pdf):
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    return "".join(pages)


def test_no_line_of_the_pdf_leaves_the_page(documents):
    for document in documents:
        for page in pypdfium2.PdfDocument(document):
            text, width = page.get_textpage(), page.get_width()
            assert text.count_chars()
            for place in range(text.count_chars()):
                left, _, right, _ = text.get_charbox(place)
                assert left >= 0
                assert right <= width


def test_a_name_is_a_text_cell_of_the_workbook_and_exactly_itself(notebooks):
    for notebook in notebooks:
        content, _ = exporters.as_data(notebook)
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} == {"s", "n"}  # no formula
        assert not [cell for cell in cells if cell.hyperlink]
    texts = {cell.value for cell in cells}  # of the whole
    assert {*NAMES.values()} <= texts
    assert any(ODD in str(text) for text in texts)


def test_a_name_is_one_harmless_cell_of_a_csv(notebooks):
    files = exporters.as_data(notebooks[1])[1]
    rows = list(csv.reader(io.StringIO(files["map.csv"])))
    assert {len(row) for row in rows} == {len(rows[0])}
    cells = {cell for row in rows for cell in row}
    for name in NAMES.values():
        assert (f"'{name}" if name[0] in "=+-@" else name) in cells
    assert not [cell for cell in cells if cell[:1] in {"=", "@"} or re.match(r"[+-]\D", cell)]


def test_a_drawing_with_a_name_is_well_formed(notebooks):
    drawings = [
        block for notebook in notebooks for block in exporters.blocks(notebook) if "svg" in block
    ]
    assert len(drawings) > 3
    for block in drawings:
        tree = ET.fromstring(block["svg"])
        assert {one.tag.rpartition("}")[2] for one in tree.iter()} & {"script", "image"} == set()
    texts = "".join("".join(ET.fromstring(one["svg"]).itertext()) for one in drawings)
    assert _packed(NAMES[OWN])[:24] in _packed(texts)  # cut short in a legend


def test_a_name_is_text_in_the_index(folder):
    entry = {"seconds": 1, "files": {}, "fingerprint": "", "language": "vi", "error": ""}
    entries = {code: entry | {"area_code": code, "status": "made"} for code in [*NAMES, "01912"]}
    page = index.page(folder, entries, languages=["vi"], language_code="vi")
    text = _assert_only_text(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))
    for name in [*NAMES.values(), ODD]:
        assert _packed(name) in text


def test_a_name_is_text_on_the_page_of_a_failure(folder):
    failed = Failure("error", f"ValueError: {NAMES[OWN]}", 1, NAMES["02185"], NAMES["01894"])
    page = failure.page(failed, folder / OWN / "vi", language_code="vi", limits=Limits())
    text = _assert_only_text(page)
    for name in (NAMES[OWN], NAMES["02185"], NAMES["01894"]):
        assert _packed(name) in unescape(text)


def test_the_page_of_a_failure_of_the_whole_has_its_name(folder):
    failed = Failure("died", "the kernel ended by itself")
    page = failure.page(failed, folder / "whole" / "vi", language_code="vi", limits=Limits())
    assert slices.read_scenario(folder / "results").title["vi"] in unescape(page)


def _load(tmp_path, names, *, ending=".csv"):
    rows = [
        (f"{place:02}", name, year, 100, 20)
        for place, name in enumerate(names, 1)
        for year in (2021, 2022)
    ]
    frame = pd.DataFrame(rows, columns=FLAT.strip().split(","))
    path = tmp_path / f"own{ending}"
    frame.to_csv(path, index=False) if ending == ".csv" else frame.to_excel(path, index=False)
    settings = scenario.load("own-data").data.model_copy(update={"path": str(path)})
    return dataset.load(path, settings=settings)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_name_comes_out_of_a_file_as_it_went_in(tmp_path, ending):
    given = [name for name in [*NAMES.values(), ODD] if not (name[0] == "=" and ending == ".xlsx")]
    assert _load(tmp_path, given, ending=ending).areas["name"].tolist() == given


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "\u00a0\ufeff"])
def test_an_area_whose_name_shows_nothing_goes_by_its_code(tmp_path, name):
    data = _load(tmp_path, [name, "Ba Bể"])
    assert data.areas["name"].tolist() == ["01", "Ba Bể"]
    assert "areas without a name, shown by their code: 1" in map(str, data.notes)


@pytest.mark.parametrize("name", ["Ba\u202eBể", "Ba\u2067Bể", "Ba\x07Bể"])
def test_a_name_that_turns_what_follows_it_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="must be plain text without control characters"):
        _load(tmp_path, [name])
