"""An estimated effect as a JSON record and as a few lines of text."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from povlib.data import files
from povlib.models import experiment, impact, synthetic
from povlib.models.impact_inference import Effect
from povlib.models.impact_verdict import Verdict

Found = impact.Estimate | synthetic.Estimate | experiment.Estimate

_VERDICTS: dict[Verdict, str] = {
    "decreased": "decreased the outcome",
    "increased": "increased the outcome",
    "none_seen": "no effect found, and one of {seen:.4g} would have been seen",
    "cannot_tell": "the data cannot tell",
    "pretrends_differ": "pre-trends differ: do not use",
}


def record(found: Found) -> dict[str, Any]:
    """
    Put an estimate into plain values.

    Parameters
    ----------
    found : impact.Estimate, synthetic.Estimate or experiment.Estimate

    Returns
    -------
    record : dict
        Ready for JSON; what is not known is None.
    """
    if isinstance(found, impact.Estimate):
        body = _staggered(found)
    elif isinstance(found, synthetic.Estimate):
        body = _synthetic(found)
    else:
        body = _experiment(found)
    closing = {"verdict": found.verdict, "warnings": [str(note) for note in found.notes]}
    return _plain(body | closing)


def _staggered(found: impact.Estimate) -> dict[str, Any]:
    return {
        "estimator": "callaway_santanna",
        "control_group": found.design.control,
        "covariates": list(found.settings.covariates),
        "cluster": found.settings.cluster,
        "weights": found.settings.weights,
        "level": 1 - found.settings.alpha,
        "base_period": "universal",
        "att": found.att,
        "group_time": found.group_time,
        "event_study": found.event_study,
        "by_cohort": found.by_cohort,
        "by_time": found.by_time,
        "imputation": found.imputation,
        "twfe": found.two_way,
        "pretrend": found.pre_trend,
        "sensitivity": found.sensitivity,
        "mde": found.smallest_seen,
        "relevant_effect": found.relevant_effect,
        "counts": found.design.counts,
        "balance": found.balance,
        "spillover": found.spillover,
    }


def _synthetic(found: synthetic.Estimate) -> dict[str, Any]:
    return {
        "estimator": "synthetic",
        "unit": found.unit,
        "sdid": _comparison(found.sdid),
        "sc": _comparison(found.sc),
        "did": _comparison(found.did),
        "gaps": found.gaps,
        "counts": found.design.counts,
    }


def _comparison(one: synthetic.Comparison) -> dict[str, Any]:
    weights = {
        "unit_weights": one.unit_weights,
        "time_weights": one.time_weights,
        "placebos": one.placebos,
    }
    return asdict(one.effect) | {"fit_before": one.fit_before} | weights


def _experiment(found: experiment.Estimate) -> dict[str, Any]:
    return {
        "estimator": "difference_in_means",
        "att": {"simple": found.difference, "adjusted": found.adjusted},
        "mde": found.smallest_seen,
        "relevant_effect": found.relevant_effect,
        "counts": found.counts,
        "balance": found.balance,
    }


def _plain(value: Any) -> Any:
    """Values that JSON knows: tables as lists of rows, what is not a number as None."""
    if isinstance(value, pd.DataFrame):
        return [_plain(row) for row in value.to_dict("records")]
    if isinstance(value, pd.Series):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if hasattr(value, "item"):  # of numpy
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def lines(found: Found) -> list[str]:
    """
    Say an estimate in a few lines of English.

    Parameters
    ----------
    found : impact.Estimate, synthetic.Estimate or experiment.Estimate

    Returns
    -------
    lines : list of str
        The last is the verdict, in words that hold for any outcome.
    """
    if isinstance(found, impact.Estimate):
        said, seen = _say_staggered(found), found.smallest_seen
    elif isinstance(found, synthetic.Estimate):
        names = {
            "synthetic difference-in-differences": found.sdid.effect,
            "synthetic control": found.sc.effect,
            "difference-in-differences": found.did.effect,
        }
        said = [f"{name}: {_say(one)}, placebo p {one.p_value:.3f}" for name, one in names.items()]
        said, seen = [f"one treated unit: {found.unit}", *said], math.nan
    else:
        said = [f"difference in means: {_say(found.difference)}"]
        if found.adjusted:
            said.append(f"adjusted for covariates: {_say(found.adjusted)}")
        seen = found.smallest_seen
    warned = [f"note: {note}" for note in found.notes]
    return [*said, *warned, f"verdict: {_VERDICTS[found.verdict].format(seen=seen)}"]


def _say_staggered(found: impact.Estimate) -> list[str]:
    counts = found.design.counts
    units = (
        f"{counts['treated']} treated units in {counts['cohorts']} cohorts, "
        f"{counts['never_treated']} never treated, {counts['years']} years; "
        f"compared with {found.design.control.replace('_', ' ')} units"
    )
    said = [units]
    said += [f"average effect, {name}: {_say(one)}" for name, one in found.att.items()]
    if found.imputation:
        said.append(f"by imputation: {_say(found.imputation)}")
    if found.two_way:
        said.append(
            f"two-way regression, not to be used: {found.two_way.estimate:.4f}, of which "
            f"{found.two_way.forbidden_share:.0%} compares with units already treated"
        )
    if found.pre_trend:
        said.append(
            f"trends before treatment: p {found.pre_trend.p_value:.3f}; a difference of "
            f"{found.pre_trend.detectable_slope:.4g} a year would be found"
        )
    said.append(f"smallest effect that would be seen: {found.smallest_seen:.4g}")
    return said


def _say(effect: Effect) -> str:
    return f"{effect.estimate:.4f} [{effect.lb:.4f}, {effect.ub:.4f}]"


def save(found: Found, path: Path) -> None:
    """
    Write the record of an estimate as JSON, whole or not at all.

    Parameters
    ----------
    found : impact.Estimate, synthetic.Estimate or experiment.Estimate
    path : Path
        A file there is replaced.

    Raises
    ------
    DataError
        If there is no such folder.
    """
    text = json.dumps(record(found), ensure_ascii=False, indent=1, allow_nan=False)
    files.write_text(path, text)
