"""Parameters of report notebooks: what is unknown, missing or mistyped is refused."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from povlib.errors import DataError
from povlib.report import parameters

OWN = 'scenario: str = "s"\narea_code: str = "01906"  # a code\nlanguage: str = "vi"\n'
FURTHER = 'code: str = "001"\nyears: int = 3\nshare: float = 0.5\nlong: bool = False\n'


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook with a cell of parameters."""

    def _notebook(source):
        cell = new_code_cell(source, metadata={"tags": ["parameters"]})
        path = tmp_path / "own.ipynb"
        nbformat.write(new_notebook(cells=[cell]), path)
        return path

    return _notebook


def test_values_are_typed_and_the_notebook_gives_the_rest(notebook):
    "A code keeps its leading zeros, which Papermill would take for the number 1906"
    given = ["code=01906", "share=1", "long=true"]
    found = parameters.resolve(notebook(OWN + FURTHER), given)
    assert found == {"code": "01906", "years": 3, "share": 1.0, "long": True}
    assert type(found["share"]) is float


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("yaers=3", r"parameter yaers: unknown to the notebook own.ipynb; did you mean years\?"),
        ("years=three", "parameter years: expected int; found 'three'"),
        ("years=3.0", "parameter years: expected int; found '3.0'"),
        ("years=True", "parameter years: expected int; found 'True'"),
        ("share=0.5x", "parameter share: expected float; found '0.5x'"),
        ("long=1", "parameter long: expected bool; found '1'"),
        ("years", "parameter years: expected NAME=VALUE"),
        ("area_code=01906", "parameter area_code: given by the batch itself"),
    ],
)
def test_what_is_given_wrongly_is_refused(notebook, given, message):
    with pytest.raises(DataError, match=message):
        parameters.resolve(notebook(OWN + FURTHER), [given])


def test_a_notebook_must_ask_for_what_a_batch_gives(notebook):
    wrong = OWN.replace("language", "langauge")
    message = r"own.ipynb: its cell of parameters has no language; did you mean langauge\?"
    with pytest.raises(DataError, match=message):
        parameters.resolve(notebook(wrong), [])


def test_what_is_no_notebook_is_refused(notebook, tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.ipynb: no such notebook"):
        parameters.resolve(tmp_path / "nowhere.ipynb", [])
    (tmp_path / "text.ipynb").write_text("text")
    with pytest.raises(DataError, match=r"text\.ipynb: not a notebook with plain"):
        parameters.resolve(tmp_path / "text.ipynb", [])
    with pytest.raises(DataError, match=r"own\.ipynb: not a notebook with plain, typed parameters"):
        parameters.resolve(notebook("language: str = open('x').read()"), [])
