"""The words of a language: gettext catalogues, and numbers and dates as its readers write them."""

import gettext
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

_CATALOGUES = Path(__file__).parent / "locale"
_NBSP = "\u00a0"
_MINUS = "\u2212"


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
        """Return the message in this language, with `{name}` filled by the values."""
        translated = self.catalogue.gettext(message) if message else ""
        return translated.format(**values) if values else translated

    def plural(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the form for a count; `{count}` is the count as its readers write it."""
        message = self.catalogue.ngettext(one, many, count)
        return message.format(count=self.number(count), **values)

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number, such as 1.234,5 in Vietnamese."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(value, format=pattern, locale=self.locale).replace("-", _MINUS)
        return text if any(digit in text for digit in "123456789") else text.removeprefix(_MINUS)

    def percent(self, share: float, digits: int = 2) -> str:
        """Write a share as percent, such as 5,46 % for 0.0546."""
        return f"{self.number(100 * share, digits)}{_NBSP}%"

    def points(self, difference: float, digits: int = 2) -> str:
        """Write a difference of shares in percentage points, with its sign."""
        text = self.text("{number} points", number=self.signed(difference, digits))
        return text.replace(" ", _NBSP, 1)

    def signed(self, difference: float, digits: int = 2) -> str:
        """Write a difference of shares as `points` does, the unit standing elsewhere."""
        number = self.number(100 * difference, digits)
        return f"+{number}" if difference > 0 and number.strip("0,.") else number

    def money(self, dong: float) -> str:
        """Write an amount of dong in billions or, below one, in millions."""
        if abs(dong) >= 1e9:
            return self.text("{number} billion dong", number=self.number(dong / 1e9, 1))
        return self.text("{number} million dong", number=self.number(dong / 1e6))

    def month(self, period: str) -> str:
        """Write a month, given as YYYY-MM: 06/2025 in Vietnamese, June 2025 in English."""
        pattern = "MM/yyyy" if self.code == "vi" else "MMMM yyyy"
        return format_date(date.fromisoformat(f"{period}-01"), format=pattern, locale=self.locale)

    def place_date(self, place: str, day: str) -> str:
        """Write place and date as an official head has them."""
        written = date.fromisoformat(day)
        if self.code != "vi":
            return f"{place}, {self.date(day)}"
        # Decree 30/2020: two digits for days below 10 and the months January and February.
        month = f"{written.month:02d}" if written.month < 3 else str(written.month)
        return f"{place}, ngày {written.day:02d} tháng {month} năm {written.year}"

    def date(self, day: str) -> str:
        """Write an ISO date: 23/11/2026 in Vietnamese, 23 November 2026 in English."""
        pattern = "dd/MM/yyyy" if self.code == "vi" else "d MMMM yyyy"
        return format_date(date.fromisoformat(day), format=pattern, locale=self.locale)


@cache
def of(code: str) -> Language:
    r"""
    Return the language of a code.

    Parameters
    ----------
    code : str
        `vi`, `en`, or any other language with a catalogue in locale/.

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
    path = _CATALOGUES / f"{code}.po"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _CATALOGUES.glob("*.po")))
        msg = f"no catalogue for language {code!r}; there are: {known}"
        raise ValueError(msg)
    compiled = BytesIO()
    with path.open("rb") as file:
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
