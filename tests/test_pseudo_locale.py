"""
Every page in a language that nobody speaks: what is still readable was not translated.

The catalogue is made here, of the keys of the others: each letter of a message becomes one
that neither English nor Vietnamese has, placeholders stay. On the pages, plain letters can
then only come from the data, or past the catalogues.
"""

import io
import re
import unicodedata
from html import unescape
from importlib.metadata import version

import openpyxl
import pypdfium2
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from povlib import scenario, slices
from povlib.data.standards import STANDARDS
from povlib.report import exporters, failure, index, language
from povlib.report.execution import Failure
from povlib.report.task import Limits

CODE = "eo"  # of Babel's languages, one without a catalogue
PLAIN = "abcdefghijklmnopqrstuvwxyz"
STRANGE = "āñčďēŧğħīľłĺẃňōþǧřšťūẅŵžŷź"
TURNED = str.maketrans(PLAIN + PLAIN.upper(), STRANGE + STRANGE.upper())
NOTEBOOKS = sorted((scenario.PROJECT / "notebooks").glob("*.ipynb"))
# Names that are the same in every language; each with where a reader meets it.
SAME_EVERYWHERE = {
    "povlib": "the software, in the foot of a page",
    "--only-failed": "an option, on the page of a failure",
    "HTML": "a format, in the index",
    "PDF": "a format, in the index",
    "CSV": "a format, in the index",
    "Excel": "a format, in the index",
    "babe": "a name without its marks, as a hint of how to search the index",
    "VND": "the currency by its code, in heads of the workbook",
}


def strange(message):
    """The message in letters that nobody uses, its placeholders as they are."""
    parts = re.split(r"({\w+})", message)
    parts[::2] = [_bare(part).translate(TURNED) for part in parts[::2]]
    return "".join(parts)


def _bare(text):
    """The letters without their marks."""
    spread = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def _pseudo_catalogue():
    """All messages of all catalogues; dates become figures."""
    made = Catalog(locale=CODE, fuzzy=False)
    for path in scenario.CATALOGUES.glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale=path.stem):
                if message.context:
                    made.add(message.id, "yyyy-MM-dd", context=message.context)
                elif isinstance(message.id, str) and message.id:
                    made.add(message.id, strange(message.id))
                elif message.id:
                    made.add(message.id, tuple(map(strange, message.id)))
    return made


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory):
    """One new file in the place of the catalogues; nothing else makes the language."""
    folder = tmp_path_factory.mktemp("locale")
    for path in scenario.CATALOGUES.glob("*.po"):
        (folder / path.name).write_bytes(path.read_bytes())
    with (folder / f"{CODE}.po").open("wb") as file:
        write_po(file, _pseudo_catalogue())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenario, "CATALOGUES", folder)
        yield CODE
    language.of.cache_clear()


@pytest.fixture(scope="module")
def executed(kept, pseudo, run_here):
    """Every notebook, its cells run here: name -> notebook with what they show."""
    folder = str(kept.parent)
    given = {"scenario": folder, "area_code": "01906", "language": pseudo}
    return {path.stem: run_here(path, **given) for path in NOTEBOOKS}


@pytest.fixture(scope="module")
def from_the_data(kept):
    """Every text that pages take from the data or from the scenario, the longest first."""
    case = scenario.load("smoke")
    areas = slices.read_all(kept, "areas").tables["areas"]
    names = areas[["area_code", "name", "kind", "group"]].astype("string").stack()
    read = [slices.read_all(kept, "areas"), slices.read(kept, "01906")]
    texts = {
        *names,
        *case.title.values(),
        *case.office.place.values(),
        *(text.upper() for text in (*names, *case.title.values())),
        *STANDARDS,
        case.name,
        *(one.fingerprint[:12] for one in read),
        version("povlib"),
        *SAME_EVERYWHERE,
    }
    return sorted((_packed(text) for text in texts), key=len, reverse=True)


def _packed(text):
    """Without blanks: a line may break anywhere between words."""
    return "".join(text.split())


def untranslated(text, from_the_data):
    """The words of a text that are neither strange nor of the data."""
    packed = _packed(text)
    for known in from_the_data:
        packed = packed.replace(known, "·")
    letters = (
        letter if letter.isalpha() and letter.lower() not in STRANGE else " " for letter in packed
    )
    return sorted(set("".join(letters).split()))


def _of_html(page):
    """What a reader of the page sees, or hears."""
    page = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    spoken = re.findall(
        r'\s(?:alt|aria-label|data-label|data-text|placeholder|title)="([^"]*)"', page
    )
    text = unescape(" ".join([re.sub(r"<[^>]*>", " ", page), *spoken]))
    return re.sub(r"{\w+}", "", text)  # a script fills them


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_no_word_of_a_page_escapes_translation(executed, from_the_data, name):
    text = _of_html(exporters.as_html(executed[name]))
    assert sum(letter in STRANGE for letter in text) > 1000  # or this shows nothing
    assert untranslated(text, from_the_data) == []


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_no_word_of_a_document_escapes_translation(executed, from_the_data, name):
    document = pypdfium2.PdfDocument(exporters.as_pdf(executed[name]))
    pages = [page.get_textpage().get_text_range() for page in document]
    assert untranslated(" ".join(pages), from_the_data) == []


@pytest.mark.parametrize("name", [path.stem for path in NOTEBOOKS])
def test_no_word_of_the_workbook_escapes_translation(executed, from_the_data, name):
    content, _ = exporters.as_data(executed[name])
    book = openpyxl.load_workbook(io.BytesIO(content))
    values = [value for sheet in book for row in sheet.values for value in row]
    cells = [value for value in values if isinstance(value, str)]
    assert untranslated(" ".join([*book.sheetnames, *cells]), from_the_data) == []


def test_no_word_of_the_index_escapes_translation(kept, pseudo, from_the_data):
    made = {"area_code": "01906", "language": pseudo, "files": {}}
    entries = {
        "01906/eo": made | {"error": "", "status": "made"},
        "05443/eo": made | {"area_code": "05443", "error": "", "status": "outdated"},
        "05665/eo": made | {"area_code": "05665", "error": "1", "status": "failed"},
    }
    text = _of_html(index.page(kept.parent, entries, languages=[pseudo], language_code=pseudo))
    names = language.name(pseudo).split()
    assert untranslated(text, [*from_the_data, pseudo, *names]) == []


@pytest.mark.parametrize("kind", Failure.__annotations__["kind"].__args__)
def test_no_word_of_a_failure_escapes_translation(kept, pseudo, from_the_data, kind):
    place = kept.parent / "01906" / pseudo
    failed = Failure(kind, "0", 1, "1", "2")
    text = _of_html(failure.page(failed, place, language_code=pseudo, limits=Limits()))
    command = f'jupyterlab"{place / "report.ipynb"}"'
    assert untranslated(text, [_packed(command), *from_the_data]) == []


def test_a_word_past_the_catalogues_is_found(from_the_data):
    assert untranslated(f"{strange('Summary')} of Ba Bể", from_the_data) == ["of"]
