"""The tidy tables of a data set: what each row and column means, and the rules they keep."""

from typing import get_args

import pandas as pd
import pandera.pandas as pa

from povlib.data.standards import STANDARDS, Status

REQUIRED: tuple[str, ...] = ("areas", "review")

GROUPS = (
    "ethnic_minority",
    "no_labour_capacity",
    "merit",
    "female_head",
    "with_children",
)
CAUSES = ("land", "capital", "labour", "tools", "knowledge", "skill", "illness", "other")
SOURCES = (
    "central_investment",
    "central_recurrent",
    "local_investment",
    "local_recurrent",
    "credit",
)
ACTION_STATUSES = ("planned", "under_way", "done", "cancelled")
CHILD_INDICATORS = ("health_insurance", "nutrition", "school_attendance")
# A form on causes may count poor and near-poor households together.
TOGETHER = "poor_and_near_poor"
FLOWS_OUT = ("out_to_other_status", "out_above", "other_decrease")
FLOWS_IN = ("in_from_other_status", "returned", "newly_identified", "other_increase")


def _text(*, required: bool = True, choices: tuple[str, ...] | None = None) -> pa.Column:
    checks = [pa.Check.isin(choices)] if choices else []
    return pa.Column(str, checks, nullable=not required, required=required)


def _count(*, required: bool = True) -> pa.Column:
    return pa.Column(pd.Int64Dtype(), pa.Check.ge(0), nullable=not required, required=required)


def _number(low: float, high: float) -> pa.Column:
    return pa.Column(float, pa.Check.in_range(low, high), nullable=True, required=False)


def _flag() -> pa.Column:
    return pa.Column(pd.BooleanDtype(), nullable=True, required=False)


def _is_day(days: pd.Series) -> pd.Series:
    """Whether each text is a day: the calendar knows no 30 February."""
    known = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").notna()
    return known & days.str.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day() -> pa.Column:
    return pa.Column(str, pa.Check(_is_day, name="calendar_day", error="calendar_day"))


_AREA = {"area_code": _text()}
_YEAR = {"year": pa.Column(pd.Int64Dtype(), pa.Check.in_range(1900, 2100))}
_STANDARD = {"standard": _text(choices=tuple(STANDARDS))}
_STATUS = {"status": _text(choices=get_args(Status))}
_PER_YEAR = _AREA | _YEAR | _STANDARD


def _schema(columns: dict[str, pa.Column], key: list[str]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, unique=key, strict=True, name=" ".join(key))


# Column order is the order in files; the key comes first and sorts the rows.
KEYS: dict[str, list[str]] = {
    "areas": ["area_code"],
    "review": ["area_code", "year", "standard"],
    "flows": ["area_code", "year", "standard", "status", "unit"],
    "deprivations": ["area_code", "year", "standard", "status", "indicator"],
    "groups": ["area_code", "year", "standard", "status", "group"],
    "ethnicities": ["area_code", "year", "standard", "status", "ethnicity"],
    "causes": ["area_code", "year", "standard", "status", "cause"],
    "children": ["area_code", "year", "standard", "status", "indicator"],
    "assigned": ["area_code", "year", "standard"],
    "programmes": ["area_code", "programme"],
    "finance": ["area_code", "project", "source", "period"],
    "actions": ["area_code", "task"],
}

_COLUMNS: dict[str, dict[str, pa.Column]] = {
    "areas": _AREA
    | {
        "name": _text(),
        "kind": _text(required=False),
        "group": _text(required=False),
        "urban": _flag(),
        "difficult": _flag(),
        "latitude": _number(-90, 90),
        "longitude": _number(-180, 180),
    },
    "review": _PER_YEAR
    | {
        "households": _count(),
        "people": _count(required=False),
        "poor_households": _count(),
        "near_poor_households": _count(required=False),
        "poor_people": _count(required=False),
        "near_poor_people": _count(required=False),
        "em_households": _count(required=False),
        "em_poor_households": _count(required=False),
        "em_near_poor_households": _count(required=False),
        "em_people": _count(required=False),
        "em_poor_people": _count(required=False),
        "em_near_poor_people": _count(required=False),
        "local_em_households": _count(required=False),
        "local_em_poor_households": _count(required=False),
        "local_em_near_poor_households": _count(required=False),
        "local_em_people": _count(required=False),
        "local_em_poor_people": _count(required=False),
        "local_em_near_poor_people": _count(required=False),
        "average_farm_households": _count(required=False),
        "average_farm_people": _count(required=False),
        "vintage": _text(required=False, choices=("preliminary", "official")),
        "provenance": _text(required=False),
    },
    "flows": _PER_YEAR
    | _STATUS
    | {"unit": _text(choices=("households", "people")), "start": _count()}
    | {name: _count(required=False) for name in (*FLOWS_OUT, *FLOWS_IN)}
    | {"end": _count(), "provenance": _text(required=False)},
    "deprivations": _PER_YEAR
    | _STATUS
    | {
        "indicator": _text(),
        "deprived_households": _count(),
        "households": _count(),
        "provenance": _text(required=False),
    },
    "groups": _PER_YEAR
    | _STATUS
    | {
        "group": _text(choices=GROUPS),
        "households": _count(),
        "people": _count(required=False),
        "provenance": _text(required=False),
    },
    "ethnicities": _PER_YEAR
    | _STATUS
    | {
        "ethnicity": _text(),
        "households": _count(),
        "provenance": _text(required=False),
    },
    "causes": _PER_YEAR
    | {
        "status": _text(choices=(*get_args(Status), TOGETHER)),
        "cause": _text(choices=CAUSES),
        "households": _count(),
        "provenance": _text(required=False),
    },
    "children": _PER_YEAR
    | _STATUS
    | {
        "indicator": _text(choices=CHILD_INDICATORS),
        "deprived_children": _count(),
        "children": _count(),
        "provenance": _text(required=False),
    },
    "assigned": _PER_YEAR
    | {
        "poor_households": _count(),
        "provenance": _text(required=False),
    },
    "programmes": _AREA
    | {
        "programme": _text(),
        "first_year": pa.Column(pd.Int64Dtype(), pa.Check.in_range(1900, 2100)),
        "households_reached": _count(required=False),
        "money_spent": _count(required=False),
        "provenance": _text(required=False),
    },
    "finance": _AREA
    | {
        "project": _text(),
        "source": _text(choices=SOURCES),
        "period": pa.Column(str, pa.Check.str_matches(r"^\d{4}-(0[1-9]|1[0-2])$")),
        "allocated": _count(),
        "carried_over": _count(required=False),
        "passed_on": _count(required=False),
        "disbursed": _count(),
        "results_planned": _count(required=False),
        "results_reached": _count(required=False),
        "provenance": _text(required=False),
    },
    "actions": _AREA
    | {
        "task": _text(),
        "indicator": _text(required=False),
        "lead_body": _text(),
        "carried_out_by": _text(required=False),
        "responsibility": _text(required=False),
        "deadline": _day(),
        "authority": _text(required=False),
        "expected_result": _text(required=False),
        "status": _text(choices=ACTION_STATUSES),
        "result": _text(required=False),
        "provenance": _text(required=False),
    },
}

SCHEMAS: dict[str, pa.DataFrameSchema] = {
    table: _schema(_COLUMNS[table], KEYS[table]) for table in KEYS
}


def dtypes(table: str) -> dict[str, str]:
    """
    Return the type of every column of a table.

    Examples
    --------
    >>> dtypes("groups")["area_code"], dtypes("groups")["households"]
    ('str', 'Int64')
    """
    known = {"Int64": "Int64", "boolean": "boolean", "float64": "float64"}
    columns = SCHEMAS[table].columns
    return {head: known.get(str(column.dtype), "str") for head, column in columns.items()}
