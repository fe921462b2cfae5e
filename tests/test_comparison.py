"""Similar areas: same class, same start, whatever came later."""

import pandas as pd

from povlib.models import comparison


def _areas(urban):
    codes = [f"{number:05d}" for number in range(len(urban))]
    return pd.DataFrame(
        {
            "area_code": codes,
            "urban": pd.array(urban, dtype="boolean"),
            "difficult": pd.array([False] * len(urban), dtype="boolean"),
        }
    )


def _review(areas, poor, year=2021):
    counts = {"households": 1000, "poor_households": poor, "near_poor_households": 0}
    frame = pd.DataFrame({"area_code": areas["area_code"], "year": year, **counts})
    return frame.assign(standard="nd07-2021").astype(
        {"households": "Int64", "poor_households": "Int64"}
    )


def test_the_nearest_of_the_same_class_come_first():
    areas = _areas([False, False, False, True])
    review = _review(areas, [100, 300, 120, 100])
    peers = comparison.similar(areas, review, standard="nd07-2021", count=5)
    own = peers[peers["area_code"] == "00000"]
    assert own["peer_code"].tolist() == ["00002", "00001"]
    assert own["distance"].is_monotonic_increasing


def test_an_area_alone_in_its_class_has_no_peer():
    areas = _areas([False, False, True])
    peers = comparison.similar(areas, _review(areas, [1, 2, 3]), standard="nd07-2021", count=2)
    assert "00002" not in set(peers["area_code"])


def test_later_years_do_not_change_who_is_similar():
    areas = _areas([False] * 4)
    start = _review(areas, [100, 200, 110, 400])
    later = pd.concat([start, _review(areas, [90, 10, 300, 5], 2022)], ignore_index=True)
    arguments = {"standard": "nd07-2021", "count": 2}
    pd.testing.assert_frame_equal(
        comparison.similar(areas, start, **arguments), comparison.similar(areas, later, **arguments)
    )


def test_unknown_classes_compare_with_each_other():
    "A flat file knows nothing of wards and difficult communes"
    areas = _areas([pd.NA] * 3)
    peers = comparison.similar(areas, _review(areas, [0, 0, 5]), standard="nd07-2021", count=1)
    assert peers["peer_code"].tolist() == ["00001", "00000", "00000"]
