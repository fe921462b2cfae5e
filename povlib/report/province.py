"""What only the report of the whole says: where it stands, who is behind, what changed."""

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.ticker import NullLocator

from povlib.data.standards import STANDARDS
from povlib.models import finance, measurement
from povlib.models.disbursement import ALL
from povlib.models.measurement import WHOLE
from povlib.report import cells, overview
from povlib.report.drawing import AREA, STATUS_MARKS, TARGET, canvas, percent_axis, svg_of
from povlib.report.drawing import WHOLE as GREY
from povlib.report.elements import NOTHING, Data, Figure, Prose, Table, literal
from povlib.report.page import Page
from povlib.report.vocabulary import SHORT_NAMES, name_of
from povlib.report.words import funding, narrative

_LISTED = 200  # areas, in the order of the chance; the index lists all
_SOME = 15  # areas that are behind with their money
_OVERDUE = 12  # actions, each of two lines

_GAPS = {
    "urban_rural_gap": "Poverty rate of communes less that of wards: {now} at the end of {last},"
    " {before} at the end of {first}.",
    "em_gap": "Poverty rate of ethnic minorities less that of other households: {now} at the end of"
    " {last}, {before} at the end of {first}.",
}


def published(page: Page) -> Table | Prose:
    """What was published of the whole, beside what the reviews add up to."""
    rows = [
        (
            _quantity(page, wanted.measure, wanted.since, wanted.year),
            _value(page, wanted.value, wanted.since),
            _value(page, _counted(page, wanted.measure, wanted.since, wanted.year), wanted.since),
            page.words.text(wanted.source),
        )
        for wanted in page.scenario.published
    ]
    caption = page.words.text("What was published, and what the records add up to")
    heads = ["Quantity", "Published", "Records", "Source"]
    return cells.table(page.words, caption, heads, rows, numeric=(1, 2))


def _quantity(page: Page, measure: str, since: int | None, year: int) -> str:
    named = name_of(page.words, measure)
    named = named[:1].upper() + named[1:]
    if since is None:
        return page.words.text("{measure}, end of {year}", measure=named, year=year)
    text = "{measure}, change a year from the end of {since} to the end of {year}"
    return page.words.text(text, measure=named, since=since, year=year)


def _value(page: Page, value: float, since: int | None) -> str:
    if pd.isna(value):
        return cells.MISSING
    return page.words.percent(value) if since is None else page.words.points(value)


def _counted(page: Page, measure: str, since: int | None, year: int) -> float:
    review = page.whole_review
    rates = measurement.rate(review, measure).astype("float64").set_axis(review["year"])
    now = rates.get(year, np.nan)
    return float(now if since is None else (now - rates.get(since, np.nan)) / (year - since))


def standing(page: Page) -> Prose:
    """How many areas are on the way to the first target, and how many are not."""
    counts = _status(page)["status"].value_counts()
    named = [
        page.words.text(
            "{status}: {count}",
            status=name_of(page.words, one),
            count=page.words.number(counts[one]),
        )
        for one in STATUS_MARKS
        if one in counts
    ]
    sentence = page.words.text(
        "Of {areas} areas: {counts}.",
        areas=page.words.number(int(counts.sum())),
        counts="; ".join(named),
    )
    return Prose(literal(sentence))


def _status(page: Page) -> pd.DataFrame:
    """Every area's standing against the first target, the least chance first."""
    status = page.slice.tables["status"]
    own = status[(status["target"] == 0) & (status["area_code"] != WHOLE)]
    return own.sort_values(["probability", "rate_now"], ascending=[True, False])


def areas(page: Page) -> Table | Prose:
    """The areas in the order of their chance, the least first."""
    rows = [
        (
            page.name_of(row.area_code),
            cells.percent(page.words, row.rate_now),
            cells.signed(page.words, row.pace_so_far),
            cells.signed(page.words, row.pace_needed),
            cells.count(page.words, row.households_to_leave_per_year),
            cells.chance(page.words, row.probability),
            name_of(page.words, row.status),
        )
        for row in _status(page).head(_LISTED).itertuples()
    ]
    wanted = page.scenario.targets[0]
    caption = page.words.text(
        "{measure}, target of {year}: the areas by their chance",
        measure=name_of(page.words, wanted.measure),
        year=wanted.year,
    )
    heads = [
        "Area",
        "Now",
        "Pace so far, points a year",
        "Pace needed, points a year",
        "Households to leave a year",
        "Chance",
        "Status",
    ]
    return cells.table(page.words, caption, heads, rows, numeric=range(1, 6))


def area_map(page: Page) -> Figure | Prose:
    """Every area at its place, by its standing against the first target."""
    found = overview.places(page).sort_values(
        ["probability", "rate_now"], ascending=[True, False], ignore_index=True
    )
    if found.empty:
        return NOTHING
    names = {one: name_of(page.words, one) for one in STATUS_MARKS if one in set(found["status"])}
    with canvas(4.2, 4.8) as (drawing, axes):
        axes.add_collection(_outlines(page, found))
        sns.scatterplot(
            data=found.assign(status=found["status"].map(names)),
            x="longitude",
            y="latitude",
            hue="status",
            style="status",
            hue_order=list(names.values()),
            style_order=list(names.values()),
            palette={names[one]: STATUS_MARKS[one][0] for one in names},
            markers={names[one]: STATUS_MARKS[one][1] for one in names},
            size="rate_now",
            sizes=(25, 160),
            edgecolor="white",
            linewidth=0.4,
            ax=axes,
        )
        middle = np.deg2rad(float(found["latitude"].mean()))
        axes.set_aspect(1 / np.cos(middle))  # a degree of longitude is shorter than one of latitude
        axes.set(xlabel="", ylabel="")
        axes.xaxis.set_major_locator(NullLocator())
        axes.yaxis.set_major_locator(NullLocator())
        for side in axes.spines.values():
            side.set_visible(False)
        shown = list(names.values())
        handles, labels = axes.get_legend_handles_labels()
        kept = [(one, label) for one, label in zip(handles, labels, strict=True) if label in shown]
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "ncols": 2}
        axes.legend(*zip(*kept, strict=True), frameon=False, handletextpad=0.2, **below)
        svg = svg_of(drawing, "map")
    caption = page.words.text(
        "Every mark is an area at its centre; the larger, the higher its {measure}.",
        measure=name_of(page.words, page.scenario.targets[0].measure),
    )
    counts = found["status"].value_counts()
    told = "; ".join(f"{names[one]}: {page.words.number(counts[one])}" for one in names)
    drawn = found[["area_code", "name", "latitude", "longitude", "rate_now", "status"]]
    data = Data.of("map", drawn, latitude="degrees", longitude="degrees", rate_now="share")
    return Figure(svg, f"{page.words.text('Map.')} {told}", caption, data)


def _outlines(page: Page, found: pd.DataFrame) -> PolyCollection:
    """The outlines of the areas, where there are any, the largest below."""
    statuses = dict(zip(found["area_code"], found["status"], strict=True))
    outlines = page.slice.tables["outlines"]
    rings = [
        (STATUS_MARKS[statuses[code]][0], ring[["longitude", "latitude"]].to_numpy(float))
        for (code, _), ring in outlines.groupby(["area_code", "ring"])
        if code in statuses
    ]
    rings.sort(key=lambda one: -float(np.prod(np.ptp(one[1], axis=0))))
    fills = [to_rgba(color, 0.25) for color, _ in rings]
    shapes = [ring for _, ring in rings]
    return PolyCollection(shapes, facecolors=fills, edgecolors=GREY, linewidths=0.4)


def gap(page: Page) -> Prose:
    """How far apart they are, at the first review under the standard and at the last."""
    review = page.slice.tables["review"]
    single = page.under_standard(review[review["area_code"] != WHOLE])
    found = {
        "urban_rural_gap": measurement.urban_rural_gap(single, page.slice.tables["areas"]),
        "em_gap": page.whole_review[["year"]].join(measurement.em_gap(page.whole_review)),
    }
    lines = [_gap(page, name, rows.dropna(subset=[name])) for name, rows in found.items()]
    return Prose("\n".join(f"- {literal(line)}" for line in lines if line))


def _gap(page: Page, name: str, rows: pd.DataFrame) -> str:
    if rows.empty:
        return ""
    first, last = rows.iloc[0], rows.iloc[-1]
    return page.words.text(
        _GAPS[name],
        now=page.words.points(last[name]),
        last=int(last["year"]),
        before=page.words.points(first[name]),
        first=int(first["year"]),
    )


def programmes(page: Page) -> Prose:
    """What is known of each programme, by fixed rules."""
    lines = [f"- {funding.verdict(page, row)}" for _, row in page.effects.iterrows()]
    none = page.words.text("The data hold no programmes.")
    return Prose("\n".join(lines) or none)


def sources(page: Page) -> Table | Prose:
    """The programme's money by source."""
    own = page.slice.own("finance")
    if own.empty:
        return NOTHING
    rows = [
        (
            name_of(page.words, row.source),
            cells.money(page.words, row.allocated),
            cells.money(page.words, row.disbursed),
            cells.percent(page.words, row.disbursed_share),
        )
        for row in finance.track(own, ["source"]).itertuples()
    ]
    caption = page.words.text("Programme money by source")
    heads = ["Source", "Allocated", "Disbursed", "Disbursed share"]
    return cells.table(page.words, caption, heads, rows, numeric=(1, 2, 3))


def sub_projects(page: Page) -> Table | Prose:
    """The programme's money by project and sub-project."""
    own = page.slice.own("finance")
    if own.empty or (finance.project_of(own["project"]) == own["project"]).all():
        return NOTHING
    rows = [
        (
            name_of(page.words, row.project),
            cells.money(page.words, row.allocated),
            cells.money(page.words, row.disbursed),
            cells.percent(page.words, row.disbursed_share),
            cells.reached(page.words, row.results_reached, row.results_planned),
        )
        for row in finance.track(own, ["project"]).itertuples()
        if row.project != finance.project_of(pd.Series([row.project])).iloc[0]
    ]
    caption = page.words.text("Sub-projects")
    heads = ["Project", "Allocated", "Disbursed", "Disbursed share", "Results reached"]
    return cells.table(page.words, caption, heads, rows, numeric=range(1, 5))


def laggards(page: Page) -> Table | Prose:
    """Areas where most of the year's plan is expected to stay undisbursed."""
    rows = page.slice.tables["disbursement"]
    late = rows[
        (rows["project"] == ALL)
        & (rows["area_code"] != WHOLE)
        & rows["status"].isin(["at_risk", "off_track"])
    ]
    listed = [
        (
            page.name_of(row.area_code),
            cells.money(page.words, row.plan),
            cells.percent(page.words, row.disbursed_share),
            cells.percent(page.words, row.expected_share),
            cells.percent(page.words, row.expected_share_lb),
            cells.percent(page.words, row.expected_share_ub),
            cells.money(page.words, row.unspent),
        )
        for row in late.sort_values("unspent", ascending=False).head(_SOME).itertuples()
    ]
    caption = page.words.text("Areas where most money is expected to stay undisbursed in December")
    heads = ["Area", "Plan", "Disbursed share", "Expected", "Low", "High", "Undisbursed"]
    return cells.table(page.words, caption, heads, listed, numeric=range(1, 7))


def concentration(page: Page) -> Figure | Prose:
    """Whether money reaches the areas where poverty is highest."""
    money = page.slice.tables["per_household"]
    if money.empty:
        return NOTHING
    curve, index = finance.concentration(money[money["area_code"] != WHOLE])
    if np.isnan(index):
        return NOTHING
    labels = {
        "allocated": page.words.text("money"),
        "poor_households": page.words.text("poor households"),
    }
    with canvas(4.2, 3.4) as (drawing, axes):
        axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=1)
        for name, color, style in (("allocated", AREA, "-"), ("poor_households", TARGET, "--")):
            sns.lineplot(
                x=curve["households"],
                y=curve[name],
                ax=axes,
                color=color,
                linestyle=style,
                label=labels[name],
            )
        axes.set(
            xlabel=page.words.text("households, areas with the highest poverty rate first"),
            ylabel="",
        )
        axes.legend(frameon=False, loc="lower right")
        percent_axis(page.words, axes.xaxis)
        percent_axis(page.words, axes.yaxis)
        svg = svg_of(drawing, "concentration")
    fifth = [
        page.words.percent(float(np.interp(0.2, curve["households"], curve[name])), 0)
        for name in labels
    ]
    caption = page.words.text(
        "The fifth of households in the areas with the highest poverty rates holds {poor} of the"
        " poor households and was allocated {money} of the money. Dotted: the same for all."
        " Concentration index {index}.",
        poor=fifth[1],
        money=fifth[0],
        index=page.words.number(index, 2),
    )
    shares = dict.fromkeys(curve.columns, "share of all")
    return Figure(svg, caption, caption, Data.of("concentration", curve, **shares))


def bodies(page: Page) -> Table | Prose:
    """Deprivations of poor households by the body that answers for them, and its actions."""
    shares = page.deprivation_shares.dropna(subset=["own"])
    if shares.empty:
        return NOTHING
    register = page.register
    answers = {one.code: one.body for one in STANDARDS[page.scenario.standard].indicators}
    last = page.last_year_of("deprivations")
    counts = last[last["status"] == "poor"].set_index("indicator")["deprived_households"]
    rows = []
    for row in shares.assign(body=shares["indicator"].map(answers)).itertuples():
        own = register[register["indicator"] == row.indicator]
        states = own["state"].value_counts()
        rows.append(
            (
                name_of(page.words, row.body),
                name_of(page.words, row.indicator),
                cells.count(page.words, counts[row.indicator]),
                cells.percent(page.words, row.own, 1),
                cells.count(page.words, states.get("overdue", 0)),
                cells.count(page.words, states.get("due_soon", 0)),
                cells.count(page.words, states.reindex(["done", "done_without_result"]).sum()),
            )
        )
    caption = page.words.text("Deprivations of poor households by the body responsible")
    heads = [
        "Body responsible",
        "Indicator",
        "Households",
        "Share",
        "Actions overdue",
        "Due within 30 days",
        "Actions done",
    ]
    rows.sort(key=lambda row: row[0])
    return cells.table(page.words, caption, heads, rows, numeric=range(2, 7))


def overdue(page: Page) -> Table | Prose:
    """The actions that are overdue longest."""
    register = page.register
    late = register[register["state"] == "overdue"]
    rows = [
        (
            page.name_of(row.area_code),
            page.words.text(row.task),
            name_of(page.words, row.lead_body),
            page.words.date(row.deadline),
            cells.count(page.words, -row.days_left),
        )
        for row in late.head(_OVERDUE).itertuples()
    ]
    caption = page.words.text(
        "Actions that are overdue longest: {shown} of {count}",
        shown=page.words.number(len(rows)),
        count=page.words.number(len(late)),
    )
    heads = ["Area", "Task", "Lead body", "Deadline", "Days over"]
    return cells.table(page.words, caption, heads, rows, numeric=(4,))


def audit(page: Page) -> Table | Prose:
    """How many figures are worth a second look, by kind."""
    found = page.slice.tables["findings"]
    if found.empty:
        return Prose(narrative.in_order(page))
    counts = found.groupby(["severity", "code"]).agg(
        figures=("code", "size"), areas=("area_code", "nunique")
    )
    order = {"impossible": 0, "identity": 1, "unusual": 2}
    listed = sorted(counts.itertuples(), key=lambda row: (order[row.Index[0]], -row.figures))
    rows = [
        (
            name_of(page.words, row.Index[0]),
            name_of(page.words, row.Index[1]),
            cells.count(page.words, row.figures),
            cells.count(page.words, row.areas),
        )
        for row in listed
    ]
    caption = page.words.text("Figures worth a second look, by kind")
    return cells.table(
        page.words, caption, ["Kind", "Rule", "Figures", "Areas"], rows, numeric=(2, 3)
    )


def changes(page: Page) -> Table | Prose:
    """What changed since the earlier issue of the reports, if the scenario names one."""
    words, found = page.words, page.slice.tables["changes"]
    if found.empty:
        text = (
            "No earlier issue is named in the scenario."
            if page.scenario.previous is None
            else "No standing changed since the earlier issue."
        )
        return Prose(words.text(text))
    rows = [
        (
            page.name_of(row.area_code),
            cells.percent(page.words, row.rate_before),
            cells.percent(page.words, row.rate_now),
            cells.chance(page.words, row.probability_before),
            cells.chance(page.words, row.probability),
            name_of(words, row.status_before),
            name_of(words, row.status),
        )
        for row in found.head(_LISTED).itertuples()
    ]
    heads = ["Area", "Rate then", "Rate now", "Chance then", "Chance now", "Status then", "Status"]
    caption = words.text(
        "Areas whose standing changed since the earlier issue: {measure}",
        measure=words.text(SHORT_NAMES[page.scenario.targets[0].measure]),
    )
    return cells.table(page.words, caption, heads, rows, numeric=range(1, 5))
