"""The first page: will the area make it, how fast, and what matters most."""

import pandas as pd

from povlib.models import measurement
from povlib.report import cells
from povlib.report.elements import KeyFigure, KeyFigures, Prose, literal
from povlib.report.page import Page
from povlib.report.vocabulary import SHORT_NAMES, name_of
from povlib.report.words import funding, narrative
from povlib.report.words.prose import say, section

_VERDICTS = {
    "met": "**{name} is below the target now and will probably stay there**: {measure} {now},"
    " target {target} by the end of {year}. Chance: {chance}.",
    "on_track": "**{name} will probably reach the target**: {measure} {now} now, {target} by the"
    " end of {year}. Chance: {chance}.",
    "at_risk": "**It is open whether {name} reaches the target**: {measure} {now} now, {target} by"
    " the end of {year}. Chance: {chance}.",
    "off_track": "**{name} will probably not reach the target at its pace so far**: {measure} {now}"
    " now, {target} by the end of {year}. Chance: {chance}.",
    "cannot_tell": "**The reviews are too few to tell whether {name} will reach the target**:"
    " {measure} {now} now, {target} by the end of {year}.",
}


def _status(page: Page) -> pd.Series:
    """The area's standing against the first target."""
    status = page.slice.own("status")
    return status[status["target"] == 0].iloc[0]


def answer(page: Page) -> Prose:
    """Will we make it? One sentence by the rule of `target.assess`, then what matters most."""
    bullets = [
        _pace(page),
        narrative.flow(page),
        narrative.lack(page),
        funding.spent(page),
        narrative.due(page, page.register),
    ]
    listed = "\n".join(f"- {bullet}" for bullet in bullets if bullet)
    return section(page, "Summary", _verdict(page), listed)


def _verdict(page: Page) -> str:
    row, wanted = _status(page), page.scenario.targets[0]
    if pd.isna(row["rate_now"]):
        return say(
            page,
            "The data hold no {measure} of {name}.",
            name=page.name,
            measure=name_of(page.words, wanted.measure),
        )
    if pd.isna(row["target_rate"]):
        return say(
            page,
            "The target starts from {year}, and {name} has no review of that year: it cannot be"
            " told how far {name} is from it.",
            name=page.name,
            year=wanted.base_year,
        )
    verdict = say(
        page,
        _VERDICTS[row["status"]],
        name=page.name,
        measure=name_of(page.words, wanted.measure),
        now=page.words.percent(row["rate_now"]),
        target=f"≤\u00a0{page.words.percent(row['target_rate'])}",
        year=wanted.year,
        chance=cells.chance(page.words, row["probability"]),
    )
    if row["standard"] == page.scenario.standard:
        return verdict
    restated = say(
        page,
        "All of this is restated under the standard {years} as the scenario assumes.",
        years=name_of(page.words, row["standard"]),
    )
    return f"{verdict} {restated}"


def _pace(page: Page) -> str:
    row = _status(page)
    if pd.isna(row["pace_so_far"]):
        return ""
    so_far = say(
        page,
        "Pace so far ({first}-{last}): {pace} a year.",
        first=row["first_year"],
        last=row["last_year"],
        pace=page.words.points(row["pace_so_far"]),
    )
    if row["aarr_so_far"] > 0:
        part = "That is {aarr} of the rate every year."
        so_far += " " + say(page, part, aarr=page.words.percent(row["aarr_so_far"], 1))
    if not row["gap"] > 0:
        return so_far
    leave, low, high = (
        row[f"households_to_leave_per_year{suffix}"] for suffix in ("", "_lb", "_ub")
    )
    needed = page.words.plural(
        "Pace needed: {pace} a year, about {count} household a year{range}.",
        "Pace needed: {pace} a year, about {count} households a year{range}.",
        int(leave),
        pace=literal(page.words.points(row["pace_needed"])),
        range="" if pd.isna(low) or low == high else _range(page, low, high),
    )
    if not row["target_rate"]:
        return f"{so_far} {needed}"  # no part of a rate that goes every year leads to zero
    part = "In proportion: {aarr} of the rate every year."
    in_proportion = say(page, part, aarr=page.words.percent(row["aarr_needed"], 1))
    return f"{so_far} {needed} {in_proportion}"


def _range(page: Page, low: int, high: int) -> str:
    limits = {"low": page.words.number(low), "high": page.words.number(high)}
    return " " + say(page, "({low} to {high})", **limits)


def key_figures(page: Page) -> KeyFigures:
    """The figures of the summary, each with its change or its limit."""
    words, row = page.words, _status(page)
    wanted = page.scenario.targets[0]
    measures = dict.fromkeys(["poverty_rate", wanted.measure])
    figures = [_level(page, measure) for measure in measures]
    figures.append(
        KeyFigure(
            words.text("Pace so far, points a year"),
            words.signed(row["pace_so_far"]) if pd.notna(row["pace_so_far"]) else "–",
            _needed(page, row),
        )
    )
    figures.append(
        KeyFigure(
            words.text("Chance of the target in {year}", year=wanted.year),
            cells.chance(page.words, row["probability"]),
            name_of(words, row["status"]),
        )
    )
    return KeyFigures(tuple(figures))


def _needed(page: Page, row: pd.Series) -> str:
    if pd.isna(row["pace_needed"]):
        return ""
    if row["gap"] <= 0:
        return page.words.text("below the target now")
    return page.words.text("needed: {pace}", pace=page.words.signed(row["pace_needed"]))


def _level(page: Page, measure: str) -> KeyFigure:
    label = page.words.text(SHORT_NAMES[measure])
    rates = measurement.rate(page.review, measure).astype("Float64")
    known = rates.dropna()
    if known.empty:
        return KeyFigure(label, "–", page.words.text("not reported"))
    first, last = known.index[0], known.index[-1]
    if first == last:
        note = page.words.text("end of {year}", year=page.review.loc[last, "year"])
        return KeyFigure(label, page.words.percent(known[last]), note)
    note = page.words.text(
        "end of {last}; {change} since {first}",
        last=page.review.loc[last, "year"],
        change=page.words.points(known[last] - known[first]),
        first=page.review.loc[first, "year"],
    )
    return KeyFigure(label, page.words.percent(known[last]), note)
