"""
nbconvert exporters: a notebook as a self-contained HTML page or a tagged PDF.

Both draw the same blocks: the elements that cells show, the Markdown between them
and, of other outputs, pictures and plain text. Code, parameters and cells tagged
`remove-cell` stay out.
"""

import base64
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import typst
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from povlib.errors import DataError
from povlib.report import columns, fonts, language, workbook
from povlib.report.elements import MIME, Prose, without_idle_ids

TEMPLATES = Path(__file__).parent / "templates"
_HIDDEN = {"remove-cell", "parameters", "injected-parameters", "papermill-error-cell-tag"}
_NOT_DRAWN = {"html", "data", "units", "digits", "values"}
# The date of a notebook that names none: 2000-01-01.
_EPOCH = 946_684_800
# Colours and other orders to a terminal, and signs that no typeface has.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f\ufeff]")


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
    counts: Counter[str] = Counter()
    words = language.of(_language(notebook))
    for cell in notebook.cells:
        if _HIDDEN & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            yield _prose(words.markdown(cell.source))
        elif cell.cell_type == "code":
            for output in cell.outputs:
                for block in _shown(output):
                    counts[block["kind"]] += 1
                    # On paper some tables are missing: the others keep their numbers.
                    yield block | {"number": counts[block["kind"]]}


def _language(notebook: NotebookNode) -> str:
    """The language that the title or, without one, the parameters name."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            block = output.get("data", {}).get(MIME, {})
            if block.get("kind") == "title":
                return str(block["language"])
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    return _known_language(str(parameters.get("language", "en")))


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
        svg = re.sub(r"<metadata>.*?</metadata>", "", data["image/svg+xml"], flags=re.DOTALL)
        yield _picture(output, svg[max(svg.find("<svg"), 0) :])
    elif "image/png" in data:
        yield _picture(output, _wrap_png("".join(data["image/png"].split())))
    elif "text/plain" in data:
        yield {"kind": "text", "text": plain(data["text/plain"])}
    elif output.output_type == "stream" and output.name == "stdout":
        yield {"kind": "text", "text": plain(output.text)}


def plain(text: str) -> str:
    """Return text without orders to a terminal and signs that no typeface has."""
    return _CONTROLS.sub("", text)


def _picture(output: NotebookNode, svg: str) -> dict[str, Any]:
    alt = output.get("metadata", {}).get("alt", "")
    return {"kind": "picture", "alt": alt, "svg": without_idle_ids(svg)}


def _wrap_png(encoded: str) -> str:
    """A PNG within an SVG: both formats then draw pictures of one kind."""
    header = base64.b64decode(encoded[:64])
    width, height = (int.from_bytes(header[start : start + 4]) for start in (16, 20))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{encoded}"/></svg>'
    )


def _head(
    notebook: NotebookNode, shown: list[dict[str, Any]], resources: dict[str, Any]
) -> dict[str, Any]:
    """The document's facts: of the title block, or of an ordinary notebook."""
    for block in shown:
        if block["kind"] == "title":
            return block
    titles = (
        _plain_text(token)
        for block in shown
        for token in _headings(block.get("tokens", []))
        if token["attrs"]["level"] == 1
    )
    names = ("subtitle", "place_date", "date", "notice", "footer", "area_code", "area")
    empty = dict.fromkeys(names, "")
    return empty | {
        "kind": "none",
        "language": _language(notebook),
        "title": next(titles, "") or resources.get("metadata", {}).get("name") or "povlib",
        "issuer": [],
        "motto": [],
    }


def _known_language(code: str) -> str:
    """The code, or English: `language` may mean another thing in other people's notebooks."""
    try:
        return language.of(code).code
    except ValueError:
        return "en"


def _headings(tokens: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for token in tokens:
        if token["type"] == "heading":
            yield token
        else:
            yield from _headings(token.get("children", []))


def _plain_text(token: dict[str, Any]) -> str:
    children = token.get("children", [])
    return token.get("raw", "") + "".join(_plain_text(child) for child in children)


class HTMLReport(Exporter):
    """
    A notebook as one HTML file that needs nothing else; `--to povlib-html`.

    The resources may name what stands `beside` it, text of a link -> relative address, and
    the address of its `home`, the list of all reports.
    """

    export_from_notebook = "povlib HTML report"
    output_mimetype = "text/html"
    file_extension = ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        given = {name: resources[name] for name in ("beside", "home") if name in resources}
        return as_html(notebook, named=resources, **given), resources


def as_html(
    notebook: NotebookNode,
    *,
    beside: dict[str, str] | None = None,
    translations: dict[str, tuple[str, str]] | None = None,
    home: str = "",
    named: dict[str, Any] | None = None,
) -> str:
    """
    Return the page of an executed notebook, without nbconvert's copies and checks of it.

    Parameters
    ----------
    notebook : NotebookNode
    beside : dict of str, optional
        What stands beside the page: text of a link -> relative address.
    translations : dict, optional
        The page in other languages: code -> name of the language, relative address.
    home : str
        Relative address of the list of all reports.
    named : dict, optional
        nbconvert's resources, which name a notebook without a title.
    """
    shown = list(blocks(notebook))
    head = _head(notebook, shown, named or {})
    page = templates().get_template("report.html.j2")
    words = language.of(head["language"])
    return page.render(
        head=head,
        blocks=shown,
        words=words,
        style=style(),
        beside=beside or {},
        translations=translations or {},
        home=home,
    )


@cache
def templates() -> Environment:
    """The HTML templates; every value in them is escaped unless it is our own markup."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


@cache
def style() -> Markup:
    """The style sheet with its typeface: the same for reports and for the index."""
    return Markup(fonts.faces() + (TEMPLATES / "style.css").read_text("utf-8"))  # noqa: S704 - our own


class PDFReport(Exporter):
    """A notebook as a tagged PDF (PDF/UA-1, PDF/A-2a), drawn by Typst; `--to povlib-pdf`."""

    export_from_notebook = "povlib PDF report"
    output_mimetype = "application/pdf"
    file_extension = ".pdf"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the bytes of the document and nbconvert's resources."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        return as_pdf(notebook, resources), resources


def as_pdf(notebook: NotebookNode, resources: dict[str, Any] | None = None) -> bytes:
    """Return the document of an executed notebook, without nbconvert's copies and checks of it."""
    shown = list(blocks(notebook))
    head = _head(notebook, shown, resources or {})
    drawn = _drawable([block for block in shown if block.get("on_paper", True)])
    _close_heading_gaps(drawn)
    for table in (block for block in drawn if block["kind"] == "table"):
        # Measured by Typst, they took a quarter of the time of the document.
        table.update(columns.fit(table["columns"], table["rows"], table["numeric"]))
    words = _words(head["language"])
    return _compile({"head": _drawable(head), "blocks": drawn, "words": words}, head)


class DataExport(Exporter):
    """The data behind a notebook's figures and tables as a workbook; `--to povlib-xlsx`."""

    export_from_notebook = "povlib data"
    output_mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file_extension = ".xlsx"

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the bytes of the workbook, and in the resources the CSV of each figure."""
        notebook, resources = super().from_notebook_node(nb, resources, **kw)
        content, resources["figures"] = as_data(notebook, resources)
        return content, resources


def as_data(
    notebook: NotebookNode, resources: dict[str, Any] | None = None
) -> tuple[bytes, dict[str, str]]:
    """Return the workbook of an executed notebook, and the CSV of each figure by its name."""
    shown = list(blocks(notebook))
    head = _head(notebook, shown, resources or {})
    return workbook.write(head, shown), workbook.csv_files(head, shown)


def _compile(document: dict[str, Any], head: dict[str, Any]) -> bytes:
    """Draw a document; letters that no typeface has are shown by their numbers."""
    try:
        return _packed(_typeset(document, head))
    except typst.TypstError:
        # A standard of the PDF forbids the box that would stand for such a letter.
        document = _mapped(document, fonts.legible)
    try:
        return _packed(_typeset(document, head))
    except typst.TypstError as caught:
        msg = f"{head['title']}: the PDF cannot be made: {caught}"
        raise DataError(msg) from caught


def _typeset(document: dict[str, Any], head: dict[str, Any]) -> bytes:
    return _compiler().compile(  # type: ignore[return-value]  # one file is asked for
        format="pdf",
        pdf_standards=["ua-1", "a-2a"],
        # All text travels as data; the template never evaluates any of it.
        sys_inputs={"document": json.dumps(document, ensure_ascii=False)},
        timestamp=_timestamp(head),
    )


def _packed(content: bytes) -> bytes:
    """The same document, its many small objects compressed together: a third of the size."""
    packed = BytesIO()
    streams = pikepdf.ObjectStreamMode.generate
    with pikepdf.open(BytesIO(content)) as pdf:
        pdf.save(packed, object_stream_mode=streams, deterministic_id=True)
    return packed.getvalue()


def _drawable(value: Any) -> Any:
    """A copy without what is not drawn, and without signs that no typeface has."""
    return _mapped(value, plain)


def _mapped(value: Any, write: Callable[[str], str]) -> Any:
    """A copy without what is not drawn, its texts written anew."""
    if isinstance(value, str):
        return write(value)
    if isinstance(value, dict):
        return {key: _mapped(part, write) for key, part in value.items() if key not in _NOT_DRAWN}
    if isinstance(value, list | tuple):
        return [_mapped(part, write) for part in value]
    return value


def _close_heading_gaps(drawn: list[dict[str, Any]]) -> None:
    """Raise headings that skip a level, which a tagged PDF may not; in place."""
    level = 0
    for block in drawn:
        if block["kind"] == "title":
            level = 1
        for token in _headings(block.get("tokens", [])):
            level = min(token["attrs"]["level"], level + 1)
            token["attrs"]["level"] = level


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
    if not head["date"]:
        return int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH))
    day = date.fromisoformat(head["date"])
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        str(TEMPLATES / "report.typ"), font_paths=[str(fonts.FILES)], ignore_system_fonts=True
    )
