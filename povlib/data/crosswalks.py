"""Which old commune went into which new one: from a file, or for the whole country."""

import json
import sqlite3
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pandas as pd

from povlib.data import files
from povlib.errors import DataError

_PACKAGE = "vietnamadminunits"


def read(path: Path) -> pd.DataFrame:
    """
    Read a crosswalk from a CSV or Parquet file.

    Parameters
    ----------
    path : Path
        A file with the columns `old_code` and `new_code`, and perhaps `households`
        and `partial`.

    Returns
    -------
    crosswalk : DataFrame
        As `check` gives it.

    Raises
    ------
    DataError
        If the file cannot be read or breaks a rule.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "crosswalk.csv"
    ...     pd.DataFrame({"old_code": ["02", "01"], "new_code": "11"}).to_csv(path, index=False)
    ...     print(read(path)["old_code"].tolist())
    ['01', '02']
    """
    raw = files.read(path, names=())[0][0]
    crosswalk = raw.cells.replace("", pd.NA)
    if "households" in crosswalk:
        wrong = ~raw.cells["households"].str.fullmatch("[0-9]{0,15}")
        raw.refuse_cells("households", wrong, "must be a whole number")
        crosswalk["households"] = pd.to_numeric(crosswalk["households"]).astype("Int64")
    if "partial" in crosswalk:
        flags = raw.cells["partial"].str.lower().map({"true": True, "false": False, "": False})
        raw.refuse_cells("partial", flags.isna(), "must be true or false")
        crosswalk["partial"] = flags.astype("boolean")
    return check(crosswalk, place=raw.place)


def check(crosswalk: pd.DataFrame, *, place: str = "crosswalk") -> pd.DataFrame:
    """
    Hold a crosswalk to its rules.

    Parameters
    ----------
    crosswalk : DataFrame
        One row per `old_code`, `new_code`: codes as text. Optional: `households`,
        how many of the old area's went into the new one, for all of an old area's
        links or none; `partial`, whether the link holds only a part of the old area.
    place : str
        What error messages call it.

    Returns
    -------
    links : DataFrame
        The four columns, typed, sorted by `old_code`, `new_code`.

    Raises
    ------
    DataError
        For the first broken rule.

    Examples
    --------
    >>> links = check(pd.DataFrame({"old_code": ["02", "01"], "new_code": ["11", "11"]}))
    >>> links[["old_code", "new_code", "partial"]]
      old_code new_code  partial
    0       01       11    False
    1       02       11    False
    """
    links = crosswalk.reindex(columns=["old_code", "new_code", "households", "partial"])
    codes = links[["old_code", "new_code"]]
    if not codes.map(lambda code: isinstance(code, str) and bool(code)).all(axis=None):
        msg = f"{place}: old_code and new_code must be there in every row, as text"
        raise DataError(msg)
    doubled = links.duplicated(["old_code", "new_code"])
    if doubled.any():
        old, new = codes[doubled].iloc[0]
        msg = f"{place}: the link from {old} to {new} is there twice"
        raise DataError(msg)
    links = links.astype({"households": "Int64", "partial": "boolean"})
    _check_households(links, place)
    links["partial"] = links["partial"].fillna(value=False)
    return links.sort_values(["old_code", "new_code"], ignore_index=True)


def _check_households(links: pd.DataFrame, place: str) -> None:
    by_old = links.groupby("old_code")["households"]
    rules = {
        "households of a link must not be negative": by_old.min() < 0,
        "households must be given for all links or for none": by_old.count().between(
            1, by_old.size(), inclusive="left"
        ),
        "the links have no households": by_old.sum(min_count=1) == 0,
    }
    for rule, broken in rules.items():
        found = broken.index[broken.fillna(value=False)]
        if len(found):
            msg = f"{place}, old_code {found[0]}: {rule} ({len(found)} such codes)"
            raise DataError(msg)


def national() -> pd.DataFrame:
    """
    Return the links of all communes before July 2025 to those since.

    Returns
    -------
    crosswalk : DataFrame
        As `check` gives it, without households. Five island districts that had no
        communes stand under their district's code.

    Raises
    ------
    DataError
        If the package vietnamadminunits is not installed or its data are not
        as in its version 1.0.4.

    Notes
    -----
    Only the data files of the package are read (MIT licence), which needs no network.
    It is not imported and no dependency of povlib: importing asks for Unidecode, under
    the GPL, and sets up a client of a geocoding service.

    Examples
    --------
    >>> national()["new_code"].nunique()  # doctest: +SKIP
    3321
    """
    try:
        package = metadata.distribution(_PACKAGE)
    except metadata.PackageNotFoundError:
        msg = (
            f"crosswalk of the whole country: the package {_PACKAGE} is not installed;"
            f" run: pip install --no-deps {_PACKAGE}, or give a CSV file"
        )
        raise DataError(msg) from None
    try:
        links = _links(Path(str(package.locate_file(f"{_PACKAGE}/data"))))
    except (OSError, ValueError, LookupError, sqlite3.Error):
        msg = f"the package {_PACKAGE} of version {package.version} holds other data than expected"
        raise DataError(msg) from None
    return check(links, place=_PACKAGE)


def _links(folder: Path) -> pd.DataFrame:
    converter = json.loads((folder / "converter_2025.json").read_text("utf-8"))
    whole = [
        (old, province, new)
        for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items()
        for new, olds in wards.items()
        for old in olds
    ]
    divided = [
        (old, province, part["newWardKey"])
        for province, wards in converter["DICT_PROVINCE_WARD_DIVIDED"].items()
        for old, parts in wards.items()
        for part in parts
    ]
    links = pd.DataFrame([*whole, *divided], columns=["old", "province", "new"])
    old_codes, new_codes = _codes(folder / "dataset.db")
    return links.assign(
        old_code=links["old"].map(old_codes),
        new_code=pd.MultiIndex.from_frame(links[["province", "new"]]).map(new_codes),
        partial=[False] * len(whole) + [True] * len(divided),
    )


def _codes(database: Path) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    """Official codes by the package's own names of old and of new units."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        old = connection.execute(
            "SELECT DISTINCT provinceKey || '_' || districtKey || '_' || coalesce(wardKey, ''),"
            " coalesce(wardCode, districtCode) FROM admin_units_legacy"
        ).fetchall()
        new = connection.execute(
            "SELECT provinceKey, wardKey, wardCode FROM admin_units"
        ).fetchall()
    return dict(old), {(province, ward): code for province, ward, code in new}
