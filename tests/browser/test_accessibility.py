"""Pages as people with other eyes, hands and screens meet them: axe-core and rules of WCAG 2.2."""

import re
import shutil
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from povlib.models.measurement import WHOLE
from povlib.report import exporters, failure
from povlib.report.execution import Failure
from povlib.report.task import Limits

CHROMIUM = shutil.which("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ["commune-vi", "commune-en", "province-vi", "province-en", "failure-vi", "index"]
# The least that a reader may set between lines, paragraphs, letters and words (WCAG 1.4.12).
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }"""
# What is wider than the screen and not within a region that scrolls by itself.
TOO_WIDE = """() => [...document.querySelectorAll('body *')].filter(one =>
    one.getBoundingClientRect().right > innerWidth + 1
    && !one.closest('.table, .drawing, pre, .skip')).map(one => one.outerHTML.slice(0, 80))"""

pytestmark = [
    pytest.mark.notebook,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest.fixture(scope="module")
def addresses(drawn, made, tmp_path_factory):
    """The address of every kind of page."""
    folder = tmp_path_factory.mktemp("pages")
    pages = {
        f"{kind}-{code}": exporters.as_html(drawn(area, code))
        for kind, area in (("commune", "01906"), ("province", WHOLE))
        for code in ("vi", "en")
    }
    found = Failure("error", "ValueError: <b>", 3, "1 / 0\n" + "x" * 300, "Traceback ...")
    place = folder / "01906" / "vi"
    pages["failure-vi"] = failure.page(found, place, language_code="vi", limits=Limits())
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, "utf-8")
    own = {name: (folder / f"{name}.html").as_uri() for name in pages}
    return own | {"index": (made[0] / "index.html").as_uri()}


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield opened
        opened.close()


@pytest.fixture(params=PAGES)
def address(request, addresses):
    return addresses[request.param]


def _open(browser, address, width, **options):
    page = browser.new_page(viewport={"width": width, "height": 800}, **options)
    page.goto(address)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, address, scheme):
    for width in (360, 1440):
        page = _open(browser, address, width, color_scheme=scheme)
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response
        told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]
        assert not told
        assert len(found["passes"]) > 15  # or nothing was looked at
        page.close()


def test_axe_finds_what_is_wrong(browser, addresses):
    page = _open(browser, addresses["commune-vi"], 1440)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    found = {one["id"] for one in Axe().run(page).response["violations"]}
    assert found == {"html-has-lang", "color-contrast"}
    page.close()


def test_a_page_can_be_read_by_its_parts(browser, address):
    page = _open(browser, address, 1440)
    levels = page.eval_on_selector_all("h1,h2,h3,h4", "all => all.map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert page.locator("main").count() == 1
    lang = page.locator("html").get_attribute("lang")
    assert lang in ("vi", "en")
    vietnamese = re.search("[ạảấầếệộợụứừ]", page.locator("main").inner_text())
    assert bool(vietnamese) or lang == "en"
    for table in page.locator("table").all():
        assert table.locator("caption").inner_text().strip()
        heads = table.locator("thead th[scope=col]").count()
        rows = table.locator("tbody tr").count()
        assert heads
        assert table.locator("tbody th[scope=row]").count() == rows
        assert table.locator("tbody tr > *").count() == heads * rows
    page.close()


@pytest.mark.parametrize("name", ["commune-vi", "commune-en", "province-vi", "province-en"])
def test_a_figure_says_its_numbers_in_the_language_of_the_page(browser, addresses, name):
    page = _open(browser, addresses[name], 1440)
    told = page.eval_on_selector_all(
        "figure svg[role=img]", "all => all.map(one => one.getAttribute('aria-label'))"
    )
    assert len(told) >= 3
    decimal, other = (",", ".") if name.endswith("vi") else (".", ",")
    for alt in told:
        assert len(re.findall(r"\d+", alt)) >= 3
        assert not re.search(rf"\d{re.escape(other)}\d{{1,2}}\D", alt)
        assert re.search("[ăâđêôơưạảấầếệộợụứừ]", alt) or name.endswith("en")
    assert any(re.search(rf"\d{re.escape(decimal)}\d\d\s%", alt) for alt in told)
    page.close()


def test_where_the_keyboard_is_can_be_seen(browser, address):
    page = _open(browser, address, 360)
    stops = page.locator("a[href], button, input, select, summary, [tabindex='0']")
    visible = [one for one in stops.all() if one.is_visible()][:12]
    seen = 0
    for _ in visible:
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """() => { const style = getComputedStyle(document.activeElement);
            return [style.outlineStyle, parseFloat(style.outlineWidth)] }"""
        )
        assert outline[0] != "none"
        assert outline[1] >= 2
        seen += 1
    assert seen
    page.close()


@pytest.mark.parametrize("spaced", [False, True])
def test_nothing_is_lost_on_the_narrowest_screen(browser, address, spaced):
    # 320 pixels are also what 400 % of enlargement leaves of 1280 (WCAG 1.4.10).
    page = _open(browser, address, 320)
    if spaced:
        page.evaluate(
            "css => document.styleSheets[0].insertRule('@media all {' + css + '}')", SPACED
        )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(TOO_WIDE) == []
    page.close()


def test_letters_twice_as_large_need_no_scrolling(browser, address):
    page = _open(browser, address, 768)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 768
    assert page.evaluate(TOO_WIDE) == []
    page.close()
