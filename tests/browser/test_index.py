"""The index and what it leads to, as a reader uses them: a file in a browser, no network."""

import io

import openpyxl
import pikepdf
import pytest
from playwright.sync_api import expect

WIDTHS = {360: 800, 768: 1024, 1440: 900}
pytestmark = pytest.mark.notebook


@pytest.fixture(scope="session")
def folder(made):
    return made[0]


def _open(page, path, width=1440):
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})
    page.goto(path.as_uri())


def _shown(page):
    return page.locator("#areas tbody tr[data-search]:visible")


def test_a_reader_finds_an_area_without_diacritics_and_reads_on(quiet, folder):
    """Search, sort, filter, follow to the report, switch the language, take the data, print."""
    page = quiet
    _open(page, folder / "index-en.html")
    expect(page.locator("#count")).to_have_text("92 of 92 areas")
    page.get_by_label("Name or code").fill("BA be")
    expect(_shown(page)).to_have_count(1)
    expect(_shown(page)).to_contain_text("Ba Bể commune")
    page.get_by_role("link", name="HTML: Ba Bể commune, English").click()
    expect(page.locator("h1")).to_contain_text("Ba Bể commune")
    page.get_by_role("link", name="Tiếng Việt", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Xã Ba Bể")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Excel").click()
    assert taken.value.suggested_filename == "data.xlsx"
    content = io.BytesIO(taken.value.path().read_bytes())
    assert len(openpyxl.load_workbook(content).sheetnames) > 3
    printed = pikepdf.open(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert 1 <= len(printed.pages) <= 8
    page.get_by_role("link", name="Tất cả báo cáo").click()
    expect(page.locator("#count")).to_have_text("92/92 địa bàn")


def test_the_list_is_kept_on_the_way_back(quiet, folder):
    page = quiet
    _open(page, folder / "index-en.html")
    page.get_by_label("Name or code").fill("ba be")
    page.get_by_role("link", name="HTML: Ba Bể commune, English").click()
    page.go_back()
    expect(page.get_by_label("Name or code")).to_have_value("ba be")
    expect(_shown(page)).to_have_count(1)
    page.get_by_role("link", name="Tiếng Việt", exact=True).click()
    expect(page.locator("#count")).to_have_text("1/92 địa bàn")
    page.get_by_role("button", name="Hiện tất cả").click()
    expect(_shown(page)).to_have_count(92)


def test_areas_sort_by_numbers_and_by_the_letters_of_the_language(quiet, folder):
    page = quiet
    _open(page, folder / "index-vi.html")
    head = page.get_by_role("columnheader", name="Tỷ lệ hộ nghèo")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    rates = [
        _number(text)
        for text in page.locator("tr[data-search] td:nth-of-type(1)").all_inner_texts()
    ]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    again = [
        _number(text)
        for text in page.locator("tr[data-search] td:nth-of-type(1)").all_inner_texts()
    ]
    assert again == rates[::-1]
    page.get_by_label("Sắp xếp theo").select_option("name")
    names = page.locator("tr[data-search]").evaluate_all(
        "rows => rows.map(row => row.dataset.name)"
    )
    # Đ is a letter of its own, after D: by the code of its letters it would be the last.
    assert names.index("Xã Đại Từ") < names.index("Xã Hợp Thành")
    assert names.index("Xã Dân Tiến") < names.index("Xã Đại Từ")


def _number(text):
    return float(text.replace("\u00a0", " ").split(" ")[0].replace(",", "."))


def test_areas_filter_by_class_and_status_together(quiet, folder):
    page = quiet
    _open(page, folder / "index-en.html")
    page.get_by_label("Class").select_option(label="wards")
    expect(_shown(page)).to_have_count(15)
    page.get_by_label("Status").select_option(label="off track")
    shown = _shown(page)
    expect(page.locator("#count")).to_contain_text(f"{shown.count()} of 92")
    assert 0 <= shown.count() < 15
    faded = page.locator("#map use.out").count()
    assert faded == 92 - shown.count()


def test_it_works_by_the_keyboard_alone(quiet, folder):
    page = quiet
    _open(page, folder / "index-en.html")
    query = page.get_by_label("Name or code")
    for _ in range(6):
        page.keyboard.press("Tab")
        if query.evaluate("field => field === document.activeElement"):
            break
    page.keyboard.type("phan dinh phung")
    expect(_shown(page)).to_have_count(1)
    for _ in range(30):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.getAttribute('aria-label') || ''")
        if focused.startswith("HTML: Phan Đình Phùng"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Phan Đình Phùng ward")


def test_a_mark_of_the_map_leads_to_its_row(quiet, folder):
    page = quiet
    _open(page, folder / "index-en.html")
    page.locator('#map use[data-code="01906"]').click()
    focused = page.evaluate("document.activeElement.closest('tr').id")
    assert focused == "area-01906"


def test_without_scripts_it_is_a_plain_table(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    _open(page, folder / "index.html")
    expect(page.locator("tr[data-search]:visible")).to_have_count(92)
    assert page.locator(".search").is_hidden()
    page.locator('a[href="01906/vi/report.html"]').click()
    assert "Ba Bể" in page.locator("h1").inner_text()
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("index", "index.html"),
        ("commune", "01906/vi/report.html"),
        ("english", "01906/en/report.html"),
    ],
)
def test_pages_fit_and_look_as_they_did(quiet, compare, folder, name, file, width):
    page = quiet
    _open(page, folder / file, width)
    page.evaluate("document.fonts.ready")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    compare(f"{name}-{width}", page.screenshot())
