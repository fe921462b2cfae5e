"""The parameters of a report notebook, strictly: known, typed, all given, before any kernel."""

import ast
import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from povlib.errors import DataError

Value = str | int | float | bool
# What a batch gives every report; a notebook must ask for all of them.
OWN = ("scenario", "area_code", "language")
_TYPES: dict[str, type[Any]] = {"str": str, "int": int, "float": float, "bool": bool}


def resolve(notebook: Path, given: Sequence[str]) -> dict[str, Value]:
    """
    Hold the parameters that a user gives against those that a notebook declares.

    Parameters
    ----------
    notebook : Path
        With one cell tagged `parameters` of annotated values.
    given : sequence of str
        `NAME=VALUE`, for parameters other than those of every report.

    Returns
    -------
    values : dict
        Every further parameter of the notebook, typed; the notebook's own value for
        those not given.

    Raises
    ------
    DataError
        If there is no such notebook, it does not declare what every report is given,
        or a name is unknown or a value mistyped. Papermill would only warn of an
        unknown name, and every report would be of the default.
    """
    declared = _declared(notebook)
    for name in OWN:
        if name not in declared:
            msg = f"{notebook.name}: its cell of parameters has no {name}{_hint(name, declared)}"
            raise DataError(msg)
    further = {name: one for name, one in declared.items() if name not in OWN}
    values = {name: default for name, (_, default) in further.items()}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            msg = f"parameter {text}: expected NAME=VALUE"
            raise DataError(msg)
        if name not in further:
            rule = "given by the batch itself" if name in OWN else "unknown to the notebook"
            msg = f"parameter {name}: {rule} {notebook.name}{_hint(name, further)}"
            raise DataError(msg)
        values[name] = _typed(name, value, further[name][0])
    return values


def _declared(notebook: Path) -> dict[str, tuple[str, Value]]:
    """Type and value of each parameter; Papermill reads the same, but takes seconds to import."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
        lines = ast.parse("".join("".join(cell["source"]) for cell in tagged)).body
        return {
            line.target.id: (ast.unparse(line.annotation), ast.literal_eval(line.value))
            for line in lines
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value
        }
    except OSError:
        msg = f"{notebook}: no such notebook"
        raise DataError(msg) from None
    except (ValueError, SyntaxError, KeyError, TypeError) as error:
        msg = f"{notebook}: not a notebook with plain, typed parameters: {error}"
        raise DataError(msg) from None


def _hint(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _typed(name: str, text: str, kind: str) -> Value:
    """A text as a value of the declared type; a code with leading zeros stays text."""
    if kind == "str":
        return text
    try:
        value: Any = ast.literal_eval(text.capitalize() if kind == "bool" else text)
    except (ValueError, SyntaxError):
        value = None
    if kind == "float" and type(value) is int:
        value = float(value)
    if type(value) is not _TYPES.get(kind):
        msg = f"parameter {name}: expected {kind}; found {text!r}"
        raise DataError(msg)
    return value
