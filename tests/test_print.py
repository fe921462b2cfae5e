"""The PDF of real reports: to the last letter, within its margins, read aloud, archived, small."""

import html
import re
import unicodedata
from collections import Counter
from functools import cache
from io import BytesIO
from itertools import pairwise

import pikepdf
import pypdfium2
import pytest

from povlib.models.measurement import WHOLE
from povlib.report import exporters
from povlib.report.page import Page

COMMUNE = "01906"
REPORTS = [(area, code) for area in (COMMUNE, WHOLE) for code in ("vi", "en")]
LARGEST = 250_000  # bytes
SIDE, TOP, BOTTOM = 48, 20, 18  # points: text within the sides; 6 mm for the printer
LETTERS = "ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
LONG = " Thượng Hạ Trung Đông Tây Nam Bắc của vùng đặc biệt khó khăn"
WRITTEN_INSIDE_LINES = r"</?(?:strong|em|code|span|b|tspan)\b[^>]*>"


@pytest.fixture(scope="module")
def pdf(drawn):
    return cache(lambda area, code: exporters.as_pdf(drawn(area, code)))


@pytest.fixture(params=REPORTS, ids=lambda one: f"{one[0]}-{one[1]}")
def report(request, drawn, pdf):
    """An executed notebook, its page and its PDF."""
    notebook = drawn(*request.param)
    return notebook, exporters.as_html(notebook), pdf(*request.param)


def _pages(content):
    texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]
    return [text.replace("\ufffe", "-") for text in texts]  # pdfium's sign of one that ends a line


def _words(text):
    """Words, and how often each is there; a line may be broken within 5-10 and a/b."""
    return Counter(re.findall(r"[^\s/\u2013-]+", unicodedata.normalize("NFC", text)))


def _read(fragment):
    """The text of a piece of HTML; what stands in one line stays together."""
    fragment = re.sub(r"<(style|defs)\b.*?</\1>", "", fragment, flags=re.DOTALL)
    joined = re.sub(WRITTEN_INSIDE_LINES, "", fragment)
    return html.unescape(re.sub(r"<[^>]*>", " ", joined))


def _shown(notebook):
    """What the page shows of a notebook, but the tables that are left to the screen."""
    return [one for one in exporters.blocks(notebook) if one.get("on_paper", True)]


def test_every_word_of_the_page_is_printed_and_no_other(report):
    notebook, _, content = report
    blocks = _shown(notebook)
    [head] = [one for one in blocks if one["kind"] == "title"]
    page = _words(" ".join(_read(one["html"]) for one in blocks))
    printed = _words(" ".join(_pages(content)))
    assert page - printed == Counter()
    # Beyond that: heads and feet of pages, heads of tables on a further page, numbers of both.
    tables = [word for one in blocks if one["kind"] == "table" for word in one["columns"]]
    again = _words(" ".join([head["title"], head["notice"], head["footer"], *tables]))
    own = set(exporters._words(head["language"]).values())
    rest = {word for word in printed - page if word not in again and word not in own}
    assert all(re.fullmatch(r"\d+\.?|•", word) for word in rest), rest


def test_every_letter_is_one_of_the_typeface(report):
    text = "".join(_pages(report[2]))
    letters = {sign for sign in text if not sign.isspace()}
    assert not {"\ufffd", "\ufffc", "\x00", "□"} & letters
    assert exporters.fonts.legible(text) == text
    if "Nơi nhận" in text:
        found = set(unicodedata.normalize("NFC", text.lower())) & set(LETTERS)
        assert len(found) > 40


def test_nothing_is_printed_beside_the_page(report):
    _assert_within_margins(report[2])


@pytest.mark.parametrize(("area", "code"), REPORTS)
def test_long_names_stay_on_the_page(run_report, monkeypatch, area, code):
    named = Page.name_of
    monkeypatch.setattr(Page, "name_of", lambda page, one: named(page, one) + LONG)
    notebook = run_report(area, code)
    content = exporters.as_pdf(notebook)
    _assert_within_margins(content)
    assert LONG.rsplit(maxsplit=1)[-1] in " ".join(_pages(content))
    assert len(content) <= LARGEST


def _assert_within_margins(content):
    for page in pypdfium2.PdfDocument(content):
        width, height = page.get_size()
        for left, bottom, right, top in _boxes(page):
            assert left >= SIDE - 1
            assert right <= width - SIDE + 1
            assert bottom >= BOTTOM
            assert top <= height - TOP
        for shape in page.get_objects(max_depth=3):
            left, bottom, right, top = shape.get_bounds()
            assert left >= SIDE - 2, shape.type
            assert right <= width - SIDE + 2, shape.type


def _boxes(page):
    """The box of every letter."""
    text = page.get_textpage()
    for place in range(text.count_chars()):
        if not text.get_text_range(place, 1).isspace():
            yield text.get_charbox(place)


def test_no_text_is_printed_over_another(report):
    for page in pypdfium2.PdfDocument(report[2]):
        text = page.get_textpage()
        runs = [text.get_rect(place) for place in range(text.count_rects())]
        for number, one in enumerate(runs):
            for other in runs[:number]:
                assert _overlap(one, other) < 0.25, (
                    text.get_text_bounded(*one),
                    text.get_text_bounded(*other),
                )


def _overlap(one, other):
    """How much of the smaller of two boxes the other covers."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / max(min(areas), 1e-9)


def _elements(node):
    """The structure elements below a node of the structure tree, in reading order."""
    if isinstance(node, pikepdf.Array):
        for part in node:
            yield from _elements(part)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from _elements(node.K)


def test_the_document_tells_its_standards_language_and_title(report):
    notebook, _, content = report
    [head] = [one for one in exporters.blocks(notebook) if one["kind"] == "title"]
    with pikepdf.open(BytesIO(content)) as opened:
        root = opened.Root
        assert root.Lang == head["language"]
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        assert len(root.OutputIntents) == 1
        with opened.open_metadata() as told:
            assert told["dc:title"] == head["title"]
            names = ("pdfuaid:part", "pdfaid:part", "pdfaid:conformance")
            assert [told[name] for name in names] == ["1", "2", "A"]


def test_every_table_has_heads_and_every_figure_words(report):
    notebook, _, content = report
    blocks = _shown(notebook)
    with pikepdf.open(BytesIO(content)) as opened:
        found = list(_elements(opened.Root.StructTreeRoot))
        kinds = Counter(str(one.S) for one in found)
        tables = [one for one in blocks if one["kind"] == "table"]
        assert kinds["/Table"] == len(tables)
        assert kinds["/TH"] == sum(len(one["columns"]) for one in tables)
        assert kinds["/TR"] == sum(len(one["rows"]) + 1 for one in tables)
        figures = [one["alt"] for one in blocks if one["kind"] == "figure"]
        assert [str(one.Alt) for one in found if one.S == "/Figure"] == figures
        assert kinds["/H1"] == 1
        headings = [int(str(one.S)[2:]) for one in found if re.match("/H[1-6]", str(one.S))]
        assert all(b <= a + 1 for a, b in pairwise(headings))


def test_every_font_travels_with_the_document_once(report):
    with pikepdf.open(BytesIO(report[2])) as opened:
        fonts = [
            part
            for part in opened.objects
            if isinstance(part, pikepdf.Dictionary) and part.get("/Type") == "/FontDescriptor"
        ]
        names = [str(one.FontName).split("+")[1] for one in fonts]
        assert len(set(names)) == len(names)
        assert all({"/FontFile2", "/FontFile3"} & set(one.keys()) for one in fonts)
        assert {name.split("-")[0] for name in names} == {"BeVietnamPro"}


def test_both_forms_are_small(report):
    _, page, content = report
    assert len(page.encode()) <= LARGEST
    assert len(content) <= LARGEST
    assert page.count("@font-face") == page.count("data:font/woff2") == 2


@pytest.mark.parametrize("code", ["vi", "en"])
def test_a_commune_takes_four_pages_and_its_first_says_the_whole(pdf, drawn, code):
    pages = _pages(pdf(COMMUNE, code))
    assert len(pages) <= 4
    blocks = _shown(drawn(COMMUNE, code))
    first = next(
        place
        for place, one in enumerate(blocks)
        if one.get("tokens") and one["tokens"][0]["type"] == "thematic_break"
    )
    lines = _words(" ".join(_read(one["html"]) for one in blocks[:first]))
    assert lines - _words(pages[0]) == Counter()
