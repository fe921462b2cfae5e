"""
The elements of a page: what a notebook cell shows and both exporters know how to draw.

Every element is plain data. It carries itself through the executed notebook as
JSON (`MIME`) beside an HTML form, so that the HTML page and the PDF are made from
the same words and numbers, and text that comes from data stays text in both.
"""

import re
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import mistune
import pandas as pd
from markupsafe import Markup, escape

MIME = "application/vnd.povlib+json"

_MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~^$&=:\"'/@])")
# The longest cell that must not break, such as 2022–2026.
_SHORT = 14
# Points of a drawing that does not name its size.
_WIDTH = 460


class _Renderer(mistune.HTMLRenderer):
    """Shows a picture's words: its file is elsewhere, and a page needs nothing else."""

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002
        return text


_html = mistune.create_markdown(renderer=_Renderer(escape=True))
_tokens = mistune.create_markdown(renderer="ast")


def literal(text: str) -> str:
    r"""
    Return Markdown that shows a text from the data exactly as it is.

    Examples
    --------
    >>> literal("Xã *Ba Bể*")
    'Xã \\*Ba Bể\\*'
    """
    # A non-breaking space stays: it keeps 5,46 and its % together.
    return _MARKDOWN_SIGNS.sub(r"\\\1", re.sub(r"[ \t\r\n]+", " ", text))


def without_idle_ids(svg: str) -> str:
    """
    Return a drawing without the ids that nothing in it refers to.

    Every drawing of matplotlib has a `figure_1`: on a page of several, ids would not
    be unique.

    Examples
    --------
    >>> without_idle_ids('<g id="figure_1"><path id="p"/><use href="#p"/></g>')
    '<g><path id="p"/><use href="#p"/></g>'
    """
    used = set(re.findall(r"#([^\"')]+)", svg))

    def keep_used(tag: re.Match[str]) -> str:
        return re.sub(r'\sid="([^"]*)"', lambda each: each[0] if each[1] in used else "", tag[0])

    return re.sub(r"<\w[^>]*>", keep_used, svg)


@dataclass(frozen=True, slots=True)
class _Element:
    kind: ClassVar[str]

    def html(self) -> str:
        raise NotImplementedError

    def content(self) -> dict[str, Any]:
        return asdict(self)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {"text/html": self.html(), MIME: {"kind": self.kind} | self.content()}


@dataclass(frozen=True, slots=True)
class TitleBlock(_Element):
    """
    The head of a report; it also names the document for both exporters.

    Attributes
    ----------
    language : str
        Code of the page's language.
    title, subtitle : str
        Name of the document, and what it is about.
    motto : tuple of str
        Lines at the right of the official head; may be empty.
    issuer : tuple of str
        Lines at the left: who issues it.
    place_date : str
        Place and date line.
    date : str
        The same date, YYYY-MM-DD, for the document's properties.
    notice : str
        Printed on every page, such as that the data are simulated; may be empty.
    footer : str
        Printed at the foot of every page: provenance in one line.
    area_code, area : str
        What the page is about, for the data that travel with it.
    """

    kind: ClassVar[str] = "title"
    language: str
    title: str
    subtitle: str
    motto: tuple[str, ...]
    issuer: tuple[str, ...]
    place_date: str
    date: str
    notice: str
    footer: str
    area_code: str = ""
    area: str = ""

    def html(self) -> str:
        """Return the head of the page; the notice and the footer are the template's."""
        official = Markup("")
        if self.issuer and self.motto:
            official = _lines("issuer", self.issuer, bold=0) + _lines("motto", self.motto)
        elif self.issuer:
            official = _lines("issuer", self.issuer, bold=len(self.issuer) - 1)
        return Markup(
            '<header class="title"><div class="official">{}</div>'
            '<p class="place-date">{}</p><h1>{}</h1><p class="subtitle">{}</p></header>'
        ).format(official, self.place_date, self.title, self.subtitle)


def _lines(name: str, lines: tuple[str, ...], *, bold: int | None = None) -> Markup:
    """Lines of the head; all of them in bold, or one."""
    strong, plain = Markup("<strong>{}</strong>"), Markup("{}")
    written = (
        (strong if bold in (None, place) else plain).format(line)
        for place, line in enumerate(lines)
    )
    return Markup('<p class="{}">{}</p>').format(name, Markup("<br>").join(written))


@dataclass(frozen=True, slots=True)
class Prose(_Element):
    """
    Headings, paragraphs and lists in Markdown; texts from data pass through `literal`.

    Attributes
    ----------
    markdown : str
        The text; level 2 headings start a section.
    small : bool
        Whether it is set small: how a page was made, for those who ask.
    """

    kind: ClassVar[str] = "prose"
    markdown: str
    small: bool = False

    def html(self) -> str:
        """Return the text as HTML; tags inside it are shown, not obeyed."""
        text = str(_html(self.markdown))
        return f'<div class="small">{text}</div>' if self.small else text

    def content(self) -> dict[str, Any]:
        """Return the parsed Markdown, so that Typst never parses a text."""
        return {"tokens": _tokens(self.markdown), "small": self.small}


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure of the summary: what it is, the number, and its change or limit."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class KeyFigures(_Element):
    """
    The figures that the summary shows large.

    Attributes
    ----------
    figures : tuple of KeyFigure
    """

    kind: ClassVar[str] = "key_figures"
    figures: tuple[KeyFigure, ...]

    def html(self) -> str:
        """Return a description list."""
        item = Markup('<div><dt>{}</dt><dd class="value">{}</dd><dd class="note">{}</dd></div>')
        items = Markup("").join(item.format(f.label, f.value, f.note) for f in self.figures)
        return Markup('<dl class="key-figures">{}</dl>').format(items)


@dataclass(frozen=True, slots=True)
class Table(_Element):
    """
    A table of texts, ready to show.

    Attributes
    ----------
    caption : str
    columns : tuple of str
        Heads, one a column.
    numeric : tuple of bool
        Whether a column is a number and aligns right, one a column.
    rows : tuple of tuple of str
        Cells, shape (rows, columns); the first of a row is its head.
    units : tuple of str
        What the values of a column are counted in, one a column; may be empty.
    digits : tuple of int
        Decimals that the cells of a column show, one a column; may be empty.
    values : tuple of tuple of float or None
        The numbers behind the cells, where there are any.
    on_paper : bool
        Whether it is printed; a figure's numbers need not be.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    units: tuple[str, ...] = ()
    digits: tuple[int, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()
    on_paper: bool = True

    def html(self) -> str:
        """Return a table with a caption and scoped heads."""
        classes = [self._class_of(column) for column in range(len(self.columns))]
        head = Markup("").join(
            Markup('<th scope="col" class="{}">{}</th>').format(name, label)
            for name, label in zip(classes, self.columns, strict=True)
        )
        body = Markup("").join(
            Markup('<tr><th scope="row" class="{}">{}</th>{}</tr>').format(
                classes[0],
                row[0],
                Markup("").join(
                    Markup('<td class="{}">{}</td>').format(name, cell)
                    for name, cell in zip(classes[1:], row[1:], strict=True)
                ),
            )
            for row in self.rows
        )
        return Markup(
            '<div class="table" role="region" tabindex="0" aria-label="{}">'
            "<table><caption><span>{}</span></caption>"
            "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
        ).format(self.caption, self.caption, head, body)

    def _class_of(self, column: int) -> str:
        if self.numeric[column]:
            return "number"
        return "short" if all(len(row[column]) <= _SHORT for row in self.rows) else ""


@dataclass(frozen=True, slots=True)
class Data:
    """
    What a figure draws, as a table of its own.

    Attributes
    ----------
    name : str
        Of the file that it is kept in.
    columns, units : tuple of str
        Names, and what their values are counted in.
    rows : tuple of tuple
        Text, numbers or None.
    """

    name: str
    columns: tuple[str, ...]
    units: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame, **units: str) -> "Data":
        """
        Keep the frame that a figure is drawn from.

        Parameters
        ----------
        name : str
        frame : DataFrame
        **units : str
            By column; a column without one is text or a year.
        """
        plain = frame.astype(object).where(frame.notna(), None)
        return cls(
            name,
            tuple(map(str, frame.columns)),
            tuple(units.get(str(column), "") for column in frame.columns),
            tuple(
                tuple(one.item() if hasattr(one, "item") else one for one in row)
                for row in plain.itertuples(index=False, name=None)
            ),
        )


@dataclass(frozen=True, slots=True)
class Figure(_Element):
    """
    A drawing with the words that replace it.

    Attributes
    ----------
    svg : str
        The drawing, one `<svg>` element without a document head.
    alt : str
        What the drawing shows, for who cannot see it.
    caption : str
    data : Data or None
        What is drawn.
    """

    kind: ClassVar[str] = "figure"
    svg: str
    alt: str
    caption: str
    data: Data | None = None

    def html(self) -> str:
        """Return a figure; the drawing is one image to a screen reader."""
        svg = without_idle_ids(self.svg)
        own = f'role="img" aria-label="{escape(self.alt)}" style="--width:{self._width()}"'
        drawing = svg.replace("<svg", f"<svg {own}", 1)
        return Markup(
            '<figure><div class="drawing" role="region" tabindex="0" aria-label="{}">{}</div>'
            "<figcaption>{}</figcaption></figure>"
        ).format(
            self.caption,
            Markup(drawing),  # noqa: S704 - drawn by matplotlib, which escapes texts
            self.caption,
        )

    def _width(self) -> int:
        """Its own width in points, by which the style sheet keeps its letters legible."""
        found = re.search(r'viewBox="\S+ \S+ ([0-9.]+)', self.svg)
        return round(float(found[1])) if found else _WIDTH


def on_screen(element: Table | Prose) -> Table | Prose:
    """Leave a table to the page and to the data; what it holds is drawn beside it."""
    return replace(element, on_paper=False) if isinstance(element, Table) else element


NOTHING = Prose("")
PAGE_BREAK = Prose("---")
