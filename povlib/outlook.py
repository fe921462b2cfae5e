"""What a scenario asks of a data set, and what the models answer: ways ahead, targets, what-ifs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from povlib.data.dataset import Dataset
from povlib.data.notes import Note
from povlib.data.standards import STANDARDS, StandardName
from povlib.errors import DataError
from povlib.models import (
    alternatives,
    bridge,
    comparison,
    effects,
    measurement,
    ranking,
    target,
    trajectory,
)
from povlib.models.alternatives import Reach
from povlib.models.bridge import Bridge
from povlib.models.measurement import WHOLE
from povlib.models.projection import Projection, aggregate, summarise
from povlib.models.trajectory import Fit
from povlib.scenario import Measure, Scenario, Target


def resolve(scenario: Scenario, data: Dataset) -> tuple[Scenario, list[Note]]:
    """
    Make of a scenario what the data can answer.

    Parameters
    ----------
    scenario : Scenario
    data : Dataset

    Returns
    -------
    scenario : Scenario
        With the standard named and the targets that can be held against the data.
    left_out : list of Note
        Why other targets were left out.

    Raises
    ------
    DataError
        If the data hold no review under the standard, reach the last year shown, or
        answer no target.
    """
    standard = scenario.standard if scenario.standard != "latest" else latest(data.review)
    reviewed = data.review[data.review["standard"] == standard]
    if reviewed.empty:
        known = ", ".join(sorted(data.review["standard"].unique()))
        msg = (
            f"{scenario.name}.yml, key standard: the data set has no review under {standard}"
            f" (it has: {known})"
        )
        raise DataError(msg)
    last = reviewed["year"].max()
    if last >= scenario.model.last_year:
        msg = (
            f"{scenario.name}.yml, key model.last_year: {scenario.model.last_year} must lie after"
            f" the last review, {last}"
        )
        raise DataError(msg)
    scenario = scenario.model_copy(update={"standard": standard})
    notes = [(wanted, _unanswered(wanted, data, scenario)) for wanted in scenario.targets]
    kept = [wanted for wanted, note in notes if note is None]
    left_out = [note for _, note in notes if note is not None]
    if not kept:
        msg = f"{scenario.name}.yml, key targets: none is left; {left_out[0]}"
        raise DataError(msg)
    return scenario.model_copy(update={"targets": kept}), left_out


def latest(review: pd.DataFrame) -> StandardName:
    """Return the last standard with two reviews, from which there is a way ahead; else the last."""
    years = review.groupby("standard")["year"].agg(["nunique", "max"]).sort_values("max")
    enough = years[years["nunique"] > 1]
    last: StandardName = (enough if len(enough) else years).index[-1]
    return last


def _unanswered(wanted: Target, data: Dataset, scenario: Scenario) -> Note | None:
    """What keeps a target from being held against the data, if anything does."""
    standard = scenario.standard
    reviewed = data.review[data.review["standard"] == standard]
    known = reviewed["year"][measurement.rate(reviewed, wanted.measure).notna()]
    if known.empty:
        message = "a target of the scenario is left out: the data do not hold {measure}"
        return Note(message, {"measure": wanted.measure})
    if known.nunique() < 2:
        message = "a target of the scenario is left out: the data hold {measure} of one year only"
        return Note(message, {"measure": wanted.measure})
    if known.max() >= wanted.year:
        message = "a target of the scenario is left out: the year {year} has been reviewed"
        return Note(message, {"year": wanted.year})
    if wanted.standard == standard or standard == "unstated":
        return None
    reached = _bridges(data, wanted.measure, scenario)
    if wanted.standard in [one.new for one in reached]:
        return None
    message = "a target of the scenario is left out: no ratio leads from standard {old} to {new}"
    return Note(message, {"old": standard, "new": wanted.standard})


def roll_outs(
    data: Dataset, changed: pd.DataFrame, scenario: Scenario
) -> tuple[tuple[Reach, ...], list[Note]]:
    """
    Find what the programmes that a scenario rolls out would do where they are not yet.

    Parameters
    ----------
    data : Dataset
    changed : DataFrame
        See `effects.estimate`.
    scenario : Scenario

    Returns
    -------
    reaches : tuple of Reach
    left_out : list of Note
        Programmes that are not known to work, which are not rolled out.

    Raises
    ------
    DataError
        If the data hold no programme of that name.
    """
    reaches: list[Reach] = []
    notes: list[Note] = []
    for wanted in scenario.alternatives.roll_outs:
        if wanted.programme not in set(changed["programme"]):
            known = ", ".join(sorted(set(changed["programme"]))) or "none"
            msg = (
                f"{scenario.name}.yml, key alternatives.roll_outs: the data hold no programme"
                f" {wanted.programme!r} (there: {known})"
            )
            raise DataError(msg)
        measure = scenario.targets[0].measure
        found = effects.reach(wanted, changed, data.programmes, data.areas, measure=measure)
        if isinstance(found, Reach):
            reaches.append(found)
        else:
            message = "{programme} is not carried to further areas: {verdict}"
            notes.append(Note(message, {"programme": wanted.programme, "verdict": found}))
    return tuple(reaches), notes


def members(data: Dataset, scenario: Scenario) -> list[str]:
    """
    Find the areas of which all measures asked for are known every year: their sum compares.

    Parameters
    ----------
    data : Dataset
    scenario : Scenario
        As `resolve` returns it.

    Returns
    -------
    codes : list of str
        Sorted; empty if there is none.
    """
    review = data.review[data.review["standard"] == scenario.standard]
    codes = set(review["area_code"])
    for measure in _measures(scenario):
        known = review[measurement.count(review, measure).notna()]
        codes &= set(measurement.complete(known)["area_code"])
    return sorted(codes)


def _measures(scenario: Scenario) -> list[Measure]:
    """The poverty rate, and what the targets are of."""
    first: Measure = "poverty_rate"
    return list(dict.fromkeys([first, *(one.measure for one in scenario.targets)]))


def tables(
    data: Dataset, peers: pd.DataFrame, reaches: tuple[Reach, ...], scenario: Scenario
) -> dict[str, pd.DataFrame]:
    """
    Project every measure that is asked for and hold the targets against it.

    Parameters
    ----------
    data : Dataset
    peers : DataFrame
        See `comparison.similar`.
    reaches : tuple of Reach
        Programmes to carry to the areas that lack them.
    scenario : Scenario
        As `resolve` returns it.

    Returns
    -------
    tables : dict of DataFrame
        `projection`, `status`, `class_status`, `alternatives`, `bridges`, `ranks`: see
        `results.Results`.
    """
    parts = [_tables_of(measure, data, peers, reaches, scenario) for measure in _measures(scenario)]
    names = ("projection", "status", "class_status", "bridges", "ranks", "alternatives")
    return {
        name: pd.concat([one[name] for one in parts if name in one], ignore_index=True)
        for name in names
    }


def _tables_of(
    measure: Measure,
    data: Dataset,
    peers: pd.DataFrame,
    reaches: tuple[Reach, ...],
    scenario: Scenario,
) -> dict[str, pd.DataFrame]:
    """The tables of one measure, whose draws fill the memory while they are made."""
    one = _Outlook.of(data, measure, scenario)
    made = {
        "projection": one.projection(),
        "status": one.status(),
        "class_status": one.class_status(),
        "bridges": one.bridges(),
    }
    if measure == "poverty_rate":
        made["ranks"] = one.ranks()
    one = replace(one, ways={})  # the draws are done with
    if measure == scenario.targets[0].measure:
        made["alternatives"] = one.alternatives(peers, reaches)
    return made


@dataclass(frozen=True, slots=True)
class _Outlook:
    """One measure: its fit, and its projection under the standards that it can reach."""

    measure: Measure
    scenario: Scenario
    areas: pd.DataFrame
    review: pd.DataFrame  # of the measure, under the scenario's standard
    fitted: Fit
    ways: dict[str, tuple[Projection, pd.DataFrame]]  # by standard: draws, reviews restated
    crossed: list[Bridge]
    members: list[str]  # areas whose sum compares

    @classmethod
    def of(cls, data: Dataset, measure: Measure, scenario: Scenario) -> "_Outlook":
        review = data.review[data.review["standard"] == scenario.standard]
        review = review[measurement.count(review, measure).notna()]
        rng = np.random.default_rng(scenario.seed)
        groups = comparison.groups(data.areas)
        fitted = trajectory.fit(review, scenario.model, rng=rng, measure=measure, groups=groups)
        years = range(fitted.last_year + 1, scenario.model.search_year + 1)
        on = trajectory.project(fitted, years)
        ways: dict[str, tuple[Projection, pd.DataFrame]] = {scenario.standard: (on, review)}
        crossed = _bridges(data, measure, scenario)
        for one in crossed:
            ways[one.new] = (bridge.cross(one, on, seed=fitted.seed), bridge.restate(one, review))
        summed = members(data, scenario)
        return cls(measure, scenario, data.areas, review, fitted, ways, crossed, summed)

    def projection(self) -> pd.DataFrame:
        """Summaries for the years shown; under a standard to come from its first year on."""
        frames = []
        for standard, (way, _) in self.ways.items():
            first = STANDARDS[standard].first_year if standard != self.scenario.standard else 0
            sums = [aggregate(way, codes, area_code=WHOLE) for codes in self._whole()]
            for one in (way, *sums):
                summary = summarise(one, self.scenario.model.interval)
                shown = summary["year"].between(first, self.scenario.model.last_year)
                frames.append(summary[shown].assign(measure=self.measure, standard=standard))
        return pd.concat(frames, ignore_index=True)

    def status(self) -> pd.DataFrame:
        """Every target of the measure for areas and their sum."""
        frames = [pd.DataFrame(columns=[*target.COLUMNS, "target"])]
        for number, wanted, way, review in self._held():
            own = self._with_unknown(target.assess(way, review, wanted, self.scenario.model))
            sums = [self._sum(way, review, wanted, codes) for codes in self._whole()]
            frames += [one.assign(target=number) for one in (own, *sums)]
        return _joined(frames)

    def _with_unknown(self, own: pd.DataFrame) -> pd.DataFrame:
        """The areas without the measure too: nothing can be told of them."""
        absent = sorted(set(self.areas["area_code"]) - set(own["area_code"]))
        rows = own.set_index("area_code").reindex([*own["area_code"], *absent])
        for name in ("measure", "standard", "kind", "base_year", "target_year"):
            rows[name] = own[name].iloc[0]
        return rows.fillna({"status": "cannot_tell"}).reset_index()[target.COLUMNS]

    def class_status(self) -> pd.DataFrame:
        """Every target of the measure for the classes of areas."""
        frames = [pd.DataFrame(columns=[*target.COLUMNS, "target", "by", "value"])]
        for number, wanted, way, review in self._held():
            for by, value, codes in self._classes():
                row = self._sum(way, review, wanted, codes)
                frames.append(row.assign(target=number, by=by, value=value))
        return _joined(frames)

    def _held(self) -> Iterator[tuple[int, Target, Projection, pd.DataFrame]]:
        """The measure's targets, each with the draws and reviews under its standard."""
        for number, wanted in enumerate(self.scenario.targets):
            if wanted.measure == self.measure:
                # Without a standard of its own a series is held against any.
                own = self.ways[self.scenario.standard]
                yield number, wanted, *self.ways.get(wanted.standard, own)

    def _sum(
        self, way: Projection, review: pd.DataFrame, wanted: Target, codes: list[str]
    ) -> pd.DataFrame:
        summed = aggregate(way, codes, area_code=WHOLE)
        total = measurement.total_of(review, codes)
        return target.assess(summed, total, wanted, self.scenario.model)

    def _whole(self) -> list[list[str]]:
        """The areas whose sum compares; nothing if there is none."""
        return [self.members] if self.members else []

    def _classes(self) -> Iterator[tuple[str, str, list[str]]]:
        for codes in self._whole():
            members = self.areas[self.areas["area_code"].isin(codes)]
            for by in comparison.CLASSES:
                known = members.dropna(subset=[by])
                for value, rows in known.groupby(known[by].astype(str)):
                    yield by, str(value), rows["area_code"].tolist()

    def ranks(self) -> pd.DataFrame:
        """Where every area stands among all, by its rate at the last review."""
        own, _ = self.ways[self.scenario.standard]
        return ranking.rank(own, self.scenario.model.interval)

    def bridges(self) -> pd.DataFrame:
        """The rates that lead to standards to come, and where they come from."""
        columns = ["area_code", "measure", "group", "old", "new", "source"]
        return _joined(
            [
                pd.DataFrame(columns=columns),
                *(
                    one.groups.reset_index().assign(
                        area_code=WHOLE,
                        measure=one.measure,
                        old=one.old,
                        new=one.new,
                        source=one.source,
                    )
                    for one in self.crossed
                ),
            ]
        )

    def alternatives(self, peers: pd.DataFrame, reaches: tuple[Reach, ...]) -> pd.DataFrame:
        """Ways to the first target, side by side."""
        case = alternatives.Case(
            fitted=self.fitted,
            review=self.review,
            peers=peers,
            target=self.scenario.targets[0],
            bridge=self.crossed[0] if self.crossed else None,
            roll_outs=reaches,
        )
        wanted, model = self.scenario.alternatives, self.scenario.model
        return alternatives.compare(case, wanted, model, members=self.members)


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same columns under one another; the first holds the columns only."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _bridges(data: Dataset, measure: Measure, scenario: Scenario) -> list[Bridge]:
    """Bridges to the standards that follow: counted where possible, else assumed."""
    old, groups = scenario.standard, comparison.groups(data.areas)
    assumed = {
        one.new: one for one in scenario.bridges if one.measure == measure and one.old == old
    }
    since = STANDARDS[old].first_year
    known = [name for name in data.review["standard"].unique() if name != "unstated"]
    later = {name for name in known if STANDARDS[name].first_year > since}
    found = []
    for new in sorted({*assumed, *later}):
        counted = bridge.estimate(data.review, measure, old=old, new=new, areas=groups)
        if counted:
            found.append(counted)
        elif new in assumed:
            found.append(bridge.assume(assumed[new], groups))
    return found
