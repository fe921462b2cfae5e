"""What a form of the review is made of: columns, and where in our tables each belongs."""

from dataclasses import dataclass, field, replace
from typing import get_args

from povlib.data.standards import Status

STATUSES: tuple[Status, ...] = get_args(Status)
WRITTEN = {"poor": "nghèo", "near_poor": "cận nghèo"}  # as forms write a status
PAIR = {"Hộ": "households", "Nhân khẩu": "people"}  # the two rows of a unit, by column C
KINDS = ("households", "people")


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a figure of a form belongs in our tables.

    Attributes
    ----------
    table, column : str
    key : tuple of pairs
        What the key of the row has beside area, year and standard.
    kind : str
        Kind of row of the form (`Form.kinds`) of which this is the place.
    """

    table: str
    column: str
    key: tuple[tuple[str, str], ...] = ()
    kind: str = "households"


@dataclass(frozen=True, slots=True)
class Column:
    """
    A numbered column of a form.

    Attributes
    ----------
    number : str
        As in the row of column numbers; `1.2.*` stands for 1.2.1, 1.2.2, ...
    headings : tuple of str
        From top to bottom.
    words : str
        What the heading must and must not say (`vietnamese.says`).
    stores : tuple of Place
        Where the figure is kept; none if it is only checked.
    equals : tuple of Place
        What else counts the same.
    formula : str
        How the figure follows from others, such as `3/1*100` or `1-2-3-4`.
    also : tuple of str
        Other numbers under which the column is printed.
    """

    number: str
    headings: tuple[str, ...]
    words: str = ""
    stores: tuple[Place, ...] = ()
    equals: tuple[Place, ...] = ()
    formula: str = ""
    also: tuple[str, ...] = ()

    @property
    def percent(self) -> bool:
        """Whether the column is a rate; rates are checked and never kept."""
        return self.formula.endswith("*100")

    def named(self, number: str, heading: str) -> "Column":
        """Return one of the columns that `1.2.*` stands for: an ethnicity under its name."""
        name = "other" if heading.casefold() == "khác" else heading
        stores = tuple(
            replace(place, key=(*place.key[:-1], ("ethnicity", name))) for place in self.stores
        )
        return replace(self, number=number, headings=(*self.headings[:-1], heading), stores=stores)


@dataclass(frozen=True, slots=True)
class Form:
    """
    A form of the review.

    Attributes
    ----------
    number : int
    title : str
    words : str
        What a title says that is this form's.
    columns : tuple of Column
    kinds : dict
        What the column "Phân tổ" says of a row -> kind of row; empty if there is none.
    kind : str
        Kind of the rows where nothing is said.
    needs : tuple of str
        Numbers of columns without which nothing can be read.
    limits : tuple
        Columns that together may not exceed another.
    people : tuple
        Column of people, column of the households that they live in.
    """

    number: int
    title: str
    words: str
    columns: tuple[Column, ...]
    kinds: dict[str, str] = field(default_factory=dict)
    kind: str = "households"
    needs: tuple[str, ...] = ("1",)
    limits: tuple[tuple[tuple[str, ...], str], ...] = ()
    people: tuple[tuple[str, str], ...] = ()


def review(column: str, kind: str = "households") -> tuple[Place, ...]:
    """Place of a figure in the table of reviews."""
    return (Place("review", column, (), kind),)


def stock(status: str) -> tuple[Place, ...]:
    """All households of a status, and their members where rows count people."""
    return tuple(Place("review", f"{status}_{kind}", (), kind) for kind in KINDS)
