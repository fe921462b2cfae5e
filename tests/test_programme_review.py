"""The closer look at one programme: the same numbers as the reports, in the reader's language."""

import gettext
from dataclasses import replace

import pytest

from povlib import slices
from povlib.errors import DataError
from povlib.models import effects, programmes
from povlib.models.impact_settings import ImpactSettings
from povlib.report import elements, language, programme_review
from povlib.report.page import Page

PARTS = [
    programme_review.title,
    programme_review.answer,
    programme_review.design,
    programme_review.averages,
    programme_review.event_study,
    programme_review.trends_before,
    programme_review.sensitivity,
    programme_review.balance,
    programme_review.overlap,
    programme_review.limits,
]


class _Recorder(gettext.NullTranslations):
    """Stands behind a catalogue and writes down what it does not know."""

    def __init__(self):
        super().__init__()
        self.missed = set()

    def gettext(self, message):
        self.missed.add(message)
        return message


@pytest.fixture(scope="module")
def review(kept):
    return programme_review.open_programme(kept.parent, "cow_breeding", "en")


def test_the_tables_of_the_review_and_of_the_reports_hold_the_same_numbers(review):
    alone = {row[0]: row for row in programme_review.averages(review).rows}
    changed = review.page.effects.set_index("programme").loc["cow_breeding"]
    words = review.words
    assert alone["a year in the programme"][1] == words.signed(changed["per_year"])
    assert alone["over areas and years"][1:] == tuple(
        words.signed(changed[name]) for name in ("effect", "effect_lb", "effect_ub")
    )
    assert words.points(changed["effect"]) in programme_review.answer(review).html()


def test_what_does_not_bend_has_the_narrowest_interval(review):
    widths = [
        float(high.replace("−", "-")) - float(low.replace("−", "-"))
        for _, low, high in programme_review.sensitivity(review).rows
    ]
    assert widths == sorted(widths)
    assert len(widths) == len(ImpactSettings().bends)


def test_the_figure_tells_its_numbers(review):
    study = review.found.event_study
    told = programme_review.event_study(review).alt
    for row in study.itertuples():
        assert f"{row.event_time}: {review.words.points(row.estimate)}" in told


def test_nothing_is_left_untranslated(review):
    recorder = _Recorder()
    catalogue = language.of.__wrapped__("vi").catalogue
    catalogue.add_fallback(recorder)
    own = replace(language.of("vi"), catalogue=catalogue)
    spoken = replace(review, words=own, page=Page(own, review.page.slice))
    for make in PARTS:
        assert make(spoken).html()
    assert recorder.missed == set()


def test_a_programme_that_is_not_in_the_data_is_refused(kept):
    with pytest.raises(DataError, match="programme goats: not in the data"):
        programme_review.open_programme(kept.parent, "goats", "en")


@pytest.fixture(scope="module")
def single(kept, embedded):
    """One area with the programme, and a panel that shows its effect."""
    data = embedded
    reached = data.programmes.query("programme == 'cow_breeding' and first_year == 2024").head(1)
    panel = programmes.panel(data.review, data.areas, reached, standard="nd07-2021")
    settings = replace(effects.settings_for(data.areas), covariates=())
    (evaluation,) = programmes.evaluate(panel, reached, settings=settings)
    page = Page(language.of("en"), slices.read_all(kept))
    return programme_review.ProgrammeReview(page.words, page, "cow_breeding", evaluation)


def test_one_area_is_held_against_what_others_make_of_it(single):
    table = programme_review.averages(single)
    assert [row[0] for row in table.rows] == [
        "synthetic difference-in-differences",
        "synthetic control",
        "difference-in-differences",
    ]
    assert "<svg" in programme_review.event_study(single).html()
    assert programme_review.sensitivity(single) is elements.NOTHING


def test_what_cannot_be_estimated_has_no_numbers(review, embedded):
    data = embedded
    everywhere = data.areas[["area_code"]].assign(programme="all", first_year=2022)
    panel = programmes.panel(data.review, data.areas, everywhere, standard="nd07-2021")
    (evaluation,) = programmes.evaluate(
        panel, everywhere, settings=effects.settings_for(data.areas)
    )
    none = replace(review, evaluation=evaluation)
    for make in (
        programme_review.averages,
        programme_review.event_study,
        programme_review.sensitivity,
        programme_review.balance,
    ):
        assert make(none) is elements.NOTHING
