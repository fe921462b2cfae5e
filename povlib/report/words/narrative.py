"""The words of a report's sections: every sentence is made from the tables by a stated rule."""

from dataclasses import replace
from importlib.metadata import version

import pandas as pd

from povlib.data.standards import STANDARDS
from povlib.models import measurement
from povlib.models.actions import DUE_DAYS
from povlib.models.trajectory import PRIOR
from povlib.report import cells
from povlib.report.elements import Prose, literal
from povlib.report.page import Page
from povlib.report.remarks import sentence
from povlib.report.vocabulary import NAMES, name_of
from povlib.report.words.prose import say, section

_RANK = {
    False: "From the highest poverty rate to the lowest it stands in place {rank} of {areas}; what"
    " a single count may be off does not change that.",
    True: "From the highest poverty rate to the lowest it stands in place {rank} of {areas}; as a"
    " single count may be off, it could be any of {low} to {high}.",
}
_RANKED = 10  # areas from which a rank says something


def position(page: Page) -> Prose:
    """Where the area stands and how it got here."""
    history = page.slice.own("review")
    broken = len(set(history["standard"])) > 1
    return section(
        page,
        "Where it stands and how it got here",
        " ".join(text for text in (_compare_with_whole(page), _ranked(page)) if text),
        say(
            page,
            "The standard changed: rates of different standards do not compare and are not joined.",
        )
        if broken
        else "",
    )


def _compare_with_whole(page: Page) -> str:
    if page.review.empty:
        return ""
    last = page.review.iloc[-1]
    own = say(
        page,
        "At the end of {year}, {poor} of {households} households of {name} were poor: {own}.",
        year=last["year"],
        poor=page.words.number(last["poor_households"]),
        households=page.words.number(last["households"]),
        name=page.name,
        own=page.words.percent(measurement.rate(page.review, "poverty_rate").iloc[-1]),
    )
    whole = measurement.rate(page.whole_review, "poverty_rate")
    whole = whole[page.whole_review["year"] == last["year"]]
    if whole.empty:  # not all areas have been reviewed that year
        return own
    share = page.words.percent(whole.iloc[0])
    of_all = say(page, "{whole_name}: {whole}.", whole_name=page.whole_name, whole=share)
    return f"{own} {of_all}"


def _ranked(page: Page) -> str:
    """Where the area stands among all; never without how sure that is."""
    found = page.slice.own("ranks")
    if found.empty or found.iloc[0]["areas"] < _RANKED:
        return ""
    row = found.iloc[0]
    return say(
        page,
        _RANK[bool(row["rank_lb"] < row["rank_ub"])],
        rank=page.words.number(row["rank"]),
        areas=page.words.number(row["areas"]),
        low=page.words.number(row["rank_lb"]),
        high=page.words.number(row["rank_ub"]),
    )


def flows(page: Page) -> Prose:
    """Who left poverty, where to, and who came."""
    missing = say(
        page, "The data hold no flows: how many left, fell back or are newly poor is not known."
    )
    return section(page, "Who left poverty and who came", flow(page) or missing)


def flow(page: Page) -> str:
    """Say who left poverty last year and who came; empty without flows."""
    last = page.last_year_of("flows")
    poor = last[(last["unit"] == "households") & (last["status"] == "poor")]
    if poor.empty:
        return ""
    # A blank beside a count is none; where all are blank nothing was recorded.
    out = poor[["out_above", "out_to_other_status"]].iloc[0].astype("Int64").sum(min_count=1)
    back = poor[["returned", "in_from_other_status"]].iloc[0].astype("Int64").sum(min_count=1)
    if pd.isna(out):
        return ""
    return page.words.plural(
        "In {year}, {count} household left poverty, {near} of them only to near-poverty; {back}"
        " fell back and {new} are newly poor.",
        "In {year}, {count} households left poverty, {near} of them only to near-poverty; {back}"
        " fell back and {new} are newly poor.",
        int(out),
        year=poor["year"].iloc[0],
        near=cells.count(page.words, poor["out_to_other_status"].iloc[0]),
        back=cells.count(page.words, back),
        new=cells.count(page.words, poor["newly_identified"].iloc[0]),
    )


def deprivations(page: Page) -> Prose:
    """What poor households lack, and who answers for it."""
    missing = say(page, "The data hold no deprivations: what poor households lack is not known.")
    return section(page, "What poor households lack, and who answers for it", lack(page) or missing)


def lack(page: Page) -> str:
    """Name what most poor households lack, and who answers for it; empty if unknown."""
    shares = page.deprivation_shares.dropna(subset=["own"])
    if shares.empty:
        return ""
    worst = shares.sort_values(["own", "indicator"], ascending=[False, True]).iloc[0]
    bodies = {item.code: item.body for item in STANDARDS[page.scenario.standard].indicators}
    return say(
        page,
        "Most frequent lack among poor households: {indicator} ({share}); responsible: {body}.",
        indicator=name_of(page.words, worst["indicator"]),
        share=page.words.percent(worst["own"], 1),
        body=name_of(page.words, bodies[worst["indicator"]]),
    )


def groups(page: Page) -> Prose:
    """Households that must not be hidden in the average."""
    empty = page.last_year_of("groups").empty
    missing = say(page, "The data hold no groups, such as ethnic-minority households.")
    return section(page, "No one left behind", missing if empty else "")


def peers(page: Page) -> Prose:
    """Like compared with like."""
    if not page.slice.peers:
        text = say(page, "No other area of the data is similar enough to compare with.")
        return section(page, "Similar areas", text)
    rule = page.words.plural(
        "The {count} area nearest in poverty rate and households at the first review under the"
        " standard.",
        "The {count} areas nearest in poverty rate and households at the first review under the"
        " standard.",
        len(page.slice.peers),
    )
    if page.slice.own("areas")[["urban", "difficult"]].notna().any(axis=None):
        like = "All are of the same class: ward or commune, particularly difficult or not."
        rule = f"{rule} {say(page, like)}"
    unranked = say(page, "They stand in order of similarity, not of merit.")
    return section(page, "Similar areas", f"{rule} {unranked}")


def actions(page: Page) -> Prose:
    """Who does what by when."""
    missing = say(page, "The data hold no action register.")
    return section(
        page, "Actions due", due(page, page.register) or missing, _untaken(page), _unclear(page)
    )


def due(page: Page, register: pd.DataFrame) -> str:
    """
    Count the actions of a register by how they stand.

    Parameters
    ----------
    page : Page
    register : DataFrame
        See `actions.assess`.

    Returns
    -------
    sentence : str
        In Markdown; empty without actions.
    """
    states = register["state"].tolist()
    if not states:
        return ""
    told = say(
        page,
        "Actions: {overdue} overdue, {soon} due within {days} days, {open} open beyond that, {done}"
        " done.",
        overdue=page.words.number(states.count("overdue")),
        soon=page.words.number(states.count("due_soon")),
        days=DUE_DAYS,
        open=page.words.number(states.count("planned") + states.count("under_way")),
        done=page.words.number(states.count("done") + states.count("done_without_result")),
    )
    silent = states.count("done_without_result")
    if not silent:
        return told
    return f"{told} {say(page, 'Of those done, {count} give no result.', count=silent)}"


def _untaken(page: Page) -> str:
    """Largest deprivations that no action takes up, with the body that answers for them."""
    if page.register.empty or page.register["indicator"].isna().all():
        return ""
    needs = page.needs
    untaken = needs[needs["open_actions"] + needs["done_actions"] == 0]
    named = [
        f"{name_of(page.words, row.indicator)} ({name_of(page.words, row.body)})"
        for row in untaken.itertuples()
    ]
    if not named:
        return ""
    text = "Among the largest deprivations nobody has taken up: {named}."
    return say(page, text, named=", ".join(named))


def _unclear(page: Page) -> str:
    """What of people, work, time, responsibility, authority and result is not filled in."""
    missing = [part for text in page.register["unclear"] for part in text.split(",") if part]
    if not missing:
        return ""
    count = int((page.register["unclear"] != "").sum())
    named = ", ".join(name_of(page.words, part) for part in dict.fromkeys(missing))
    return page.words.plural(
        "Of {count} action it is not clear: {named}.",
        "Of {count} actions it is not clear: {named}.",
        count,
        named=literal(named),
    )


def remarks(page: Page) -> Prose:
    """What the data themselves say to be careful about."""
    found = page.slice.own("findings")
    lines = [literal(sentence(page.words, row)) for row in found.itertuples()]
    lines += notes(page)
    none = in_order(page)
    return section(page, "Remarks on the data", "\n".join(f"- {line}" for line in lines) or none)


def notes(page: Page) -> list[str]:
    """Say what reading the data did that a reader should know."""
    return [
        say(
            page,
            note.message,
            **{key: _spoken(page, str(value)) for key, value in note.values.items()},
        )
        for note in page.slice.notes
    ]


def in_order(page: Page) -> str:
    """Say that the audit found nothing."""
    return say(page, "The accounting identities hold and no yearly change stands out.")


def _spoken(page: Page, value: str) -> str:
    """A code by its name, a reason in the page's language, anything else as it is."""
    return page.words.text(NAMES.get(value, value))


def method(page: Page) -> Prose:
    """How the numbers were made, from what, and by what."""
    provenance = sorted(page.slice.own("review")["provenance"].dropna().unique())
    origin = ", ".join(page.words.text(text) for text in provenance)
    told = section(
        page,
        "Method and provenance",
        say(
            page,
            "A rate is households on the list divided by all households; the rate of several areas"
            " is the sum of the first divided by the sum of the second. Differences are taken"
            " before rounding.",
        ),
        say(
            page,
            "Projection: yearly changes of all areas together, on bounded scales that the data"
            " weigh; a common drift told apart from the shocks that all share, drifts of groups and"
            " areas shrunken to it; every year the common drift may end, with a chance of {ends};"
            " {draws} joint draws, seed {seed}.",
            ends=page.words.percent(PRIOR.pace_ends, 0),
            draws=page.words.number(page.scenario.model.draws),
            seed=page.scenario.seed,
        ),
        say(
            page,
            "Status: on track from a chance of {on_track}, at risk from {at_risk}, off track below;"
            " cannot tell with fewer than {years} reviews.",
            on_track=page.words.percent(page.scenario.model.on_track, 0),
            at_risk=page.words.percent(page.scenario.model.at_risk, 0),
            years=page.scenario.model.min_years,
        ),
        say(page, "Records: {origin}.", origin=origin) if origin else "",
        say(
            page,
            "povlib {version}, scenario {scenario}, fingerprint of data and models {fingerprint}.",
            version=version("povlib"),
            scenario=page.scenario.name,
            fingerprint=page.slice.fingerprint[:12],
        ),
    )
    return replace(told, small=True)
