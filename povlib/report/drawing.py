"""A canvas in the report's style, and what is drawn on it as SVG."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import StringIO
from pathlib import Path

import fontpkg_be_vietnam_pro
import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter

from povlib.report.language import Language

FONT = "Be Vietnam Pro"
_FONT_FILES = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
# Okabe and Ito's colours keep apart for all common kinds of colour vision; shape,
# line style and words say the same again.
AREA, PEERS, WHOLE, TARGET = "#0072B2", "#E69F00", "#595959", "#B34700"
# A status: its colour, and its shape for who does not see that.
STATUS_MARKS = {
    "met": ("#009E73", "o"),
    "on_track": (AREA, "s"),
    "at_risk": (PEERS, "^"),
    "off_track": (TARGET, "X"),
    "cannot_tell": (WHOLE, "D"),
}
_STYLE: dict[str, object] = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": FONT,
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text: to select, to search, to read aloud
}


@cache
def register_font() -> None:
    """Make the report's typeface known to matplotlib."""
    for weight in ("Regular", "SemiBold"):
        font_manager.fontManager.addfont(_FONT_FILES / f"BeVietnamPro-{weight}.ttf")


def rehearse() -> None:
    """Draw a small figure, so that what drawing needs is found and remembered."""
    with canvas(1, 1) as (drawing, axes):
        sns.lineplot(x=[0, 1], y=[0, 1], ax=axes)
        svg_of(drawing, "rehearsal")


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Canvas, Axes]]:
    """Open a canvas in the report's style; width and height in inches."""
    register_font()
    with mpl.rc_context(_STYLE):
        drawing = Canvas(figsize=(width, height), layout="constrained")
        yield drawing, drawing.subplots()


def svg_of(drawing: Canvas, salt: str) -> str:
    """The drawing as one svg element that takes the width of its place."""
    text = StringIO()
    # Laid out once and drawn once: savefig would do the latter twice. The salt keeps the
    # ids of several drawings on one page apart, and the same from run to run; the date
    # would differ every time.
    with mpl.rc_context(_STYLE | {"svg.hashsalt": salt}):
        layout = FigureCanvasSVG(drawing).figure.get_layout_engine()
        if layout:
            layout.execute(drawing)
            drawing.set_layout_engine(None)
        drawing.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    # A notebook does not carry the typeface, as a report does.
    svg = svg.replace(f"'{FONT}'", f"'{FONT}', sans-serif")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    return re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)


def percent_axis(words: Language, axis: mpl.axis.Axis) -> None:
    """Label an axis of shares in percent, as the language writes them."""
    axis.set_major_formatter(FuncFormatter(lambda share, _: words.percent(share, 0)))
