"""The elements of a page: their HTML, the data they carry, and texts that stay texts."""

import json

import pytest

from povlib.report import elements

EVIL = '<script>x</script> *b* $y$ @label [z](http://z) "q" `c` # - 1. <b> &amp;'
TITLE = elements.TitleBlock("vi", "Báo cáo", "", (), (), "23/11/2026", "2026-11-23", "", "")
TABLE = elements.Table(
    "Kết quả",
    ("Năm", "Chuẩn", "Tỷ lệ", "Ghi chú"),
    (False, False, True, False),
    (("2024", "2022–2026", "5,46\u00a0%", "số liệu chính thức"),),
)
FIGURE = elements.Figure('<svg id="a"><path id="b"/><use href="#b"/></svg>', 'Mô tả "1"', "Hình")


@pytest.mark.parametrize(
    "element",
    [
        TITLE,
        TABLE,
        FIGURE,
        elements.Prose("## Mục"),
        elements.KeyFigures((elements.KeyFigure("a", "b", "c"),)),
    ],
)
def test_an_element_carries_its_html_and_its_data(element):
    bundle = element._repr_mimebundle_()
    assert bundle["text/html"] == element.html()
    assert json.loads(json.dumps(bundle[elements.MIME]))["kind"] == element.kind


def test_texts_from_the_data_are_never_markup():
    shown = [
        elements.TitleBlock("vi", EVIL, EVIL, (EVIL,), (EVIL,), EVIL, "", EVIL, EVIL),
        elements.KeyFigures((elements.KeyFigure(EVIL, EVIL, EVIL),)),
        elements.Table(EVIL, (EVIL,), (False,), ((EVIL,),)),
        elements.Figure("<svg></svg>", EVIL, EVIL),
        elements.Prose(elements.literal(EVIL)),
    ]
    html = "".join(element.html() for element in shown)
    for markup in ("<script", "<b>", "<em>", "<code>", 'href="'):
        assert markup not in html
    assert elements.Prose(elements.literal(EVIL)).content()["tokens"][0]["type"] == "paragraph"


def test_markdown_shows_tags_and_loads_no_picture():
    html = elements.Prose("a <b>c</b> ![một <hình>](http://x/y.png)").html()
    assert html == "<p>a &lt;b&gt;c&lt;/b&gt; một &lt;hình&gt;</p>\n"


def test_a_script_behind_a_link_does_not_run():
    assert "javascript" not in elements.Prose("[a](javascript:alert)").html()


def test_the_official_head_shows_the_sides_that_there_are():
    assert "motto" not in TITLE.html()
    head = elements.TitleBlock("vi", "T", "", ("M", "N"), ("A", "B"), "", "", "", "").html()
    assert '<p class="issuer"><strong>A</strong><br>B</p>' in head  # the number stands below
    assert '<p class="motto"><strong>M</strong><br><strong>N</strong></p>' in head


def test_numbers_align_right_and_short_cells_do_not_break():
    html = TABLE.html()
    assert '<th scope="row" class="short">2024</th>' in html
    assert '<td class="short">2022–2026</td><td class="number">5,46\u00a0%</td>' in html
    assert '<td class="">số liệu chính thức</td>' in html
    assert '<th scope="col" class="number">Tỷ lệ</th>' in html


def test_a_figure_is_one_image_with_words():
    html = FIGURE.html()
    assert '<svg role="img" aria-label="Mô tả &#34;1&#34;"' in html
    assert '<path id="b"/>' in html


def test_only_ids_that_are_referred_to_stay():
    svg = '<g id="axes_1"><clipPath id="p1"/><path clip-path="url(#p1)"/><text> id="x"</text></g>'
    assert elements.without_idle_ids(svg) == svg.replace(' id="axes_1"', "")
