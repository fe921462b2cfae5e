"""The made-up country: as many areas as asked for, nothing real, all simulated."""

from povlib.data import demo, national, tables
from povlib.data.dataset import load, save
from povlib.scenario import DataSettings

AREAS = 100


def test_a_country_is_made_of_provinces_that_keep_all_rules(tmp_path):
    "More than one province's areas; the last province is cut"
    country = national.build(AREAS)
    assert len(country.areas) == AREAS
    assert country.areas["group"].value_counts().to_dict() == {
        "Province 01": 92,
        "Province 02": AREAS - 92,
    }
    save(country, tmp_path / "country")
    loaded = load(tmp_path / "country", settings=DataSettings(path="country"))
    assert len(loaded.areas) == AREAS
    assert set(loaded.review["provenance"]) == {demo.PROVENANCE}


def test_no_code_name_or_place_of_a_real_unit_is_in_it():
    country, real = national.build(AREAS), demo.build()
    assert not set(country.areas["area_code"]) & set(real.areas["area_code"])
    assert not set(country.areas["name"]) & set(real.areas["name"])
    assert country.areas[["kind", "latitude", "longitude"]].isna().all(axis=None)
    for name in tables.KEYS:
        frame = getattr(country, name)
        assert set(frame["area_code"]) <= set(country.areas["area_code"]), name


def test_provinces_differ_and_the_same_seed_gives_the_same_country():
    country = national.build(2 * 92)
    first, second = (
        country.review[country.review["area_code"].isin(rows)]["poor_households"].tolist()
        for rows in (country.areas["area_code"][:92], country.areas["area_code"][92:])
    )
    assert first != second
    assert country.review.equals(national.build(2 * 92).review)
