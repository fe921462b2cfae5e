"""A canvas in the report's style, and what is drawn on it as SVG."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import StringIO
from pathlib import Path

import fontpkg_be_vietnam_pro
import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import Formatter

from povlib.report.language import Language

FONT = "Be Vietnam Pro"
_FONT_FILES = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
# After Okabe and Ito: they keep apart for all common kinds of colour vision, and each stands
# out from white by 3 to 1. Shape, line style and words say the same again.
AREA, PEERS, WHOLE, TARGET = "#0072B2", "#CC8100", "#595959", "#B34700"
# A status: its colour, and its shape for who does not see that.
STATUS_MARKS = {
    "met": ("#009E73", "o"),
    "on_track": (AREA, "s"),
    "at_risk": (PEERS, "^"),
    "off_track": (TARGET, "X"),
    "cannot_tell": (WHOLE, "D"),
}
_MARGIN = 3  # around a drawing [pt]
_STYLE: dict[str, object] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titley": 1.0,  # or a place is looked for
    "font.family": FONT,
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text: to select, to search, to read aloud
    "text.parse_math": False,  # a name with dollars is a name, not a formula
}


@cache
def register_font() -> None:
    """Make the report's typeface known to matplotlib."""
    for weight in ("Regular", "SemiBold"):
        font_manager.fontManager.addfont(_FONT_FILES / f"BeVietnamPro-{weight}.ttf")


def rehearse() -> None:
    """Draw a small figure, so that what drawing needs is found and remembered."""
    with canvas(2, 1) as (drawing, axes):
        sns.lineplot(x=[0, 1], y=[0, 1], ax=axes)
        axes.plot([0, 1], [1, 0], marker="o", linestyle=":", label="rehearsal")
        axes.fill_between([0, 1], [0, 0], [1, 1], facecolor="none", hatch="////", lw=0)
        axes.bar_label(axes.barh(["rehearsal"], [1]))
        axes.legend(frameon=False)
        svg_of(drawing, "rehearsal")


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Canvas, Axes]]:
    """Open a canvas in the report's style; width and height in inches."""
    register_font()
    with mpl.rc_context(_STYLE):
        drawing = Canvas(figsize=(width, height), dpi=72)  # the unit of SVG
        yield drawing, drawing.subplots()


def svg_of(drawing: Canvas, salt: str) -> str:
    """The drawing, of one pair of axes, as one svg element that takes the width of its place."""
    text = StringIO()
    # The salt keeps the ids of several drawings on one page apart, and the same from run
    # to run; the date would differ every time.
    with mpl.rc_context(_STYLE | {"svg.hashsalt": salt}):
        renderer = RendererSVG(*drawing.bbox.size, text, metadata={"Date": None, "Creator": None})
        _fit(drawing, renderer)
        drawing.draw(renderer)
        renderer.finalize()
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    # A notebook does not carry the typeface, as a report does.
    svg = svg.replace(f"'{FONT}'", f"'{FONT}', sans-serif")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    return re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)


def _fit(drawing: Canvas, renderer: RendererSVG) -> None:
    """
    Let the axes fill the drawing but for what their labels take.

    Laid out once, with the renderer that draws, as suits one pair of axes: matplotlib's
    own ways do it twice, with one of their own, and take as long as all the rest.
    """
    (axes,) = drawing.axes
    for axis in (axes.xaxis, axes.yaxis):
        if not axis.label.get_text():
            axis.set_label_coords(0, 0)  # or a place is looked for, for nothing
    width, height = drawing.bbox.size
    inner = axes.bbox
    outer = axes.get_tightbbox(renderer) or inner
    drawing.subplots_adjust(
        left=(inner.x0 - outer.x0 + _MARGIN) / width,
        right=1 - (outer.x1 - inner.x1 + _MARGIN) / width,
        bottom=(inner.y0 - outer.y0 + _MARGIN) / height,
        top=1 - (outer.y1 - inner.y1 + _MARGIN) / height,
    )


def hold_labels(axes: Axes) -> None:
    """Label axes for a while: seaborn makes all ticks of those without to see if they show."""
    axes.set(xlabel=" ", ylabel=" ")


def legend_name(name: str, letters: int = 28) -> str:
    r"""
    Return a name as a legend has room for it.

    Examples
    --------
    >>> legend_name("Xã Ba Bể"), legend_name("a" * 99, 5), legend_name("_x")
    ('Xã Ba Bể', 'aaaa…', ' _x')
    """
    cut = name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
    return f" {cut}" if cut.startswith("_") else cut  # else matplotlib would leave it out


def percent_axis(words: Language, axis: mpl.axis.Axis) -> None:
    """Label an axis of shares in percent, to the digits of its ticks, as the language writes."""
    axis.set_major_formatter(_Percent(words))


class _Percent(Formatter):
    """Writes the ticks of an axis at once, as their digits are sought for all of them."""

    def __init__(self, words: Language) -> None:
        self._words = words

    def __call__(self, x: float, pos: int | None = None) -> str:  # noqa: ARG002 - matplotlib's
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        percents = 100 * np.asarray(values)
        exact = (digits for digits in range(5) if np.allclose(percents.round(digits), percents))
        digits = next(exact, 5)
        return [self._words.percent(share, digits) for share in values]
