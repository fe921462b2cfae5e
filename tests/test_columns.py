"""Columns of printed tables: as wide as their words, numbers unbroken, no wider than the page."""

import pytest
from PIL import ImageFont

from povlib.report import columns, fonts

ROOM = 17.6 / 2.54 * 72
LONG = "a sentence that is as long as an answer of an official to a question of a commune"


@pytest.mark.parametrize("text", ["Xã Ba Bể", "1 234 567,89 %", "Multidimensional poverty"])
@pytest.mark.parametrize(("strong", "name"), [(False, "Regular"), (True, "SemiBold")])
def test_a_width_is_that_of_another_library_but_for_kerning(text, strong, name):
    drawn = ImageFont.truetype(fonts.FILES / f"BeVietnamPro-{name}.ttf", 1000)
    assert fonts.width(text, strong=strong) == pytest.approx(drawn.getlength(text) / 1000, rel=0.03)


def test_a_small_table_is_as_wide_as_it_needs_to_be():
    rows = [["Xã Ba Bể", "1 234"], ["Phường Bắc Kạn", "987"]]
    fitted = columns.fit(["Area", "Households"], rows, [False, True])
    assert fitted["size"] == 7.9
    longest = fonts.width("Phường Bắc Kạn") * 7.9
    assert longest < fitted["widths"][0] < longest + 25
    assert sum(fitted["widths"]) < ROOM


def test_numbers_do_not_break_and_long_columns_share_what_is_left():
    rows = [[LONG, LONG[:60], "1 234 567 million dong"]]
    fitted = columns.fit(["Question", "Answer", "Money"], rows, [False, False, True])
    first, second, money = fitted["widths"]
    assert first is second is None
    assert money >= fonts.width("1 234 567 million dong") * fitted["size"] + 7
    assert fitted["parts"][0] > fitted["parts"][1]


def test_too_many_columns_take_smaller_letters_and_in_the_end_break():
    rows = [["12 345"] * 25]
    assert columns.fit(["Number"] * 10, [["12 345"] * 10], [True] * 10)["size"] == 7.4
    fitted = columns.fit(["Number"] * 25, rows, [True] * 25)
    assert fitted["size"] < 7
    assert fitted["widths"] == [None] * 25


def test_heads_take_more_lines_before_cells_break():
    heads = ["Pace that is needed in points a year"] * 9
    fitted = columns.fit(heads, [["2033 (2031 or later)"] * 2 + ["1.23"] * 7], [True] * 9)
    cell = fonts.width("2033 (2031 or later)") * fitted["size"]
    assert all(width > cell for width in fitted["widths"][:2])


def test_a_table_without_rows_has_columns_for_its_heads():
    fitted = columns.fit(["Area", "Households"], [], [False, True])
    assert all(width > 20 for width in fitted["widths"])
