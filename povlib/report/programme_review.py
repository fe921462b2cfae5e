"""What speaks for and against an estimated effect: trends before, bending, balance, money."""

from dataclasses import dataclass, replace
from pathlib import Path

import seaborn as sns
from matplotlib.ticker import FuncFormatter

from povlib.data.notes import Note
from povlib.errors import DataError
from povlib.models import effects, impact, programmes, synthetic
from povlib.models.impact_inference import Effect
from povlib.models.impact_settings import ImpactSettings
from povlib.models.measurement import WHOLE
from povlib.models.pre_trends import POWER
from povlib.models.programmes import Evaluation
from povlib.report import cells
from povlib.report.drawing import AREA, TARGET, canvas, percent_axis, svg_of
from povlib.report.drawing import WHOLE as GREY
from povlib.report.elements import NOTHING, Data, Figure, Prose, Table, TitleBlock, literal
from povlib.report.language import Language
from povlib.report.page import Page, open_whole
from povlib.report.vocabulary import NAMES, name_of
from povlib.report.words import funding, letterhead

_COMPARED = {
    "never_treated": "{treated} areas that the programme reached (different first years: {cohorts})"
    " are compared with {controls} of the same kind that it did not reach, over {years} reviews of"
    " {standard}.",
    "not_yet_treated": "{treated} areas that the programme reached (different first years:"
    " {cohorts}) are compared with those that it had not reached yet, over {years} reviews of"
    " {standard}.",
}
_TRENDS = {
    False: "Before the programme the areas moved alike as far as can be seen (p = {p_value}).",
    True: "Before the programme the areas moved apart (p = {p_value}): the effect is not to be"
    " used.",
}
_AVERAGES = {
    "simple": "over areas and years",
    "group": "over areas, whenever they began",
    "dynamic": "over years since the start",
    "calendar": "over calendar years",
    "per_year": "a year in the programme",
}


@dataclass(frozen=True)
class ProgrammeReview:
    """
    One programme of a scenario, evaluated anew for a closer look.

    Attributes
    ----------
    words : Language
    page : Page
        Of the sum of all areas.
    programme : str
    evaluation : Evaluation
        Of the poverty rate.
    """

    words: Language
    page: Page
    programme: str
    evaluation: Evaluation

    @property
    def found(self) -> impact.Estimate | None:
        """The estimate, if the programme reached several areas and could be estimated."""
        estimate = self.evaluation.estimate
        return estimate if isinstance(estimate, impact.Estimate) else None

    @property
    def name(self) -> str:
        """Name of the programme."""
        return name_of(self.words, self.programme)


def open_programme(
    scenario_file: str | Path, programme: str, language_code: str
) -> ProgrammeReview:
    """
    Evaluate a programme of a scenario.

    Parameters
    ----------
    scenario_file : str or Path
        Path of a scenario file, the name of one in params/, or a folder under
        output/ whose results are already there.
    programme : str
        Name in the table `programmes`; empty means the first.
    language_code : str

    Returns
    -------
    review : ProgrammeReview

    Raises
    ------
    DataError
        If the data hold no such programme.
    """
    page = open_whole(scenario_file, language_code)
    frames = page.slice.tables
    review, areas, known = (
        frames[name][frames[name]["area_code"] != WHOLE]
        for name in ("review", "areas", "programmes")
    )
    if known.empty and not programme:
        none = Evaluation("", reason=Note("The data hold no programmes."))
        return ProgrammeReview(page.words, page, "", none)
    programme = programme or str(known["programme"].min())
    reached = known[known["programme"] == programme]
    if reached.empty:
        there = ", ".join(sorted(known["programme"].unique())) or "none"
        msg = f"programme {programme}: not in the data (there: {there})"
        raise DataError(msg)
    panel = programmes.panel(review, areas, known, standard=page.scenario.standard)
    settings = replace(effects.settings_for(areas), bends=ImpactSettings().bends)
    (evaluation,) = programmes.evaluate(panel, reached, settings=settings)
    return ProgrammeReview(page.words, page, programme, evaluation)


def title(review: ProgrammeReview) -> TitleBlock:
    """The head of the review; it carries the notice of simulated records."""
    text = "What did the programme change? {name}"
    named = review.words.text(text, name=review.name).strip()
    return letterhead.head(review.page, named, review.page.whole_name)


def answer(review: ProgrammeReview) -> Prose:
    """The verdict by its fixed rules, judged among all programmes of the data."""
    changed = review.page.effects
    if changed.empty:
        return Prose(review.words.text("The data hold no programmes."))
    row = changed[changed["programme"] == review.programme].iloc[0]
    return Prose(funding.verdict(review.page, row))


def design(review: ProgrammeReview) -> Prose:
    """Who is compared with whom."""
    words, estimate = review.words, review.evaluation.estimate
    if estimate is None:
        return Prose("")
    counts = estimate.design.counts
    sentence = words.text(
        _COMPARED[estimate.design.control],
        treated=words.number(counts["treated"]),
        cohorts=counts["cohorts"],
        controls=words.number(counts["never_treated"]),
        years=counts["years"],
        standard=name_of(words, review.page.scenario.standard),
    )
    notes = [f"- {literal(_said(words, note))}" for note in estimate.notes]
    return Prose("\n".join([sentence, "", *notes]))


def _said(words: Language, note: Note) -> str:
    return words.text(note.message, **note.values)


def averages(review: ProgrammeReview) -> Table | Prose:
    """The average effects, the second opinion, and the naive estimate as a warning."""
    words, found = review.words, review.found
    if found is None:
        return _single(review)
    rows = [
        (words.text(label), *_points(words, found.att[name])) for name, label in _AVERAGES.items()
    ]
    if found.imputation:
        label = words.text("second opinion by imputation, over areas and years")
        rows.append((label, *_points(words, found.imputation)))
    if found.two_way:
        label = words.text(
            "two-way regression, not to be used: {share} of it compares with areas already reached",
            share=words.percent(found.two_way.forbidden_share, 0),
        )
        rows.append((label, words.signed(found.two_way.estimate), cells.MISSING, cells.MISSING))
    caption = words.text("Effect on the poverty rate, percentage points, 95 % interval")
    return cells.table(
        words, caption, ["Average", "Effect", "Low", "High"], rows, numeric=(1, 2, 3)
    )


def _single(review: ProgrammeReview) -> Table | Prose:
    """One treated area: three comparisons and the rank of each among its placebos."""
    words, estimate = review.words, review.evaluation.estimate
    if not isinstance(estimate, synthetic.Estimate):
        return NOTHING
    named = {
        "synthetic difference-in-differences": estimate.sdid,
        "synthetic control": estimate.sc,
        "difference-in-differences": estimate.did,
    }
    rows = [
        (
            words.text(label),
            *_points(words, one.effect),
            words.number(one.effect.p_value, 3),
        )
        for label, one in named.items()
    ]
    caption = words.text("Effect on the poverty rate of one area, percentage points")
    heads = ["Comparison", "Effect", "Low", "High", "Placebo p-value"]
    return cells.table(words, caption, heads, rows, numeric=range(1, 5))


def event_study(review: ProgrammeReview) -> Figure | Prose:
    """Effects by years since the start; before it they should be none."""
    words, found = review.words, review.found
    if found is None:
        return _synthetic_path(review)
    study = found.event_study
    with canvas(5.4, 3.0) as (drawing, axes):
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axvline(-0.5, color=GREY, linestyle=":", linewidth=1)
        points = 100 * study[["estimate", "lb", "ub", "band_lb", "band_ub"]]
        when = study["event_time"]
        axes.vlines(when, points["band_lb"], points["band_ub"], color=GREY, linewidth=1)
        axes.vlines(when, points["lb"], points["ub"], color=AREA, linewidth=3)
        sns.scatterplot(x=when, y=points["estimate"], ax=axes, color=AREA, s=45, zorder=3)
        axes.set(
            xlabel=words.text("years since the programme began"),
            ylabel=words.text("percentage points"),
        )
        axes.set_xticks(sorted({-1, *when}))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.number(value, 1)))
        svg = svg_of(drawing, "event study")
    caption = words.text(
        "Effect by years since the start. Thick: 95 % interval of each; thin: of all at once. Left"
        " of the dotted line there was no programme yet."
    )
    told = "; ".join(
        f"{row.event_time}: {words.points(row.estimate)}" for row in study.itertuples()
    )
    columns = ["event_time", "estimate", "lb", "ub", "band_lb", "band_ub"]
    data = Data.of("event_study", study[columns], **dict.fromkeys(columns[1:], "share"))
    return Figure(svg, f"{caption} {told}", caption, data)


def _synthetic_path(review: ProgrammeReview) -> Figure | Prose:
    words, estimate = review.words, review.evaluation.estimate
    if not isinstance(estimate, synthetic.Estimate):
        return NOTHING
    gaps = estimate.gaps
    start = int(estimate.design.cohorts.max())
    lines = {"observed": (AREA, "-"), "sdid": (TARGET, "--"), "sc": (GREY, ":")}
    labels = {
        "observed": words.text("as reviewed"),
        "sdid": words.text("without it, by synthetic difference-in-differences"),
        "sc": words.text("without it, by synthetic control"),
    }
    with canvas(5.4, 3.0) as (drawing, axes):
        for name, (color, style) in lines.items():
            sns.lineplot(
                x=gaps["time"],
                y=gaps[name],
                ax=axes,
                color=color,
                linestyle=style,
                label=labels[name],
            )
        axes.axvline(start - 0.5, color=GREY, linestyle=":", linewidth=1)
        axes.set(xlabel=words.text("End of year"), ylabel="")
        axes.set_xticks(gaps["time"])
        axes.legend(frameon=False, fontsize=8)
        percent_axis(words, axes.yaxis)
        svg = svg_of(drawing, "synthetic path")
    caption = words.text("The area as reviewed, and what is expected of it without the programme.")
    told = "; ".join(
        f"{row.time}: {words.percent(row.observed)}, {words.percent(row.sdid)}"
        for row in gaps.itertuples()
    )
    drawn = gaps[["time", *lines]]
    data = Data.of("synthetic", drawn, **dict.fromkeys(lines, "share"))
    return Figure(svg, f"{caption} {told}", caption, data)


def trends_before(review: ProgrammeReview) -> Prose:
    """The test of trends before the programme, and what it can see."""
    words, found = review.words, review.found
    if found is None:
        return Prose("")
    test = found.pre_trend
    seen = words.text(
        "An effect of {size} points would be found with a chance of {power}.",
        size=words.number(100 * found.smallest_seen, 2),
        power=words.percent(POWER, 0),
    )
    if test is None:
        return Prose(seen)
    apart = test.p_value < found.settings.alpha
    verdict = words.text(_TRENDS[apart], p_value=words.number(test.p_value, 3))
    power = words.text(
        "The test would find a difference of {slope} points a year with a chance of {power}, and"
        " one as large as the effect with a chance of {own}.",
        slope=words.number(100 * test.detectable_slope, 2),
        power=words.percent(POWER, 0),
        own=words.percent(test.power, 0),
    )
    return Prose(f"{verdict} {power} {seen}")


def sensitivity(review: ProgrammeReview) -> Table | Prose:
    """What the interval becomes if trends differ, and bend."""
    words, found = review.words, review.found
    if found is None or found.sensitivity.empty:
        return NOTHING
    rows = [
        (words.number(100 * row.m, 2), words.signed(row.lb), words.signed(row.ub))
        for row in found.sensitivity.itertuples()
    ]
    caption = words.text(
        "95 % interval of the effect if trends differ as before and bend by so much a year"
    )
    return cells.table(
        words, caption, ["Bend, points a year", "Low", "High"], rows, numeric=(0, 1, 2)
    )


def balance(review: ProgrammeReview) -> Table | Prose:
    """Reached areas and the others before the programme."""
    words, found = review.words, review.found
    if found is None:
        return NOTHING
    rows = [
        (
            name_of(words, "poverty_rate")
            if row.variable == "outcome"
            else str(row.variable).removeprefix("group_"),
            words.percent(row.treated, 1),
            words.percent(row.controls, 1),
            cells.decimal(words, row.before),
            cells.decimal(words, row.after),
        )
        for row in found.balance.itertuples()
    ]
    caption = words.text("Before the programme: areas that it reached and the others")
    heads = ["", "Reached", "Others", "Difference in standard deviations", "After weighting"]
    return cells.table(words, caption, heads, rows, numeric=range(1, 5))


def overlap(review: ProgrammeReview) -> Table | Prose:
    """Areas that two programmes share: where an effect of one may be part of another's."""
    words = review.words
    known = review.page.slice.tables["programmes"]
    if known.empty:
        return NOTHING
    shared = programmes.overlap(known[known["area_code"] != WHOLE])
    rows = [
        (name_of(words, str(name)), *(words.number(count) for count in row))
        for name, row in zip(shared.index, shared.to_numpy(), strict=True)
    ]
    caption = words.text("Areas that two programmes share; on the diagonal, areas of each")
    heads = ["", *(NAMES.get(str(name), str(name)) for name in shared.columns)]
    return cells.table(words, caption, heads, rows, numeric=range(1, len(heads)))


def limits(review: ProgrammeReview) -> Prose:
    """What an estimate of this kind cannot know."""
    words = review.words
    sentences = [
        words.text(
            "An average over areas says nothing of a single one, and nothing of single households."
        ),
        words.text(
            "What neighbours gain or lose by the programme is not seen unless their boundaries are"
            " given."
        ),
        words.text(
            "If areas were chosen because they were about to do better, the effect is theirs, not"
            " the programme's."
        ),
    ]
    return Prose("\n".join(f"- {sentence}" for sentence in sentences))


def _points(words: Language, effect: Effect) -> tuple[str, str, str]:
    return words.signed(effect.estimate), words.signed(effect.lb), words.signed(effect.ub)
