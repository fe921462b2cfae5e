"""Every notebook runs alone, top to bottom, on any data set, with one parameter changed."""

import shutil
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest

from povlib import scenario, store
from povlib.errors import DataError
from povlib.report import annexes, forks, page

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Results of a user's own data: a flat file of four communes."""
    forks.warm_up()
    folder = tmp_path_factory.mktemp("own")
    rows = [
        (f"0{area}", f"Xã {area}", year, 1000 + 50 * area, 400 - 70 * area - 30 * (year - 2021))
        for area in range(1, 5)
        for year in range(2021, 2025)
    ]
    columns = ["area_code", "name", "year", "households", "poor_households"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "own.csv", index=False)
    case = scenario.load("own-data")
    data = case.data.model_copy(update={"path": str(folder / "own.csv")})
    store.prepare(case.model_copy(update={"data": data, "name": "own"}), folder)
    return folder


def test_a_data_set_of_ones_own_stands_in_the_place_of_a_scenario(own, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PROJECT", tmp_path)
    data = shutil.copy(own / "own.csv", tmp_path / "Số liệu.csv")
    kept = page.kept_results(data)
    assert kept == tmp_path / "output" / "So-lieu" / "results"
    assert page.open_page(str(data), "02", "vi").whole_name == "Số liệu"


@pytest.mark.notebook
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_a_users_data_by_changing_one_parameter(path, own, tmp_path):
    executed = papermill.execute_notebook(
        str(path),
        str(tmp_path / path.name),
        parameters={"scenario": str(own)},
        kernel_name="povlib",
        progress_bar=False,
    )
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert len(outputs) > 5
    assert not any(output.output_type in ("error", "stream") for output in outputs)
    # The list of communes is for a person; a batch neither shows nor stores it.
    assert not any("widget" in kind for output in outputs for kind in output.data)
    assert "widgets" not in executed.metadata


@pytest.mark.notebook
@pytest.mark.parametrize(("code", "notice"), [("vi", "MÔ PHỎNG"), ("en", "SIMULATED")])
def test_the_researchers_notebooks_are_published_as_annexes(code, notice, kept):
    made = annexes.publish(kept.parent, [code])
    assert [annex.error for annex in made] == [""] * len(annexes.NOTEBOOKS)
    place = kept.parent / "annexes" / code
    for path in annexes.NOTEBOOKS:
        html = (place / f"{path.stem}.html").read_text("utf-8")
        assert notice in html
        assert "<table" in html
        assert "picker" not in html
        assert (place / f"{path.stem}.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(file.suffix for file in place.iterdir()) == sorted(
        [".html", ".pdf", ".ipynb"] * len(annexes.NOTEBOOKS) + [""]
    )
    again = annexes.publish(kept.parent, [code])
    assert [annex.is_new for annex in again] == [False] * len(annexes.NOTEBOOKS)


@pytest.mark.notebook
def test_a_notebook_that_fails_is_named_and_leaves_no_page(kept, monkeypatch, tmp_path):
    notebook = nbformat.read(annexes.NOTEBOOKS[0], as_version=4)
    notebook.cells[-1].source = "1 / 0"
    nbformat.write(notebook, tmp_path / "01-broken.ipynb")
    monkeypatch.setattr(annexes, "NOTEBOOKS", [tmp_path / "01-broken.ipynb"])
    [annex] = annexes.publish(kept.parent, ["en"])
    assert annex.error == "ZeroDivisionError: division by zero"
    assert list((kept.parent / "annexes" / "en").iterdir()) == []


def test_annexes_of_a_folder_without_results_are_refused(tmp_path):
    with pytest.raises(DataError, match="no results of a scenario there; run povlib report first"):
        annexes.publish(tmp_path, ["vi"])
