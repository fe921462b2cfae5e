"""The programme's money: allocated, carried over, disbursed."""

import pandas as pd


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
        [share], and `period`, the last month with an entry. Capital carried
        over is old money, never added to what was allocated since the start.
    """
    sums = finance.groupby(by, as_index=False).agg(
        allocated=("allocated", "sum"), disbursed=("disbursed", "sum"), period=("period", "max")
    )
    return sums.assign(disbursed_share=_share(sums["disbursed"], sums["allocated"]))


def track_year(finance: pd.DataFrame, by: list[str], *, year: int) -> pd.DataFrame:
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

    Returns
    -------
    money : DataFrame
        One row per `by`: `plan`, `disbursed` [VND], `disbursed_share` [share]
        and `period`, the last month with an entry.
    """
    months = finance[finance["period"].str.startswith(f"{year}-")]
    months = months.assign(plan=months["allocated"] + months["carried_over"].fillna(0))
    sums = months.groupby(by, as_index=False).agg(
        plan=("plan", "sum"), disbursed=("disbursed", "sum"), period=("period", "max")
    )
    return sums.assign(disbursed_share=_share(sums["disbursed"], sums["plan"]))


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part.astype("Float64") / whole.astype("Float64").replace(0, pd.NA)
