"""The area to look at, picked from a list by whoever works in a notebook."""

from pathlib import Path
from typing import Any

from povlib import slices
from povlib.report import language
from povlib.report.page import Page, kept_results

# What was picked in the place of the area that the parameters name, by scenario and area: it
# lasts when all cells are run again, and until the parameter is changed.
_PICKED: dict[tuple[str, str], str] = {}


def choose(scenario_file: str | Path, area_code: str, language_code: str) -> str:
    """
    Show a list of all areas to who works in a notebook, and return what is chosen.

    A batch sees no list and gets the area that it asks for.

    Parameters
    ----------
    scenario_file : str or Path
        As for `page.open_page`.
    area_code : str
        Area to begin with; the first of the data set if empty.
    language_code : str
        Language of the list.

    Returns
    -------
    area_code : str
        Code of the area; a new choice counts when the cells are run again.
    """
    if area_code and not _someone_is_there():
        return area_code
    kept = kept_results(scenario_file)
    codes = slices.area_codes(kept)
    given = area_code or codes[0]
    if given in codes and _someone_is_there():
        return _pick((str(scenario_file), given), kept, language_code)
    return given


def _someone_is_there() -> bool:
    """Whether a person could answer: whatever runs a notebook in a batch allows no input."""
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    return bool(kernel.get_parent("shell").get("content", {}).get("allow_stdin"))


def _pick(place: tuple[str, str], kept: Path, language_code: str) -> str:
    import ipywidgets
    from IPython.display import display

    page = Page(language.of(language_code), slices.read_all(kept, "areas"))
    names = {code: f"{page.name_of(code)} ({code})" for code in slices.area_codes(kept)}
    chosen = _PICKED.get(place, place[1])

    def remember(change: dict[str, Any]) -> None:
        _PICKED[place] = change["new"]

    menu = ipywidgets.Dropdown(
        options=sorted((name, code) for code, name in names.items()),
        value=chosen,
        description=page.words.text("Area"),
    )
    menu.observe(remember, "value")
    advice = page.words.text("Choose, then run all cells again.")
    display(ipywidgets.HBox([menu, ipywidgets.Label(advice)]))
    return chosen
