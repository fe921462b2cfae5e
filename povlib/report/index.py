"""The list of all reports of a scenario, with a link to each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from povlib import results
from povlib.models import measurement
from povlib.models.measurement import WHOLE
from povlib.report import cells, exporters, language, narrative
from povlib.report.page import Page
from povlib.report.tables import goal
from povlib.report.vocabulary import SHORT_NAMES, name_of


def page(kept: Path, entries: Mapping[str, Mapping[str, Any]], *, language_code: str) -> str:
    """
    Write the index of a scenario's reports.

    Parameters
    ----------
    kept : Path
        The folder `results` of the scenario.
    entries : mapping
        The manifest, see `manifest.collect`.
    language_code : str
        Language of the index.

    Returns
    -------
    html : str
        A self-contained page.
    """
    words = language.of(language_code)
    whole = Page(words, results.read_all(kept, "areas", "review", "status"))
    return (
        exporters.templates()
        .get_template("index.html.j2")
        .render(
            style=exporters.style(),
            words=words,
            scenario=whole.scenario,
            title=whole.whole_name,
            notice=narrative.notice(whole),
            columns=_columns(whole),
            rows=_rows(whole, entries),
            whole=_figures(whole).get(WHOLE),
        )
    )


def _columns(page_: Page) -> list[str]:
    wanted = page_.scenario.targets[0]
    return [
        page_.words.text(SHORT_NAMES["poverty_rate"]),
        page_.words.text(SHORT_NAMES[wanted.measure]),
        page_.words.text("Pace so far, points a year"),
        page_.words.text("Chance of {target}", target=goal(page_, wanted)),
        page_.words.text("Status"),
    ]


def _rows(page_: Page, entries: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    areas = page_.slice.tables["areas"]
    figures = _figures(page_)
    made: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries.values():
        made.setdefault(entry["area_code"], []).append(entry)
    rows = [
        {
            "code": area.area_code,
            "name": page_.name_of(area.area_code),
            "group": "" if pd.isna(area.group) else area.group,
            "figures": figures.get(area.area_code, []),
            "reports": [_report(entry) for entry in made[area.area_code]],
        }
        for area in areas.itertuples()
        if area.area_code in made
    ]
    return sorted(rows, key=lambda row: (row["group"], row["code"]))


def _figures(page_: Page) -> dict[str, list[str]]:
    """Cells of the index by area: what a reader looks for first."""
    words, tables = page_.words, page_.slice.tables
    last = page_.under_standard(tables["review"]).sort_values("year")
    last = last.drop_duplicates("area_code", keep="last")
    poverty = dict(zip(last["area_code"], measurement.rate(last, "poverty_rate"), strict=True))
    status = tables["status"][tables["status"]["target"] == 0]
    return {
        row.area_code: [
            words.percent(poverty[row.area_code]),
            words.percent(row.rate_now),
            words.signed(row.pace_so_far) if pd.notna(row.pace_so_far) else "–",
            cells.chance(page_.words, row.probability),
            name_of(words, row.status),
        ]
        for row in status.itertuples()
    }


def _report(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Links to one report, or why there is none; one made from other data says so."""
    return {
        "language": entry["language"],
        "error": entry["error"],
        "is_earlier": entry["status"] == "outdated",
        "folder": f"{entry['area_code']}/{entry['language']}",
    }
