"""The index of a scenario's reports: a page a language, to search, sort and filter."""

import base64
import hashlib
import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from povlib import slices
from povlib.data import files, vietnamese
from povlib.models import measurement
from povlib.models.measurement import WHOLE
from povlib.report import cells, exporters, language, manifest, overview
from povlib.report.page import Page
from povlib.report.tables import goal
from povlib.report.task import INDEX, index_name, place
from povlib.report.vocabulary import SHORT_NAMES, name_of
from povlib.report.words import letterhead

_FORMS = {"PDF": "report.pdf", "Excel": "data.xlsx"}


def write(folder: Path, languages: Sequence[str]) -> None:
    """
    Write the index of a scenario's reports, a page a language; `index.html` is the first.

    Parameters
    ----------
    folder : Path
        Output folder of the scenario, with results and manifest.
    languages : sequence of str
        Those of the reports of a run; other reports in the folder have pages too.
    """
    entries = manifest.read(folder)
    codes = list(dict.fromkeys([*languages, *(entry["language"] for entry in entries.values())]))
    for code in codes:
        text = page(folder, entries, languages=codes, language_code=code)
        files.write_text(folder / index_name(code), text)
        if code == codes[0]:
            files.write_text(folder / INDEX, text)


def page(
    folder: Path,
    entries: Mapping[str, Mapping[str, Any]],
    *,
    languages: Sequence[str],
    language_code: str,
) -> str:
    """
    Return the index in one language.

    Parameters
    ----------
    folder : Path
        Output folder of the scenario.
    entries : mapping
        The manifest, see `manifest.collect`.
    languages : sequence of str
        Those of all pages.
    language_code : str
        Language of the page.

    Returns
    -------
    html : str
        A self-contained page: a table that a script makes searchable.
    """
    tables = ("areas", "review", "status", "outlines")
    words = language.of(language_code)
    listing = _Listing(Page(words, slices.read_all(folder / "results", *tables)), entries)
    script, style = (_own(name) for name in ("index.js", "index.css"))
    return (
        exporters.templates()
        .get_template("index.html.j2")
        .render(
            words=words,
            style=exporters.style() + style,
            script=script,
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            title=listing.page.whole_name,
            report_date=words.date(listing.page.scenario.report_date),
            notice=letterhead.notice(listing.page),
            columns=listing.columns,
            classes=listing.classes,
            statuses=listing.statuses,
            rows=list(listing.rows()),
            whole=listing.whole(),
            map=overview.draw(listing.page),
            symbols=overview.symbols(),
            annexes=list(_annexes(folder, language_code)),
            others={
                code: (language.name(code), index_name(code))
                for code in languages
                if code != language_code
            },
        )
    )


def _own(name: str) -> Markup:
    return Markup((exporters.TEMPLATES / name).read_text("utf-8"))  # noqa: S704 - our own


@dataclass(frozen=True)
class _Listing:
    """What the page of a language lists."""

    page: Page
    entries: Mapping[str, Mapping[str, Any]]

    @property
    def columns(self) -> list[str]:
        """Heads of the columns with numbers, and of the status after them."""
        words, wanted = self.page.words, self.page.scenario.targets[0]
        measures = dict.fromkeys(["poverty_rate", wanted.measure])
        return [
            *(words.text(SHORT_NAMES[measure]) for measure in measures),
            words.text("Pace so far, points a year"),
            words.text("Chance of {target}", target=goal(self.page, wanted)),
            words.text("Status"),
        ]

    @cached_property
    def classes(self) -> dict[str, str]:
        """Classes by which areas are filtered, as far as they tell areas apart."""
        words, areas = self.page.words, self.areas
        names = {"ward": words.text("wards"), "commune": words.text("communes")}
        names["difficult"] = words.text("particularly difficult communes")
        groups = sorted(areas["group"].dropna().unique())
        names |= {f"group-{place}": group for place, group in enumerate(groups)}
        counts = Counter(one for classes in self._classes_of.values() for one in classes)
        return {one: name for one, name in names.items() if 0 < counts[one] < len(areas)}

    @cached_property
    def areas(self) -> pd.DataFrame:
        """The areas in the order of their groups and codes."""
        areas = self.page.slice.tables["areas"]
        return areas.sort_values(["group", "area_code"], ignore_index=True)

    @cached_property
    def _classes_of(self) -> dict[str, list[str]]:
        """Classes of each area; what is not known of it is left out."""
        groups = sorted(self.areas["group"].dropna().unique())
        return {
            area.area_code: [
                *([] if pd.isna(area.urban) else ["ward" if area.urban else "commune"]),
                *(["difficult"] if pd.notna(area.difficult) and area.difficult else []),
                *([] if pd.isna(area.group) else [f"group-{groups.index(area.group)}"]),
            ]
            for area in self.areas.itertuples()
        }

    @property
    def statuses(self) -> dict[str, str]:
        """Statuses that areas have, in the order of their gravity."""
        there = {standing.status for standing in self.standings.values()}
        words = self.page.words
        return {one: name_of(words, one) for one in overview.STATUSES if one in there}

    @cached_property
    def standings(self) -> dict[str, Any]:
        """Rows of the table `status` about the first target, by area."""
        status = self.page.slice.tables["status"]
        rows = status[status["target"] == 0].itertuples()
        return {str(row.area_code): row for row in rows}

    @cached_property
    def trends(self) -> dict[str, list[Any]]:
        """The reviews of each area: year, the first target's rate, the poverty rate."""
        review = self.page.under_standard(self.page.slice.tables["review"])
        review = review.sort_values(["area_code", "year"], ignore_index=True)
        wanted = self.page.scenario.targets[0].measure
        rated = review[["area_code", "year"]].assign(
            rate=measurement.rate(review, wanted).astype(float),
            poverty=measurement.rate(review, "poverty_rate").astype(float),
        )
        found: dict[str, list[Any]] = {}
        for row in rated.itertuples():
            found.setdefault(str(row.area_code), []).append(row)
        return found

    @cached_property
    def _reports(self) -> dict[str, list[dict[str, Any]]]:
        """Links to the reports of each area, those in the page's language first."""
        made: dict[str, list[dict[str, Any]]] = {}
        own = self.page.words.code
        for entry in sorted(self.entries.values(), key=lambda one: one["language"] != own):
            made.setdefault(entry["area_code"], []).append(_report(entry))
        return made

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what the table shows of every area."""
        for area in self.areas.itertuples():
            code = area.area_code
            yield self._row(code, self.page.name_of(code)) | {
                "search": vietnamese.plain(f"{self.page.name_of(code)} {code}"),
                "group": "" if pd.isna(area.group) else area.group,
                "is_difficult": "difficult" in self._classes_of[code],
                "classes": " ".join(self._classes_of[code]),
            }

    def whole(self) -> dict[str, Any] | None:
        """Return the row of all areas together; none for a single area."""
        is_several = len(self.areas) > 1 and WHOLE in self.trends
        return self._row(WHOLE, self.page.whole_name) if is_several else None

    def _row(self, code: str, name: str) -> dict[str, Any]:
        words, trend = self.page.words, self.trends.get(code)
        standing = self.standings.get(code)
        row = {"code": code, "name": name, "reports": self._reports.get(code, [])}
        if trend is None or standing is None:
            return row | {"cells": [], "status": "", "trend": None, "values": ""}
        wanted = self.page.scenario.targets[0].measure
        rates = {"poverty_rate": trend[-1].poverty, wanted: standing.rate_now}.values()
        return row | {
            "cells": [
                *(cells.percent(words, rate) for rate in rates),
                cells.signed(words, standing.pace_so_far),
                cells.chance(words, standing.probability),
            ],
            "status": standing.status,
            "trend": overview.spark(words, [(one.year, one.rate) for one in trend]),
            "values": _values(rates, standing),
        }


def _values(rates: Iterable[float], standing: Any) -> str:
    """Numbers to sort by, as in the table; what is missing sorts last."""
    numbers = [*rates, standing.pace_so_far, standing.probability]
    known = ["" if pd.isna(number) else f"{number:.6g}" for number in numbers]
    return ",".join([*known, str(overview.STATUSES.index(standing.status))])


def _report(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Links to one report, or to why there is none; one made from other data says so."""
    folder = place(Path(), entry["area_code"], entry["language"]).as_posix()
    return {
        "language": entry["language"],
        "language_name": language.name(entry["language"]),
        "address": f"{folder}/{'failure' if entry['error'] else 'report'}.html",
        "has_failed": bool(entry["error"]),
        "is_earlier": entry["status"] == "outdated",
        "forms": {form: f"{folder}/{file}" for form, file in _FORMS.items()},
    }


def _annexes(folder: Path, code: str) -> Iterator[tuple[str, str]]:
    """Titles and addresses of the technical annexes."""
    for path in sorted((folder / "annexes" / code).glob("*.html")):
        title = re.search("<title>(.*?)</title>", path.read_text("utf-8"))
        name = html.unescape(title[1]) if title else path.stem
        yield name, path.relative_to(folder).as_posix()
