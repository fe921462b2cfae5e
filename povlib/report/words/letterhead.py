"""The head of a report and its foot: who issues it, for whom, made with what."""

from dataclasses import replace
from importlib.metadata import version

from povlib.models.measurement import WHOLE
from povlib.report.elements import NOTHING, Prose, TitleBlock, literal
from povlib.report.page import Page


def title(page: Page) -> TitleBlock:
    """The head of the report; it names the document and carries the notice."""
    words = page.words
    reviewed = page.review if len(page.review) else page.under_standard(page.slice.tables["review"])
    subtitle = words.text(
        "{whole} - reviews to the end of {year}, outlook to {end}",
        whole=page.whole_name,
        year=reviewed["year"].max(),
        end=page.scenario.model.last_year,
    )
    named = words.text("Poverty reduction report: {name}", name=page.name)
    plain = head(page, named, subtitle)
    office = page.scenario.office
    if office is None:
        return plain
    places = {str(code): place for code, place in office.place.items()}
    place = places.get(words.code) or next(iter(places.values()))
    if page.slice.area_code != WHOLE:
        place = page.plain_name
    committee = words.text("People's Committee of {name}", name=page.name)
    return replace(
        plain,
        issuer=(committee.upper(), words.text("No.: ……/BC-UBND")),
        motto=(
            words.text("SOCIALIST REPUBLIC OF VIET NAM"),
            words.text("Independence - Freedom - Happiness"),
        ),
        place_date=words.place_date(place, page.scenario.report_date),
    )


def recipients(page: Page) -> Prose:
    """To whom the report goes, in the official form (Nơi nhận)."""
    office = page.scenario.office
    named = {} if office is None else office.recipients
    listed = [one for code, all_ in named.items() if code == page.words.code for one in all_]
    if not listed:
        return NOTHING
    lines = "\n".join(f"- {literal(one)}" for one in listed)
    return Prose(f"**{page.words.text('Recipients:')}**\n\n{lines}", small=True)


def head(page: Page, named: str, subtitle: str) -> TitleBlock:
    """
    Put a title above what is made of a page; it carries the notice.

    Parameters
    ----------
    page : Page
    named, subtitle : str
    """
    own = [] if page.slice.area_code == WHOLE else [page.name]
    return TitleBlock(
        language=page.words.code,
        title=named,
        subtitle=subtitle,
        motto=(),
        issuer=(page.whole_name, *own),
        place_date=page.words.date(page.scenario.report_date),
        date=page.scenario.report_date,
        notice=notice(page),
        footer=footer(page),
        area_code="" if page.slice.area_code == WHOLE else page.slice.area_code,
        area=page.name,
    )


def footer(page: Page) -> str:
    """What a page was made with."""
    return page.words.text(
        "povlib {version} - scenario {scenario} - data {fingerprint}",
        version=version("povlib"),
        scenario=page.scenario.name,
        fingerprint=page.slice.fingerprint[:12],
    )


def notice(page: Page) -> str:
    """What every page says about simulated records; empty when there are none."""
    if not page.is_simulated:
        return ""
    return page.words.text(
        "SIMULATED DATA: the records of single communes are not real review results; only the"
        " totals of the province are published figures."
    )
