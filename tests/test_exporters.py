"""The exporters: what a notebook becomes, on any notebook and with any text."""

import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import nbformat
import pikepdf
import pypdfium2
import pytest
import seaborn as sns
from matplotlib import rc_context
from matplotlib.figure import Figure
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from povlib.report import drawing, elements
from povlib.report.exporters import HTMLReport, PDFReport

EVIL = '<script>x</script> *b* $y$ @label #read("/etc/passwd") [z](http://z) \\ "q" `c`'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 20"><text x="2" y="12">ướ</text></svg>'
)
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
LETTERS = (
    "".join(chr(code) for code in range(0x1EA0, 0x1EFA)) + "ăâđêôơưĂÂĐÊÔƠƯàáãèéìíòóõùúý−≤≥–—…•×"
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
    rows = tuple((f"{EVIL} {number}", "1,23\u00a0%") for number in range(120))
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


def _drawing():
    """A figure as the inline backend gives it: with a document head and metadata."""
    text = StringIO()
    drawing.register_font()
    with rc_context({"svg.fonttype": "none", "font.family": "Be Vietnam Pro"}):
        canvas = Figure(figsize=(4, 3))
        axes = sns.lineplot(x=[0, 1, 2], y=[3, 2, 1], ax=canvas.subplots())
        axes.set_title("Tỷ lệ hộ nghèo ước tính")
        canvas.savefig(text, format="svg")
    return text.getvalue()


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


def test_the_pdf_names_itself_to_readers(notebook):
    with pikepdf.open(BytesIO(_pdf(notebook))) as pdf:
        assert pdf.Root.Lang == "vi"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert pdf.docinfo["/Title"] == TITLE.title
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20261123")
        with pdf.open_metadata() as told:
            named = [told[f"pdf{key}"] for key in ("uaid:part", "aid:part", "aid:conformance")]
        assert named == ["1", "2", "A"]
        assert [str(one.S) for one in pdf.Root.OutputIntents] == ["/GTS_PDFA1"]
        with pdf.open_outline() as outline:
            assert [entry.title for entry in outline.root[0].children] == ["Mục"]


def test_the_notice_is_read_aloud_once_and_not_on_every_page():
    def tags(title):
        shown = new_notebook(cells=[_cell(title)])
        with pikepdf.open(BytesIO(_pdf(shown))) as pdf:
            return len(_tags(pdf.Root.StructTreeRoot, []))

    assert tags(TITLE) == tags(replace(TITLE, notice="")) + 1


def test_every_letter_of_vietnamese_is_drawn():
    notebook = new_notebook(cells=[_cell(TITLE, elements.Prose(LETTERS))])
    assert LETTERS in "".join("".join(_text(_pdf(notebook))).split())


@pytest.mark.parametrize(("epoch", "year"), [(None, "2000"), ("1767225600", "2026")])
def test_a_document_without_a_date_has_that_of_the_environment(monkeypatch, epoch, year):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    if epoch:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    content, _ = PDFReport().from_notebook_node(
        new_notebook(cells=[new_markdown_cell("# A title")])
    )
    with pikepdf.open(BytesIO(content)) as pdf, pdf.open_metadata() as metadata:
        assert metadata["xmp:CreateDate"].startswith(year)


def test_drawings_are_written_in_the_typeface_of_the_page():
    svg = _drawing()
    figure = elements.Figure(svg[svg.index("<svg") :], "Mô tả", "Chú thích")
    pdf = _pdf(new_notebook(cells=[_cell(TITLE, figure)]))
    assert "Tỷ lệ hộ nghèo ước tính" in " ".join(_text(pdf))
    with pikepdf.open(BytesIO(pdf)) as opened:
        names = {
            str(part.BaseFont)
            for part in opened.objects
            if isinstance(part, pikepdf.Dictionary) and "/BaseFont" in part
        }
    assert {name.split("+")[1].split("-")[0] for name in names} == {"BeVietnamPro"}


def test_a_letter_that_no_typeface_has_is_shown_by_its_number():
    odd = "Xã 中 \U0001f600 \ue001 Bể"
    svg = SVG.replace("ướ", odd)
    shown = [elements.Prose(odd), elements.Figure(svg, odd, odd)]
    text = " ".join(_text(_pdf(new_notebook(cells=[_cell(TITLE, *shown)]))))
    told = "Xã [U+4E2D] [U+1F600] [U+E001] Bể"
    assert text.count(told) == 3  # the sentence, in the drawing, the caption
    assert not set("中\U0001f600\ufffd\ufffe") & set(text)


def test_the_html_page_needs_nothing_else(notebook):
    drawings = [new_output("display_data", data={"image/svg+xml": _drawing()}) for _ in range(5)]
    notebook.cells += [
        new_code_cell("1", outputs=drawings),
        new_markdown_cell("![một hình](http://example.org/a.png)"),
    ]
    html = _html(notebook)
    assert "một hình" in html
    addresses = re.findall(r"""(?:href|src)=["']([^"']*)|url\(["']?([^)"']*)""", html)
    assert not [name for pair in addresses for name in pair if not re.match("#|data:|$", name)]
    without_names = re.sub(r'xmlns(:\w+)?="[^"]*"', "", html).replace("[z](http://z)", "")
    assert "http" not in without_names.replace("http-equiv", "")
    assert len(html.encode()) < 250_000


def test_the_html_page_names_itself_to_readers(notebook):
    html = _html(notebook)
    assert '<html lang="vi">' in html
    assert "default-src 'none'" in html
    for landmark in ('<header class="notice">', '<main id="content"', '<footer class="foot">'):
        assert html.count(landmark) == 1
    assert 'href="#content"' in html
    assert html.count("@font-face") == 2


def test_ids_are_unique_on_the_html_page(notebook):
    notebook.cells += [
        _cell(elements.Figure(f"<svg{svg}", "a", "b"))
        for svg in (_drawing().split("<svg", 1)[1] for _ in range(2))
    ]
    ids = re.findall(r'\sid="([^"]*)"', _html(notebook))
    assert sorted(ids) == sorted(set(ids))


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


def test_headings_of_an_ordinary_notebook_may_skip_levels():
    notebook = new_notebook(cells=[new_markdown_cell("## Một\n\n#### Hai\n\n> # Ba")])
    notebook.metadata["papermill"] = {"parameters": {"language": "R"}}
    with pikepdf.open(BytesIO(_pdf(notebook))) as pdf:
        kinds = [kind for kind, _ in _tags(pdf.Root.StructTreeRoot, [])]
        assert [kind for kind in kinds if kind.startswith("/H")] == ["/H1", "/H2", "/H1"]
        assert pdf.docinfo["/Title"] == "Ba"
        assert pdf.Root.Lang == "en"


def test_orders_to_a_terminal_and_empty_tables_are_no_obstacle():
    stream = new_output("stream", name="stdout", text="\x1b[31mđỏ\x1b[0m\x07")
    table = elements.Table("Bảng\x00 rỗng", ("Tên", "Số"), (False, True), ())
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[stream]), _cell(table)])
    assert '<pre tabindex="0">đỏ</pre>' in _html(notebook)
    text = "".join(_text(_pdf(notebook)))
    assert "đỏ" in text
    assert "Bảng rỗng" in text


def test_pictures_have_words_in_the_language_of_the_page():
    picture = {"image/png": PNG}
    outputs = [
        new_output("display_data", data=picture, metadata={"alt": 'Một "chấm"'}),
        new_output("display_data", data=picture),
    ]
    notebook = new_notebook(cells=[_cell(TITLE), new_code_cell("1", outputs=outputs)])
    html = _html(notebook)
    assert 'aria-label="Một &#34;chấm&#34;"' in html
    assert 'aria-label="Hình không có mô tả"' in html
    with pikepdf.open(BytesIO(_pdf(notebook))) as pdf:
        alts = [alt for _, alt in _tags(pdf.Root.StructTreeRoot, []) if alt]
    assert alts == ['Một "chấm"', "Hình không có mô tả"]


def test_nbconvert_finds_both_exporters(notebook, tmp_path):
    assert get_exporter("povlib-html") is HTMLReport
    nbformat.write(notebook, tmp_path / "a.ipynb")
    command = [Path(sys.executable).with_name("jupyter"), "nbconvert", "--to", "povlib-pdf"]
    run = subprocess.run([*command, "a.ipynb"], cwd=tmp_path, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "a.pdf").stat().st_size > 5_000
