"""The words of a report: every sentence is made from the tables by a stated rule."""

import json
from dataclasses import replace
from importlib.metadata import version

import pandas as pd

from povlib.data.standards import STANDARDS
from povlib.models import finance, measurement
from povlib.models.actions import DUE_DAYS
from povlib.models.disbursement import ALL
from povlib.models.measurement import WHOLE
from povlib.models.trajectory import PRIOR
from povlib.report import cells
from povlib.report.elements import NOTHING, KeyFigure, KeyFigures, Prose, TitleBlock, literal
from povlib.report.page import Page
from povlib.report.remarks import sentence
from povlib.report.vocabulary import NAMES, SHORT_NAMES, name_of

_RANK = {
    False: "From the highest poverty rate to the lowest it stands in place {rank} of {areas}; what"
    " a single count may be off does not change that.",
    True: "From the highest poverty rate to the lowest it stands in place {rank} of {areas}; as a"
    " single count may be off, it could be any of {low} to {high}.",
}
_RANKED = 10  # areas from which a rank says something
_EFFECTS = {
    "decreased": "**{programme} reduced poverty** in the {areas} areas that it reached: by"
    " {effect} on average, 95 % interval {low} to {high}.",
    "increased": "In the {areas} areas that {programme} reached the rate did worse than in like"
    " areas: {effect} on average, 95 % interval {low} to {high}.",
    "none_seen": "No effect of {programme} was found, and one of {seen} points would have"
    " been seen.",
    "cannot_tell": "Whether {programme} changed the rate **the data cannot tell**: between {low}"
    " and {high}.",
    "pretrends_differ": "The areas that {programme} reached went another way even before it began:"
    " its effect cannot be read from these data.",
    "not_estimated": "The effect of {programme} cannot be estimated: {reason}.",
}
_ROLL_OUTS = {
    False: "If {programme} from {year} on reached the {areas} areas of its kind that lack it, and"
    " worked there as it did elsewhere, the chance of {name} would go from {before} to {after}.",
    True: "If {programme} from {year} on reached the {areas} areas of its kind that lack it, and"
    " worked there as it did elsewhere, the chance of {name} would stay at {before}.",
}
_VERDICTS = {
    "met": "**{name} is below the target now and will probably stay there**: {measure} {now},"
    " target {target} by the end of {year}. Chance: {chance}.",
    "on_track": "**{name} will probably reach the target**: {measure} {now} now, {target} by the"
    " end of {year}. Chance: {chance}.",
    "at_risk": "**It is open whether {name} reaches the target**: {measure} {now} now, {target} by"
    " the end of {year}. Chance: {chance}.",
    "off_track": "**{name} will probably not reach the target at its pace so far**: {measure} {now}"
    " now, {target} by the end of {year}. Chance: {chance}.",
    "cannot_tell": "**The reviews are too few to tell whether {name} will reach the target**:"
    " {measure} {now} now, {target} by the end of {year}.",
}


def _say(page: Page, message: str, **values: object) -> str:
    """A sentence in Markdown; texts from the data are shown as they are."""
    return page.words.text(message, **{key: literal(str(value)) for key, value in values.items()})


def _section(page: Page, heading: str, *sentences: str, **values: object) -> Prose:
    kept = [text for text in sentences if text]
    return Prose("\n\n".join([f"## {_say(page, heading, **values)}", *kept]))


def heading(page: Page, text: str) -> Prose:
    """
    Head a section that holds tables and figures alone.

    Parameters
    ----------
    page : Page
    text : str
        English; a message of the catalogues.
    """
    return _section(page, text)


def title(page: Page) -> TitleBlock:
    """The head of the report; it names the document and carries the notice."""
    words = page.words
    subtitle = words.text(
        "{whole} - reviews to the end of {year}, outlook to {end}",
        whole=page.whole_name,
        year=_last(page)["year"],
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


def _last(page: Page) -> pd.Series:
    return page.review.iloc[-1]


def _status(page: Page) -> pd.Series:
    """The area's standing against the first target."""
    status = page.slice.own("status")
    return status[status["target"] == 0].iloc[0]


def summary(page: Page) -> Prose:
    """Will we make it? One sentence by the rule of `target.assess`, then what matters most."""
    bullets = [_pace(page), _flow(page), _lack(page), _money(page), due(page, page.register)]
    listed = "\n".join(f"- {bullet}" for bullet in bullets if bullet)
    return _section(page, "Summary", _verdict(page), listed)


def _verdict(page: Page) -> str:
    row, wanted = _status(page), page.scenario.targets[0]
    if pd.isna(row["rate_now"]):
        return _say(
            page,
            "The data hold no {measure} of {name}.",
            name=page.name,
            measure=name_of(page.words, wanted.measure),
        )
    verdict = _say(
        page,
        _VERDICTS[row["status"]],
        name=page.name,
        measure=name_of(page.words, wanted.measure),
        now=page.words.percent(row["rate_now"]),
        target=f"≤\u00a0{page.words.percent(row['target_rate'])}",
        year=wanted.year,
        chance=cells.chance(page.words, row["probability"]),
    )
    if row["standard"] == page.scenario.standard:
        return verdict
    restated = _say(
        page,
        "All of this is restated under the standard {years} as the scenario assumes.",
        years=name_of(page.words, row["standard"]),
    )
    return f"{verdict} {restated}"


def _pace(page: Page) -> str:
    row = _status(page)
    if pd.isna(row["pace_so_far"]):
        return ""
    so_far = _say(
        page,
        "Pace so far ({first}-{last}): {pace} a year.",
        first=row["first_year"],
        last=row["last_year"],
        pace=page.words.points(row["pace_so_far"]),
    )
    if row["aarr_so_far"] > 0:
        part = "That is {aarr} of the rate every year."
        so_far += " " + _say(page, part, aarr=page.words.percent(row["aarr_so_far"], 1))
    if not row["rate_now"] > row["target_rate"]:
        return so_far
    leave, low, high = (
        int(row[f"households_to_leave_per_year{suffix}"]) for suffix in ("", "_lb", "_ub")
    )
    needed = page.words.plural(
        "Pace needed: {pace} a year, about {count} household a year{range}.",
        "Pace needed: {pace} a year, about {count} households a year{range}.",
        leave,
        pace=literal(page.words.points(row["pace_needed"])),
        range="" if low == high else _range(page, low, high),
    )
    if not row["target_rate"]:
        return f"{so_far} {needed}"  # no part of a rate that goes every year leads to zero
    part = "In proportion: {aarr} of the rate every year."
    in_proportion = _say(page, part, aarr=page.words.percent(row["aarr_needed"], 1))
    return f"{so_far} {needed} {in_proportion}"


def _range(page: Page, low: int, high: int) -> str:
    limits = {"low": page.words.number(low), "high": page.words.number(high)}
    return " " + _say(page, "({low} to {high})", **limits)


def _flow(page: Page) -> str:
    last = page.last_year_of("flows")
    poor = last[(last["unit"] == "households") & (last["status"] == "poor")]
    if poor.empty:
        return ""
    flow = poor.iloc[0].fillna(0) if poor.iloc[0].isna().any() else poor.iloc[0]
    out = flow["out_above"] + flow["out_to_other_status"]
    return _say(
        page,
        "In {year}, {out} households left poverty, {near} of them only to near-poverty;"
        " {back} fell back and {new} are newly poor.",
        year=flow["year"],
        out=page.words.number(out),
        near=page.words.number(flow["out_to_other_status"]),
        back=page.words.number(flow["returned"] + flow["in_from_other_status"]),
        new=page.words.number(flow["newly_identified"]),
    )


def _lack(page: Page) -> str:
    shares = page.deprivation_shares.dropna(subset=["own"])
    if shares.empty:
        return ""
    worst = shares.sort_values(["own", "indicator"], ascending=[False, True]).iloc[0]
    bodies = {item.code: item.body for item in STANDARDS[page.scenario.standard].indicators}
    return _say(
        page,
        "Most frequent lack among poor households: {indicator} ({share}); responsible: {body}.",
        indicator=name_of(page.words, worst["indicator"]),
        share=page.words.percent(worst["own"], 1),
        body=name_of(page.words, bodies[worst["indicator"]]),
    )


def _money(page: Page) -> str:
    own = page.slice.own("finance")
    if own.empty:
        return ""
    row = finance.track(own, ["area_code"]).iloc[0]
    if pd.isna(row["disbursed_share"]):
        return ""
    return _say(
        page,
        "Programme money to {period}: {disbursed} of {allocated} disbursed ({share}).",
        period=page.words.month(row["period"]),
        disbursed=page.words.money(row["disbursed"]),
        allocated=page.words.money(row["allocated"]),
        share=page.words.percent(row["disbursed_share"]),
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
    told = _say(
        page,
        "Actions: {overdue} overdue, {soon} due within {days} days, {open} open beyond that, {done}"
        " done.",
        overdue=states.count("overdue"),
        soon=states.count("due_soon"),
        days=DUE_DAYS,
        open=states.count("planned") + states.count("under_way"),
        done=states.count("done") + states.count("done_without_result"),
    )
    silent = states.count("done_without_result")
    if not silent:
        return told
    return f"{told} {_say(page, 'Of those done, {count} give no result.', count=silent)}"


def key_figures(page: Page) -> KeyFigures:
    """The four figures of the summary, each with its change or its limit."""
    words, row = page.words, _status(page)
    wanted = page.scenario.targets[0]
    measures = dict.fromkeys(["poverty_rate", wanted.measure])
    figures = [_level(page, measure) for measure in measures]
    figures.append(
        KeyFigure(
            words.text("Pace so far, points a year"),
            words.signed(row["pace_so_far"]) if pd.notna(row["pace_so_far"]) else "–",
            _needed(page, row),
        )
    )
    figures.append(
        KeyFigure(
            words.text("Chance of the target in {year}", year=wanted.year),
            cells.chance(page.words, row["probability"]),
            name_of(words, row["status"]),
        )
    )
    return KeyFigures(tuple(figures))


def _needed(page: Page, row: pd.Series) -> str:
    if pd.isna(row["pace_needed"]):
        return ""
    if row["rate_now"] <= row["target_rate"]:
        return page.words.text("below the target now")
    return page.words.text("needed: {pace}", pace=page.words.signed(row["pace_needed"]))


def _level(page: Page, measure: str) -> KeyFigure:
    label = page.words.text(SHORT_NAMES[measure])
    rates = measurement.rate(page.review, measure).astype("Float64")
    known = rates.dropna()
    if known.empty:
        return KeyFigure(label, "–", page.words.text("not reported"))
    first, last = known.index[0], known.index[-1]
    note = page.words.text(
        "end of {last}; {change} since {first}",
        last=page.review.loc[last, "year"],
        change=page.words.points(known[last] - known[first]),
        first=page.review.loc[first, "year"],
    )
    return KeyFigure(label, page.words.percent(known[last]), note)


def position(page: Page) -> Prose:
    """Where the area stands and how it got here."""
    history = page.slice.own("review")
    broken = len(set(history["standard"])) > 1
    return _section(
        page,
        "Where it stands and how it got here",
        " ".join(text for text in (_compare_with_whole(page), _ranked(page)) if text),
        _say(
            page,
            "The standard changed: rates of different standards do not compare and are not joined.",
        )
        if broken
        else "",
    )


def _compare_with_whole(page: Page) -> str:
    if page.whole_review.empty:
        return ""
    own = measurement.rate(page.review, "poverty_rate")
    whole = measurement.rate(page.whole_review, "poverty_rate")
    return _say(
        page,
        "At the end of {year}, {poor} of {households} households of {name} were poor: {own}."
        " {whole_name}: {whole}.",
        year=_last(page)["year"],
        poor=page.words.number(_last(page)["poor_households"]),
        households=page.words.number(_last(page)["households"]),
        name=page.name,
        own=page.words.percent(own.iloc[-1]),
        whole_name=page.whole_name,
        whole=page.words.percent(whole.iloc[-1]),
    )


def _ranked(page: Page) -> str:
    """Where the area stands among all; never without how sure that is."""
    found = page.slice.own("ranks")
    if found.empty or found.iloc[0]["areas"] < _RANKED:
        return ""
    row = found.iloc[0]
    return _say(
        page,
        _RANK[bool(row["rank_lb"] < row["rank_ub"])],
        rank=page.words.number(row["rank"]),
        areas=page.words.number(row["areas"]),
        low=page.words.number(row["rank_lb"]),
        high=page.words.number(row["rank_ub"]),
    )


def outlook(page: Page) -> Prose:
    """The way to the last projected year, and what it rests on."""
    wanted = page.scenario.targets[0]
    projected = _projected(
        page,
        "If things go on as in the years reviewed, the {measure} at the end of {year} is between"
        " {low} and {high} with a chance of {coverage}; the middle is {median}.",
        page.scenario.standard,
    )
    source = _say(page, "Target: {source}.", source=page.words.text(wanted.source))
    standard = _say(
        page,
        "The projection is under the standard {years}.",
        years=name_of(page.words, page.scenario.standard),
    )
    heading = {"year": page.scenario.model.last_year}
    return _section(
        page,
        "The way to {year}",
        projected,
        source,
        " ".join([standard, *_new_standard(page)]) if page.scenario.standard != "unstated" else "",
        **heading,
    )


def _projected(page: Page, message: str, standard: str) -> str:
    measure = page.scenario.targets[0].measure
    row = page.ahead(measure, standard).iloc[-1]
    return _say(
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
    bridge = page.bridge(page.scenario.targets[0].measure)
    if bridge is None:
        if page.scenario.standard != "nd07-2021" or page.scenario.model.last_year <= 2026:
            return []
        unknown = (
            "From 2027 a new standard applies; how much higher the rate is under it is not known."
        )
        return [_say(page, unknown)]
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
        measured = _say(
            page,
            "Areas reviewed under both show what the standard {years} counts: {new} where the one"
            " before counted {old}.",
            **rates,
        )
        return [measured, counted]
    assumed = _say(
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
    return _section(
        page,
        "What if the pace were another?",
        _say(
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
        said.append(_say(page, _ROLL_OUTS[before == after], **values))
    return said


def flows(page: Page) -> Prose:
    """Who left poverty, where to, and who came."""
    missing = _say(
        page, "The data hold no flows: how many left, fell back or are newly poor is not known."
    )
    return _section(page, "Who left poverty and who came", _flow(page) or missing)


def deprivations(page: Page) -> Prose:
    """What poor households lack, and who answers for it."""
    missing = _say(page, "The data hold no deprivations: what poor households lack is not known.")
    return _section(
        page, "What poor households lack, and who answers for it", _lack(page) or missing
    )


def groups(page: Page) -> Prose:
    """Households that must not be hidden in the average."""
    empty = page.last_year_of("groups").empty
    missing = _say(page, "The data hold no groups, such as ethnic-minority households.")
    return _section(page, "No one left behind", missing if empty else "")


def peers(page: Page) -> Prose:
    """Like compared with like."""
    if not page.slice.peers:
        text = _say(page, "No other area of the data is similar enough to compare with.")
        return _section(page, "Similar areas", text)
    rule = page.words.plural(
        "The {count} area nearest in poverty rate and households at the first review under the"
        " standard.",
        "The {count} areas nearest in poverty rate and households at the first review under the"
        " standard.",
        len(page.slice.peers),
    )
    if page.slice.own("areas")[["urban", "difficult"]].notna().any(axis=None):
        like = "All are of the same class: ward or commune, particularly difficult or not."
        rule = f"{rule} {_say(page, like)}"
    unranked = _say(page, "They stand in order of similarity, not of merit.")
    return _section(page, "Similar areas", f"{rule} {unranked}")


def money(page: Page) -> Prose:
    """Money and programmes, and what may not be concluded from them."""
    missing = _say(
        page, "The data hold no amounts of money: what was allocated and disbursed is not known."
    )
    verdicts = "\n".join(f"- {verdict(page, row)}" for _, row in _at_work(page).iterrows())
    spent = " ".join(text for text in (_money(page) or missing, _per_household(page)) if text)
    return _section(page, "Money and programmes", spent, _year_end(page), verdicts)


def _per_household(page: Page) -> str:
    """Money for each household that was poor before it came, here and in all areas."""
    if page.slice.own("finance").empty:
        return ""
    own, whole = page.slice.own("per_household"), page.slice.whole("per_household")
    known = own["per_poor_household"].dropna()
    if known.empty:
        return ""
    said = _say(
        page,
        "That is {money} allocated for each household that was poor before it came.",
        money=page.words.money(known.iloc[0]),
    )
    everywhere = whole["per_poor_household"].dropna()
    if everywhere.empty or page.slice.area_code == WHOLE:
        return said
    amount = page.words.money(everywhere.iloc[0])
    return f"{said} {_say(page, 'In all areas: {money}.', money=amount)}"


def _at_work(page: Page) -> pd.DataFrame:
    own = page.slice.own("programmes")["programme"]
    return page.effects[page.effects["programme"].isin(own)]


def _year_end(page: Page) -> str:
    own = page.slice.own("disbursement")
    if own.empty:
        return ""
    total = own[own["project"] == ALL].iloc[0]
    if pd.isna(total["expected_share"]):
        return _say(page, "No earlier year was tracked to its end: the year-end is not forecast.")
    forecast = _say(
        page,
        "Of the plan of {year} with capital carried over, {plan}, between {low} and {high} will be"
        " disbursed by December, the middle {middle}, if it goes as in earlier years; {unspent}"
        " would then be carried over or returned.",
        year=total["year"],
        plan=page.words.money(total["plan"]),
        low=page.words.percent(total["expected_share_lb"]),
        high=page.words.percent(total["expected_share_ub"]),
        middle=page.words.percent(total["expected_share"]),
        unspent=page.words.money(total["unspent"]),
    )
    late = own[(own["project"] != ALL) & own["status"].isin(["at_risk", "off_track"])]
    if late.empty:
        return forecast
    if len(late) > 1 and len(late) == len(own) - 1:
        return f"{forecast} {_say(page, 'Every project is at risk of returning funds.')}"
    listed = _say(
        page,
        "Projects at risk of returning funds: {projects}.",
        projects=", ".join(name_of(page.words, one) for one in late["project"]),
    )
    return f"{forecast} {listed}"


def verdict(page: Page, row: pd.Series) -> str:
    """
    Say what a programme changed, by the rules of `impact_verdict.judge`.

    Parameters
    ----------
    page : Page
    row : Series
        Of `effects.estimate`.

    Returns
    -------
    sentence : str
        In Markdown.
    """
    words = page.words
    values = {
        "programme": name_of(words, row["programme"]),
        "areas": _whole_number(page, row["treated"]),
        "effect": _points(page, row["effect"]),
        "low": _points(page, row["effect_lb"]),
        "high": _points(page, row["effect_ub"]),
        "seen": "–"
        if pd.isna(row["smallest_seen"])
        else words.number(100 * row["smallest_seen"], 2),
        "reason": words.text(str(row["reason"]), **json.loads(row["reason_values"]))
        if pd.notna(row["reason"])
        else "",
    }
    said = _say(page, _EFFECTS[row["verdict"]], **values)
    return f"{said} {_lifted(page, row)}" if row["verdict"] == "decreased" else said


def _whole_number(page: Page, value: object) -> str:
    return "–" if pd.isna(value) else page.words.number(int(value))  # type: ignore[call-overload]


def _points(page: Page, value: object) -> str:
    return "–" if pd.isna(value) else page.words.points(float(value))  # type: ignore[arg-type]


def _lifted(page: Page, row: pd.Series) -> str:
    """Households out of poverty by a programme that worked, and what each cost."""
    if pd.isna(row["lifted"]):
        return ""
    households = _say(
        page,
        "By the end of {year} {count} households fewer were poor for it ({low} to {high}).",
        year=int(row["last_year"]),
        count=_whole_number(page, row["lifted"]),
        low=_whole_number(page, row["lifted_lb"]),
        high=_whole_number(page, row["lifted_ub"]),
    )
    if pd.isna(row["cost"]):
        return f"{households} {_say(page, 'What each of them cost is not determined.')}"
    cost = _say(
        page,
        "Each of them cost {cost} ({low} to {high}).",
        cost=page.words.money(row["cost"]),
        low=page.words.money(row["cost_lb"]),
        high=page.words.money(row["cost_ub"]),
    )
    return f"{households} {cost}"


def actions(page: Page) -> Prose:
    """Who does what by when."""
    missing = _say(page, "The data hold no action register.")
    return _section(
        page, "Actions due", due(page, page.register) or missing, _untaken(page), _unclear(page)
    )


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
    return _say(page, text, named=", ".join(named))


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


def notes(page: Page) -> list[str]:
    """Say what reading the data did that a reader should know."""
    return [
        _say(
            page,
            note.message,
            **{key: _spoken(page, str(value)) for key, value in note.values.items()},
        )
        for note in page.slice.notes
    ]


def in_order(page: Page) -> str:
    """Say that the audit found nothing."""
    return _say(page, "The accounting identities hold and no yearly change stands out.")


def _spoken(page: Page, value: str) -> str:
    """A code by its name, a reason in the page's language, anything else as it is."""
    return page.words.text(NAMES.get(value, value))


def remarks(page: Page) -> Prose:
    """What the data themselves say to be careful about."""
    found = page.slice.own("findings")
    lines = [literal(sentence(page.words, row)) for row in found.itertuples()]
    lines += notes(page)
    none = in_order(page)
    return _section(page, "Remarks on the data", "\n".join(f"- {line}" for line in lines) or none)


def method(page: Page) -> Prose:
    """How the numbers were made, from what, and by what."""
    provenance = sorted(page.slice.own("review")["provenance"].dropna().unique())
    origin = ", ".join(page.words.text(text) for text in provenance)
    told = _section(
        page,
        "Method and provenance",
        _say(
            page,
            "A rate is households on the list divided by all households; the rate of several areas"
            " is the sum of the first divided by the sum of the second. Differences are taken"
            " before rounding.",
        ),
        _say(
            page,
            "Projection: yearly changes of all areas together, on bounded scales that the data"
            " weigh; a common drift told apart from the shocks that all share, drifts of groups and"
            " areas shrunken to it; every year the common drift may end, with a chance of {ends};"
            " {draws} joint draws, seed {seed}.",
            ends=page.words.percent(PRIOR.pace_ends, 0),
            draws=page.words.number(page.scenario.model.draws),
            seed=page.scenario.seed,
        ),
        _say(
            page,
            "Status: on track from a chance of {on_track}, at risk from {at_risk}, off track below;"
            " cannot tell with fewer than {years} reviews.",
            on_track=page.words.percent(page.scenario.model.on_track, 0),
            at_risk=page.words.percent(page.scenario.model.at_risk, 0),
            years=page.scenario.model.min_years,
        ),
        _say(page, "Records: {origin}.", origin=origin) if origin else "",
        _say(
            page,
            "povlib {version}, scenario {scenario}, fingerprint of data and models {fingerprint}.",
            version=version("povlib"),
            scenario=page.scenario.name,
            fingerprint=page.slice.fingerprint[:12],
        ),
    )
    return replace(told, small=True)
