"""
nbconvert exporters: a notebook as a self-contained HTML page or a tagged PDF.

Both draw the same blocks: the elements that cells show, the Markdown between them
and, of other outputs, pictures and plain text. Code, parameters and cells tagged
`remove-cell` stay out.
"""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import fontpkg_be_vietnam_pro
import typst
from fontTools import subset
from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from povlib.report import language
from povlib.report.elements import MIME, Prose

TEMPLATES = Path(__file__).parent / "templates"
FONT_FILES = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
_HIDDEN = {"remove-cell", "parameters", "injected-parameters", "papermill-error-cell-tag"}
# What Vietnamese and English pages are written with; other letters fall back to the
# reader's own typeface.
_LETTERS = [
    *range(0x20, 0x180),
    *(0x1A0, 0x1A1, 0x1AF, 0x1B0),
    *range(0x1EA0, 0x1EFA),
    *range(0x300, 0x324),
    *range(0x2010, 0x2040),
    *(0x2190, 0x2192, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265),
]


def blocks(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    """
    Yield what a reader sees of a notebook, as plain data in reading order.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.

    Yields
    ------
    block : dict
        `kind` and the fields of that element; an element of ours also has `html`.
    """
    for cell in notebook.cells:
        if _HIDDEN & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            yield _prose(cell.source)
        elif cell.cell_type == "code":
            for output in cell.outputs:
                yield from _shown(output)


def _prose(markdown: str) -> dict[str, Any]:
    element = Prose(markdown)
    return {"kind": element.kind, "html": element.html()} | element.content()


def _shown(output: NotebookNode) -> Iterator[dict[str, Any]]:
    """What is shown of one output; warnings and other people's HTML are not."""
    data = output.get("data", {})
    if MIME in data:
        yield data[MIME] | {"html": data["text/html"]}
    elif "text/markdown" in data:
        yield _prose(data["text/markdown"])
    elif "image/svg+xml" in data:
        svg = data["image/svg+xml"]
        yield _picture(output, svg[svg.index("<svg") :])
    elif "image/png" in data:
        yield _picture(output, _wrap_png("".join(data["image/png"].split())))
    elif "text/plain" in data:
        yield {"kind": "text", "text": data["text/plain"]}
    elif output.output_type == "stream" and output.name == "stdout":
        yield {"kind": "text", "text": output.text}


def _picture(output: NotebookNode, svg: str) -> dict[str, Any]:
    alt = output.get("metadata", {}).get("alt", "")
    return {"kind": "picture", "alt": alt, "svg": svg}


def _wrap_png(encoded: str) -> str:
    """A PNG within an SVG: both formats then draw pictures of one kind."""
    header = base64.b64decode(encoded[:64])
    width, height = (int.from_bytes(header[start : start + 4]) for start in (16, 20))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{encoded}"/></svg>'
    )


def _head(notebook: NotebookNode, shown: list[dict[str, Any]]) -> dict[str, Any]:
    """The document's facts: of the title block, or of an ordinary notebook."""
    for block in shown:
        if block["kind"] == "title":
            return block
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    headings = (
        line[2:].strip()
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("# ")
    )
    return {
        "kind": "none",
        "language": parameters.get("language", "en"),
        "title": next(headings, "povlib"),
        "subtitle": "",
        "issuer": [],
        "motto": [],
        "place_date": "",
        "date": "",
        "notice": "",
        "footer": "",
    }


class HTMLReport(Exporter):
    """A notebook as one HTML file that needs nothing else; `--to povlib-html`."""

    export_from_notebook = "povlib HTML report"
    output_mimetype = "text/html"
    file_extension = ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        shown = list(blocks(notebook))
        head = _head(notebook, shown)
        page = templates().get_template("report.html.j2")
        text = page.render(
            head=head, blocks=shown, words=language.of(head["language"]), style=style()
        )
        return text, resources


@cache
def templates() -> Environment:
    """The HTML templates; every value in them is escaped unless it is our own markup."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


@cache
def style() -> Markup:
    """The style sheet with its typeface: the same for reports and for the index."""
    faces = "".join(
        f"@font-face{{font-family:'Be Vietnam Pro';font-weight:{weight};font-display:swap;"
        f"src:url(data:font/woff2;base64,{_web_font(name)}) format('woff2')}}"
        for name, weight in (("Regular", 400), ("SemiBold", 600))
    )
    return Markup(faces + (TEMPLATES / "style.css").read_text("utf-8"))  # noqa: S704 - our own


def _web_font(name: str) -> str:
    """A weight of the typeface cut to the letters in use, as base64 of WOFF2."""
    options = subset.Options(flavor="woff2", layout_features=["kern", "mark", "ccmp", "tnum"])
    with subset.load_font(FONT_FILES / f"BeVietnamPro-{name}.ttf", options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=_LETTERS)
        cutter.subset(font)
        return base64.b64encode(_bytes_of(font, options)).decode()


def _bytes_of(font: TTFont, options: subset.Options) -> bytes:
    buffer = BytesIO()
    subset.save_font(font, buffer, options)
    return buffer.getvalue()


class PDFReport(Exporter):
    """A notebook as a tagged PDF (PDF/UA-1), drawn by Typst; `--to povlib-pdf`."""

    export_from_notebook = "povlib PDF report"
    output_mimetype = "application/pdf"
    file_extension = ".pdf"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the bytes of the document and nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        shown = list(blocks(notebook))
        head = _head(notebook, shown)
        drawn = [{key: value for key, value in block.items() if key != "html"} for block in shown]
        document = {"head": head | {"html": ""}, "blocks": drawn, "words": _words(head["language"])}
        pdf: bytes = _compiler().compile(  # type: ignore[assignment]  # one file is asked for
            format="pdf",
            pdf_standards=["ua-1"],
            # All text travels as data; the template never evaluates any of it.
            sys_inputs={"document": json.dumps(document, ensure_ascii=False)},
            timestamp=_timestamp(head),
        )
        return pdf, resources


def _words(code: str) -> dict[str, str]:
    """The words that the template itself prints."""
    words = language.of(code)
    return {
        "page": words.text("Page"),
        "figure": words.text("Figure"),
        "table": words.text("Table"),
        "no_description": words.text("A picture without a description"),
    }


def _timestamp(head: dict[str, Any]) -> int:
    """The document's date: that of the report, so that the same inputs give the same bytes."""
    day = date.fromisoformat(head["date"]) if head["date"] else date(2000, 1, 1)
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(TEMPLATES / "report.typ"), font_paths=[str(FONT_FILES)], ignore_system_fonts=True
    )
