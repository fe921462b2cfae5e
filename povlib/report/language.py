"""The words of a language: gettext catalogues, and numbers and dates as its readers write them."""

import gettext
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from string import Formatter
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from povlib import scenario

_NBSP = "\u00a0"
_MINUS = "\u2212"


class _Within(Formatter):
    """Writes the kind of an area in small letters, as Decree 30/2020 has it within a sentence."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self.kinds = kinds

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec != "within":
            return str(super().format_field(value, format_spec))
        kind, blank, rest = str(value).partition(" ")
        return kind.lower() + blank + rest if kind in self.kinds else str(value)


@dataclass(frozen=True, slots=True)
class Language:
    """
    A language of the reports.

    Attributes
    ----------
    code : str
        ISO 639-1 code.
    locale : babel.Locale
        How its readers write numbers and dates.
    catalogue : gettext.NullTranslations
        Message -> text.
    """

    code: str
    locale: Locale
    catalogue: gettext.NullTranslations

    def text(self, message: str, **values: object) -> str:
        """
        Return the message in this language, with `{name}` filled by the values.

        A translation may ask for `{name:within}`: Xã Ba Bể is xã Ba Bể within a sentence.
        """
        translated = self.catalogue.gettext(message) if message else ""
        if ":within}" in translated:
            kinds = self.catalogue.pgettext("kinds of areas, small within a sentence", "none")
            return _Within(kinds.split(", ")).vformat(translated, (), values)
        return translated.format(**values) if values else translated

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the form for a count; `{count}` is the count as its readers write it."""
        message = self.catalogue.ngettext(one, many, count)
        return message.format(count=self.number(count), **values)

    def markdown(self, source: str) -> str:
        """Translate Markdown paragraph by paragraph; one that is no message stays as it is."""
        return "\n\n".join(map(self._paragraph, re.split(r"\n\s*\n", source)))

    def _paragraph(self, source: str) -> str:
        sign, message = message_of(source)
        translated = self.text(message)
        return source if translated == message else sign + translated

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number, such as 1.234,5 in Vietnamese."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(value, format=pattern, locale=self.locale).replace("-", _MINUS)
        return text if any(digit in text for digit in "123456789") else text.removeprefix(_MINUS)

    def percent(self, share: float, digits: int = 2) -> str:
        """Write a share as percent, such as 5,46 % for 0.0546."""
        return self.text("{number}\u00a0%", number=self.number(100 * share, digits))

    def points(self, difference: float, digits: int = 2) -> str:
        """Write a difference of shares in percentage points, with its sign."""
        text = self.text("{number} points", number=self.signed(difference, digits))
        return text.replace(" ", _NBSP, 1)

    def signed(self, difference: float, digits: int = 2) -> str:
        """Write a difference of shares as `points` does, the unit standing elsewhere."""
        number = self.number(100 * difference, digits)
        has_size = any(digit in number for digit in "123456789")
        return f"+{number}" if difference > 0 and has_size else number

    def money(self, dong: float) -> str:
        """Write an amount of dong in billions or, below one, in millions."""
        if abs(dong) >= 1e9:
            return self.text("{number} billion dong", number=self.number(dong / 1e9, 1))
        digits = 1 if 0 < abs(dong) < 1e7 else 0
        return self.text("{number} million dong", number=self.number(dong / 1e6, digits))

    def month(self, period: str) -> str:
        """Write a month, given as YYYY-MM: 06/2025 in Vietnamese, June 2025 in English."""
        return self._day(f"{period}-01", self.catalogue.pgettext("month", "MMMM yyyy"))

    def place_date(self, place: str, day: str) -> str:
        """Write place and date as an official head has them."""
        # Decree 30/2020 writes January and February with two digits, the other months as they are.
        is_early = date.fromisoformat(day).month < 3
        context = "head of a report, January and February" if is_early else "head of a report"
        return f"{place}, {self._day(day, self.catalogue.pgettext(context, 'd MMMM yyyy'))}"

    def date(self, day: str) -> str:
        """Write an ISO date: 23/11/2026 in Vietnamese, 23 November 2026 in English."""
        return self._day(day, self.catalogue.pgettext("date", "d MMMM yyyy"))

    def _day(self, day: str, pattern: str) -> str:
        """Write a day by a pattern of CLDR, which is a message of the catalogue."""
        return format_date(date.fromisoformat(day), format=pattern, locale=self.locale)


def message_of(paragraph: str) -> tuple[str, str]:
    """
    Return the sign of a heading, and the message that a paragraph of Markdown is.

    Examples
    --------
    >>> message_of("## Who is hidden in the average?")
    ('## ', 'Who is hidden in the average?')
    """
    sign, message = re.fullmatch(r"(#* ?)(.*)", " ".join(paragraph.split())).groups()  # type: ignore[union-attr]
    return sign, message


@cache
def of(code: str) -> Language:
    r"""
    Return the language of a code.

    Parameters
    ----------
    code : str
        `vi`, `en`, or any other language with a catalogue in locale/: a file of its own is
        all that a further language needs.

    Returns
    -------
    language : Language

    Raises
    ------
    ValueError
        If there is no catalogue for the code.

    Examples
    --------
    >>> of("vi").percent(0.0546), of("en").number(1234.5, 1)
    ('5,46\xa0%', '1,234.5')
    """
    known = scenario.languages()
    if code not in known:
        msg = f"no catalogue for language {code!r}; there are: {', '.join(known)}"
        raise ValueError(msg)
    compiled = BytesIO()
    with (scenario.CATALOGUES / f"{code}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return Language(code, Locale.parse(code), gettext.GNUTranslations(compiled))


def name(code: str) -> str:
    """
    Return the name of a language as its speakers write it.

    Examples
    --------
    >>> name("vi"), name("en")
    ('Tiếng Việt', 'English')
    """
    own = Locale.parse(code).get_display_name(code) or code
    return own[:1].upper() + own[1:]
