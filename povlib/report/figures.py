"""The figures of a report, drawn with seaborn and kept as SVG with words that replace them."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from povlib.data.standards import STANDARDS
from povlib.models import measurement
from povlib.report import cells
from povlib.report.drawing import (
    AREA,
    PEERS,
    TARGET,
    WHOLE,
    canvas,
    hold_labels,
    legend_name,
    percent_axis,
    svg_of,
)
from povlib.report.elements import NOTHING, Data, Figure, Prose
from povlib.report.page import Page
from povlib.report.vocabulary import name_of

_BODIES = {
    "agriculture_environment": "Dept. of Agriculture, Environment",
    "construction": "Dept. of Construction",
    "culture_sports_tourism": "Dept. of Culture, Sports, Tourism",
    "health": "Dept. of Health",
    "commune_committee": "commune committee",
}
_COMPARED = ("own", "alike", "whole")  # the area, areas like it, all


def trajectory(page: Page) -> Figure | Prose:
    """
    Draw the rate so far, the way to the last projected year, and the target.

    Parameters
    ----------
    page : Page
        The page of an area.

    Returns
    -------
    figure : Figure or Prose
        With caption and alternative text; nothing without a review and a projection.
    """
    wanted = page.scenario.targets[0]
    history = page.slice.own("review").sort_values("year")
    history = history.assign(rate=measurement.rate(history, wanted.measure)).dropna(subset=["rate"])
    ahead = page.ahead(wanted.measure)
    if history.empty or ahead.empty:
        return NOTHING
    with canvas(6.4, 2.6) as (drawing, axes):
        _draw_history(page, axes, history)
        _draw_projection(page, axes, history, ahead)
        goal = _target_rate(page)
        highest = [
            history["rate"].max(),
            goal,
            ahead["rate_ub"].max(),
            _next(page)["rate_ub"].max(),
        ]
        axes.set(xlabel="", ylabel="", ylim=(0, 1.15 * np.nanmax(highest)))
        if np.isfinite(goal):
            _mark_target(page, axes, goal)
        axes.set_title(
            page.words.text("{measure}, end of year", measure=name_of(page.words, wanted.measure)),
            loc="left",
            fontsize=9,
            pad=8,
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        percent_axis(page.words, axes.yaxis)
        svg = svg_of(drawing, f"trajectory {page.slice.area_code}")
    caption = page.words.text(
        "{name}: the way to {year}. Band: {coverage} interval of the projection.",
        name=page.name,
        year=wanted.year,
        coverage=page.words.percent(page.scenario.model.interval, 0),
    )
    return Figure(
        svg,
        " ".join(
            [
                _describe_trajectory(page, history, ahead),
                *_describe_next(page),
                *_describe_target(page, goal),
            ]
        ),
        " ".join([caption, *_hatched(page)]),
        _drawn_trajectory(page, history, ahead, goal),
    )


def _drawn_trajectory(page: Page, history: pd.DataFrame, ahead: pd.DataFrame, goal: float) -> Data:
    """The rates as reviewed and as projected, and the target, one under the other."""
    reviewed = history[["year", "standard", "rate"]].assign(series="review")
    names = {"rate_median": "rate"}
    projected = pd.concat([ahead, _next(page)]).rename(columns=names).assign(series="projection")
    wanted = page.scenario.targets[0]
    target = pd.DataFrame(
        {"year": [wanted.year], "standard": wanted.standard, "rate": goal, "series": "target"}
    )
    columns = ["series", "standard", "year", "rate", "rate_lb", "rate_ub"]
    rows = [frame.reindex(columns=columns) for frame in (reviewed, projected, target)]
    plain = [frame.astype(object) for frame in rows if len(frame)]
    shares = dict.fromkeys(["rate", "rate_lb", "rate_ub"], "share")
    return Data.of("trajectory", pd.concat(plain, ignore_index=True), **shares)


def _draw_history(page: Page, axes: Axes, history: pd.DataFrame) -> None:
    """Points joined within a standard; never across two."""
    current = page.scenario.standard
    others = [one for one in history["standard"].unique() if one != current]
    hold_labels(axes)
    sns.lineplot(
        data=history.astype({"year": int, "rate": float}),
        x="year",
        y="rate",
        hue="standard",
        style="standard",
        palette=dict.fromkeys(others, WHOLE) | {current: AREA},
        markers=dict.fromkeys(others, "s") | {current: "o"},
        dashes=dict.fromkeys(others, (1, 1)) | {current: ""},
        estimator=None,
        legend=False,
        ax=axes,
    )
    axes.set(xlabel="", ylabel="")
    for standard, rows in history.groupby("standard"):
        axes.annotate(
            page.words.text("standard {years}", years=name_of(page.words, str(standard))),
            (rows["year"].iloc[0], float(rows["rate"].iloc[0])),
            xytext=(0, 7),
            textcoords="offset points",
            color=AREA if standard == current else WHOLE,
        )


def _draw_projection(page: Page, axes: Axes, history: pd.DataFrame, ahead: pd.DataFrame) -> None:
    last = history[history["standard"] == page.scenario.standard].iloc[-1]
    years = [int(last["year"]), *ahead["year"]]
    now = float(last["rate"])
    axes.fill_between(
        years, [now, *ahead["rate_lb"]], [now, *ahead["rate_ub"]], color=AREA, alpha=0.18, lw=0
    )
    axes.plot(years, [now, *ahead["rate_median"]], color=AREA, linestyle="--")
    _draw_next_standard(page, axes)
    if page.scenario.standard == "nd07-2021" and years[-1] > 2026:
        axes.axvline(2026.5, color=WHOLE, linestyle=":", linewidth=1)
        axes.annotate(
            page.words.text("new standard from 2027"),
            (2026.5, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -8),
            textcoords="offset points",
            color=WHOLE,
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
        )


def _next(page: Page) -> pd.DataFrame:
    """The first target's projection under the standard to come; no row if none leads there."""
    measure = page.scenario.targets[0].measure
    bridge = page.bridge(measure)
    return page.ahead(measure, "" if bridge is None else bridge["new"])


def _draw_next_standard(page: Page, axes: Axes) -> None:
    """The same projection as the next standard would count it: its own band, never joined."""
    ahead = _next(page)
    if ahead.empty:
        return
    axes.fill_between(
        ahead["year"],
        ahead["rate_lb"],
        ahead["rate_ub"],
        facecolor="none",
        edgecolor=WHOLE,
        alpha=0.5,
        hatch="////",
        lw=0,
    )
    axes.plot(ahead["year"], ahead["rate_median"], color=WHOLE, linestyle=(0, (1, 1)))


def _target_rate(page: Page) -> float:
    """The rate that the first target asks of the area; missing if that is not known."""
    status = page.slice.own("status")
    return float(status.loc[status["target"] == 0, "target_rate"].iloc[0])


def _mark_target(page: Page, axes: Axes, rate: float) -> None:
    """The target, with its words below it unless the axis is there."""
    year = page.scenario.targets[0].year
    is_high = rate > 0.12 * axes.get_ylim()[1]
    digits = 0 if round(100 * rate, 2).is_integer() else 2
    axes.plot(year, rate, marker="D", color=TARGET, linestyle="none")
    axes.annotate(
        page.words.text("target {rate}", rate=f"≤\u00a0{page.words.percent(rate, digits)}"),
        (year, rate),
        xytext=(4, -15 if is_high else 9),
        textcoords="offset points",
        ha="right",
        color=TARGET,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
    )


def _describe_trajectory(page: Page, history: pd.DataFrame, ahead: pd.DataFrame) -> str:
    rows = history[history["standard"] == page.scenario.standard]
    first, last, end = rows.iloc[0], rows.iloc[-1], ahead.iloc[-1]
    return page.words.text(
        "Line chart. {measure} of {name}: {first_rate} at the end of {first_year}, {last_rate} at"
        " the end of {last_year}; projected for {end_year}: {median}, between {low} and {high}.",
        measure=name_of(page.words, page.scenario.targets[0].measure),
        name=page.name,
        first_rate=page.words.percent(first["rate"]),
        first_year=first["year"],
        last_rate=page.words.percent(last["rate"]),
        last_year=last["year"],
        end_year=end["year"],
        median=page.words.percent(end["rate_median"]),
        low=page.words.percent(end["rate_lb"]),
        high=page.words.percent(end["rate_ub"]),
    )


def _hatched(page: Page) -> list[str]:
    """What the second band is."""
    ahead = _next(page)
    if ahead.empty:
        return []
    years = name_of(page.words, ahead["standard"].iloc[0])
    return [page.words.text("Hatched: the same, counted under the standard {years}.", years=years)]


def _describe_next(page: Page) -> list[str]:
    ahead = _next(page)
    if ahead.empty:
        return []
    end = ahead.iloc[-1]
    told = page.words.text(
        "Counted under the standard {years}: {median}, between {low} and {high}.",
        years=name_of(page.words, end["standard"]),
        median=page.words.percent(end["rate_median"]),
        low=page.words.percent(end["rate_lb"]),
        high=page.words.percent(end["rate_ub"]),
    )
    return [told]


def _describe_target(page: Page, goal: float) -> list[str]:
    if not np.isfinite(goal):
        return []
    rate, year = page.words.percent(goal), page.scenario.targets[0].year
    return [page.words.text("Target for {year}: at most {rate}.", year=year, rate=rate)]


def flows(page: Page) -> Figure | Prose:
    """
    Draw last year's movements of poor households as a waterfall.

    Parameters
    ----------
    page : Page
        The page of an area.

    Returns
    -------
    figure : Figure or Prose
        With caption and alternative text; nothing without flows in the data.
    """
    last = page.last_year_of("flows")
    last = last[(last["unit"] == "households") & (last["status"] == "poor")]
    if last.empty:
        return NOTHING
    steps = _waterfall(page, last.iloc[0])
    if not steps["households"].any():
        return NOTHING
    with canvas(6.4, 1.9) as (drawing, axes):
        colors = steps["kind"].map({"level": WHOLE, "out": AREA, "in": PEERS})
        length = steps["households"].fillna(0)
        bars = axes.barh(steps["label"], length, left=steps["left"], color=colors)
        axes.bar_label(bars, steps["text"], padding=4)
        axes.invert_yaxis()
        axes.margins(y=0.01)
        axes.set(xlabel="", ylabel="", xlim=(0, 1.12 * (steps["left"] + steps["households"]).max()))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda count, _: page.words.number(count)))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        svg = svg_of(drawing, f"flows {page.slice.area_code}")
    year = int(last["year"].iloc[0])
    caption = page.words.text("Poor households of {name} in {year}", name=page.name, year=year)
    alt = (
        page.words.text("Waterfall chart.")
        + " "
        + "; ".join(f"{row.label}: {row.text}" for row in steps.itertuples())
    )
    drawn = steps[["kind", "label", "households"]]
    return Figure(svg, alt, caption, Data.of("flows", drawn, households="households"))


def _waterfall(page: Page, flow: pd.Series) -> pd.DataFrame:
    """Steps from the start to the end: where each bar begins and how long it is."""
    moves = [
        ("out", "Out, above the near-poverty line", flow["out_above"]),
        ("out", "Out, only to near-poor", flow["out_to_other_status"]),
        ("out", "Other decrease", flow["other_decrease"]),
        ("in", "In, from near-poor", flow["in_from_other_status"]),
        ("in", "Back in poverty", flow["returned"]),
        ("in", "Newly poor", flow["newly_identified"]),
        ("in", "Other increase", flow["other_increase"]),
    ]
    level = int(flow["start"])
    steps: list[tuple[str, str, int, float, str]]
    steps = [("level", "Start of the year", 0, level, page.words.number(level))]
    for kind, label, count in moves:
        if pd.isna(count):
            steps.append((kind, label, level, np.nan, cells.MISSING))
            continue
        sign = "" if count == 0 else "−" if kind == "out" else "+"
        after = level - int(count) if kind == "out" else level + int(count)
        steps.append((kind, label, min(level, after), count, sign + page.words.number(count)))
        level = after
    end = int(flow["end"])
    steps.append(("level", "End of the year", 0, end, page.words.number(end)))
    frame = pd.DataFrame(steps, columns=["kind", "label", "left", "households", "text"])
    return frame.assign(label=frame["label"].map(page.words.text))


def deprivations(page: Page) -> Figure | Prose:
    """
    Draw what poor households lack: the area, similar areas and all areas.

    Parameters
    ----------
    page : Page
        The page of an area.

    Returns
    -------
    figure : Figure or Prose
        With caption and alternative text; nothing without deprivations in the data.
    """
    shares = page.deprivation_shares
    if shares["own"].isna().all():
        return NOTHING
    series = {
        "own": (legend_name(page.name), AREA, "o"),
        "alike": (page.words.text("Similar areas"), PEERS, "^"),
        "whole": (legend_name(page.whole_name), WHOLE, "s"),
    }
    long = shares.melt("indicator", list(series), var_name="who", value_name="share").dropna()
    answers = {one.code: one.body for one in STANDARDS[page.scenario.standard].indicators}
    long["indicator"] = long["indicator"].map(
        lambda code: f"{name_of(page.words, code)} ({_short(page, answers[code])})"
    )
    long["label"] = long["who"].map(lambda who: series[who][0])
    with canvas(7.2, 3.1) as (drawing, axes):
        hold_labels(axes)
        sns.scatterplot(
            data=long.astype({"share": float}),
            x="share",
            y="indicator",
            hue="label",
            style="label",
            palette={label: color for label, color, _ in series.values()},
            markers={label: marker for label, _, marker in series.values()},
            s=55,
            edgecolor="none",
            ax=axes,
        )
        axes.set_axisbelow(True)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set(xlabel="", ylabel="", xlim=(0, 1.05 * shares[list(series)].max(axis=None)))
        axes.margins(y=0.04)
        percent_axis(page.words, axes.xaxis)
        above = {"loc": "lower right", "bbox_to_anchor": (1, 1), "ncols": 3}
        axes.legend(title="", frameon=False, **above)  # over the names too: it is long
        svg = svg_of(drawing, f"deprivations {page.slice.area_code}")
    caption = page.words.text(
        "Share of poor households that lack each basic service, and the body responsible"
    )
    drawn = shares[["indicator", *series]]
    data = Data.of("deprivations", drawn, **dict.fromkeys(series, "share"))
    return Figure(svg, _describe_deprivations(page, shares), caption, data)


def _short(page: Page, body: str) -> str:
    """A body's name where there is little room."""
    return page.words.text(_BODIES[body]) if body in _BODIES else name_of(page.words, body)


def _describe_deprivations(page: Page, shares: pd.DataFrame) -> str:
    parts = [
        page.words.text(
            "{indicator}: {own} here, {alike} in similar areas, {whole} in all areas",
            indicator=name_of(page.words, row.indicator),
            **{who: cells.percent(page.words, getattr(row, who), 1) for who in _COMPARED},
        )
        for row in shares.dropna(subset=["own", "whole"]).itertuples()
    ]
    return page.words.text("Dot chart.") + " " + "; ".join(parts)
