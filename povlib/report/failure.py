"""The page in the place of a report that could not be made."""

from pathlib import Path

from povlib import slices
from povlib.errors import DataError
from povlib.models.measurement import WHOLE
from povlib.report import exporters, language
from povlib.report.execution import Failure
from povlib.report.language import Language
from povlib.report.page import Page
from povlib.report.task import WHOLE_FOLDER, Limits

NAME = "failure.html"


def page(failure: Failure, place: Path, *, language_code: str, limits: Limits) -> str:
    """
    Write the page of a failure: what happened, in which cell, how to look into it.

    Parameters
    ----------
    failure : Failure
    place : Path
        Folder in which the page and the notebook will stand: `<area_code>/<language>`
        in the output folder of the scenario.
    language_code : str
    limits : Limits

    Returns
    -------
    html : str
        A self-contained page.
    """
    words = language.of(language_code)
    return (
        exporters.templates()
        .get_template("failure.html.j2")
        .render(
            words=words,
            style=exporters.style(),
            name=_name(place, words),
            failure=failure,
            reason=_reason(words, failure, limits),
            trace=exporters.plain(failure.trace),
            command=f'jupyter lab "{place / "report.ipynb"}"',
        )
    )


def _name(place: Path, words: Language) -> str:
    """Name of the area; its code if the results cannot be read, which may be the failure."""
    area_code, kept = place.parent.name, place.parents[1] / "results"
    area_code = WHOLE if area_code == WHOLE_FOLDER else area_code
    try:
        named = Page(words, slices.read_all(kept, "areas")).name_of(area_code)
    except (OSError, ValueError, LookupError, DataError):
        return area_code
    return named if area_code == WHOLE else f"{named} ({area_code})"


def _reason(words: Language, failure: Failure, limits: Limits) -> str:
    """Say in a reader's words what kind of failure it is."""
    match failure.kind:
        case "error":
            return words.text("A cell of the notebook ended with an error.")
        case "memory":
            return words.text(
                "The notebook needed more memory than the {limit} MB it may take.",
                limit=words.number(limits.memory),
            )
        case "disk":
            return words.text("There was no room on the disk for what the notebook wrote.")
        case "time":
            return words.text(
                "The notebook was not done after {limit} seconds and was stopped.",
                limit=words.number(limits.seconds),
            )
        case "output":
            return words.text(
                "The notebook showed more than the {limit} MB it may and was stopped.",
                limit=words.number(limits.output),
            )
        case "died":
            return words.text("The process that ran the notebook ended unexpectedly.")
        case _:
            return words.text("The notebook ran, but its pages could not be made.")
