"""The numbers that sentences quote, read back from the words in which they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from povlib.report.language import Language

_FIRST_YEAR, _LAST_YEAR = 1900, 2100


@dataclass(frozen=True, slots=True)
class Quoted:
    """
    A number of a sentence.

    Attributes
    ----------
    text : str
        As it stands there, with its unit.
    value : float
        To the digits that are quoted.
    unit : str
        `share`, `points` (percentage points), `VND`, `year`; empty of a count.
    """

    text: str
    value: float
    unit: str


def numbers(words: Language, sentence: str) -> Iterator[Quoted]:
    r"""
    Find the numbers of a sentence; parts of dates, codes and names are none.

    Parameters
    ----------
    words : Language
        In which the sentence is written.
    sentence : str

    Yields
    ------
    quoted : Quoted

    Examples
    --------
    >>> from povlib.report import language
    >>> told = "Resolution 257/2025/QH15: 5.46\u00a0% of 1,234 households in 2024"
    >>> [(one.value, one.unit) for one in numbers(language.of("en"), told)]
    [(0.0546, 'share'), (1234.0, ''), (2024.0, 'year')]
    """
    decimal, thousands = _signs(words)
    units = _units(words)
    for found in _pattern(words).finditer(sentence):
        written, after = found["number"], found["unit"] or ""
        plain = written.replace(thousands, "").replace(decimal, ".").replace("\u2212", "-")
        unit, factor = units[after]
        value = float(Decimal(plain) * factor)
        is_year = written.isdigit() and len(written) == 4 and _FIRST_YEAR < value < _LAST_YEAR
        yield Quoted(found[0], value, "year" if is_year and not after else unit)


def _signs(words: Language) -> tuple[str, str]:
    """The language's signs before decimals and between thousands."""
    example = words.number(1234.5, 1)
    return example[-2], example[1]


def _units(words: Language) -> dict[str, tuple[str, Decimal]]:
    """What may follow a number: its unit, and what the number is multiplied by."""
    written = {
        words.percent(1, 0): ("share", Decimal("0.01")),
        words.points(0, 0): ("points", Decimal(1)),
        words.money(1e9): ("VND", Decimal(10) ** 9),
        words.money(1e6): ("VND", Decimal(10) ** 6),
    }
    alone = {"": ("", Decimal(1))}
    return alone | {re.sub(r"^[\d.,]+", "", text): unit for text, unit in written.items()}


@cache
def _pattern(words: Language) -> re.Pattern[str]:
    decimal, thousands = map(re.escape, _signs(words))
    units = "|".join(re.escape(text) for text in _units(words) if text)
    return re.compile(
        rf"(?<![\w/.,])(?P<number>[+\u2212]?(?:\d{{1,3}}(?:{thousands}\d{{3}})+|\d+)"
        rf"(?:{decimal}\d+)?)(?P<unit>{units})?(?![\w/]|[.,]\d)"
    )
