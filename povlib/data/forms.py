"""
The official forms of the annual review under a standard, and which of them a title is of.

Forms 1 to 13 hold counts by commune. Forms 14 and 15 list households by name and have no
place here (`povlib.data.personal`). Titles, headings and numbers are those that provinces
print; docs/data-sources.md says where they were read.
"""

from functools import cache

from povlib.data import form_breakdowns, form_counts
from povlib.data.form_parts import STATUSES, Form
from povlib.data.standards import STANDARDS
from povlib.data.vietnamese import says
from povlib.errors import DataError


@cache
def of_standard(name: str) -> tuple[Form, ...]:
    """
    Return forms 1 to 13 as printed under a standard.

    Parameters
    ----------
    name : str
        Name of the standard; its indicators are the columns of forms 4 to 7.

    Returns
    -------
    forms : tuple of Form

    Raises
    ------
    DataError
        If no such standard is known, or it has no indicators.

    Examples
    --------
    >>> [len(form.columns) for form in of_standard("nd07-2021")]
    [14, 9, 9, 14, 13, 14, 13, 10, 8, 8, 8, 22, 22]
    """
    known = [standard.name for standard in STANDARDS.values() if standard.indicators]
    if name not in known:
        msg = f"standard must be one of {', '.join(known)}; found {name}"
        raise DataError(msg)
    codes = tuple(item.code for item in STANDARDS[name].indicators)
    poor, near = STATUSES
    return (
        form_counts.results(),
        form_counts.flows(2, poor),
        form_counts.flows(3, near),
        form_counts.deprivations(4, poor, codes),
        form_counts.shares(5, poor, codes),
        form_counts.deprivations(6, near, codes),
        form_counts.shares(7, near, codes),
        form_breakdowns.groups(),
        form_breakdowns.ethnicities(),
        form_breakdowns.causes(),
        form_breakdowns.children(),
        form_breakdowns.profile(12, poor),
        form_breakdowns.profile(13, near),
    )


def recognise(texts: list[str], standard: str) -> Form | None:
    """
    Return the form that a title is of: the first text that is the title of just one form.

    Parameters
    ----------
    texts : list of str
        Rows above the columns.
    standard : str

    Returns
    -------
    form : Form or None
    """
    for text in texts:
        found = [form for form in of_standard(standard) if says(text, form.words)]
        if len(found) == 1:
            return found[0]
    return None
