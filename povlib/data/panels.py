"""A flat CSV of rates by area and year, as `povlib backtest` takes it."""

from pathlib import Path

import pandas as pd

from povlib.data import columns, files
from povlib.data.files import RawTable
from povlib.errors import DataError

REQUIRED = ("area_code", "year", "poverty_rate")
NOMINAL = 1_000_000  # households of an area that states none: counts then hold any rate


def read(path: Path) -> pd.DataFrame:
    """
    Read and check a panel of rates.

    Parameters
    ----------
    path : Path
        CSV with the columns `area_code`, `year`, `poverty_rate` (share), and if it has
        them `households` and `group`; others are left aside.

    Returns
    -------
    panel : DataFrame
        One row per `area_code`, `year`, sorted; `poverty_rate` [share, 0-1],
        `households`, `group`. Rows without a rate are left out.

    Raises
    ------
    DataError
        If a column is missing, a cell is not what it must be, a rate is not a share
        or an area has a year twice: file, row, rule, value.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "panel.csv"
    ...     rows = {"area_code": "01", "year": [2023, 2024], "poverty_rate": [0.3, 0.25]}
    ...     pd.DataFrame(rows).to_csv(path, index=False)
    ...     print(read(path)[["area_code", "year", "poverty_rate"]])
      area_code  year  poverty_rate
    0        01  2023          0.30
    1        01  2024          0.25
    """
    if path.suffix.lower() != ".csv":
        msg = f"{path.name}: expected a flat file ending in .csv"
        raise DataError(msg)
    raw = files.read(path, names=[])[0][0]
    for head in REQUIRED:
        if head not in raw.cells:
            have = ", ".join(raw.cells.columns)
            msg = f"{raw.place}: column {head} is missing (there: {have})"
            raise DataError(msg)
    panel = pd.DataFrame(
        {
            "area_code": columns.texts(raw, "area_code"),
            "year": columns.whole_numbers(raw, "year"),
            "poverty_rate": columns.numbers(raw, "poverty_rate"),
            "households": _households(raw),
            "group": columns.texts(raw, "group") if "group" in raw.cells else pd.NA,
        }
    )
    _check(raw, panel)
    known = panel.dropna(subset=["poverty_rate"]).astype({"year": int, "households": int})
    return known.sort_values(["area_code", "year"], ignore_index=True)


def _households(raw: RawTable) -> pd.Series:
    if "households" not in raw.cells:
        return pd.Series(NOMINAL, index=raw.cells.index)
    counts = columns.whole_numbers(raw, "households")
    raw.refuse_cells("households", counts < 1, "must be at least 1")
    return counts.fillna(NOMINAL)


def _check(raw: RawTable, panel: pd.DataFrame) -> None:
    for head in ("area_code", "year"):
        raw.refuse_cells(head, panel[head].isna(), "must not be blank")
    rate = panel["poverty_rate"]
    rule = "must be a share from 0 to 1 (a percentage? divide it by 100)"
    raw.refuse_cells("poverty_rate", (rate < 0) | (rate > 1), rule)
    twice = panel.duplicated(["area_code", "year"])
    raw.refuse_cells("year", twice, "stands twice for the same area_code")
