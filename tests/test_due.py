"""Which reports are due: only those of which something that they read has changed."""

import dataclasses
import shutil

import pandas as pd
import pytest

from povlib import scenario, slices, store
from povlib.data import dataset, demo, tables
from povlib.errors import DataError
from povlib.models.measurement import WHOLE
from povlib.report import batch, due, manifest, task
from povlib.report.manifest import Record
from povlib.report.task import NOTEBOOK

AREA, OTHER = "01906", "05443"
AREAS = 20


@pytest.fixture(scope="module")
def data():
    """The first areas of the embedded data set: enough for peers, quick to compute."""
    whole = demo.build()
    codes = [*whole.areas["area_code"].head(AREAS - 1), OTHER]
    assert AREA in codes
    cut = {
        name: frame[frame["area_code"].isin(codes)].reset_index(drop=True)
        for name, frame in ((name, getattr(whole, name)) for name in tables.KEYS)
    }
    return dataclasses.replace(whole, **cut)


@pytest.fixture(scope="module")
def case(data, tmp_path_factory):
    """A scenario on this data set as a folder of files."""
    folder = tmp_path_factory.mktemp("data") / "set"
    dataset.save(data, folder)
    smoke = scenario.load("smoke")
    settings = smoke.data.model_copy(update={"path": str(folder)})
    return smoke.model_copy(update={"data": settings, "areas": [], "languages": ["vi"]})


@pytest.fixture(scope="module")
def kept(case, tmp_path_factory):
    return store.prepare(case, tmp_path_factory.mktemp("out"))


@pytest.fixture
def recorded(case, kept, tmp_path):
    """Output as if every report had been made."""
    folder = tmp_path / case.name
    shutil.copytree(kept, folder / "results")
    digests = slices.read_digests(kept)
    for (code, language), parts in due.parts(
        NOTEBOOK, {}, digests, lambda _: scenario.languages()
    ).items():
        place = task.place(folder, code, language)
        place.mkdir(parents=True)
        (place / "report.html").write_text("<html>")
        files = manifest.digest_files(place)
        manifest.write_record(Record(code, language, 1, "", "made", parts, files), place)
    return tmp_path


@pytest.fixture
def change(case):
    """Write another table into the data set, and put the old one back at the end."""
    written = []

    def _change(name, frame):
        path = case.data_path() / f"{name}.csv"
        written.append((path, path.read_bytes()))
        frame.to_csv(path, index=False)

    yield _change
    for path, content in written:
        path.write_bytes(content)


def _due(case, output, **options):
    found = batch.plan(case, output=output, options=batch.Options(**options))
    return {one.area_code: one.reason for one in found if one.reason}


def test_nothing_is_due_when_nothing_changed(case, recorded):
    assert _due(case, recorded) == {}


def test_all_are_due_in_an_empty_folder_and_nothing_is_written(case, tmp_path):
    assert list(_due(case, tmp_path).values()) == ["not made yet"] * (AREAS + 1)  # and the whole
    assert not list(tmp_path.iterdir())


def test_a_task_of_one_commune_makes_due_its_own_report_and_that_of_the_whole(
    case, data, recorded, change
):
    actions = data.actions.copy()
    actions.loc[actions["area_code"] == AREA, "status"] = "planned"
    change("actions", actions)
    reason = "changed: results: actions"
    assert _due(case, recorded) == {AREA: reason, WHOLE: reason}


def test_a_name_makes_due_the_reports_that_show_it(case, data, recorded, change):
    areas = data.areas.copy()
    areas.loc[areas["area_code"] == AREA, "name"] = "Ba Bể mới"
    change("areas", areas)
    peers = pd.read_parquet(recorded / case.name / "results" / "peers.parquet")
    showing = set(peers.loc[peers["peer_code"] == AREA, "area_code"])
    assert showing
    assert set(_due(case, recorded)) == {AREA, WHOLE} | showing


def test_flows_of_one_commune_make_due_its_own_report_and_that_of_the_whole(
    case, data, recorded, change
):
    flows = data.flows.copy()
    row = flows.index[(flows["area_code"] == AREA) & (flows["year"] == flows["year"].max())][0]
    flows.loc[row, ["returned", "newly_identified"]] += [1, -1]
    change("flows", flows)
    assert set(_due(case, recorded)) == {AREA, WHOLE}


def test_deprivations_of_one_commune_make_all_due_as_every_page_shows_the_sum(
    case, data, recorded, change
):
    lacking = data.deprivations.copy()
    row = lacking.index[
        (lacking["area_code"] == AREA)
        & (lacking["year"] == lacking["year"].max())
        & (lacking["deprived_households"] > 0)
    ][0]
    lacking.loc[row, "deprived_households"] -= 1
    change("deprivations", lacking)
    found = _due(case, recorded)
    assert len(found) == AREAS + 1
    assert set(found.values()) == {"changed: results: deprivations"}


def test_a_count_of_the_review_moves_the_fit_and_so_every_projection(case, data, recorded, change):
    review = data.review.copy()
    latest = (review["area_code"] == AREA) & (review["year"] == review["year"].max())
    review.loc[latest, "near_poor_households"] += 20
    change("review", review)
    found = _due(case, recorded)
    assert len(found) == AREAS + 1
    assert "results: projection" in found[OTHER]


def test_a_missing_or_cut_file_makes_a_report_due(case, recorded):
    (recorded / case.name / AREA / "vi" / "report.html").unlink()
    (recorded / case.name / OTHER / "vi" / "report.html").write_text("")
    message = "report.html is missing or damaged"
    assert _due(case, recorded) == {AREA: message, OTHER: message}


def test_a_record_that_cannot_be_read_makes_a_report_due(case, recorded):
    (recorded / case.name / AREA / "vi" / "record.json").write_text('{"area_code": "01906"')
    assert _due(case, recorded) == {AREA: "not made yet"}


def test_only_failed_takes_what_failed_and_force_takes_all(case, recorded):
    place = recorded / case.name / AREA / "vi"
    record = dataclasses.replace(manifest.read_record(place), status="failed", error="no room")
    manifest.write_record(record, place)
    assert _due(case, recorded) == {AREA: "failed before: no room"}
    assert _due(case, recorded, only_failed=True) == {AREA: "failed before: no room"}
    assert len(_due(case, recorded, force=True)) == AREAS + 1


def test_another_notebook_makes_all_due(case, recorded, tmp_path):
    own = tmp_path / "own.ipynb"
    own.write_text(NOTEBOOK.read_text("utf-8").replace("Decides", "It decides"), "utf-8")
    assert set(_due(case, recorded, notebook=own).values()) == {"changed: notebook"}


def test_parts_follow_parameters_and_language(kept):
    digests = slices.read_digests(kept)
    first = due.parts(NOTEBOOK, {}, digests)
    assert due.parts(NOTEBOOK, {"years": 3}, digests)[AREA, "vi"] != first[AREA, "vi"]
    assert first[AREA, "en"]["language"] != first[AREA, "vi"]["language"]


def test_a_slice_refuses_rows_that_its_digest_does_not_cover(kept):
    own = slices.read(kept, AREA)
    assert set(own.tables["flows"]["area_code"]) == {AREA}
    with pytest.raises(ValueError, match="slices hold the area's own flows alone"):
        own.whole("flows")


def test_nothing_is_due_when_the_same_data_lie_elsewhere(case, recorded, tmp_path):
    moved = shutil.copytree(case.data_path(), tmp_path / "elsewhere")
    settings = case.data.model_copy(update={"path": str(moved)})
    assert _due(case.model_copy(update={"data": settings}), recorded) == {}


def test_an_unknown_area_is_refused_with_the_nearest(case, recorded):
    with pytest.raises(DataError, match=r"area 0190: not an area of the data set; did you mean"):
        batch.plan(case.model_copy(update={"areas": ["0190"]}), output=recorded)


def test_a_report_in_another_language_makes_due_those_that_will_link_to_it(case, recorded):
    """Of one that was there when the report was made nothing is due."""
    folder = recorded / case.name
    shutil.rmtree(folder / AREA / "en")  # as if it had never been there
    assert _due(case, recorded) == {AREA: "changed: languages"}
    assert due.languages_of(folder, AREA, ["vi"]) == ("id", "vi")
    assert due.languages_of(folder, OTHER, ["vi"]) == scenario.languages()
