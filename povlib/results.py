"""Everything the models say about a scenario, of all areas together."""

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import measurement
from povlib.models.measurement import WHOLE
from povlib.scenario import Measure, Scenario

if TYPE_CHECKING:
    from povlib.data.dataset import Dataset

# The models take seconds to import; who only reads what they said does not wait for them.

_SUMMED = {
    "review": ["year", "standard"],
    "flows": ["year", "standard", "status", "unit"],
    "deprivations": ["year", "standard", "status", "indicator"],
    "finance": ["project", "source", "period"],
}
_PARTIAL = {
    "review": "sums over all areas hold the {complete} of {known} that were reviewed every year",
    "flows": "sums of flows hold the {complete} of {known} areas that report them every year",
    "deprivations": (
        "sums of deprivations hold the {complete} of {known} areas that report them every year"
    ),
}


@dataclass(frozen=True, slots=True)
class Results:
    """
    The data set and what the models say of it.

    Attributes
    ----------
    scenario : Scenario
        As asked for, with the standard and the targets that the data can answer.
    tables : dict of DataFrame
        The tables of the data set, with rows of `area_code` `*` that sum over
        the areas with a complete record; `projection` (one row per `measure`,
        `standard`, `area_code`, `year`: `rate_median`, `rate_lb`, `rate_ub`, shares);
        `status` (one row per `target`, `area_code`, see `target.assess`);
        `class_status` (the same per `by`, `value`: sums over wards, difficult
        communes, old provinces); `alternatives` (see `alternatives.compare`, of the
        first target); `bridges` (one row per `measure`, `group`: `old`, `new`,
        `old_rate`, `new_rate` with limits, `source`); `peers` (`comparison.similar`); `findings`
        (`audit.examine`); `effects` (`effects.estimate`, of all areas together);
        `disbursement` (`disbursement.forecast`); `per_household`
        (`finance.per_poor_household`); `ranks` (`ranking.rank`, by the poverty
        rate); `changes` (`target.changes`, since the issue before); `outlines`
        (`boundaries.outlines`, if a file of them is given).
    notes : tuple of Note
        What loading did that a reader should know, and targets left out.
    """

    scenario: Scenario
    tables: dict[str, pd.DataFrame]
    notes: tuple[Note, ...]


def compute(scenario: Scenario) -> Results:
    """
    Load the data of a scenario and run the models on all areas together.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    results : Results

    Raises
    ------
    DataError
        If the data break a rule or hold no record under the scenario's standard.
    """
    from povlib import outlook
    from povlib.data import dataset, tables
    from povlib.models import comparison, finance, target

    data = dataset.load(scenario.data_path(), settings=scenario.data)
    check_areas(scenario, data.areas["area_code"].tolist())
    scenario, left_out = outlook.resolve(scenario, data)
    members = outlook.members(data, scenario)
    frames = {name: _with_whole(name, data, members, scenario.standard) for name in tables.KEYS}
    frames["peers"] = comparison.similar(
        data.areas, data.review, standard=scenario.standard, count=scenario.model.peers
    )
    frames["findings"] = findings(data, scenario)
    frames["effects"] = _effects(data, scenario)
    frames["disbursement"] = _disbursement(data, scenario)
    reviewed = frames["review"]["standard"] == scenario.standard
    frames["per_household"] = finance.per_poor_household(
        frames["finance"], frames["review"][reviewed]
    )
    before = _previous_status(scenario)
    reaches, not_scaled = outlook.roll_outs(data, frames["effects"], scenario)
    summed = _summed(data, members, scenario.standard)
    answers = outlook.tables(data, frames["peers"], reaches, scenario)
    frames["changes"] = target.changes(before, answers["status"])
    frames["outlines"], without = _outlines(scenario, data.areas["area_code"].tolist())
    return Results(
        scenario,
        frames | answers,
        (*data.notes, *left_out, *not_scaled, *summed, *without),
    )


def check_areas(scenario: Scenario, known: list[str]) -> None:
    """
    Check that the areas that a scenario asks for are there.

    Parameters
    ----------
    scenario : Scenario
    known : list of str
        Codes of the areas of the data set.

    Raises
    ------
    DataError
        If one is not; the nearest code is proposed.
    """
    for code in scenario.areas:
        if code not in known:
            near = difflib.get_close_matches(code, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            msg = f"{scenario.name}, area {code}: not an area of the data set{hint}"
            raise DataError(msg)


def _outlines(scenario: Scenario, codes: list[str]) -> tuple[pd.DataFrame, list[Note]]:
    """The areas' outlines, if there are any, and how many areas lack theirs."""
    from povlib.data import boundaries

    path = scenario.boundaries_path()
    if path is None:
        return pd.DataFrame(columns=list(boundaries.COLUMNS)), []
    found = boundaries.outlines(path, codes)
    lacking = len(set(codes) - set(found["area_code"]))
    message = "areas without an outline in {file}, shown at their centre on maps: {count}"
    return found, [Note(message, {"count": lacking, "file": path.name})] if lacking else []


def _effects(data: "Dataset", scenario: Scenario) -> pd.DataFrame:
    """What programmes changed in the poverty rate, and in the rate that a roll-out is asked of."""
    from povlib.models import effects

    measures: dict[Measure, None] = {"poverty_rate": None}
    if scenario.alternatives.roll_outs:
        measures[scenario.targets[0].measure] = None
    made = effects.estimate(
        data.review,
        data.areas,
        data.programmes,
        standard=scenario.standard,
        measures=list(measures),
    )
    return made.assign(area_code=WHOLE)


def _previous_status(scenario: Scenario) -> pd.DataFrame | None:
    """The standings of the issue that the scenario names as the one before."""
    path = scenario.previous_path()
    if path is None:
        return None
    if not (path / "status.parquet").is_file():
        msg = f"{scenario.name}.yml, key previous: {scenario.previous} holds no results of reports"
        raise DataError(msg)
    return pd.read_parquet(path / "status.parquet")


def _disbursement(data: "Dataset", scenario: Scenario) -> pd.DataFrame:
    """The year-end forecast of the money, if there is any."""
    from povlib.models import disbursement

    if data.finance.empty:
        return pd.DataFrame(columns=disbursement.COLUMNS)
    rng = np.random.default_rng(scenario.seed)
    return disbursement.forecast(data.finance, scenario.model, rng=rng)


def findings(data: "Dataset", scenario: Scenario) -> pd.DataFrame:
    """
    List the figures worth a second look, by arithmetic and by chance.

    Parameters
    ----------
    data : Dataset
    scenario : Scenario

    Returns
    -------
    findings : DataFrame
        See `audit.examine` and `audit_tests.examine`.

    Examples
    --------
    >>> from povlib import scenario
    >>> from povlib.data import demo
    >>> len(findings(demo.build(), scenario.load("smoke")))
    0
    """
    from povlib import outlook
    from povlib.models import audit, audit_tests, comparison

    standard = scenario.standard if scenario.standard != "latest" else outlook.latest(data.review)
    tested = audit_tests.examine(
        data.review,
        data.flows,
        scenario.model,
        standard=standard,
        rng=np.random.default_rng(scenario.seed),
        groups=comparison.groups(data.areas),
        assigned=data.assigned[data.assigned["standard"] == standard],
        criterion=_criterion(scenario),
    )
    return audit.collect([audit.examine(data.review, data.flows, data.areas), tested])


def _criterion(scenario: Scenario) -> float | None:
    """The level that the scenario wants poor households to be below, if it names one."""
    levels = [
        one.value
        for one in scenario.targets
        if one.measure == "poverty_rate" and one.kind == "level"
    ]
    return levels[0] if levels else None


def _with_whole(name: str, data: "Dataset", members: list[str], standard: str) -> pd.DataFrame:
    """Add the rows that sum over all areas."""
    frame, keys = getattr(data, name), _SUMMED.get(name)
    if keys is None or frame.empty:
        return frame
    rows = frame
    if name == "review":
        rows = frame[(frame["standard"] != standard) | frame["area_code"].isin(members)]
    if name != "finance":
        rows = measurement.complete(rows)
    counts = frame.select_dtypes("Int64").columns.difference(keys)
    grouped = rows.groupby(keys, as_index=False)
    # A count that an area lacks is unknown in the sum; money or a move not entered is none.
    skip = name in ("finance", "flows")
    sums = grouped[list(counts)].agg(lambda cells: cells.sum(skipna=skip, min_count=1))
    whole = sums.assign(area_code=WHOLE)
    if "provenance" in frame:
        whole["provenance"] = ", ".join(sorted(frame["provenance"].dropna().unique()))
    return pd.concat([whole, frame], ignore_index=True)[list(frame.columns)]


def _summed(data: "Dataset", members: list[str], standard: str) -> list[Note]:
    """Say which areas the sums hold, if not all."""
    known = data.review.loc[data.review["standard"] == standard, "area_code"].nunique()
    notes = []
    for name, message in _PARTIAL.items():
        rows = getattr(data, name)
        rows = rows[rows["standard"] == standard]
        every = members if name == "review" else measurement.complete(rows)["area_code"].unique()
        complete = len(every)
        if len(rows) and complete < known:
            notes.append(Note(message, {"complete": complete, "known": known}))
    return notes
