"""Drawings: laid out within their bounds, the same from run to run."""

import re

import pytest

from povlib.report import drawing, language


def _svg(label, **labels):
    with drawing.canvas(4, 2) as (sheet, axes):
        axes.barh([label, "b"], [1, 2])
        axes.set(**labels)
        return drawing.svg_of(sheet, "test"), sheet, axes


@pytest.mark.parametrize("labels", [{}, {"xlabel": "households", "ylabel": "area"}])
@pytest.mark.parametrize("label", ["a", "Phương tiện phục vụ tiếp cận thông tin"])
def test_labels_of_any_length_stay_within_the_drawing(label, labels):
    _, sheet, axes = _svg(label, **labels)
    box = axes.get_tightbbox()
    width, height = sheet.bbox.size
    assert 0 <= box.x0 < 6  # the margin, give or take what another renderer measures
    assert 0 <= box.y0 < 5
    assert width - 6 < box.x1 <= width
    assert height - 5 < box.y1 <= height


def test_the_same_drawing_is_the_same_text():
    assert _svg("a")[0] == _svg("a")[0]


def test_a_drawing_takes_the_width_of_its_place():
    svg = _svg("a")[0]
    head = re.match(r"<svg[^>]*>", svg)[0]
    assert 'viewBox="0 0 288 144"' in head
    assert not re.search(r"\s(width|height)=", head)


@pytest.mark.parametrize(
    ("highest", "second"), [(0.007, "0.1\u00a0%"), (0.2, "2.5\u00a0%"), (0.6, "10\u00a0%")]
)
def test_an_axis_says_its_ticks_as_they_are(highest, second):
    with drawing.canvas(6.4, 3) as (canvas, axes):
        axes.set_xlim(0, highest)
        drawing.percent_axis(language.of("en"), axes.xaxis)
        drawn = drawing.svg_of(canvas, "axis")
        labels = [label.get_text() for label in axes.get_xticklabels()]
    assert len(set(labels)) == len(labels)
    assert labels[1] == second
    assert second in drawn
