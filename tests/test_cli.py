"""The command line as a user meets it: what goes wrong is one line."""

import sys

import pytest
from openpyxl import load_workbook

from povlib import cli
from povlib.data import dataset
from povlib.scenario import DataSettings

REVIEW = {"area_code": "01", "year": 2024, "standard": "nd07-2021"}
REVIEW |= {"households": 100, "poor_households": 20}


def _said(monkeypatch, capsys, *arguments):
    """Exit code and error of a command."""
    monkeypatch.setattr(sys, "argv", ["povlib", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, capsys.readouterr().err


def test_a_place_that_cannot_be_written_to_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "taken").write_text("a file")
    place = tmp_path / "taken" / "out"
    for command in (["report", "--scenario", "smoke", "--output"], ["template"], ["demo"]):
        code, said = _said(monkeypatch, capsys, *command, place)
        assert (code, said.count("\n")) == (2, 1)
        assert str(tmp_path / "taken") in said
        assert said.endswith((": Not a directory\n", ": File exists\n"))
    assert (tmp_path / "taken").read_text() == "a file"


def test_official_forms_in_place_of_a_data_set_are_told_their_way_in(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["povlib", "template", str(tmp_path)])
    with pytest.raises(SystemExit, match="0"):
        cli.main()
    code, said = _said(monkeypatch, capsys, "check", tmp_path / "review-forms.xlsx")
    assert code == 2
    assert said.endswith("official forms are read by povlib import\n")
    # The guide of the template is ours: nothing is said of it.
    workbook = load_workbook(tmp_path / "data-set.xlsx")
    for sheet, row in {"areas": {"area_code": "01", "name": "Ba Bể"}, "review": REVIEW}.items():
        heads = [cell.value for cell in workbook[sheet][1]]
        workbook[sheet].append([row.get(head) for head in heads])
    workbook.save(tmp_path / "data-set.xlsx")
    read = dataset.load(tmp_path / "data-set.xlsx", settings=DataSettings(path="data-set.xlsx"))
    assert read.notes == ()
