"""The tables of a report: rows of texts as the page's language writes them."""

from typing import Any

import pandas as pd

from povlib.data.standards import STANDARDS
from povlib.models import finance, measurement
from povlib.models.disbursement import ALL
from povlib.models.measurement import WHOLE
from povlib.report import cells
from povlib.report.elements import NOTHING, Prose, Table
from povlib.report.language import Language
from povlib.report.page import Page
from povlib.report.vocabulary import ALTERNATIVES, SHORT_NAMES, name_of
from povlib.scenario import Target


def _table(
    page: Page, caption: str, heads: list[str], rows: list[list[str]], text_columns: int = 1
) -> Table | Prose:
    """A table whose first columns are text and whose others, but the status, are numbers."""
    numeric = [place for place in range(text_columns, len(heads)) if heads[place] != "Status"]
    return cells.table(page.words, caption, heads, rows, numeric=numeric)


def review(page: Page) -> Table | Prose:
    """Every review of the area: households, poor, near-poor and their rates."""
    history = page.slice.own("review").sort_values(["year", "standard"])
    poverty = measurement.rate(history, "poverty_rate")
    near = measurement.rate(history, "near_poverty_rate")
    both = measurement.rate(history, "multidimensional_rate")
    rows = [
        [
            str(row.year),
            name_of(page.words, row.standard),
            cells.count(page.words, row.households),
            cells.count(page.words, row.poor_households),
            cells.percent(page.words, poverty[row.Index]),
            cells.count(page.words, row.near_poor_households),
            cells.percent(page.words, near[row.Index]),
            cells.percent(page.words, both[row.Index]),
        ]
        for row in history.itertuples()
    ]
    columns = [
        "End of year",
        "Standard",
        "Households",
        "Poor",
        "Poverty rate",
        "Near-poor",
        "Near-poverty rate",
        "Poor + near-poor",
    ]
    return _table(page, page.words.text("Reviews of {name}", name=page.name), columns, rows, 2)


def projection(page: Page) -> Table | Prose:
    """The projected rate of the first target's measure, year by year, standard by standard."""
    measure = page.scenario.targets[0].measure
    bridge = page.bridge(measure)
    standards = [page.scenario.standard, *([] if bridge is None else [bridge["new"]])]
    rows = [
        [
            str(row.year),
            _standard(page, standard, measure),
            cells.percent(page.words, row.rate_median),
            cells.percent(page.words, row.rate_lb),
            cells.percent(page.words, row.rate_ub),
        ]
        for standard in standards
        for row in page.ahead(measure, standard).itertuples()
    ]
    caption = page.words.text(
        "Projection: {measure}, {coverage} interval",
        measure=name_of(page.words, measure),
        coverage=page.words.percent(page.scenario.model.interval, 0),
    )
    return _table(page, caption, ["End of year", "Standard", "Middle", "Low", "High"], rows, 2)


def targets(page: Page) -> Table | Prose:
    """Every target of the scenario: where the area stands against it."""
    status = page.slice.own("status").set_index("target")
    rows = []
    for number, wanted in enumerate(page.scenario.targets):
        row = status.loc[number]
        rows.append(
            [
                page.words.text(SHORT_NAMES[wanted.measure]),
                goal(page, wanted),
                _standard(page, row["standard"], wanted.measure),
                cells.percent(page.words, row["rate_now"]),
                cells.signed(page.words, row["pace_so_far"]),
                cells.signed(page.words, row["pace_needed"]),
                cells.chance(page.words, row["probability"]),
                _year_reached(page, row),
                name_of(page.words, row["status"]),
            ]
        )
    columns = [
        "Measure",
        "Target",
        "Standard",
        "Now",
        "Pace so far, points a year",
        "Pace needed, points a year",
        "Chance",
        "Year reached",
        "Status",
    ]
    return _table(page, page.words.text("Targets"), columns, rows, 3)


def _standard(page: Page, standard: str, measure: str) -> str:
    """Name a standard; one that figures reach by assumption only says so."""
    years = name_of(page.words, standard)
    bridge = page.bridge(measure)
    if standard == page.scenario.standard or bridge is None or not bridge["source"]:
        return years
    return page.words.text("{years}, assumed", years=years)


def goal(page: Page, wanted: Target) -> str:
    """Write what a target asks for."""
    words = page.words
    match wanted.kind:
        case "level":
            return f"≤\u00a0{words.percent(wanted.value)} ({wanted.year})"
        case "pace":
            return words.text(
                "{points} a year, {base_year}-{year}",
                points=words.points(-wanted.value),
                base_year=wanted.base_year,
                year=wanted.year,
            )
        case "halving":
            return words.text(
                "at most {part} of the households of {base_year} ({year})",
                part=words.percent(wanted.value, 0),
                base_year=wanted.base_year,
                year=wanted.year,
            )


def _year_reached(page: Page, row: pd.Series) -> str:
    """The middle year with its range; what lies after the search is said to."""
    if pd.isna(row["probability"]):
        return cells.MISSING
    if row["gap"] <= 0:
        return page.words.text("by {year}", year=row["year_reached"])
    last = page.scenario.model.search_year
    beyond = page.words.text("not by {year}", year=last)
    limits = (row[f"year_reached{suffix}"] for suffix in ("", "_lb", "_ub"))
    middle, low, high = (None if pd.isna(year) else int(year) for year in limits)
    if low is None:
        return beyond
    named = str(middle or beyond)
    if high is None:
        return page.words.text("{middle} ({low} or later)", middle=named, low=low)
    return named if low == high else f"{named} ({low}–{high})"


def alternatives(page: Page) -> Table | Prose:
    """Ways to the first target side by side: what another pace would mean."""
    wanted = page.scenario.targets[0]
    rows = [
        [
            page.words.text(
                ALTERNATIVES[row.alternative],
                faster=page.words.percent(page.scenario.alternatives.faster, 0),
                programme=name_of(page.words, row.programme),
                areas="" if pd.isna(row.reached_areas) else page.words.number(row.reached_areas),
            ),
            _standard(page, row.standard, wanted.measure),
            cells.percent(page.words, row.rate_median),
            cells.percent(page.words, row.rate_lb),
            cells.percent(page.words, row.rate_ub),
            cells.count(page.words, row.households_median),
            cells.chance(page.words, row.probability),
        ]
        for row in page.slice.own("alternatives").itertuples()
    ]
    caption = page.words.text(
        "What if? {measure} at the end of {year}",
        measure=name_of(page.words, wanted.measure),
        year=wanted.year,
    )
    columns = ["If", "Standard", "Middle", "Low", "High", "Households, middle", "Chance"]
    return _table(page, caption, columns, rows, 2)


def flows(page: Page) -> Table | Prose:
    """Last year's way in and out of poverty and near-poverty."""
    last = page.last_year_of("flows")
    last = last[last["unit"] == "households"].set_index("status")
    if last.empty:
        return NOTHING
    statuses = [status for status in ("poor", "near_poor") if status in last.index]
    lines = {
        "start": "At the start of the year",
        "out_to_other_status": "Out, to the other list",
        "out_above": "Out, above the near-poverty line",
        "other_decrease": "Other decrease",
        "in_from_other_status": "In, from the other list",
        "returned": "In, returned",
        "newly_identified": "In, new",
        "other_increase": "Other increase",
        "end": "At the end of the year",
    }
    rows = [
        [
            page.words.text(label),
            *(cells.count(page.words, last.loc[status, line]) for status in statuses),
        ]
        for line, label in lines.items()
    ]
    caption = page.words.text("Households on the two lists, {year}", year=int(last["year"].iloc[0]))
    heads = {"poor": "Poor households", "near_poor": "Near-poor households"}
    return _table(page, caption, ["Movement", *(heads[status] for status in statuses)], rows)


def deprivations(page: Page) -> Table | Prose:
    """The basic services that poor households lack, and the body that answers for each."""
    shares = page.deprivation_shares
    indicators = STANDARDS[page.scenario.standard].indicators
    bodies = {indicator.code: indicator.body for indicator in indicators}
    rows = [
        [
            name_of(page.words, row.indicator),
            name_of(page.words, bodies[row.indicator]),
            cells.count(page.words, row.households),
            cells.percent(page.words, row.own, 1),
            cells.percent(page.words, row.alike, 1),
            cells.percent(page.words, row.whole, 1),
        ]
        for row in shares.itertuples()
    ]
    columns = [
        "Lacking",
        "Body responsible",
        "Households",
        "Share here",
        "Similar areas",
        "All areas",
    ]
    caption = page.words.text("What poor households lack")
    return _table(page, caption, columns, rows, 2)


def groups(page: Page) -> Table | Prose:
    """Households that must not be hidden in the average."""
    last = page.last_year_of("groups")
    if last.empty:
        return NOTHING
    then = page.review[page.review["year"] == last["year"].max()]
    totals = {
        status: next(iter(then[f"{status}_households"]), pd.NA) for status in ("poor", "near_poor")
    }
    counts = last.pivot(index="group", columns="status", values="households")
    rows = [
        [
            name_of(page.words, group),
            *(
                text
                for status in ("poor", "near_poor")
                for text in _with_share(page, row.get(status), totals[status])
            ),
        ]
        for group, row in counts.iterrows()
    ]
    caption = page.words.text("Groups among poor and near-poor households")
    columns = ["Group", "Poor households", "Share", "Near-poor households", "Share"]
    return _table(page, caption, columns, rows)


def _with_share(page: Page, count: Any, total: Any) -> list[str]:
    """Households of a group and their share; few are not shown, none is."""
    least = page.scenario.suppress_below
    known = not (pd.isna(count) or pd.isna(total)) and total > 0
    if known and 0 < total - count < least:  # who is not of the group is found by difference
        return [page.words.text("not shown"), cells.MISSING]
    if pd.notna(count) and 0 < count < least:
        return [page.words.text("fewer than {least}", least=least), cells.MISSING]
    return [
        cells.count(page.words, count),
        cells.percent(page.words, count / total, 1) if known else cells.MISSING,
    ]


def peers(page: Page) -> Table | Prose:
    """Areas that started from a similar place, with the area itself and the whole."""
    status = page.slice.tables["status"]
    status = status[status["target"] == 0].set_index("area_code")
    names = {page.slice.area_code: page.name, WHOLE: page.whole_name}
    codes = [page.slice.area_code, *page.slice.peers, WHOLE]
    rows = [
        [
            names.get(code) or page.name_of(code),
            cells.percent(page.words, status.loc[code, "rate_now"]),
            cells.signed(page.words, status.loc[code, "pace_so_far"]),
            cells.chance(page.words, status.loc[code, "probability"]),
            name_of(page.words, status.loc[code, "status"]),
        ]
        for code in codes
        if code in status.index
    ]
    caption = page.words.text(
        "{name} and similar areas: {measure}",
        name=page.name,
        measure=name_of(page.words, page.scenario.targets[0].measure),
    )
    return _table(
        page, caption, ["Area", "Now", "Pace so far, points a year", "Chance", "Status"], rows
    )


def money(page: Page) -> Table | Prose:
    """The programme's money by project, since its start, and what was reached with it."""
    own = page.slice.own("finance")
    if own.empty:
        return NOTHING
    by_project = finance.track(own.assign(project=finance.project_of(own["project"])), ["project"])
    # Works and courses do not add up: the sum of all projects has no result.
    total = page.money.assign(project=ALL, results_planned=pd.NA)
    rows = [
        [
            name_of(page.words, row.project),
            cells.money(page.words, row.allocated),
            cells.money(page.words, row.disbursed),
            cells.percent(page.words, row.disbursed_share),
            cells.reached(page.words, row.results_reached, row.results_planned),
        ]
        for row in pd.concat([by_project, total]).itertuples()
    ]
    caption = page.words.text(
        "Programme money, {first} to {last}",
        first=page.words.month(own["period"].min()),
        last=page.words.month(own["period"].max()),
    )
    columns = ["Project", "Allocated", "Disbursed", "Disbursed share", "Results reached"]
    return _table(page, caption, columns, rows)


def disbursement(page: Page) -> Table | Prose:
    """The plan of the year by project: where it stands, and where it will end."""
    own = page.slice.own("disbursement")
    if own.empty:
        return NOTHING
    rows = [
        [
            name_of(page.words, row.project),
            cells.money(page.words, row.plan),
            cells.percent(page.words, row.disbursed_share),
            cells.percent(page.words, row.year_before_share),
            cells.percent(page.words, row.expected_share),
            cells.percent(page.words, row.expected_share_lb),
            cells.percent(page.words, row.expected_share_ub),
            name_of(page.words, row.status),
        ]
        for row in [
            *own[own["project"] != ALL].itertuples(),
            *own[own["project"] == ALL].itertuples(),
        ]
    ]
    first = own.iloc[0]
    caption = page.words.text(
        "Plan of {year} with capital carried over: disbursed to {period}, expected in December",
        year=first["year"],
        period=page.words.month(first["period"]),
    )
    columns = [
        "Project",
        "Plan",
        "Disbursed share",
        "A year before",
        "Expected",
        "Low",
        "High",
        "Status",
    ]
    return _table(page, caption, columns, rows)


def programmes(page: Page) -> Table | Prose:
    """Programmes at work in the area, and what is known of their effect."""
    found = page.effects.set_index("programme")["verdict"]
    rows = [
        [
            name_of(page.words, row.programme),
            str(row.first_year),
            cells.count(page.words, row.households_reached),
            cells.money(page.words, row.money_spent),
            name_of(page.words, found[row.programme]),
        ]
        for row in page.slice.own("programmes").itertuples()
    ]
    columns = ["Programme", "First year", "Households reached", "Money spent", "Status"]
    return _table(page, page.words.text("Programmes"), columns, rows)


def actions(page: Page) -> Table | Prose:
    """The action register of the area, by deadline: people, work, time, authority, result."""
    rows = [
        [
            page.words.text(row.task),
            name_of(page.words, row.lead_body),
            _text(page, row.carried_out_by),
            _text(page, row.authority),
            page.words.date(row.deadline),
            _text(page, row.result if row.state == "done" else row.expected_result),
            name_of(page.words, row.state),
        ]
        for row in page.register.itertuples()
    ]
    columns = [
        "Task",
        "Lead body",
        "Carried out by",
        "Authority",
        "Deadline",
        "Expected result",
        "Progress",
    ]
    return _table(page, page.words.text("Action register"), columns, rows, len(columns))


def _text(page: Page, text: Any) -> str:
    return cells.MISSING if pd.isna(text) else page.words.text(text)


def needs(page: Page) -> Table | Prose:
    """The largest deprivations, the body that answers for each, and the actions on them."""
    rows = [
        [
            name_of(page.words, row.indicator),
            name_of(page.words, row.body),
            cells.percent(page.words, row.share, 1),
            cells.count(page.words, row.open_actions),
            cells.count(page.words, row.done_actions),
        ]
        for row in page.needs.itertuples()
    ]
    caption = page.words.text("Largest deprivations of poor households and the actions on them")
    columns = ["Indicator", "Responsible", "Share", "Actions open", "Actions done"]
    return _table(page, caption, columns, rows, 2)


def effects(page: Page) -> Table | Prose:
    """All programmes at once, with intervals that hold for all."""
    words = page.words
    rows = [
        (
            name_of(words, row.programme),
            cells.signed(words, row.per_year),
            cells.signed(words, row.adjusted_lb),
            cells.signed(words, row.adjusted_ub),
            cells.count(words, row.lifted),
            cells.money(words, row.cost if row.verdict == "decreased" else None),
            name_of(words, row.verdict),
        )
        for row in page.effects.itertuples()
    ]
    caption = words.text(
        "All programmes: effect a year in percentage points, with intervals that hold for all at"
        " once"
    )
    heads = [
        "Programme",
        "Effect a year",
        "Low",
        "High",
        "Households lifted",
        "Cost of each",
        "Status",
    ]
    return cells.table(words, caption, heads, rows, numeric=range(1, 6))


def classes(page: Page) -> Table | Prose:
    """The first target for wards and communes, difficult areas, old provinces."""
    status = page.slice.tables["class_status"]
    rows = [
        (
            _class_name(page.words, str(row.by), str(row.value)),
            cells.percent(page.words, row.rate_now),
            cells.signed(page.words, row.pace_so_far),
            cells.chance(page.words, row.probability),
            name_of(page.words, row.status),
        )
        for row in status[status["target"] == 0].itertuples()
    ]
    heads = ["Class", "Now", "Pace so far, points a year", "Chance", "Status"]
    caption = page.words.text("The first target by class of area")
    return cells.table(page.words, caption, heads, rows, numeric=(1, 2, 3))


def _class_name(words: Language, by: str, value: str) -> str:
    named = {
        "urban/True": "wards",
        "urban/False": "communes",
        "difficult/True": "particularly difficult communes",
        "difficult/False": "other communes and wards",
    }.get(f"{by}/{value}")
    return words.text(named) if named else value
