"""Colours of pages and figures: told apart by every common kind of eye, in grey, in the dark."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from povlib.report import drawing, exporters, pace

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
EYES = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "usual": np.eye(3),
}
# About 2 is the least difference that is noticed side by side; 10 is plain at a glance.
PLAIN = 10
FIGURES = {"series": [drawing.AREA, drawing.PEERS, drawing.WHOLE, drawing.TARGET]}
FIGURES["map"] = [color for color, _ in drawing.STATUS_MARKS.values()]
STYLE = (Path(exporters.TEMPLATES) / "style.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
)


def _linear(color):
    """Linear RGB of a colour such as #0072B2."""
    shares = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def _luminance(color):
    return float(_linear(color) @ [0.2126, 0.7152, 0.0722])


def _contrast(one, other):
    """The ratio of WCAG 2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _lab(linear):
    """CIELAB under D65."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    parts = np.array(to_xyz) @ np.clip(linear, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(parts > 216 / 24389, np.cbrt(parts), (24389 / 27 * parts + 16) / 116)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _difference(one, other):
    """CIEDE2000 of two CIELAB colours (Sharma, Wu and Dalal, 2005)."""
    lightness, a, b = np.array([one, other]).T
    strong = np.hypot(a, b).mean() ** 7
    a = a * (1.5 - 0.5 * np.sqrt(strong / (strong + 25**7)))
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (hue[1] - hue[0] + 180) % 360 - 180
    middle = (hue[0] + turn / 2) % 360
    light, mean = lightness.mean(), chroma.mean()
    cosines = [np.cos(np.radians(angle)) for angle in _angles(middle)]
    weight = 1 + np.dot([-0.17, 0.24, 0.32, -0.20], cosines)
    scale_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    by_light = (lightness[1] - lightness[0]) / scale_light
    by_chroma = (chroma[1] - chroma[0]) / (1 + 0.045 * mean)
    by_hue = 2 * np.sqrt(chroma.prod()) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * mean * weight)
    spread = 30 * np.exp(-(((middle - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(mean**7 / (mean**7 + 25**7)) * np.sin(np.radians(2 * spread))
    return float(np.sqrt(by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue))


def _angles(hue):
    return hue - 30, 2 * hue, 3 * hue + 6, 4 * hue - 63


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ],
)
def test_the_difference_is_that_of_the_published_pairs(one, other, difference):
    assert _difference(one, other) == pytest.approx(difference, abs=1e-4)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("palette", FIGURES)
def test_colours_of_a_figure_are_told_apart(eyes, palette):
    seen = {color: _lab(np.array(EYES[eyes]) @ _linear(color)) for color in FIGURES[palette]}
    for one, other in combinations(seen, 2):
        assert _difference(seen[one], seen[other]) >= PLAIN, (one, other)


def test_two_colours_that_a_common_eye_confuses_would_be_found():
    red, green = (_lab(np.array(EYES["deuteranopia"]) @ _linear(c)) for c in ("#b35a00", "#7d7d00"))
    assert _difference(red, green) < PLAIN


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_lines_stand_out_from_the_page(colors):
    for text in ("ink", "soft", "accent", "warning"):
        for ground in ("paper", "band"):
            assert _contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    assert _contrast(colors["warning"], colors["warning-band"]) >= 4.5


def test_marks_stand_out_from_the_white_of_a_figure_and_their_words_more_so():
    for color in {*FIGURES["series"], *FIGURES["map"]}:
        assert _contrast(color, "#ffffff") >= 3, color
    for color in (drawing.AREA, drawing.WHOLE, drawing.TARGET):  # labels are written in these
        assert _contrast(color, "#ffffff") >= 4.5, color


def test_in_grey_shape_or_hatching_or_lightness_tells_what_colour_does():
    shapes = [shape for _, shape in drawing.STATUS_MARKS.values()]
    assert len(set(shapes)) == len(shapes)
    looks = pace._LOOKS
    flat = [(look.get("hatch", ""), _luminance(look["edgecolor"])) for look in looks.values()]
    for one, other in combinations(flat, 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) > 0.03
