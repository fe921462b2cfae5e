"""
From a province's poverty review tables to a report for every commune.

The rooms, in the order data flow: `povlib.data` (tables in, checked),
`povlib.models` (numbers), `povlib.results` (what the models say, kept by
`povlib.store`, read by `povlib.slices`), `povlib.report` (figures, words, pages).
`povlib.scenario` holds the settings that all of them read; `povlib.cli` is the front
door.

The modules that a user works with are names of `povlib` itself, imported when first
used: `povlib.trajectory.project(...)` is `povlib.models.trajectory.project(...)`.
"""

from importlib import import_module
from types import ModuleType

_PLACES = (
    "scenario",
    "data.demo",
    "data.dataset",
    "data.imports",
    "data.templates",
    "data.standards",
    "data.classification",
    "data.areas",
    "data.crosswalks",
    "data.panels",
    "models.measurement",
    "models.decomposition",
    "models.trajectory",
    "models.projection",
    "models.diagnostics",
    "models.backtest",
    "models.bridge",
    "models.target",
    "models.alternatives",
    "models.comparison",
    "models.impact",
    "models.programmes",
    "models.finance",
    "models.audit",
    "models.audit_tests",
    "results",
    "store",
    "slices",
    "report.page",
    "report.figures",
    "report.batch",
)
_PLACE_OF = {place.rpartition(".")[2]: f"{__name__}.{place}" for place in _PLACES}

__all__ = list(_PLACE_OF)


def __getattr__(name: str) -> ModuleType:
    """Import a public module when it is first asked for."""
    if name not in _PLACE_OF:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return import_module(_PLACE_OF[name])


def __dir__() -> list[str]:
    """Name the public modules before they are imported."""
    return sorted({*globals(), *__all__})
