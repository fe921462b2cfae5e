"""Small drawings of many areas for the index: a map, and the trend of each."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from povlib.models.measurement import WHOLE
from povlib.report.drawing import STATUS_MARKS
from povlib.report.language import Language
from povlib.report.page import Page
from povlib.report.vocabulary import name_of

# A page of a whole country has thousands of these: written as they are, drawn by no library.
STATUSES = ("off_track", "at_risk", "on_track", "met", "cannot_tell")  # gravest first
_SHAPES = {  # of matplotlib's markers, within a square of 2 x 2 around 0
    "o": '<circle r=".9"/>',
    "s": '<path d="M-.8-.8H.8V.8H-.8z"/>',
    "^": '<path d="M0-.95L.95.8H-.95z"/>',
    "X": '<path d="M-.95-.5L-.5-.95 0-.45.5-.95.95-.5.45 0 .95.5.5.95 0 .45-.5.95-.95.5-.45 0z"/>',
    "D": '<path d="M0-1L1 0 0 1-1 0z"/>',
}
_WIDTH, _MARGIN = 600, 12  # of the map, in its own units
_SPARK = (72, 20)


def draw(page: Page) -> dict[str, Any] | None:
    """
    Draw all areas at their places, by their status against the first target.

    Parameters
    ----------
    page : Page
        A page of all areas, with their outlines if there are any.

    Returns
    -------
    map : dict or None
        `svg`; `alt`, what it shows; `caption`; None where no area has a place.
    """
    found = places(page)
    if found.empty:
        return None
    outlines = page.slice.tables["outlines"]
    corners = [
        np.concatenate([one[axis].to_numpy(float) for one in (outlines, found)])
        for axis in ("longitude", "latitude")
    ]
    box = _Box(*corners)
    words = page.words
    titles = {
        row.area_code: f"{page.name_of(row.area_code)}: {words.percent(row.rate_now)},"
        f" {name_of(words, row.status)}"
        for row in found.itertuples()
    }
    shapes = [*_areas(outlines, found, titles, box), *_marks(found, titles, box)]
    svg = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        _WIDTH, box.height, _described(page, found), symbols(), Markup("").join(shapes)
    )
    text = "Every mark is an area; its shape and colour say its status."
    return {"svg": svg, "caption": words.text(text)}


def symbols() -> Markup:
    """The marks of the statuses, to be used by name."""
    made = (
        Markup('<symbol id="mark-{}" viewBox="-1.2 -1.2 2.4 2.4" fill="{}">{}</symbol>').format(
            status,
            color,
            Markup(_SHAPES[marker]),  # noqa: S704 - our own
        )
        for status, (color, marker) in STATUS_MARKS.items()
    )
    return Markup("<defs>{}</defs>").format(Markup("").join(made))


def spark(words: Language, points: Iterable[tuple[int, float]]) -> Markup:
    """
    Draw the course of a rate as a small line from zero up.

    Parameters
    ----------
    words : Language
    points : iterable of tuple
        Year and rate of each review, ascending. [year, share]

    Returns
    -------
    svg : Markup
        Its label says the first rate and the last.
    """
    known = [(int(year), float(rate)) for year, rate in points if not np.isnan(rate)]
    if not known:
        return Markup("")
    width, height = _SPARK
    span = max(known[-1][0] - known[0][0], 1)
    top = max(rate for _, rate in known) or 1.0
    drawn = [
        (2 + (width - 4) * (year - known[0][0]) / span, height - 2 - (height - 4) * rate / top)
        for year, rate in known
    ]
    line = " ".join(f"{x:.0f},{y:.1f}" for x, y in drawn)
    told = "; ".join(
        f"{year}: {words.percent(rate)}" for year, rate in dict([known[0], known[-1]]).items()
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<polyline points="{}"/><circle cx="{:.0f}" cy="{:.1f}" r="2"/></svg>'
    ).format(width, height, told, line, *drawn[-1])


class _Box:
    """From degrees to the units of the drawing; a degree of longitude is the shorter one."""

    def __init__(self, longitudes: np.ndarray, latitudes: np.ndarray) -> None:
        self.west, self.north = longitudes.min(), latitudes.max()
        self.narrowed = float(np.cos(np.deg2rad(latitudes.mean())))
        wide = float(np.ptp(longitudes)) * self.narrowed
        high = float(np.ptp(latitudes))
        self.scale = (_WIDTH - 2 * _MARGIN) / max(wide, high / 1.4, 1e-6)
        self.left = (_WIDTH - wide * self.scale) / 2
        self.height = round(high * self.scale + 2 * _MARGIN)

    def x(self, longitudes: Any) -> Any:
        return self.left + (longitudes - self.west) * self.narrowed * self.scale

    def y(self, latitudes: Any) -> Any:
        return _MARGIN + (self.north - latitudes) * self.scale


def places(page: Page) -> pd.DataFrame:
    """Areas with status, name and place; that of an outline where none is given."""
    status = page.slice.tables["status"]
    own = status[(status["target"] == 0) & (status["area_code"] != WHOLE)]
    outlines = page.slice.tables["outlines"]
    middles = outlines.groupby("area_code")[["longitude", "latitude"]].mean().astype(float)
    areas = page.slice.tables["areas"].set_index("area_code")[["name", "longitude", "latitude"]]
    sides = areas[["longitude", "latitude"]].astype(float).fillna(middles)
    known = areas.assign(**sides).dropna(subset=["longitude", "latitude"])
    return own.merge(known.reset_index(), on="area_code")


def _described(page: Page, found: pd.DataFrame) -> str:
    counts = found["status"].value_counts()
    told = "; ".join(
        f"{name_of(page.words, one)}: {page.words.number(counts[one])}"
        for one in STATUSES
        if one in counts
    )
    return f"{page.words.text('Map.')} {told}"


def _areas(
    outlines: pd.DataFrame, found: pd.DataFrame, titles: dict[str, str], box: _Box
) -> Iterator[Markup]:
    statuses = dict(zip(found["area_code"], found["status"], strict=True))
    for code, points in outlines.groupby("area_code"):
        if code in statuses:
            yield Markup(
                '<path data-code="{}" fill="{}" fill-opacity=".3" d="{}"><title>{}</title></path>'
            ).format(code, STATUS_MARKS[statuses[code]][0], _path(points, box), titles[code])


def _path(points: pd.DataFrame, box: _Box) -> str:
    """Rings as one path of whole steps; one that is too small to see is left out."""
    parts = []
    for _, ring in points.groupby("ring", sort=False):
        x = np.rint(box.x(ring["longitude"].to_numpy(float))).astype(int)
        y = np.rint(box.y(ring["latitude"].to_numpy(float))).astype(int)
        steps = " ".join(f"{a},{b}" for a, b in zip(np.diff(x), np.diff(y), strict=True) if a or b)
        if steps:
            parts.append(f"M{x[0]},{y[0]}l{steps}z")
    return "".join(parts)


def _marks(found: pd.DataFrame, titles: dict[str, str], box: _Box) -> Iterator[Markup]:
    size = float(np.clip(170 / np.sqrt(len(found)), 5, 18))
    for row in found.sort_values("status", key=_gravity, ascending=False).itertuples():
        yield Markup(
            '<use href="#mark-{}" data-code="{}" x="{:.0f}" y="{:.0f}" width="{size:.0f}"'
            ' height="{size:.0f}"><title>{title}</title></use>'
        ).format(
            row.status,
            row.area_code,
            box.x(row.longitude) - size / 2,
            box.y(row.latitude) - size / 2,
            size=size,
            title=titles[row.area_code],
        )


def _gravity(statuses: pd.Series) -> pd.Series:
    """The gravest is drawn last, so that nothing covers it."""
    return statuses.map(STATUSES.index)
