"""What to look at before a data set is used: what is there, what looks odd, who is behind."""

import pandas as pd

from povlib.models import decomposition, measurement
from povlib.models.measurement import WHOLE
from povlib.report import cells
from povlib.report.elements import NOTHING, Prose, Table, TitleBlock, literal
from povlib.report.page import Page
from povlib.report.remarks import sentence
from povlib.report.vocabulary import name_of
from povlib.report.words import letterhead, narrative

_SHOWN = 40  # findings listed; all of them are in the results


def _single(page: Page, name: str) -> pd.DataFrame:
    """The rows of single areas of a table."""
    rows = page.slice.tables[name]
    return rows[rows["area_code"] != WHOLE].reset_index(drop=True)


def title(page: Page) -> TitleBlock:
    """The head of the review; it carries the notice of simulated records."""
    named = page.words.text("Which figures may be trusted?")
    return letterhead.head(page, named, page.whole_name)


def holdings(page: Page) -> Table:
    """How many areas each year's review holds, and what they add up to."""
    words = page.words
    review = _single(page, "review")
    rows = []
    for key, part in review.groupby(["year", "standard"]):
        poor, households = part["poor_households"], part["households"]
        known = poor.notna() & households.notna()
        rate = poor[known].sum() / households[known].sum() if known.any() else pd.NA
        rows.append(
            (
                str(key[0]),
                name_of(words, str(key[1])),
                words.number(len(part)),
                words.number((~known).sum()),
                words.number(households[known].sum()),
                words.number(poor[known].sum()),
                "–" if pd.isna(rate) else words.percent(rate),
            )
        )
    heads = (
        "End of year",
        "Standard",
        "Areas",
        "Without a count",
        "Households",
        "Poor",
        "Poverty rate",
    )
    columns = tuple(words.text(head) for head in heads)
    caption = words.text("Reviews held, and their sums")
    return Table(caption, columns, (False, False, *[True] * 5), tuple(rows))


def findings(page: Page) -> Prose:
    """Figures worth a second look, the gravest kind first."""
    words = page.words
    found = page.slice.tables["findings"]
    order = {"impossible": 0, "identity": 1, "unusual": 2}
    found = found.assign(rank=found["severity"].map(order)).sort_values(["rank", "year"])
    lines = [
        f"- {literal(page.name_of(row.area_code))}: {literal(sentence(words, row))}"
        for row in found.head(_SHOWN).itertuples()
    ]
    if len(found) > _SHOWN:
        more = words.plural("{count} more", "{count} more", len(found) - _SHOWN)
        lines.append(f"- {more}")
    return Prose("\n".join(lines) or narrative.in_order(page))


def notes(page: Page) -> Prose:
    """What reading the data did that a reader should know."""
    words = page.words
    lines = [f"- {line}" for line in narrative.notes(page)]
    return Prose("\n".join(lines) or words.text("Nothing was left out or worked out in reading."))


def gaps(page: Page) -> Table | Prose:
    """Communes against wards, ethnic minorities against others, year by year."""
    words = page.words
    urban = measurement.urban_rural_gap(_single(page, "review"), _single(page, "areas"))
    urban = urban.set_index(["year", "standard"])
    whole = page.slice.whole("review").reset_index(drop=True)
    minority = measurement.em_gap(whole)
    rows = [
        (
            str(row.year),
            name_of(words, row.standard),
            *(cells.percent(words, urban.loc[(row.year, row.standard), one]) for one in _CLASSES),
            *(cells.percent(words, minority.loc[row.Index, name]) for name in _MINORITY),
        )
        for row in whole.itertuples()
        if (row.year, row.standard) in urban.index
    ]
    heads = (
        "End of year",
        "Standard",
        "Communes",
        "Wards",
        "Ethnic minorities",
        "Other households",
    )
    caption = words.text("Poverty rate by class of area and by ethnicity")
    return cells.table(words, caption, heads, rows, numeric=range(2, 6))


_CLASSES = ("rural_rate", "urban_rate")
_MINORITY = ("em_poverty_rate", "other_poverty_rate")


def parts(page: Page) -> Table | Prose:
    """Where the change of the rate came from: within old provinces' areas, and composition."""
    words = page.words
    rows = page.under_standard(_single(page, "review"))
    years = sorted(rows["year"].unique())
    complete = rows.groupby("area_code")["poor_households"].transform("count") == len(years)
    if len(years) < 2 or not complete.any():
        return NOTHING
    split = decomposition.split_rate(
        rows[complete],
        "poverty_rate",
        standard=page.scenario.standard,
        first_year=int(years[0]),
        last_year=int(years[-1]),
    )
    group = _single(page, "areas").set_index("area_code")["group"]
    named = split["area_code"].map(group).fillna(page.whole_name)
    sums = split.groupby(named)[["within", "composition"]].sum()
    listed = [
        (str(name), cells.signed(words, row["within"]), cells.signed(words, row["composition"]))
        for name, row in sums.iterrows()
    ]
    caption = words.text(
        "Where the change of the poverty rate came from, {first}-{last}, points",
        first=years[0],
        last=years[-1],
    )
    heads = ("Group", "Rates of areas", "Composition of households")
    return cells.table(words, caption, heads, listed, numeric=(1, 2))


def provenance(page: Page) -> Prose:
    """What the page was made from, and by what."""
    return Prose(literal(letterhead.footer(page)))
