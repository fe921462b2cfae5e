"""The words on money and on what programmes changed."""

import json

import pandas as pd

from povlib.models.disbursement import ALL
from povlib.models.measurement import WHOLE
from povlib.report import cells
from povlib.report.elements import Prose
from povlib.report.page import Page
from povlib.report.vocabulary import name_of
from povlib.report.words.prose import say, section

_EFFECTS = {
    "decreased": "**{programme} reduced poverty** in the {areas} areas that it reached: by"
    " {effect} on average, 95 % interval {low} to {high}.",
    "increased": "In the {areas} areas that {programme} reached the rate did worse than in like"
    " areas: {effect} on average, 95 % interval {low} to {high}.",
    "none_seen": "No effect of {programme} was found, and one of {seen} points would have"
    " been seen.",
    "cannot_tell": "Whether {programme} changed the rate **the data cannot tell**: between {low}"
    " and {high}.",
    "pretrends_differ": "The areas that {programme} reached went another way even before it began:"
    " its effect cannot be read from these data.",
    "not_estimated": "The effect of {programme} cannot be estimated: {reason}.",
}


def money(page: Page) -> Prose:
    """Money and programmes, and what may not be concluded from them."""
    missing = say(
        page, "The data hold no amounts of money: what was allocated and disbursed is not known."
    )
    verdicts = "\n".join(f"- {verdict(page, row)}" for _, row in _at_work(page).iterrows())
    sums = " ".join(text for text in (spent(page) or missing, _per_household(page)) if text)
    return section(page, "Money and programmes", sums, _year_end(page), verdicts)


def spent(page: Page) -> str:
    """Say how much of the programme money is disbursed; empty without any."""
    if page.slice.own("finance").empty:
        return ""
    row = page.money.iloc[0]
    if pd.isna(row["disbursed_share"]):
        return ""
    return say(
        page,
        "Programme money to {period}: {disbursed} of {allocated} disbursed ({share}).",
        period=page.words.month(row["period"]),
        disbursed=page.words.money(row["disbursed"]),
        allocated=page.words.money(row["allocated"]),
        share=page.words.percent(row["disbursed_share"]),
    )


def _per_household(page: Page) -> str:
    """Money for each household that was poor before it came, here and in all areas."""
    if page.slice.own("finance").empty:
        return ""
    own, whole = page.slice.own("per_household"), page.slice.whole("per_household")
    known = own["per_poor_household"].dropna()
    if known.empty:
        return ""
    said = say(
        page,
        "That is {money} allocated for each household that was poor before it came.",
        money=page.words.money(known.iloc[0]),
    )
    everywhere = whole["per_poor_household"].dropna()
    if everywhere.empty or page.slice.area_code == WHOLE:
        return said
    amount = page.words.money(everywhere.iloc[0])
    return f"{said} {say(page, 'In all areas: {money}.', money=amount)}"


def _at_work(page: Page) -> pd.DataFrame:
    own = page.slice.own("programmes")["programme"]
    return page.effects[page.effects["programme"].isin(own)]


def _year_end(page: Page) -> str:
    own = page.slice.own("disbursement")
    if own.empty:
        return ""
    total = own[own["project"] == ALL].iloc[0]
    if pd.isna(total["expected_share"]):
        return say(page, "No earlier year was tracked to its end: the year-end is not forecast.")
    forecast = say(
        page,
        "Of the plan of {year} with capital carried over, {plan}, between {low} and {high} will be"
        " disbursed by December, the middle {middle}, if it goes as in earlier years; {unspent}"
        " would then be carried over or returned.",
        year=total["year"],
        plan=page.words.money(total["plan"]),
        low=page.words.percent(total["expected_share_lb"]),
        high=page.words.percent(total["expected_share_ub"]),
        middle=page.words.percent(total["expected_share"]),
        unspent=page.words.money(total["unspent"]),
    )
    late = own[(own["project"] != ALL) & own["status"].isin(["at_risk", "off_track"])]
    if late.empty:
        return forecast
    if len(late) > 1 and len(late) == len(own) - 1:
        return f"{forecast} {say(page, 'Every project is at risk of returning funds.')}"
    listed = say(
        page,
        "Projects at risk of returning funds: {projects}.",
        projects=", ".join(name_of(page.words, one) for one in late["project"]),
    )
    return f"{forecast} {listed}"


def verdict(page: Page, row: pd.Series) -> str:
    """
    Say what a programme changed, by the rules of `impact_verdict.judge`.

    Parameters
    ----------
    page : Page
    row : Series
        Of `effects.estimate`.

    Returns
    -------
    sentence : str
        In Markdown.
    """
    words = page.words
    values = {
        "programme": name_of(words, row["programme"]),
        "areas": cells.count(page.words, row["treated"]),
        "effect": _points(page, row["effect"]),
        "low": _points(page, row["effect_lb"]),
        "high": _points(page, row["effect_ub"]),
        "seen": "–"
        if pd.isna(row["smallest_seen"])
        else words.number(100 * row["smallest_seen"], 2),
        "reason": words.text(str(row["reason"]), **json.loads(row["reason_values"]))
        if pd.notna(row["reason"])
        else "",
    }
    said = say(page, _EFFECTS[row["verdict"]], **values)
    return f"{said} {_lifted(page, row)}" if row["verdict"] == "decreased" else said


def _lifted(page: Page, row: pd.Series) -> str:
    """Households out of poverty by a programme that worked, and what each cost."""
    if pd.isna(row["lifted"]):
        return ""
    households = say(
        page,
        "By the end of {year} {count} households fewer were poor for it ({low} to {high}).",
        year=int(row["last_year"]),
        count=cells.count(page.words, row["lifted"]),
        low=cells.count(page.words, row["lifted_lb"]),
        high=cells.count(page.words, row["lifted_ub"]),
    )
    if pd.isna(row["cost"]):
        return f"{households} {say(page, 'What each of them cost is not determined.')}"
    cost = say(
        page,
        "Each of them cost {cost} ({low} to {high}).",
        cost=page.words.money(row["cost"]),
        low=page.words.money(row["cost_lb"]),
        high=page.words.money(row["cost_ub"]),
    )
    return f"{households} {cost}"


def _points(page: Page, value: object) -> str:
    return "–" if pd.isna(value) else page.words.points(float(value))  # type: ignore[arg-type]
