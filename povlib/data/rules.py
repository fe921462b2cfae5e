"""The rules that the rows of a data set keep; a broken one names file, row, rule and value."""

import difflib
import re
from collections.abc import Iterator

import pandas as pd
import pandera.pandas as pa

from povlib.data import tables
from povlib.data.files import RawTable

# Codes become names of folders on any system: no path, no two dots in a row, none at the end.
_CODE = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]|\.(?!\.)){0,31}(?<!\.)")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# Parts that together may not exceed the whole.
_PARTS: tuple[tuple[tuple[str, ...], str], ...] = (
    *(
        rule
        for unit in ("households", "people")
        for rule in (
            ((f"poor_{unit}",), unit),
            ((f"near_poor_{unit}",), unit),
            ((f"poor_{unit}", f"near_poor_{unit}"), unit),
            ((f"em_{unit}",), unit),
            ((f"em_poor_{unit}",), f"em_{unit}"),
            ((f"em_poor_{unit}",), f"poor_{unit}"),
            ((f"em_near_poor_{unit}",), f"em_{unit}"),
            ((f"em_near_poor_{unit}",), f"near_poor_{unit}"),
            ((f"em_poor_{unit}", f"em_near_poor_{unit}"), f"em_{unit}"),
            *(
                ((f"local_em_{count}",), f"em_{count}")
                for count in (unit, f"poor_{unit}", f"near_poor_{unit}")
            ),
            ((f"average_farm_{unit}",), unit),
        )
    ),
    (("deprived_households",), "households"),
    (("deprived_children",), "children"),
)
_WORDS = {
    "greater_than_or_equal_to": "must not be negative",
    "not_nullable": "must not be empty",
    "isin": "is not one of the known values",
    "in_range": "is out of range",
    "str_matches": "is not in the right form",
    "calendar_day": "must be a day of the calendar, YYYY-MM-DD",
}

_TAKEN = ("annexes", "results", "whole")  # folders that stand beside those of the areas


def check_codes(raw: RawTable, frame: pd.DataFrame, known: set[str]) -> None:
    """
    Refuse area codes that are unsafe, have lost a zero or are no area's.

    Parameters
    ----------
    raw : RawTable
        The table that the codes are from.
    frame : DataFrame
        The table, typed, with a column `area_code`.
    known : set of str
        Codes of the areas.
    """
    codes = frame["area_code"].fillna("")
    raw.refuse_cells("area_code", codes == "", "must not be empty")
    unsafe = ~codes.map(lambda code: bool(_CODE.fullmatch(code)))
    rule = "must be letters, digits, dot, hyphen and underscore only, 32 at most"
    raw.refuse_cells("area_code", unsafe, rule)
    reserved = codes.map(lambda code: bool(_RESERVED.fullmatch(code)))
    raw.refuse_cells("area_code", reserved, "must not be a name that Windows keeps for itself")
    number = codes.str.fullmatch(r"[0-9]+\.0")
    raw.refuse_cells("area_code", number, "is a number; write codes as text with leading zeros")
    _check_zeros(raw, codes, known)
    unknown = ~codes.isin(known)
    if unknown.any():
        code = codes[unknown].iloc[0]
        near = difflib.get_close_matches(code, sorted(known), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raw.refuse(codes.index[unknown], f"area_code {code} is not among the areas{hint}")


def _check_zeros(raw: RawTable, codes: pd.Series, known: set[str]) -> None:
    """Refuse codes of digits that are shorter than others of digits."""
    longest = max((len(code) for code in known | set(codes) if code.isdigit()), default=0)
    lost = codes.str.fullmatch("[0-9]+") & (codes.str.len() < longest)
    if lost.any():
        code = codes[lost].iloc[0]
        rule = (
            f"area_code {code}: did it lose its leading zero ({code.zfill(longest)})? other codes"
            f" have {longest} digits"
        )
        raw.refuse(codes.index[lost], rule)


def check_folders(raw: RawTable, areas: pd.DataFrame) -> None:
    """
    Refuse codes that would share a folder: such as differ in case alone, or are taken.

    Parameters
    ----------
    raw : RawTable
        The table of the areas.
    areas : DataFrame
        Typed; column `area_code` is unique.
    """
    codes = areas["area_code"]
    doubled = codes.str.lower().duplicated()
    rule = "differs from another in upper and lower case alone"
    raw.refuse_cells("area_code", doubled, rule)
    taken = codes.str.lower().isin(_TAKEN)
    raw.refuse_cells("area_code", taken, f"must not be one of {', '.join(_TAKEN)}")


def check_schema(name: str, raw: RawTable, frame: pd.DataFrame) -> None:
    """
    Refuse rows that break the table's schema.

    Parameters
    ----------
    name : str
        Name of the table.
    raw : RawTable
    frame : DataFrame
        The table, typed; same index as `raw.cells`.
    """
    for head in tables.KEYS[name]:
        missing = frame.index[frame[head].isna()]
        if len(missing):
            raw.refuse(missing, f"{head} must not be empty")
    _check_key(name, raw, frame)
    try:
        tables.SCHEMAS[name].validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases.sort_values("index", kind="stable")
        raw.refuse(pd.Index(cases["index"].unique()), _explain(cases.iloc[0]))


def _check_key(name: str, raw: RawTable, frame: pd.DataFrame) -> None:
    key = tables.KEYS[name]
    doubled = frame.index[frame.duplicated(key)]
    if len(doubled):
        values = frame.loc[doubled[0], key]
        same = (frame[key] == values).all(axis=1)
        text = ", ".join(f"{head} {value}" for head, value in values.items())
        first = raw.first_row + int(frame.index[same][0])
        raw.refuse(doubled, f"{text} is there already in row {first}")


def _explain(case: pd.Series) -> str:
    """Column, rule and value of a failure that pandera found."""
    check, _, detail = str(case["check"]).partition("(")
    rule = _WORDS.get(check, f"breaks the rule {case['check']}")
    allowed = f" ({detail.rstrip(')')})" if check in ("isin", "in_range", "str_matches") else ""
    found = "" if check == "not_nullable" else f"; found {case['failure_case']}"
    return f"{case['column']} {rule}{allowed}{found}"


def check_parts(raw: RawTable, frame: pd.DataFrame) -> None:
    """
    Refuse rows in which parts exceed their whole.

    Parameters
    ----------
    raw : RawTable
    frame : DataFrame
        The table, typed; same index as `raw.cells`.
    """
    for broken in exceeding(frame):
        raw.refuse(broken.index, broken.iloc[0])


def exceeding(frame: pd.DataFrame) -> Iterator[pd.Series]:
    """
    Find rows in which parts exceed their whole.

    Parameters
    ----------
    frame : DataFrame
        A table, typed.

    Yields
    ------
    broken : Series
        For each rule that is broken: the rows that break it, in words with
        their values; index is that of the rows.
    """
    filled = set(frame.columns[frame.notna().any()])
    for parts, whole in _PARTS:
        if {*parts, whole} <= filled:
            total = frame[list(parts)].sum(axis=1, skipna=False)
            over = (total > frame[whole]).fillna(value=False)
            if over.any():
                words = f"{' + '.join(parts)} " + total[over].astype(str)
                yield words + f" exceed {whole} " + frame.loc[over, whole].astype(str)


def check_reviewed(raw: RawTable, frame: pd.DataFrame, review: pd.DataFrame) -> None:
    """
    Refuse rows on a year in which their area was not reviewed.

    Parameters
    ----------
    raw : RawTable
    frame : DataFrame
        A table with `area_code` and `year`; same index as `raw.cells`.
    review : DataFrame
        Column `area_code` and `year` of the reviews.
    """
    key = ["area_code", "year"]
    known = pd.MultiIndex.from_frame(review[key])
    unknown = frame.index[~pd.MultiIndex.from_frame(frame[key]).isin(known)]
    if len(unknown):
        code, year = frame.loc[unknown[0], key]
        raw.refuse(unknown, f"area_code {code}, year {year} is not among the reviews")
