"""Languages: numbers and dates as readers write them, catalogues complete."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from povlib.data import simulation, standards
from povlib.report import language, vocabulary

REPORT = Path(language.__file__).parent
VI, EN = language.of("vi"), language.of("en")
NBSP = "\u00a0"


def _catalogue(code):
    with (REPORT / "locale" / f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def _messages():
    """Every text given to text, plural, _say, _section or Note, and every name."""
    found = {
        *vocabulary.NAMES.values(),
        *vocabulary.SHORT_NAMES.values(),
        *vocabulary.ALTERNATIVES.values(),
    }
    sources = [
        *REPORT.glob("*.py"),
        *(REPORT.parent / "data").glob("*.py"),
        *(REPORT.parent / "models").glob("*.py"),
        REPORT.parent / "outlook.py",
        REPORT.parent / "results.py",
    ]
    for path in sources:
        found |= _messages_of(ast.parse(path.read_text("utf-8")))
    templates = "".join(path.read_text("utf-8") for path in REPORT.glob("templates/*.j2"))
    return found | set(re.findall(r'words\.text\("([^"]+)"', templates))


def _messages_of(module):
    """Texts given to those functions, directly, by a name or out of a dictionary."""
    named = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, set()).update(_texts(node.value))
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = {"text": 0, "plural": 0, "Note": 0, "_say": 1, "_section": 1}.get(name)
            if place is not None and len(node.args) > place:
                found |= _texts(node.args[place])
                for inner in ast.walk(node.args[place]):
                    found |= named.get(getattr(inner, "id", ""), set())
    return found


def _texts(node):
    """The text of a constant, and the texts that dictionaries within hold as values."""
    found = {node.value} if isinstance(node, ast.Constant) else set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Dict):
            found |= {value.value for value in inner.values if isinstance(value, ast.Constant)}
    return {text for text in found if isinstance(text, str) and text}


def test_vietnamese_writes_numbers_with_dots_and_a_comma():
    assert VI.number(1234.5, 1) == "1.234,5"
    assert VI.percent(0.0546) == f"5,46{NBSP}%"
    assert VI.points(-0.0161) == f"−1,61{NBSP}điểm phần trăm"
    assert VI.points(0.0161).startswith("+1,61")
    assert VI.date("2026-11-23") == "23/11/2026"
    assert VI.month("2025-06") == "06/2025"
    assert VI.money(872_000_000_000) == "872,0 tỷ đồng"
    assert VI.money(12_300_000) == "12 triệu đồng"


def test_english_writes_numbers_with_commas_and_a_dot():
    assert EN.number(1234.5, 1) == "1,234.5"
    assert EN.percent(0.0546) == f"5.46{NBSP}%"
    assert EN.points(-0.0161) == f"−1.61{NBSP}points"
    assert EN.date("2026-11-23") == "23 November 2026"


def test_nothing_is_written_as_minus_zero():
    assert EN.signed(-0.000001) == "0.00"
    assert EN.signed(0.000001) == "0.00"
    assert EN.signed(0.001) == "+0.10"


def test_counts_take_their_form():
    one, many = "about {count} household a year{range}.", "about {count} households a year{range}."
    messages = ("Pace needed: {pace} a year, " + one, "Pace needed: {pace} a year, " + many)
    assert EN.plural(*messages, 1, pace="x", range="").endswith("1 household a year.")
    assert EN.plural(*messages, 1200, pace="x", range="").endswith("1,200 households a year.")
    assert VI.plural(*messages, 2, pace="x", range="").endswith("2 hộ mỗi năm.")


def test_an_unknown_language_lists_the_known_ones():
    with pytest.raises(ValueError, match="no catalogue for language 'fr'; there are: en, id, vi"):
        language.of("fr")


def test_every_message_of_the_source_is_in_vietnamese():
    catalogue = _catalogue("vi")
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue}
    assert _messages() - known == set()


@pytest.mark.parametrize("code", ["vi", "en"])
def test_no_translation_is_empty_fuzzy_or_loses_a_value(code):
    for message in _catalogue(code):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        texts = [message.string] if isinstance(message.string, str) else message.string
        assert all(texts), source
        assert not message.fuzzy, source
        for text in texts:
            fields = set(re.findall(r"{(\w+)}", text))
            assert fields == set(re.findall(r"{(\w+)}", source)), source


def test_every_indicator_and_body_has_a_name():
    codes = {
        code
        for standard in standards.STANDARDS.values()
        for item in standard.indicators
        for code in (item.code, item.body)
    }
    assert codes <= set(vocabulary.NAMES)


def test_the_tasks_of_the_embedded_data_set_are_in_english():
    known = {message.id for message in _catalogue("en")}
    texts = {text for pair in simulation.TASKS.values() for text in pair} | {simulation.AUTHORITY}
    assert texts <= known
