"""Sentences and sections, in the language of a page."""

from povlib.report.elements import Prose, literal
from povlib.report.page import Page


def say(page: Page, message: str, **values: object) -> str:
    """
    Return a sentence in Markdown; texts from the data are shown as they are.

    Parameters
    ----------
    page : Page
    message : str
        English; a message of the catalogues.
    **values : object
        For its placeholders.

    Returns
    -------
    sentence : str
    """
    return page.words.text(message, **{key: literal(str(value)) for key, value in values.items()})


def section(page: Page, heading: str, *sentences: str, **values: object) -> Prose:
    """
    Put sentences below a heading.

    Parameters
    ----------
    page : Page
    heading : str
        English; a message of the catalogues.
    *sentences : str
        Paragraphs in Markdown; empty ones are left out.
    **values : object
        For the placeholders of the heading.

    Returns
    -------
    section : Prose
    """
    kept = [text for text in sentences if text]
    return Prose("\n\n".join([f"## {say(page, heading, **values)}", *kept]))


def heading(page: Page, text: str) -> Prose:
    """
    Head a section that holds tables and figures alone.

    Parameters
    ----------
    page : Page
    text : str
        English; a message of the catalogues.

    Returns
    -------
    heading : Prose
    """
    return section(page, text)
