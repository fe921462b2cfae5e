"""Vietnamese words compared as readers do: spelling variants are one, diacritics are kept."""

import re
import unicodedata
from functools import cache

# Grave, acute, tilde, hook above, dot below: the tones. Circumflex, breve and horn make letters.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# One word of the Central Highlands' languages for water, written in many ways, also joined
# to the next.
_DAK = re.compile(r"\b[dđ][aáăắâấ][ck](?=[bcdđghklmnpqrstvx'’]|\b)", re.IGNORECASE)
_KINDS = {
    "xã": r"xã|x\.",
    "phường": r"phường|p\.",
    "thị trấn": r"thị trấn|tt\.",
    "đặc khu": r"đặc khu",
    "huyện": r"huyện|h\.",
    "thị xã": r"thị xã|tx\.?",
    "thành phố": r"thành phố|tp\.?",
    "quận": r"quận|q\.",
    "tỉnh": r"tỉnh",
}
_KIND = re.compile(
    "|".join(f"(?P<k{place}>{pattern})" for place, pattern in enumerate(_KINDS.values())),
    re.IGNORECASE,
)


def tidy(text: object) -> str:
    """Return a text composed, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", str(text)).split())


def plain(text: str) -> str:
    """
    Return a text in small letters without diacritics, as people type it in a hurry.

    Only to search by: Văn Lang and Văn Lăng become one, so never to join by.

    Examples
    --------
    >>> plain("Xã Ba Bể"), plain("Đức Xuân")
    ('xa ba be', 'duc xuan')
    """
    letters = unicodedata.normalize("NFD", tidy(text).casefold().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@cache
def fold(text: str) -> str:
    """
    Return the words of a text without what spelling may vary: case, marks, place of the tone.

    Examples
    --------
    >>> fold("Quảng Hoà") == fold("QUẢNG  HÒA"), fold("Văn Lang") == fold("Văn Lăng")
    (True, False)
    """
    return " ".join(_fold_word(word) for word in re.findall(r"[\w%'’`\u0300-\u036f]+", tidy(text)))


def _fold_word(word: str) -> str:
    letters = unicodedata.normalize("NFD", word.casefold())
    base = "".join(letter for letter in letters if letter not in _TONES and letter not in "'’`")
    tone = "".join(letter for letter in letters if letter in _TONES)
    # i and y are written for each other at the end of a syllable.
    return unicodedata.normalize("NFC", base).replace("y", "i") + tone


@cache
def key(name: str) -> str:
    """
    Return what the spelling variants of a unit's name have in common.

    Examples
    --------
    >>> key("Đăk RMăng") == key("ĐắkR'Măng") == key("Dak R’Măng"), key("Lam Vỹ") == key("Lam Vĩ")
    (True, True)
    """
    return fold(_DAK.sub("đăk ", tidy(name))).replace(" ", "")


@cache
def split_kind(label: str) -> tuple[str, str]:
    """
    Split the name of a unit into its kind and its own name.

    Examples
    --------
    >>> split_kind("Xã Ba Bể"), split_kind("TT. Ea TLing"), split_kind("Ba Bể")
    (('xã', 'Ba Bể'), ('thị trấn', 'Ea TLing'), ('', 'Ba Bể'))
    """
    text = tidy(label)
    found = _KIND.match(text)
    rest = text[found.end() :] if found else ""
    # The kind is parted from the name by a space or its own dot: "Xãnh" is no commune "nh".
    if found is None or not rest.strip() or not (rest[0] == " " or found[0].endswith(".")):
        return "", text
    place = next(place for place in range(len(_KINDS)) if found[f"k{place}"])
    return list(_KINDS)[place], rest.strip()


@cache
def _tokens(words: str) -> tuple[tuple[bool, tuple[str, ...]], ...]:
    parts = [part.strip() for part in words.split(";") if part.strip()]
    return tuple(
        (not part.startswith("!"), tuple(fold(word) for word in part.lstrip("!").split("|")))
        for part in parts
    )


def says(text: str, words: str) -> bool:
    """
    Whether a text holds some words and not others.

    Parameters
    ----------
    text : str
    words : str
        Separated by semicolons; `!` before what must not be there, `|` between
        alternatives.

    Examples
    --------
    >>> says("Tỉ lệ hộ cận nghèo (%)", "tỷ lệ|%; nghèo"), says("Hộ cận nghèo", "nghèo; !cận")
    (True, False)
    """
    folded = f" {fold(text)} "
    return all(
        wanted == any(word in folded for word in choices) for wanted, choices in _tokens(words)
    )


def file_name(text: str) -> str:
    """
    Return a text as a name of a file on any system: letters without marks, digits, hyphens.

    Examples
    --------
    >>> file_name("Rà soát hộ nghèo, Đắk Lắk (2024)")
    'Ra-soat-ho-ngheo-Dak-Lak-2024'
    """
    letters = unicodedata.normalize("NFKD", text).translate({0x111: "d", 0x110: "D"})
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^A-Za-z0-9_-]+", "-", bare).strip("-")
