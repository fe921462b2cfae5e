"""Pictures of the explanations, drawn by the library."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from scipy.special import ndtr, ndtri

import povlib
from povlib import scenario
from povlib.data import demo
from povlib.report import language, study
from povlib.report.drawing import AREA, WHOLE, canvas, percent_axis, svg_of
from povlib.report.elements import Figure

WORDS = language.of("en")
COMMUNE = "01906"  # Xã Ba Bể


def draw(folder: Path) -> dict[str, Figure]:
    """
    Draw the pictures of the explanations.

    Parameters
    ----------
    folder : Path
        Where the results of the embedded data set are kept.

    Returns
    -------
    figures : dict of Figure
        By name.
    """
    povlib.store.prepare(scenario.load("thai-nguyen"), folder)
    page = povlib.page.open_page(folder, COMMUNE, "en")
    found = study.open_study(folder, "multidimensional_rate", "en")
    drawn: dict[str, Any] = {
        "trajectory": povlib.figures.trajectory(page),
        "flows": povlib.figures.flows(page),
        "deprivations": povlib.figures.deprivations(page),
        "shrinkage": study.shrinkage(found),
        "calibration": study.calibration(found),
        "event_study": event_study(),
        "lost_digit": lost_digit(),
        "bridge": bridge(),
    }
    return drawn


def event_study() -> Figure:
    """Return the effect of a simulated programme by years since it began."""
    data = demo.build()
    panel = povlib.programmes.panel(data.review, data.areas, data.programmes, standard="nd07-2021")
    cows = data.programmes[data.programmes["programme"] == "cow_breeding"]
    panel = povlib.programmes.comparable(panel, cows, ["group", "difficult"])
    effects = povlib.impact.estimate(panel, cows).event_study.reset_index()
    with canvas(5.0, 2.8) as (drawing, axes):
        errors = [effects["estimate"] - effects["lb"], effects["ub"] - effects["estimate"]]
        axes.errorbar(effects["event_time"], effects["estimate"], yerr=errors, fmt="o", color=AREA)
        axes.axhline(0, color=WHOLE, linewidth=0.5)
        axes.axvline(-0.5, color=WHOLE, linestyle=":", linewidth=1)
        axes.set(xlabel="years since the programme began", ylabel="effect on the poverty rate")
        percent_axis(WORDS, axes.yaxis)
        svg = svg_of(drawing, "event_study")
    caption = (
        "Effect of a simulated livelihood programme by years since it began, with 95 % intervals;"
        " right of the dotted line the programme is at work. Built into the data: -1 point a year."
    )
    return Figure(svg, caption, caption)


def lost_digit() -> Figure:
    """Return a series of counts in which one has lost its last digit."""
    years = np.arange(2019, 2025)
    counts = pd.Series([712, 655, 633, 59, 548, 501], index=years)
    with canvas(5.0, 2.4) as (drawing, axes):
        sns.lineplot(x=years, y=counts, ax=axes, color=WHOLE, marker="o")
        sns.scatterplot(x=[2022], y=[10 * counts[2022]], ax=axes, color=AREA, marker="D", s=50)
        axes.set(xlabel="end of year", ylabel="poor households")
        axes.set_ylim(bottom=0)
        svg = svg_of(drawing, "lost_digit")
    caption = "A lost digit: 59 poor households between 633 and 548; ten times 59 (diamond) fits."
    return Figure(svg, caption, caption)


def bridge() -> Figure:
    """Return what the next standard is assumed to count, by what the one in force counts."""
    [prior] = [
        one
        for one in scenario.load("thai-nguyen").bridges
        if one.measure == "multidimensional_rate"
    ]
    old = np.linspace(0.005, 0.4, 80)
    with canvas(4.5, 3.2) as (drawing, axes):
        for rate, style in (
            (prior.new_rate, "-"),
            (prior.new_rate_lb, "--"),
            (prior.new_rate_ub, "--"),
        ):
            moved = ndtr(ndtri(old) + ndtri(rate) - ndtri(prior.old_rate))
            sns.lineplot(x=old, y=moved, ax=axes, color=AREA, linestyle=style)
        axes.plot([0, 0.4], [0, 0.4], color=WHOLE, linewidth=0.5)
        axes.set(xlabel="counted under Decree 07/2021", ylabel="under Decree 351/2025")
        percent_axis(WORDS, axes.xaxis)
        percent_axis(WORDS, axes.yaxis)
        svg = svg_of(drawing, "bridge")
    caption = (
        "What the standard of 2027 is assumed to count, poor and near-poor together, by what the"
        " standard in force counts; dashed: 80 % interval; thin: the same under both."
    )
    return Figure(svg, caption, caption)
