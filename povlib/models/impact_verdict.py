"""What may be said of an effect, by fixed rules."""

from typing import Literal

from povlib.models.impact_inference import Effect
from povlib.models.pre_trends import PreTrend

Verdict = Literal["decreased", "increased", "none_seen", "cannot_tell", "pretrends_differ"]
SMALL = 0.2  # standard deviations: the smallest effect that matters if nobody says


def judge(
    effect: Effect,
    pre_trend: PreTrend | None,
    second: Effect | None,
    sizes: tuple[float, float],
    *,
    alpha: float,
) -> Verdict:
    """
    Give a verdict by fixed rules.

    Parameters
    ----------
    effect : Effect
        Average over treated units and years.
    pre_trend : PreTrend or None
    second : Effect or None
        The same by imputation.
    sizes : (float, float)
        Minimum detectable effect; smallest effect that matters.
    alpha : float
        Level of the tests.

    Returns
    -------
    verdict : str
        The first that applies:

        1. `pretrends_differ`: the test before treatment rejects. Do not use.
        2. `decreased`, `increased`: the interval leaves out no effect, and the
           second estimate, if there is one, has the same sign.
        3. `cannot_tell`: the interval leaves out no effect, but the second
           estimate has the other sign.
        4. `none_seen`: the minimum detectable effect is not larger than the
           smallest that matters, so that such an effect would have been seen.
        5. `cannot_tell`.

        `Estimate.verdict` is `cannot_tell` before all of these if the spread among
        the treated or the controls rests on fewer than `FEW` units, or all on
        fewer than `FEW` clusters.
    """
    seen, relevant = sizes
    if pre_trend is not None and pre_trend.p_value < alpha:
        return "pretrends_differ"
    if effect.lb > 0 or effect.ub < 0:
        if second is not None and second.estimate * effect.estimate < 0:
            return "cannot_tell"
        return "decreased" if effect.ub < 0 else "increased"
    return "none_seen" if seen <= relevant else "cannot_tell"
