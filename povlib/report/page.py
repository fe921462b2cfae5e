"""One page: a slice of the results, the language it is written in, and the names on it."""

from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from povlib import scenario, slices, store
from povlib.data import files
from povlib.data.standards import STANDARDS
from povlib.models import actions, finance
from povlib.models.bridge import ALL
from povlib.models.measurement import WHOLE
from povlib.report import language, lock
from povlib.report.language import Language
from povlib.scenario import PROJECT, Scenario
from povlib.slices import Slice


@dataclass(frozen=True)
class Page:
    """
    What the words, tables and figures of one report are made from.

    Attributes
    ----------
    words : Language
    slice : Slice
        Rows of the area, its peers and the whole.
    """

    words: Language
    slice: Slice

    @property
    def scenario(self) -> Scenario:
        """The scenario, as the data could answer it."""
        return self.slice.scenario

    @cached_property
    def name(self) -> str:
        """Name of the area with its kind, as the language orders them."""
        return self.name_of(self.slice.area_code)

    @property
    def plain_name(self) -> str:
        """Name of the area without its kind."""
        return str(self._areas[self.slice.area_code]["name"])

    @cached_property
    def _areas(self) -> dict[str, dict[str, Any]]:
        return self.slice.tables["areas"].set_index("area_code").to_dict("index")

    def name_of(self, area_code: str) -> str:
        """Name of an area with its kind: Xã Ba Bể, Ba Bể commune; of all: of the whole."""
        if area_code == WHOLE:
            return self.whole_name
        area = self._areas[area_code]
        if pd.isna(area["kind"]):
            return str(area["name"])
        named = {"xã": "{name} commune", "phường": "{name} ward"}.get(area["kind"])
        return (
            self.words.text(named, name=area["name"]) if named else f"{area['kind']} {area['name']}"
        )

    @cached_property
    def whole_name(self) -> str:
        """Name of the province or country."""
        titles = {str(code): title for code, title in self.scenario.title.items()}
        return titles.get(self.words.code) or next(iter(titles.values()))

    @cached_property
    def review(self) -> pd.DataFrame:
        """The area's reviews under the scenario's standard, by year."""
        return self.under_standard(self.slice.own("review"))

    @cached_property
    def whole_review(self) -> pd.DataFrame:
        """The sums over all areas under the scenario's standard, by year."""
        return self.under_standard(self.slice.whole("review"))

    def under_standard(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the scenario's standard."""
        return rows[rows["standard"] == self.scenario.standard].reset_index(drop=True)

    def ahead(self, measure: str, standard: str | None = None) -> pd.DataFrame:
        """Return the area's projection under a standard, by default the scenario's."""
        rows = self.slice.own("projection")
        asked = self.scenario.standard if standard is None else standard
        kept = (rows["measure"] == measure) & (rows["standard"] == asked)
        return rows[kept].reset_index(drop=True)

    def bridge(self, measure: str) -> pd.Series | None:
        """Return what the next standard counts for a measure; None if nothing leads there."""
        return self._bridges.get(measure)

    @cached_property
    def _bridges(self) -> dict[str, pd.Series]:
        bridges = self.slice.tables["bridges"]
        of_all = bridges[bridges["group"] == ALL]
        return {row["measure"]: row for _, row in of_all[::-1].iterrows()}

    def last_year_of(self, name: str) -> pd.DataFrame:
        """Return the area's rows of a yearly table in the last year that it holds."""
        rows = self.under_standard(self.slice.own(name))
        return rows[rows["year"] == rows["year"].max()].reset_index(drop=True)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What the programmes of the data set changed in the poverty rate."""
        changed = self.slice.whole("effects")
        return changed[changed["measure"] == "poverty_rate"].reset_index(drop=True)

    @cached_property
    def money(self) -> pd.DataFrame:
        """The programme money of an area that has any, since its start: one row."""
        return finance.track(self.slice.own("finance"), ["area_code"])

    @cached_property
    def register(self) -> pd.DataFrame:
        """The actions of the area, or of all, as they stand on the day of the report."""
        whole = self.slice.area_code == WHOLE
        rows = self.slice.tables["actions"] if whole else self.slice.own("actions")
        return actions.assess(rows, on=self.scenario.report_date)

    @cached_property
    def needs(self) -> pd.DataFrame:
        """The area's largest deprivations and the actions on them."""
        lacking = self.under_standard(self.slice.own("deprivations"))
        indicators = STANDARDS[self.scenario.standard].indicators
        register = self.register.assign(area_code=self.slice.area_code)
        return actions.needs(lacking, register, indicators)

    @cached_property
    def deprivation_shares(self) -> pd.DataFrame:
        """
        Shares of poor households that lack each basic service, last year.

        One row per `indicator`, in the standard's order: `households` deprived in the
        area, `own`, `whole`, `alike` [share of poor households].
        """
        own = self.last_year_of("deprivations")
        if own.empty:
            return pd.DataFrame(columns=["indicator", "households", "own", "whole", "alike"])
        own = own[own["status"] == "poor"]
        year = own["year"].max()
        parts = {"own": own, "whole": self.slice.whole("deprivations")}
        parts["alike"] = self.slice.alike("deprivations")
        columns = {name: self._share_by_indicator(rows, year) for name, rows in parts.items()}
        order = [indicator.code for indicator in STANDARDS[self.scenario.standard].indicators]
        counts = own.set_index("indicator")["deprived_households"].rename("households")
        shares = pd.concat([counts, pd.DataFrame(columns)], axis=1)
        return (
            shares.reindex([code for code in order if code in shares.index])
            .rename_axis("indicator")
            .reset_index()
        )

    def _share_by_indicator(self, rows: pd.DataFrame, year: int) -> pd.Series:
        kept = self.under_standard(rows)
        kept = kept[(kept["status"] == "poor") & (kept["year"] == year)]
        sums = kept.groupby("indicator")[["deprived_households", "households"]].sum()
        return sums["deprived_households"].astype(float) / sums["households"].astype(float).replace(
            0, float("nan")
        )

    @cached_property
    def is_simulated(self) -> bool:
        """Whether any record behind the page is simulated."""
        tables = self.slice.tables.values()
        return any(
            frame["provenance"].astype("string").str.contains("simulated").any()
            for frame in tables
            if "provenance" in frame and len(frame)
        )


def open_page(scenario_file: str | Path, area_code: str, language_code: str) -> Page:
    """
    Open the page of an area, computing the scenario's results if need be.

    Parameters
    ----------
    scenario_file : str or Path
        Path of a scenario file, the name of one in params/, a data set (folder,
        workbook or CSV file), or a folder under output/ whose results are already there.
    area_code : str
        Code of the area.
    language_code : str
        Language of the page.

    Returns
    -------
    page : Page

    Raises
    ------
    DataError
        If the scenario, its data or the area code break a rule.
    """
    kept = kept_results(scenario_file)
    return Page(language.of(language_code), slices.read(kept, area_code))


def open_whole(scenario_file: str | Path, language_code: str) -> Page:
    """
    Open the page of all areas together, computing the results if need be.

    Parameters
    ----------
    scenario_file : str or Path
        As for `open_page`.
    language_code : str
        Language of the page.

    Returns
    -------
    page : Page
    """
    kept = kept_results(scenario_file)
    return Page(language.of(language_code), slices.read_all(kept))


def kept_results(scenario_file: str | Path) -> Path:
    """
    Return the folder of a scenario's results, computing them if need be.

    Parameters
    ----------
    scenario_file : str or Path
        As for `open_page`.

    Returns
    -------
    kept : Path
        The folder `results`.

    Raises
    ------
    DataError
        If the scenario or its data break a rule, or another run is at work in the folder.
    """
    place = Path(scenario_file)
    if (place / "results").is_dir():
        return place / "results"
    is_data = place.is_dir() or place.suffix.lower() in files.ENDINGS
    case = scenario.of_data(place) if is_data else scenario.load(scenario_file)
    folder = PROJECT / "output" / case.name
    with nullcontext() if store.are_kept(case, folder) else lock.hold(folder):
        return store.prepare(case, folder)
