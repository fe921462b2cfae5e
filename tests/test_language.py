"""Languages: numbers and dates as readers write them, catalogues complete, words fixed."""

import ast
import gettext
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
import yaml
from babel import Locale
from babel.messages.pofile import read_po

from povlib import scenario
from povlib.data import simulation, standards
from povlib.errors import DataError
from povlib.report import language, vocabulary

REPORT = Path(language.__file__).parent
VI, EN, ID = language.of("vi"), language.of("en"), language.of("id")
CODES = scenario.languages()
TRANSLATED = [code for code in CODES if code != "en"]  # messages are English
NBSP = "\u00a0"
SOURCES = [path for path in REPORT.parent.rglob("*.py") if path.name != "cli.py"]
# Translations that are the message itself: names, and patterns of other texts.
UNCHANGED = {"CRPS", "Target", "target", "Target: {source}.", "target {rate}"}


def _path(code):
    return scenario.CATALOGUES / f"{code}.po"


def _catalogue(code):
    with _path(code).open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def _entries(code):
    """Messages of a catalogue: (context, message) -> message with its strings."""
    return {
        (message.context, _first(message.id)): message for message in _catalogue(code) if message.id
    }


def _first(text):
    return text if isinstance(text, str) else text[0]


def _strings(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def _fields(text):
    return sorted(re.findall(r"{(\w+)(?::within)?}", text))


@cache
def _messages():
    """Every text that a page gives to the catalogue, as far as the source tells."""
    found = set()
    for table in (
        vocabulary.NAMES,
        vocabulary.SHORT_NAMES,
        vocabulary.ALTERNATIVES,
        vocabulary.COLUMNS,
        vocabulary.DRAWN,
        vocabulary.UNITS,
    ):
        found |= set(table.values())
    for path in SOURCES:
        found |= _messages_of(ast.parse(path.read_text("utf-8")))
    templates = "".join(path.read_text("utf-8") for path in REPORT.glob("templates/*.j2"))
    return found | set(re.findall(r'words\.text\(\s*"([^"]+)"', templates)) | _in_notebooks()


def _in_notebooks():
    """Paragraphs that stay when a notebook becomes a page, and headings that it asks for."""
    found = set()
    for path in (scenario.PROJECT / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                found |= _messages_of(ast.parse(cell.source))
            elif "remove-cell" not in cell.metadata.get("tags", []):
                paragraphs = re.split(r"\n\s*\n", cell.source)
                found |= {language.message_of(one)[1] for one in paragraphs}
    return found


@cache
def _anywhere():
    """Every text of the source, of the scenarios and of the templates: where a message may be."""
    found = _messages() | set(simulation.TASKS) | _of_scenarios()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return found


def _of_scenarios():
    found = set()
    for path in scenario.PARAMS.glob("*.yml"):
        case = yaml.safe_load(path.read_text("utf-8"))
        found |= _values(case)
    return found


def _values(part):
    if isinstance(part, dict):
        return set().union(*map(_values, part.values()))
    if isinstance(part, list):
        return set().union(*map(_values, part))
    return {part} if isinstance(part, str) else set()


# Where the message stands among the arguments of a function.
PLACES = {"text": 0, "plural": 0, "Note": 0, "say": 1, "section": 1, "heading": 1, "table": 2}


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
            place = PLACES.get(name)
            if place is not None and len(node.args) > place:
                found |= _texts(node.args[place])
                if isinstance(node.args[place], ast.List | ast.Tuple):
                    found |= {text for one in node.args[place].elts for text in _texts(one)}
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


def test_indonesian_writes_numbers_with_dots_and_a_comma_and_percent_without_a_blank():
    assert ID.number(1234.5, 1) == "1.234,5"
    assert ID.percent(0.0546) == "5,46%"
    assert ID.points(-0.0161) == f"−1,61{NBSP}poin persentase"
    assert ID.date("2026-11-23") == "23 November 2026"
    assert ID.money(872_000_000_000) == "872,0 miliar dong"


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
    known = ", ".join(CODES)
    with pytest.raises(ValueError, match=f"no catalogue for language 'fr'; there are: {known}"):
        language.of("fr")
    with pytest.raises(DataError, match=f"language fr: reports are written in {known}"):
        scenario.check_languages(["vi", "fr"])


def test_a_scenario_names_only_languages_with_a_catalogue(tmp_path):
    text = (scenario.PARAMS / "smoke.yml").read_text("utf-8")
    path = tmp_path / "own.yml"
    path.write_text(text.replace('["vi", "en"]', '["vi", "id"]'), "utf-8")
    assert scenario.load(path).languages == ["vi", "id"]
    path.write_text(text.replace('["vi", "en"]', '["vi", "fr"]'), "utf-8")
    with pytest.raises(DataError, match=r"own.yml, key languages.1: language fr: reports are"):
        scenario.load(path)


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_of_the_source_is_translated(code):
    assert _messages() - {text for _, text in _entries(code)} == set()


@pytest.mark.parametrize("code", [code for code in TRANSLATED if code != "vi"])
def test_a_translation_has_the_messages_of_all_the_others(code):
    # Texts of the data are Vietnamese: only the others translate them.
    needed = set(_entries("vi")) | {key for key in _entries("en") if key[1] not in _messages()}
    assert set(_entries(code)) == needed


@pytest.mark.parametrize("code", CODES)
def test_no_message_of_a_catalogue_is_obsolete(code):
    assert not _catalogue(code).obsolete
    own = {text for context, text in _entries(code) if not context}
    assert own - _anywhere() == set()


@pytest.mark.parametrize("code", CODES)
def test_no_message_stands_twice(code):
    texts = re.findall(
        r'(?:^msgctxt (".*")\n)?^msgid ((?:".*"\n)+)', _path(code).read_text("utf-8"), re.MULTILINE
    )
    assert len(texts) == len(set(texts)) == len(_entries(code)) + 1  # and the head


@pytest.mark.parametrize("code", CODES)
def test_no_translation_is_empty_fuzzy_or_loses_a_value(code):
    for message in _entries(code).values():
        source = message.id if isinstance(message.id, str) else message.id[-1]
        assert all(_strings(message)), source
        assert not message.fuzzy, source
        for text in _strings(message):
            assert _fields(text) == _fields(source), source
            assert text.count("**") == source.count("**"), source
            assert (text[:1].isspace(), text[-1:].isspace()) == (False, False), source


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_english_is_left_in_a_translation(code):
    for (context, source), message in _entries(code).items():
        if context or not re.search(r"[a-z]{3}", re.sub(r"{\w+}", "", source)):
            continue
        assert source in UNCHANGED or source not in _strings(message)


@pytest.mark.parametrize("code", CODES)
def test_plural_forms_are_those_of_the_language(code):
    head = _path(code).read_text("utf-8").split("\n\n")[0]
    assert f'"Language: {code}\\n"' in head
    count, rule = re.search(r"nplurals=(\d+); plural=(.+);", head).groups()
    place, category = gettext.c2py(rule), Locale.parse(code).plural_form
    pairs = {(place(number), category(number)) for number in range(1000)}
    # As many forms as CLDR knows, each for one of its categories.
    assert len(pairs) == len({form for form, _ in pairs}) == int(count)
    assert {name for _, name in pairs} == category.tags | {"other"}
    plurals = [message for message in _entries(code).values() if message.pluralizable]
    assert plurals
    for message in plurals:
        assert len(_strings(message)) == int(count), message.id


def _terms():
    """Rows of the table of fixed terms: English, Vietnamese, Indonesian, never."""
    text = (scenario.PROJECT / "docs" / "nomenclature.md").read_text("utf-8")
    part = text.split("## Words for readers")[1].split("\n## ")[0]
    rows = [line.strip("| ").split("|") for line in part.splitlines() if line.startswith("|")]
    return [[[*filter(None, map(str.strip, cell.split(",")))] for cell in row] for row in rows[2:]]


@pytest.mark.parametrize(("code", "place"), [("vi", 1), ("id", 2)])
def test_one_thing_has_one_word(code, place):
    terms = _terms()
    assert len(terms) > 20  # or this shows nothing
    for (context, source), message in _entries(code).items():
        said = " ".join(_strings(message)).lower()
        bare = re.sub(r"{\w+}", "", source)
        for row in terms if not context else []:
            if any(
                re.search(rf"(?<![-\w]){re.escape(word)}", bare, re.IGNORECASE) for word in row[0]
            ):
                assert any(word.lower() in said for word in row[place]), (source, said)
            for word in row[3] if len(row) > 3 else []:
                assert not re.search(rf"\b{re.escape(word.lower())}\b", said), (word, said)


def test_every_example_of_a_date_is_as_its_readers_write_it():
    assert VI.place_date("Ba Bể", "2027-01-05") == "Ba Bể, ngày 05 tháng 01 năm 2027"
    assert VI.place_date("Ba Bể", "2027-02-15") == "Ba Bể, ngày 15 tháng 02 năm 2027"
    assert VI.place_date("Ba Bể", "2027-03-05") == "Ba Bể, ngày 05 tháng 3 năm 2027"
    assert EN.place_date("Ba Be", "2027-01-05") == "Ba Be, 5 January 2027"
    assert ID.place_date("Ba Bể", "2027-08-05") == "Ba Bể, 5 Agustus 2027"
    assert (EN.month("2025-06"), ID.month("2025-06")) == ("June 2025", "Juni 2025")


def test_the_kind_of_an_area_is_small_within_a_vietnamese_sentence():
    message = "Poor households of {name} in {year}"
    for name, written in [("Xã Ba Bể", "xã Ba Bể"), ("Tỉnh Thái Nguyên", "tỉnh Thái Nguyên")]:
        assert f"của {written} trong" in VI.text(message, name=name, year=2024)
    for name in ("Hà Nội", "Xãm", "{year} <b>", ""):  # not a kind: as it is
        assert f"của {name} trong" in VI.text(message, name=name, year=2024)


def test_markdown_is_translated_by_paragraphs_and_else_stays():
    assert VI.markdown("## Who is hidden in the average?") == "## Số bình quân che khuất nhóm nào?"
    told = VI.markdown(
        "Its own way so far, what the projection\nmakes of it, and the target.\n\n- a\n- b"
    )
    assert told == "Diễn biến đã qua của xã, kết quả dự báo và mục tiêu.\n\n- a\n- b"
    assert EN.markdown("## A\n\nb\nc") == "## A\n\nb\nc"


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
