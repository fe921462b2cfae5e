"""What to look at before a data set is used: what is there, what looks odd, who is behind."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from povlib.models import decomposition, measurement
from povlib.models.measurement import WHOLE
from povlib.report import cells
from povlib.report.elements import NOTHING, Prose, Table, TitleBlock, literal
from povlib.report.language import Language
from povlib.report.page import Page, open_whole
from povlib.report.remarks import sentence
from povlib.report.vocabulary import name_of
from povlib.report.words import letterhead, narrative

_SHOWN = 40  # findings listed; all of them are in the results


@dataclass(frozen=True)
class DataReview:
    """
    The data of a scenario, of all areas and of their sum.

    Attributes
    ----------
    words : Language
    page : Page
        Of the sum of all areas.
    """

    words: Language
    page: Page

    def table(self, name: str) -> pd.DataFrame:
        """Return the rows of single areas of a table."""
        rows = self.page.slice.tables[name]
        return rows[rows["area_code"] != WHOLE].reset_index(drop=True)


def open_review(scenario_file: str | Path, language_code: str) -> DataReview:
    """
    Open the data of a scenario, computing its results if need be.

    Parameters
    ----------
    scenario_file : str or Path
        Path of a scenario file, the name of one in params/, or a folder under
        output/ whose results are already there.
    language_code : str

    Returns
    -------
    data : DataReview
    """
    page = open_whole(scenario_file, language_code)
    return DataReview(page.words, page)


def title(data: DataReview) -> TitleBlock:
    """The head of the review; it carries the notice of simulated records."""
    named = data.words.text("Which figures may be trusted?")
    return letterhead.head(data.page, named, data.page.whole_name)


def holdings(data: DataReview) -> Table:
    """How many areas each year's review holds, and what they add up to."""
    words = data.words
    review = data.table("review")
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


def findings(data: DataReview) -> Prose:
    """Figures worth a second look, the gravest kind first."""
    words = data.words
    found = data.page.slice.tables["findings"]
    order = {"impossible": 0, "identity": 1, "unusual": 2}
    found = found.assign(rank=found["severity"].map(order)).sort_values(["rank", "year"])
    lines = [
        f"- {literal(_place(data, row.area_code))}: {literal(sentence(words, row))}"
        for row in found.head(_SHOWN).itertuples()
    ]
    if len(found) > _SHOWN:
        more = words.plural("{count} more", "{count} more", len(found) - _SHOWN)
        lines.append(f"- {more}")
    none = words.text("The accounting identities hold and no yearly change stands out.")
    return Prose("\n".join(lines) or none)


def _place(data: DataReview, area_code: str) -> str:
    whole = area_code == WHOLE
    return data.page.whole_name if whole else data.page.name_of(area_code)


def notes(data: DataReview) -> Prose:
    """What reading the data did that a reader should know."""
    words = data.words
    lines = [f"- {line}" for line in narrative.notes(data.page)]
    return Prose("\n".join(lines) or words.text("Nothing was left out or worked out in reading."))


def gaps(data: DataReview) -> Table | Prose:
    """Communes against wards, ethnic minorities against others, year by year."""
    page, words = data.page, data.words
    urban = measurement.urban_rural_gap(data.table("review"), data.table("areas"))
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


def parts(data: DataReview) -> Table | Prose:
    """Where the change of the rate came from: within old provinces' areas, and composition."""
    words, page = data.words, data.page
    rows = page.under_standard(data.table("review"))
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
    group = data.table("areas").set_index("area_code")["group"]
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


def provenance(data: DataReview) -> Prose:
    """What the page was made from, and by what."""
    return Prose(literal(letterhead.footer(data.page)))
