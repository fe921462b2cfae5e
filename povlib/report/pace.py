"""The pace needed against the pace so far, as a figure."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from povlib.models.measurement import WHOLE
from povlib.report.drawing import AREA, PEERS, TARGET, canvas, legend_name, svg_of
from povlib.report.drawing import WHOLE as GREY
from povlib.report.elements import NOTHING, Data, Figure, Prose
from povlib.report.page import Page
from povlib.report.vocabulary import name_of

# What is needed is hatched: it has not been done, and shows in grey too.
_LOOKS: dict[str, dict[str, Any]] = {
    "so_far": {"facecolor": AREA, "edgecolor": AREA},
    "needed": {"facecolor": "white", "edgecolor": TARGET, "hatch": "////"},
    "alike": {"facecolor": PEERS, "edgecolor": PEERS},
    "whole": {"facecolor": GREY, "edgecolor": GREY},
}


def figure(page: Page) -> Figure | Prose:
    """
    Draw the pace so far beside the pace needed, that of similar areas and that of all.

    Parameters
    ----------
    page : Page
        The page of an area.

    Returns
    -------
    figure : Figure or Prose
        With caption and alternative text; nothing unless both paces are known.
    """
    paces = _paces(page)
    if not {"so_far", "needed"} <= set(paces["kind"]):
        return NOTHING
    with canvas(6.4, 0.2 + 0.21 * len(paces)) as (drawing, axes):
        _draw(page, axes, paces)
        svg = svg_of(drawing, f"pace {page.slice.area_code}")
    caption = page.words.text(
        "Pace needed against pace so far, percentage points a year: {measure}",
        measure=name_of(page.words, page.scenario.targets[0].measure),
    )
    told = "; ".join(f"{row.label}: {page.words.points(row.pace)}" for row in paces.itertuples())
    drawn = paces.assign(pace=100 * paces["pace"])
    data = Data.of("pace", drawn, pace="points")
    return Figure(svg, f"{page.words.text('Bar chart.')} {told}", caption, data)


def _draw(page: Page, axes: Axes, paces: pd.DataFrame) -> None:
    """A bar a pace: the longer to the right, the faster the fall."""
    for place, row in enumerate(paces.itertuples()):
        axes.barh(place, row.pace, height=0.66, **_LOOKS[row.kind])
        axes.annotate(
            page.words.signed(row.pace),
            (min(row.pace, 0), place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
        )
    fastest, slowest = paces["pace"].min(), paces["pace"].max()
    axes.set_xlim(max(slowest, 0), 1.15 * min(fastest, -0.001))
    axes.set_ylim(len(paces) - 0.5, -0.5)
    axes.set_yticks(range(len(paces)), [legend_name(one, 40) for one in paces["label"]])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(left=False)
    axes.xaxis.set_major_locator(NullLocator())


def _paces(page: Page) -> pd.DataFrame:
    """The known paces to the first target, one row each: `kind`, `label`, `pace` [share]."""
    status = page.slice.tables["status"]
    status = status[status["target"] == 0].set_index("area_code")
    own, words = status.loc[page.slice.area_code], page.words
    years = {"first": own["first_year"], "last": own["last_year"]}
    so_far = words.text("Pace so far, {first}–{last}", **years)
    needed = words.text("Pace needed until {year}", year=page.scenario.targets[0].year)
    alike = words.text("Similar areas, the middle one")
    rows = [
        ("so_far", so_far, own["pace_so_far"]),
        ("needed", needed, own["pace_needed"]),
        ("alike", alike, status["pace_so_far"].reindex(page.slice.peers).median()),
    ]
    if page.slice.area_code != WHOLE and WHOLE in status.index:
        rows.append(("whole", page.whole_name, status.loc[WHOLE, "pace_so_far"]))
    paces = pd.DataFrame(rows, columns=["kind", "label", "pace"])
    return paces.astype({"pace": float}).dropna().reset_index(drop=True)
