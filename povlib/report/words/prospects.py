"""The words on what lies ahead: the projection, the next standard, and other ways."""

from povlib.report import cells
from povlib.report.elements import Prose
from povlib.report.page import Page
from povlib.report.vocabulary import name_of
from povlib.report.words.prose import say, section

_ROLL_OUTS = {
    False: "If {programme} from {year} on reached the {areas} areas of its kind that lack it, and"
    " worked there as it did elsewhere, the chance of {name} would go from {before} to {after}.",
    True: "If {programme} from {year} on reached the {areas} areas of its kind that lack it, and"
    " worked there as it did elsewhere, the chance of {name} would stay at {before}.",
}


def outlook(page: Page) -> Prose:
    """The way to the last projected year, and what it rests on."""
    wanted = page.scenario.targets[0]
    projected = _projected(
        page,
        "If things go on as in the years reviewed, the {measure} at the end of {year} is between"
        " {low} and {high} with a chance of {coverage}; the middle is {median}.",
        page.scenario.standard,
    )
    source = say(page, "Target: {source}.", source=page.words.text(wanted.source))
    standard = say(
        page,
        "The projection is under the standard {years}.",
        years=name_of(page.words, page.scenario.standard),
    )
    heading = {"year": page.scenario.model.last_year}
    return section(
        page,
        "The way to {year}",
        projected,
        source,
        " ".join([standard, *_new_standard(page)]) if page.scenario.standard != "unstated" else "",
        **heading,
    )


def _projected(page: Page, message: str, standard: str) -> str:
    measure = page.scenario.targets[0].measure
    ahead = page.ahead(measure, standard)
    if ahead.empty:
        return ""
    row = ahead.iloc[-1]
    return say(
        page,
        message,
        measure=name_of(page.words, measure),
        year=row["year"],
        low=page.words.percent(row["rate_lb"]),
        high=page.words.percent(row["rate_ub"]),
        median=page.words.percent(row["rate_median"]),
        coverage=page.words.percent(page.scenario.model.interval, 0),
    )


def _new_standard(page: Page) -> list[str]:
    """What the next standard would make of it, and how sure that is."""
    measure = page.scenario.targets[0].measure
    bridge = page.bridge(measure)
    if bridge is None or page.ahead(measure, bridge["new"]).empty:
        if page.scenario.standard != "nd07-2021" or page.scenario.model.last_year <= 2026:
            return []
        unknown = (
            "From 2027 a new standard applies; how much higher the rate is under it is not known."
        )
        return [say(page, unknown)]
    years = name_of(page.words, bridge["new"])
    counted = _projected(
        page,
        "Under the next standard the same projection gives {low} to {high}, the middle {median}.",
        bridge["new"],
    )
    rates = {
        "years": years,
        "old": page.words.percent(bridge["old_rate"]),
        "new": page.words.percent(bridge["new_rate"]),
        "low": page.words.percent(bridge["new_rate_lb"]),
        "high": page.words.percent(bridge["new_rate_ub"]),
    }
    if not bridge["source"]:
        measured = say(
            page,
            "Areas reviewed under both show what the standard {years} counts: {new} where the one"
            " before counted {old}.",
            **rates,
        )
        return [measured, counted]
    assumed = say(
        page,
        "**Figures under the standard {years} rest on an assumption**: that where {old} were"
        " counted it would count {new} ({low} to {high}). {source}. A review under both standards"
        " in one year will replace it.",
        source=page.words.text(bridge["source"]),
        **rates,
    )
    return [assumed, counted]


def alternatives(page: Page) -> Prose:
    """What the ways side by side are, and are not."""
    return section(
        page,
        "What if the pace were another?",
        say(
            page,
            "Each line says what a pace would mean for {name}, not that a measure would bring it"
            " about.",
            name=page.name,
        ),
        *_roll_outs(page),
    )


def _roll_outs(page: Page) -> list[str]:
    """What carrying a programme to further areas would do to the chance."""
    ways = page.slice.own("alternatives").set_index("alternative")
    if "roll_out" not in ways.index:
        return []
    on = ways.loc["continue"]
    first = {one.programme: one.first_year for one in page.scenario.alternatives.roll_outs}
    before = str(cells.chance(page.words, on["probability"]))
    said = []
    for _, row in ways.loc[["roll_out"]].iterrows():
        after = str(cells.chance(page.words, row["probability"]))
        values = {
            "programme": name_of(page.words, row["programme"]),
            "year": first[row["programme"]],
            "areas": page.words.number(row["reached_areas"]),
            "name": page.name,
            "before": before,
            "after": after,
        }
        said.append(say(page, _ROLL_OUTS[before == after], **values))
    return said
