"""What a fit holds, and how much of what was seen it believes."""

import numpy as np
import pandas as pd

from povlib.models import links
from povlib.models.trajectory import Fit


def own_drifts(fitted: Fit) -> pd.DataFrame:
    """
    Hold what each area did apart beside what of it is taken for its own drift.

    Parameters
    ----------
    fitted : Fit

    Returns
    -------
    drifts : DataFrame
        One row per `area_code` with at least two records: `observed`, its mean yearly
        change less that of all areas, and `shrunken`, the mean of its own and its
        group's drift. On the scale of the fit, in parts of the odds. [1 per year]

    Examples
    --------
    >>> import povlib
    >>> review = povlib.demo.build().review.query("standard == 'nd07-2021'")
    >>> settings = povlib.scenario.load("smoke").model
    >>> rng = np.random.default_rng(2030)
    >>> fitted = povlib.trajectory.fit(review, settings, rng=rng)
    >>> own_drifts(fitted).columns.tolist()
    ['area_code', 'observed', 'shrunken']
    """
    panel, rows = fitted.panel, np.arange(len(fitted.area_codes))
    first = panel.seen.argmax(axis=1)
    draws = [len(one.drift) for one in fitted.components]
    shrunken = [
        one.own.drift + one.group_drift.mean(axis=1)[fitted.group] for one in fitted.components
    ]
    power = max(fitted.power_weights, key=fitted.power_weights.__getitem__)
    level = links.link(panel.share, power) / links.unit(panel.share, power)
    spans = panel.years[panel.last] - panel.years[first]
    known = spans > 0
    change = (level[rows, panel.last] - level[rows, first])[known] / spans[known]
    return pd.DataFrame(
        {
            "area_code": np.array(fitted.area_codes)[known],
            "observed": change - change.mean(),
            "shrunken": np.average(shrunken, axis=0, weights=draws)[known],
        }
    )


def describe(fitted: Fit) -> pd.DataFrame:
    """
    Tell what the fit holds of the panel as a whole.

    Parameters
    ----------
    fitted : Fit

    Returns
    -------
    description : DataFrame
        One row per `quantity`, with `median`, `lb`, `ub` (80 % of the draws): the
        common drift and the shared shock of a year, in parts of the odds at the median
        rate; the spread of own drifts; the noise of a single review; the weight of each
        scale, `power_...`.

    Examples
    --------
    >>> import povlib
    >>> review = povlib.demo.build().review.query("standard == 'nd07-2021'")
    >>> settings = povlib.scenario.load("smoke").model
    >>> rng = np.random.default_rng(2030)
    >>> described = describe(povlib.trajectory.fit(review, settings, rng=rng))
    >>> print(*described["quantity"].head(4))
    common_drift shared_shock own_drift_spread review_noise
    """
    parts = fitted.components
    draws = [len(one.drift) for one in parts]
    quantities = {
        "common_drift": np.concatenate([one.drift for one in parts]),
        "shared_shock": np.concatenate([one.shock for one in parts]),
        "own_drift_spread": np.repeat([one.own.drift.std() for one in parts], draws),
        "review_noise": np.repeat([np.median(one.own.passing) for one in parts], draws),
    }
    rows = [(name, *np.quantile(found, [0.5, 0.1, 0.9])) for name, found in quantities.items()]
    rows += [
        (f"power_{power:g}", part, np.nan, np.nan) for power, part in fitted.power_weights.items()
    ]
    return pd.DataFrame(rows, columns=["quantity", "median", "lb", "ub"])
