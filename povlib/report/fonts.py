"""The typeface of the reports: its files, and a copy for web pages cut to the letters in use."""

import base64
import re
from functools import cache
from io import BytesIO
from pathlib import Path

import fontpkg_be_vietnam_pro
from fontTools import subset
from fontTools.ttLib import TTFont

FILES = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
_WEIGHTS = {"Regular": 400, "SemiBold": 600}
_FOREIGN = 5.0  # width of the number that stands for a letter of no weight [em]
# What Vietnamese and English pages are written with; other letters fall back to the
# reader's own typeface.
_LETTERS = [
    *range(0x20, 0x180),
    *(0x1A0, 0x1A1, 0x1AF, 0x1B0),
    *range(0x1EA0, 0x1EFA),
    *range(0x300, 0x324),
    *range(0x2010, 0x2040),
    *(0x2190, 0x2192, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265),
]


@cache
def faces() -> str:
    """Return the CSS that embeds the typeface; made once a process, always the same bytes."""
    return "".join(
        f"@font-face{{font-family:'Be Vietnam Pro';font-weight:{weight};font-display:swap;"
        f"src:url(data:font/woff2;base64,{_web_font(name)}) format('woff2')}}"
        for name, weight in _WEIGHTS.items()
    )


def _web_font(name: str) -> str:
    """A weight of the typeface cut to the letters in use, as base64 of WOFF2."""
    options = subset.Options(
        flavor="woff2", layout_features=["kern", "mark", "mkmk", "ccmp", "locl"]
    )
    buffer = BytesIO()
    with subset.load_font(FILES / f"BeVietnamPro-{name}.ttf", options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=_LETTERS)
        cutter.subset(font)
        subset.save_font(font, buffer, options)
    return base64.b64encode(buffer.getvalue()).decode()


def width(text: str, *, strong: bool = False) -> float:
    """
    Return about how wide a line of text is, without the kerning of its letters.

    Parameters
    ----------
    text : str
    strong : bool
        Whether it is set in the heavier weight.

    Returns
    -------
    width : float
        Of its size. [em]

    Examples
    --------
    >>> width("Xã Ba Bể") < width("Xã Ba Bể", strong=True) < 5
    True
    """
    advances = _advances("SemiBold" if strong else "Regular")
    return sum(advances.get(ord(letter), _FOREIGN) for letter in text)


@cache
def _advances(name: str) -> dict[int, float]:
    """How far each letter of a weight moves the next [em]."""
    with TTFont(FILES / f"BeVietnamPro-{name}.ttf") as font:
        metrics, size = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: metrics[glyph][0] / size for code, glyph in font.getBestCmap().items()}


def legible(text: str) -> str:
    """
    Return a text with the numbers of letters that the typeface lacks in their place.

    Examples
    --------
    >>> legible("Xã Ba Bể 中")
    'Xã Ba Bể [U+4E2D]'
    """
    return _foreign().sub(lambda letter: f"[U+{ord(letter[0]):04X}]", text)


@cache
def _foreign() -> re.Pattern[str]:
    """What not every weight of the typeface can draw, but spaces and ends of lines."""
    drawn = set.intersection(
        *(set(TTFont(FILES / f"BeVietnamPro-{name}.ttf").getBestCmap()) for name in _WEIGHTS)
    )
    private = range(0xE000, 0xF900)
    letters = "".join(re.escape(chr(code)) for code in sorted(drawn) if code not in private)
    return re.compile(f"[^\\s{letters}]")
