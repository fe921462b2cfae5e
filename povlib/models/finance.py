"""The programme's money: allocated, carried over, passed on, disbursed; whom it reaches."""

import numpy as np
import pandas as pd


def project_of(projects: pd.Series) -> pd.Series:
    """
    Name the project that a sub-project belongs to.

    Parameters
    ----------
    projects : Series of str

    Returns
    -------
    projects : Series of str
        Those of sub-projects by their project; others as they are.

    Examples
    --------
    >>> project_of(pd.Series(["project_3_2", "project_1", "Dự án 9"])).tolist()
    ['project_3', 'project_1', 'Dự án 9']
    """
    return projects.str.replace(r"^(project_\d+)_\d+$", r"\1", regex=True)


def track(finance: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """
    Sum the money of a programme over all its months.

    Parameters
    ----------
    finance : DataFrame
        The table `finance`: amounts of each month. [VND]
    by : list of str
        Columns to sum by, such as `area_code`, `project`.

    Returns
    -------
    money : DataFrame
        One row per `by`: `allocated`, `disbursed` [VND], `disbursed_share`
        [share], `period`, the last month with an entry, and the physical result,
        `results_planned`, `results_reached` [units of the project]. Capital carried
        over is old money, never added to what was allocated since the start; capital
        passed on counts where it went, not where it came from.

    Examples
    --------
    >>> import povlib
    >>> money = track(povlib.demo.build().finance, ["project"])
    >>> money.columns[:4].tolist()
    ['project', 'allocated', 'disbursed', 'period']
    """
    months = finance.assign(allocated=_kept(finance))
    sums = _sums(months, by, ["allocated", "disbursed"])
    return sums.assign(disbursed_share=_share(sums["disbursed"], sums["allocated"]))


def track_year(
    finance: pd.DataFrame, by: list[str], *, year: int, to_month: int = 12
) -> pd.DataFrame:
    """
    Compare what was disbursed in a year with that year's plan.

    The plan is the capital allocated in the year plus the capital carried over
    from earlier years, as Vietnamese reporting defines the disbursement rate.

    Parameters
    ----------
    finance : DataFrame
        The table `finance`.
    by : list of str
        Columns to sum by.
    year : int
        The year.
    to_month : int, optional
        Its last month that counts, for a comparison at the same date of other years.

    Returns
    -------
    money : DataFrame
        One row per `by`: `plan`, `disbursed` [VND], `disbursed_share` [share],
        `period`, the last month with an entry, `results_planned` and
        `results_reached` of these months.

    Examples
    --------
    >>> finance = pd.DataFrame(
    ...     {
    ...         "project": "1",
    ...         "period": ["2025-01", "2025-06"],
    ...         "allocated": [80, 0],
    ...         "carried_over": [20, None],
    ...         "disbursed": [10, 40],
    ...     }
    ... )
    >>> print(*track_year(finance, ["project"], year=2025)["disbursed_share"])
    0.5
    """
    months = finance[finance["period"].between(f"{year}-01", f"{year}-{to_month:02d}")]
    months = months.assign(plan=_kept(months) + months["carried_over"].fillna(0))
    sums = _sums(months, by, ["plan", "disbursed"])
    return sums.assign(disbursed_share=_share(sums["disbursed"], sums["plan"]))


def _kept(finance: pd.DataFrame) -> pd.Series:
    """What an area was given less what it passed on to others."""
    if "passed_on" not in finance:
        return finance["allocated"]
    return finance["allocated"] - finance["passed_on"].fillna(0)


def _sums(months: pd.DataFrame, by: list[str], amounts: list[str]) -> pd.DataFrame:
    grouped = months.groupby(by, as_index=False)
    sums = grouped.agg({**dict.fromkeys(amounts, "sum"), "period": "max"})
    for name in ("results_planned", "results_reached"):
        # A result that nobody entered is unknown, not none.
        sums[name] = (
            grouped[name].sum(min_count=1)[name]
            if name in months
            else pd.array([pd.NA] * len(sums), dtype="Int64")
        )
    return sums


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part.astype("Float64") / whole.astype("Float64").where(whole > 0, pd.NA)


def per_poor_household(finance: pd.DataFrame, review: pd.DataFrame) -> pd.DataFrame:
    """
    Divide the money of every area by the households that were poor before it came.

    Parameters
    ----------
    finance : DataFrame
        The table `finance`.
    review : DataFrame
        Reviews of one standard.

    Returns
    -------
    money : DataFrame
        One row per `area_code` that was reviewed: `poor_households` and `households` of
        the last review before the money, or the first there is [households],
        `poverty_rate` [share], `allocated`, `disbursed` [VND; 0 without an entry],
        `per_poor_household` [VND allocated a household; missing where nobody was poor].
        None where either table has no rows.

    Examples
    --------
    >>> money = pd.DataFrame({"area_code": ["1"], "period": ["2022-03"],
    ...     "allocated": [500], "disbursed": [0]})
    >>> review = pd.DataFrame({"area_code": ["1"], "year": [2021],
    ...     "poor_households": [10], "households": [100]})
    >>> per_poor_household(money, review)["per_poor_household"].tolist()
    [50.0]
    """
    if finance.empty:
        review = review.iloc[:0]
    start = finance["period"].str[:4].astype(int).min()
    ordered = review.sort_values("year")
    before = ordered[ordered["year"] < start].groupby("area_code").tail(1)
    first = ordered.groupby("area_code").head(1)
    base = pd.concat([before, first]).drop_duplicates("area_code")
    months = finance.assign(allocated=_kept(finance))
    sums = months.groupby("area_code", as_index=False)[["allocated", "disbursed"]].sum()
    rows = base[["area_code", "poor_households", "households"]].merge(sums, how="left")
    rows = rows.assign(
        poverty_rate=_share(rows["poor_households"], rows["households"]),
        allocated=rows["allocated"].fillna(0),
        disbursed=rows["disbursed"].fillna(0),
    )
    rows = rows.assign(per_poor_household=_share(rows["allocated"], rows["poor_households"]))
    return rows.sort_values("area_code", ignore_index=True)


def concentration(money: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """
    Tell how money concentrates on the areas where poverty is highest.

    Parameters
    ----------
    money : DataFrame
        See `per_poor_household`.

    Returns
    -------
    curve : DataFrame
        Areas from the highest poverty rate to the lowest, summed up: `households`,
        `poor_households`, `allocated` [shares of all, 0-1]; the first row is zero.
    index : float
        Concentration index of the money over households so ordered: 0 if every
        household has the same, towards 1 if all goes to the highest rates, below 0
        if it goes to the lowest. NaN without money.

    References
    ----------
    Kakwani, N., Wagstaff, A., van Doorslaer, E. (1997). Socioeconomic inequalities in
    health. Journal of Econometrics 77, 87-103.

    Examples
    --------
    >>> rows = pd.DataFrame({"poverty_rate": [0.1, 0.3], "households": [100, 100],
    ...     "poor_households": [10, 30], "allocated": [0, 50]})
    >>> concentration(rows)[1]
    0.5
    """
    names = ["households", "poor_households", "allocated"]
    known = money.dropna(subset=["poverty_rate", *names])
    ordered = known.sort_values("poverty_rate", ascending=False, kind="stable")
    sums = ordered[names].astype("float64").cumsum()
    origin = pd.DataFrame(0.0, index=[0], columns=names)
    if known.empty:
        return origin, np.nan
    curve = pd.concat([origin, sums / sums.iloc[-1]], ignore_index=True)
    if sums.iloc[-1]["allocated"] <= 0:
        return curve, np.nan
    area = float(np.trapezoid(curve["allocated"], curve["households"]))
    return curve, round(2 * area - 1, 12)
