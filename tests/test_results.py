"""Results: what the data can answer, sums that compare, slices that hold what a report reads."""

import pandas as pd
import pytest
from pyarrow import parquet

from povlib import digests, results, scenario, slices, store
from povlib.errors import DataError
from povlib.models.measurement import WHOLE

HEAD = "area_code,name,year,households,poor_households,near_poor_households\n"


@pytest.fixture
def case(tmp_path):
    """Make a scenario on a flat file of three areas."""

    def _case(rows, **changes):
        data = tmp_path / "data.csv"
        data.write_text(HEAD + "".join(f"{row}\n" for row in rows), "utf-8")
        own = scenario.load("own-data")
        settings = own.data.model_copy(update={"path": str(data)})
        return own.model_copy(update={"data": settings, **changes})

    return _case


FULL = [f"0{n},A{n},{year},100,{20 - year % 10},10" for n in (1, 2) for year in (2021, 2022, 2023)]
SHORT = ["03,A3,2021,100,90,5", "03,A3,2022,100,80,5"]


def test_sums_hold_only_areas_reviewed_every_year_and_say_so(case):
    "An area that misses the last year would make the sum fall by its absence"
    made = results.compute(case(FULL + SHORT))
    review = made.tables["review"]
    whole = review[review["area_code"] == WHOLE]
    assert whole["households"].tolist() == [200, 200, 200]
    assert any("hold the 2 of 3" in str(note) for note in made.notes)


def test_a_target_that_the_data_cannot_answer_is_left_out_and_said(case):
    bare = [row.rsplit(",", 1)[0] + "," for row in FULL]
    made = results.compute(case(bare))
    assert [one.measure for one in made.scenario.targets] == ["poverty_rate"]
    assert any("left out" in str(note) for note in made.notes)


def test_data_that_answer_no_target_are_refused(case):
    bare = [row.rsplit(",", 1)[0] + "," for row in FULL]
    only = [scenario.load("own-data").targets[0]]
    with pytest.raises(DataError, match="none is left; a target of the scenario is left out"):
        results.compute(case(bare, targets=only))


def test_a_standard_without_reviews_is_refused(case):
    with pytest.raises(DataError, match=r"no review under qd59-2015 \(it has: nd07-2021\)"):
        results.compute(case(FULL, standard="qd59-2015"))


def test_the_latest_standard_is_that_of_the_last_review(case):
    assert results.compute(case(FULL)).scenario.standard == "nd07-2021"


def test_a_slice_holds_the_area_its_peers_and_the_whole_alone(kept):
    one = slices.read(kept, "01906")
    assert one.area_code not in one.peers
    codes = {"01906", WHOLE, *one.peers}
    assert set(one.tables["review"]["area_code"]) == codes
    assert set(one.own("review")["area_code"]) == {"01906"}
    assert set(one.alike("review")["area_code"]) == set(one.peers)


def test_an_unknown_area_has_no_slice(kept):
    with pytest.raises(DataError, match="area 9: not an area of this data set"):
        slices.read(kept, "9")


def test_the_fingerprint_follows_data_and_settings_but_not_languages(case):
    first = store.fingerprint(case(FULL))
    assert store.fingerprint(case(FULL, languages=["en"])) == first
    assert store.fingerprint(case(FULL, seed=1)) != first
    assert store.fingerprint(case(FULL + SHORT)) != first


def test_the_fingerprint_follows_the_packages_that_compute(case, monkeypatch):
    one = case(FULL)
    first = store.fingerprint(one)
    monkeypatch.setattr(store.metadata, "version", lambda name: f"another {name}")
    assert store.fingerprint(one) != first


def test_a_target_whose_year_has_been_reviewed_is_left_out_and_said(case):
    wanted = scenario.load("own-data").targets
    old = wanted[0].model_copy(update={"year": 2023})
    made = results.compute(case(FULL, targets=[old, *wanted]))
    assert len(made.scenario.targets) == len(wanted)
    assert any("the year 2023 has been reviewed" in str(note) for note in made.notes)


def test_reviews_up_to_the_last_year_shown_are_refused(case):
    model = scenario.load("own-data").model.model_copy(update={"last_year": 2023})
    with pytest.raises(DataError, match=r"model.last_year: 2023 must lie after the last review"):
        results.compute(case(FULL, model=model))


def test_areas_of_which_none_was_reviewed_every_year_have_no_sum(case):
    rows = ["01,A1,2021,100,20,10", "01,A1,2022,100,18,10"]
    rows += ["02,A2,2022,100,30,10", "02,A2,2023,100,28,10"]
    made = results.compute(case(rows))
    for name in ("projection", "status", "alternatives"):
        assert set(made.tables[name]["area_code"]) == {"01", "02"}
    assert made.tables["class_status"].empty


def test_a_double_review_reaches_the_next_standard_without_an_assumption(case, tmp_path):
    "A target under the new standard is kept, held against what was counted under both"
    wanted = scenario.load("own-data").targets[0]
    changes = {"targets": [wanted.model_copy(update={"standard": "nd351-2025"})], "bridges": []}
    asked = case([], standard="nd07-2021", **changes)
    rows = [f"{row},nd07-2021" for row in FULL]
    rows += [f"0{n},A{n},2023,100,{30 - n},12,nd351-2025" for n in (1, 2)]
    head = HEAD.strip() + ",standard"
    (tmp_path / "data.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    made = results.compute(asked)
    assert made.tables["status"]["standard"].eq("nd351-2025").all()
    assert made.tables["bridges"]["source"].eq("").all()


def test_a_standard_of_the_past_is_no_way_ahead(case, tmp_path):
    "Reviewed under both in 2021: from the one in force nothing leads back to the one before"
    asked = case([], standard="nd07-2021", bridges=[])
    rows = [f"{row},nd07-2021" for row in FULL] + ["01,A1,2021,100,12,5,qd59-2015"]
    head = HEAD.strip() + ",standard"
    (tmp_path / "data.csv").write_text("\n".join([head, *rows]) + "\n", "utf-8")
    assert results.compute(asked).tables["bridges"].empty


def test_a_slice_read_from_many_parts_of_a_file_is_that_of_the_whole_table(
    smoke, kept, tmp_path, monkeypatch
):
    monkeypatch.setattr(store, "_FEWEST", 7)
    monkeypatch.setattr(store, "_PARTS", 10_000)
    parted = store.prepare(smoke, tmp_path)
    assert parquet.ParquetFile(parted / "review.parquet").num_row_groups > 50
    whole, cut = slices.read_all(kept), slices.read(parted, "01906")
    for name, rows in cut.tables.items():
        codes = digests.codes_read(name, "01906", cut.peers)
        frame = whole.tables[name]
        expected = frame[frame["area_code"].isin(codes)].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, expected)
