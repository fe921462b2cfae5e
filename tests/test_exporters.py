"""The exporters: what a notebook becomes, on any notebook and with any text."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pikepdf
import pypdfium2
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from povlib.report import elements
from povlib.report.exporters import HTMLReport, PDFReport

EVIL = '<script>x</script> *b* $y$ @label #read("/etc/passwd") [z](http://z) \\ "q" `c`'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20"><text x="2" y="12">ướ</text></svg>'
)
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
TITLE = elements.TitleBlock(
    language="vi",
    title=f"Báo cáo {EVIL}",
    subtitle="Thử",
    motto=(),
    issuer=("Tỉnh", "Xã"),
    place_date="23/11/2026",
    date="2026-11-23",
    notice="SỐ LIỆU MÔ PHỎNG",
    footer="chân trang",
)


def _cell(*shown, tags=(), source="secret_code()"):
    cell = new_code_cell(source, metadata={"tags": list(tags)})
    cell.outputs = [
        new_output("display_data", data=element._repr_mimebundle_()) for element in shown
    ]
    return cell


@pytest.fixture
def notebook():
    """A notebook of every element, with markup of three kinds in its texts."""
    rows = tuple((f"{EVIL} {number}", "1,23\u00a0%") for number in range(60))
    return new_notebook(
        cells=[
            new_markdown_cell("# Hidden?", metadata={"tags": ["remove-cell"]}),
            _cell(source="parameter = 1", tags=["parameters"]),
            _cell(
                TITLE,
                elements.Prose(f"## Mục\n\n**Đậm** {elements.literal(EVIL)}\n\n- một\n- hai"),
                elements.KeyFigures((elements.KeyFigure("Tỷ lệ", "5,46\u00a0%", EVIL),)),
                elements.Table(EVIL, ("Tên", "Số"), (False, True), rows),
                elements.Figure(SVG, f"Mô tả {EVIL}", EVIL),
                elements.NOTHING,
            ),
        ]
    )


def _html(notebook):
    return HTMLReport().from_notebook_node(notebook)[0]


def _pdf(notebook):
    return PDFReport().from_notebook_node(notebook)[0]


def _text(pdf):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def test_code_parameters_and_hidden_cells_never_show(notebook):
    shown = _html(notebook) + "".join(_text(_pdf(notebook)))
    for hidden in ("secret_code", "parameter = 1", "Hidden?"):
        assert hidden not in shown


def test_markup_in_the_data_is_text_in_html(notebook):
    html = _html(notebook)
    assert "<script" not in html
    assert "<em>" not in html
    assert 'href="http' not in html
    assert "&lt;script&gt;x&lt;/script&gt; *b* $y$ @label #read(" in html


def test_markup_in_the_data_is_text_in_the_pdf(notebook):
    text = "".join("".join(_text(_pdf(notebook))).split())
    assert "".join(EVIL.split()) in text


def test_the_notice_is_on_every_page_and_heads_of_tables_repeat(notebook):
    pages = _text(_pdf(notebook))
    assert len(pages) > 2
    assert all("SỐ LIỆU MÔ PHỎNG" in page for page in pages)
    assert all("chân trang" in page for page in pages)
    assert f"Trang 2/{len(pages)}" in pages[1]
    assert sum("Tên" in page for page in pages) > 1


def _tags(element, found):
    """Kinds and alternative texts in the structure tree."""
    if isinstance(element, pikepdf.Array):
        for part in element:
            _tags(part, found)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            found.append((str(element.S), str(element.get("/Alt", ""))))
        if "/K" in element:
            _tags(element.K, found)
    return found


def test_the_pdf_tells_its_structure_and_what_the_figure_shows(notebook, tmp_path):
    (tmp_path / "a.pdf").write_bytes(_pdf(notebook))
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        tags = _tags(pdf.Root.StructTreeRoot, [])
    kinds = {kind for kind, _ in tags}
    assert {"/H1", "/H2", "/P", "/L", "/Table", "/TH", "/TD", "/Figure", "/Caption"} <= kinds
    assert f"Mô tả {EVIL}" in [alt for _, alt in tags]


def test_every_letter_of_vietnamese_is_drawn():
    letters = (
        "".join(chr(code) for code in range(0x1EA0, 0x1EFA)) + "ăâđêôơưĂÂĐÊÔƠƯàáãèéìíòóõùúý−≤–"
    )
    notebook = new_notebook(cells=[_cell(TITLE, elements.Prose(letters))])
    assert letters in "".join("".join(_text(_pdf(notebook))).split())


def test_the_same_notebook_gives_the_same_bytes(notebook):
    assert _pdf(notebook) == _pdf(notebook)
    assert _html(notebook) == _html(notebook)


def test_an_ordinary_notebook_is_exported_with_its_pictures_and_texts():
    picture = new_output("display_data", data={"image/png": PNG, "text/plain": "<Figure>"})
    drawing = new_output("display_data", data={"image/svg+xml": f"<?xml version='1.0'?>{SVG}"})
    frame = new_output("execute_result", data={"text/plain": "a  b", "text/html": "<b>x</b>"})
    stream = new_output("stream", name="stdout", text="printed <b>\n")
    warning = new_output("stream", name="stderr", text="a warning")
    cell = new_code_cell("1", outputs=[picture, drawing, frame, stream, warning])
    notebook = new_notebook(cells=[new_markdown_cell("# Một sổ tính\n\nLời <b>dẫn</b>"), cell])
    html, text = _html(notebook), "".join(_text(_pdf(notebook)))
    assert "<title>Một sổ tính</title>" in html
    assert html.count("<svg") == 2
    assert "printed &lt;b&gt;" in html
    assert "Lời &lt;b&gt;dẫn" in html
    for words in ("Một sổ tính", "a b", "printed <b>"):
        assert words in text.replace("  ", " ")
    assert "a warning" not in html + text


def test_nbconvert_finds_both_exporters(notebook, tmp_path):
    nbformat.write(notebook, tmp_path / "a.ipynb")
    for name, ending in (("povlib-html", "html"), ("povlib-pdf", "pdf")):
        command = [Path(sys.executable).with_name("jupyter"), "nbconvert", "--to", name, "a.ipynb"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / f"a.{ending}").stat().st_size > 5_000
