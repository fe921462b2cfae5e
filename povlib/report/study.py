"""What a researcher looks at before believing a projection: the fit, its past, its peers."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import seaborn as sns
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.stattools import jarque_bera

from povlib.errors import DataError
from povlib.models import backtest, comparison, diagnostics, links, measurement, trajectory
from povlib.models.backtest import OURS, Backtest
from povlib.models.trajectory import Fit
from povlib.report import cells
from povlib.report.drawing import AREA, PEERS, WHOLE, canvas, percent_axis, svg_of
from povlib.report.elements import Figure, Prose, Table, TitleBlock, literal
from povlib.report.language import Language
from povlib.report.page import Page, open_whole
from povlib.report.vocabulary import name_of
from povlib.report.words import letterhead
from povlib.scenario import Measure


@dataclass(frozen=True)
class Study:
    """
    One measure of a scenario, fitted anew for a closer look.

    Attributes
    ----------
    words : Language
    page : Page
        Of the sum of all areas.
    measure : str
    fitted : Fit
    past : Backtest or None
        None where the reviews are too few to look back.
    """

    words: Language
    page: Page
    measure: Measure
    fitted: Fit
    past: Backtest | None


def open_study(
    scenario_file: str | Path, measure: Measure | Literal[""], language_code: str
) -> Study:
    """
    Fit a measure of a scenario and look back, if the reviews allow.

    Parameters
    ----------
    scenario_file : str or Path
        Path of a scenario file, the name of one in params/, or a folder under
        output/ whose results are already there.
    measure : str
        That of the scenario's first target if empty.
    language_code : str

    Returns
    -------
    study : Study
    """
    page = open_whole(scenario_file, language_code)
    resolved, review = page.scenario, page.slice.tables["review"]
    measure = measure or resolved.targets[0].measure
    review = review[review["area_code"] != measurement.WHOLE]
    groups = comparison.groups(page.slice.tables["areas"])
    fitted = trajectory.fit(
        review,
        resolved.model,
        rng=np.random.default_rng(resolved.seed),
        measure=measure,
        standard=resolved.standard,
        groups=groups,
    )
    panel = backtest.panel_of(review, measure, resolved.standard, groups)
    return Study(page.words, page, measure, fitted, _look_back(panel))


def _look_back(panel: pd.DataFrame) -> Backtest | None:
    try:
        return backtest.run(panel, window=3)
    except DataError:
        return None  # fewer than four consecutive years


def title(study: Study) -> TitleBlock:
    """The head of the study; it carries the notice of simulated records."""
    words, page = study.words, study.page
    subtitle = words.text(
        "{whole}: {measure}", whole=page.whole_name, measure=name_of(words, study.measure)
    )
    named = words.text("Do these projections deserve to be believed?")
    return letterhead.head(page, named, subtitle)


def fit(study: Study) -> Table:
    """What the fit holds of all areas together."""
    described = diagnostics.describe(study.fitted).set_index("quantity")
    rows = [
        (
            study.words.text(_QUANTITIES[name]),
            *(study.words.percent(share, 1) for share in described.loc[name]),
        )
        for name in _QUANTITIES
    ]
    return Table(
        study.words.text("What the fit holds of all areas together, in percent of the odds"),
        tuple(study.words.text(head) for head in ("Quantity", "Middle", "Low", "High")),
        (False, True, True, True),
        tuple(rows),
    )


_QUANTITIES = {
    "common_drift": "common change a year",
    "shared_shock": "shock of a year, shared by all",
    "own_drift_spread": "spread of areas' own changes a year",
    "review_noise": "noise of a single review",
}


def scales(study: Study) -> Prose:
    """Which scales the data prefer."""
    weights = ", ".join(
        f"{study.words.number(power, 2)}: {study.words.percent(weight, 0)}"
        for power, weight in study.fitted.power_weights.items()
    )
    return Prose(
        study.words.text(
            "Powers of the odds and their weights: {weights}. Near 0 areas fall by the same"
            " proportion, near 1 by the same points.",
            weights=weights,
        )
    )


def second_opinion(study: Study) -> Table:
    """A random-slope model of statsmodels on the same changes, and a test of their shape."""
    panel = study.fitted.panel
    power = max(study.fitted.power_weights, key=study.fitted.power_weights.__getitem__)
    level = links.link(panel.share, power) / links.unit(panel.share, power)
    changes = pd.DataFrame(np.diff(level, axis=1) / np.diff(panel.years))
    changes -= changes.groupby(study.fitted.group).transform("mean")
    long = changes.assign(area=range(len(changes))).melt("area").dropna()
    rest = 100 * long["value"].to_numpy()
    mixed = MixedLM(rest, np.ones((len(rest), 1)), groups=long["area"]).fit(reml=True)
    _, p_value, _, kurtosis = jarque_bera(rest)
    between, within = float(np.sqrt(np.asarray(mixed.cov_re)[0, 0])), float(np.sqrt(mixed.scale))
    words = study.words
    rows = (
        (words.text("spread of areas' own changes a year"), words.percent(between / 100, 1)),
        (words.text("what is left in a single year"), words.percent(within / 100, 1)),
        (words.text("kurtosis (3: normal; more: heavy tails)"), words.number(kurtosis, 1)),
        (words.text("chance of such a shape if normal"), cells.chance(study.words, p_value)),
    )
    return Table(
        words.text("Second opinion: mixed linear model and Jarque-Bera test of the same changes"),
        (words.text("Quantity"), words.text("Value")),
        (False, True),
        rows,
    )


def shrinkage(study: Study) -> Figure:
    """What each area did apart, and what of it is taken for its own."""
    drifts = diagnostics.own_drifts(study.fitted)
    words = study.words
    with canvas(4.5, 3.4) as (drawing, axes):
        ends = [drifts["observed"].min(), drifts["observed"].max()]
        axes.plot(ends, ends, color=WHOLE, linestyle=":", linewidth=1)
        axes.axhline(0, color=WHOLE, linewidth=0.5)
        sns.scatterplot(x=drifts["observed"], y=drifts["shrunken"], ax=axes, color=AREA, s=18)
        axes.set(
            xlabel=words.text("own change a year, as observed"),
            ylabel=words.text("own change a year, as projected"),
        )
        percent_axis(words, axes.xaxis)
        percent_axis(words, axes.yaxis)
        svg = svg_of(drawing, "shrinkage")
    slope = float(np.polyfit(drifts["observed"], drifts["shrunken"], 1)[0])
    caption = words.text(
        "Shrinkage: of what an area did apart from the others, {part} on average is taken to go"
        " on. Dotted: all of it.",
        part=words.percent(slope, 0),
    )
    return Figure(svg, caption, caption)


def past(study: Study) -> Table | Prose:
    """How past projections of these areas compare with what came, and with other methods."""
    words = study.words
    if study.past is None:
        return Prose(words.text("The reviews are too few to look back: four years are the least."))
    rows = [
        (
            words.text(_METHODS[method]),
            horizon,
            words.number(scores["n"]),
            words.number(100 * scores["mae"], 2),
            words.number(100 * scores["crps"], 2),
            words.percent(scores["coverage80"], 0),
            words.percent(scores["coverage95"], 0),
        )
        for method, horizons in study.past.summary().items()
        for horizon, scores in horizons.items()
    ]
    heads = ("Method", "Years ahead", "Forecasts", "Mean error", "CRPS", "In 80 %", "In 95 %")
    caption = words.text(
        "Past projections of the {measure} from three years each; errors in percentage points",
        measure=name_of(words, study.measure),
    )
    columns = tuple(words.text(head) for head in heads)
    return Table(caption, columns, (False, *[True] * 6), tuple(rows))


_METHODS = {OURS: "this model", "persistence": "no change", "drift": "the same points every year"}


def calibration(study: Study) -> Figure | Prose:
    """Where the truth fell in the forecast distributions: flat is calibrated."""
    words = study.words
    if study.past is None:
        return Prose("")
    with canvas(5.0, 2.6) as (drawing, axes):
        shades = zip(_METHODS, (AREA, WHOLE, PEERS), ("-", ":", "--"), strict=True)
        for method, color, style in shades:
            parts = _parts(study.past.summary()[method].values())
            sns.lineplot(
                x=np.arange(len(parts)) / len(parts) + 0.05,
                y=parts,
                ax=axes,
                color=color,
                linestyle=style,
                marker="o",
                label=words.text(_METHODS[method]),
            )
        axes.axhline(0.1, color=WHOLE, linewidth=0.5)
        axes.set(xlabel=words.text("place of the truth in the forecast"), ylabel="")
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False, fontsize=8)
        percent_axis(words, axes.xaxis)
        percent_axis(words, axes.yaxis)
        svg = svg_of(drawing, "calibration")
    caption = words.text(
        "Share of truths in each tenth of the forecasts. Calibrated forecasts have a tenth in each."
    )
    return Figure(svg, caption, caption)


def _parts(scores: Iterable[dict[str, list[int]]]) -> np.ndarray:
    counts = np.sum([one["pit"] for one in scores], axis=0)
    return counts / counts.sum()


def limits(study: Study) -> Prose:
    """What the model cannot know."""
    sentences = [
        study.words.text(
            "The model sees counts, not causes: a programme that begins or ends, a drought, a"
            " merger of communes are unknown to it until they show in a review."
        ),
        study.words.text(
            "That a decline goes on beyond two years is an assumption: every year it ends with a"
            " chance of {share}.",
            share=literal(study.words.percent(study.fitted.prior.pace_ends, 0)),
        ),
        study.words.text(
            "Counts that are steered to a target look like success; the model believes them."
        ),
    ]
    return Prose("\n".join(f"- {sentence}" for sentence in sentences))


def provenance(study: Study) -> Prose:
    """What the page was made from, and by what."""
    return Prose(literal(letterhead.footer(study.page)))
