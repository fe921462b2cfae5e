"""The index without a browser: what it lists, its maps, and boundaries that are refused."""

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pandas as pd
import pytest

from povlib import slices, store
from povlib.data import boundaries, dataset, demo
from povlib.errors import DataError
from povlib.report import index, language, province
from povlib.report.page import Page

EAST, WEST = "01906", "05443"


def _square(code, west, **other):
    ring = [[west, 22], [west + 1, 22], [west + 1, 23], [west, 23], [west, 22]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"ma": code}, "geometry": geometry} | other


def _write(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


@pytest.fixture(scope="module")
def folder(kept):
    """A folder with results and reports of one area: one made, one failed."""
    entry = {"area_code": EAST, "seconds": 1, "files": {}, "fingerprint": ""}
    made = entry | {"language": "vi", "status": "made", "error": ""}
    failed = entry | {"language": "en", "status": "failed", "error": "it broke"}
    (kept.parent / "manifest.json").write_text(json.dumps({"a": made, "b": failed}))
    return kept.parent


def test_every_language_has_a_page_and_the_first_is_the_index(folder):
    index.write(folder, ["vi"])
    pages = {
        name: (folder / name).read_text("utf-8") for name in ("index-vi.html", "index-en.html")
    }
    assert (folder / "index.html").read_text("utf-8") == pages["index-vi.html"]
    assert 'lang="en"' in pages["index-en.html"][:60]
    for text in pages.values():
        assert text.count("data-search=") == 92
        assert 'href="01906/vi/report.html"' in text
        assert 'href="01906/en/failure.html"' in text
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_its_numbers_are_those_of_the_results(folder):
    index.write(folder, ["vi"])
    status = slices.read_all(folder / "results", "status").tables["status"]
    status = status[(status["target"] == 0) & (status["area_code"] == EAST)].iloc[0]
    row = re.search(
        rf'<tr role="row" id="area-{EAST}".*?</tr>', (folder / "index.html").read_text(), re.S
    )[0]
    assert f"{100 * status['rate_now']:.2f}".replace(".", ",") in row
    assert f'data-status="{status["status"]}"' in row


def test_the_map_marks_every_area_at_its_place_north_above_south(folder):
    index.write(folder, ["vi"])
    [svg] = re.findall(r"<svg viewBox=.*?</svg>", (folder / "index.html").read_text("utf-8"), re.S)[
        :1
    ]
    marks = {
        mark.get("data-code"): (float(mark.get("x")), float(mark.get("y")))
        for mark in ET.fromstring(svg).iter("use")
    }
    areas = demo.build().areas.set_index("area_code")
    assert set(marks) == set(areas.index)
    north, south = areas["latitude"].idxmax(), areas["latitude"].idxmin()
    west, east = areas["longitude"].idxmin(), areas["longitude"].idxmax()
    assert marks[north][1] < marks[south][1]
    assert marks[west][0] < marks[east][0]


def test_boundaries_in_a_folder_of_data_are_drawn_and_stay_when_it_is_saved(smoke, tmp_path):
    place = tmp_path / "data"
    dataset.save(demo.build(), place)
    _write(place / "boundaries.geojson", _square(EAST, 105), _square(WEST, 106), _square("x", 107))
    dataset.save(demo.build(), place)
    settings = smoke.data.model_copy(update={"path": str(place)})
    kept = store.prepare(smoke.model_copy(update={"data": settings}), tmp_path / "out")
    whole = slices.read_all(kept)
    assert set(whole.tables["outlines"]["area_code"]) == {EAST, WEST}
    assert (
        "areas without an outline in boundaries.geojson, shown at their centre on maps: 90"
        in str(whole.notes[-1])
    )
    assert not any("ignored" in str(note) for note in whole.notes)
    assert "outlines" not in slices.read(kept, EAST).tables
    (kept.parent / "manifest.json").write_text("{}")
    index.write(kept.parent, ["en"])
    text = (kept.parent / "index.html").read_text("utf-8")
    assert len(re.findall(r'<path data-code="\d+"', text)) == 2


def test_a_line_of_many_points_is_thinned_and_keeps_its_form(tmp_path):
    steps = [[105 + step / 10_000, 22] for step in range(10_000)]
    ring = [*steps, [106, 22], [106, 23], [105, 22]]
    feature = _square(EAST, 105, geometry={"type": "MultiPolygon", "coordinates": [[ring]]})
    found = boundaries.outlines(_write(tmp_path / "fine.geojson", feature), [EAST])
    assert len(found) < 700
    assert found["longitude"].max() - found["longitude"].min() == pytest.approx(1, abs=0.01)
    assert found["latitude"].max() - found["latitude"].min() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ([], "without features"),
        ([_square("1906", 105)], "no property holds codes of the areas, such as 01906; found: ma"),
        ([_square(EAST, 105, geometry=None)], "area 01906: a boundary is a Polygon"),
        ([_square(EAST, 430_000)], "area 01906: coordinates are longitude and latitude"),
        ([_square(EAST, 105, properties=None)], "a feature has no properties"),
    ],
)
def test_a_file_that_is_no_map_of_these_areas_is_refused_with_its_place(
    tmp_path, features, message
):
    path = _write(tmp_path / "b.geojson", *features)
    with pytest.raises(DataError, match=message):
        boundaries.outlines(path, [EAST])


RING = {
    "area_code": EAST,
    "ring": 0,
    "longitude": [105.0, 106.0, 106.0],
    "latitude": [22.0, 22.0, 23.0],
}


def test_the_province_map_draws_boundaries_below_the_marks(kept):
    whole = slices.read_all(kept)
    drawn = replace(whole, tables=whole.tables | {"outlines": pd.DataFrame(RING)})
    figures = [province.area_map(Page(language.of("en"), one)) for one in (whole, drawn)]
    paths = [figure.svg.count("<path") for figure in figures]
    assert paths[1] == paths[0] + 1
    assert figures[0].data == figures[1].data


def test_the_province_map_has_areas_whose_place_is_their_boundary_alone(kept):
    whole = slices.read_all(kept)
    bare = whole.tables["areas"].assign(longitude=float("nan"), latitude=float("nan"))
    tables = whole.tables | {"areas": bare, "outlines": pd.DataFrame(RING)}
    drawn = province.area_map(Page(language.of("en"), replace(whole, tables=tables)))
    assert [row[0] for row in drawn.data.rows] == [EAST]


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (_square(EAST, 105, geometry={"type": "Polygon", "coordinates": []}), "have no points"),
        (
            _square(
                EAST, 105, geometry={"type": "Polygon", "coordinates": [[[105, 22], [106, 22]]]}
            ),
            "enclose nothing",
        ),
    ],
)
def test_boundaries_without_an_area_are_refused(tmp_path, feature, message):
    with pytest.raises(DataError, match=message):
        boundaries.outlines(_write(tmp_path / "b.geojson", feature), [EAST])


def test_a_feature_that_names_several_codes_is_passed_over(tmp_path):
    several = _square([EAST], 106)
    path = _write(tmp_path / "b.geojson", _square(EAST, 105), several)
    assert boundaries.outlines(path, [EAST])["longitude"].max() == pytest.approx(106, abs=0.1)


def test_a_target_of_the_poverty_rate_is_listed_once(folder):
    page = Page(language.of("en"), slices.read_all(folder / "results"))
    wanted = page.scenario.targets[0].model_copy(update={"measure": "poverty_rate"})
    own = page.scenario.model_copy(update={"targets": [wanted]})
    listing = index._Listing(Page(page.words, replace(page.slice, scenario=own)), {})
    assert listing.columns.count("Poverty rate") == 1
    row = listing._row(EAST, "East")
    assert len(row["cells"]) == len(listing.columns) - 1 == len(row["values"].split(",")) - 1
    assert row["cells"][0] == page.words.percent(listing.standings[EAST].rate_now)
