"""Paper: exact size, nothing clipped, nothing too small, readable without colour."""

import io
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from figure_samples import NAMES, made, small_circuit
from matplotlib.collections import PathCollection

from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.views.circuit_figure import circuit_figure
from workbench.views.painters.drawing import fitted, ink_on, share_of, text_width
from workbench.views.painters.glyphs import MARKS, SHAPES
from workbench.views.painters.page import Page, blank, to_bytes
from workbench.views.painters.paper import PAINTERS, natural_height
from workbench.views.painters.paper_curve import log_ticks, spread_apart
from workbench.views.spec import FigureSpec
from workbench.views.style import STYLE, palette

WIDTHS = (3.25, 5.5)


def page_for(spec, width, **changes):
    page = Page(width, 1.0, **changes)
    return replace(page, height=natural_height(spec, page))


def painted(spec, page):
    with blank(page) as figure:
        PAINTERS[spec.kind](spec, page, figure)
        figure.draw_without_rendering()
        yield figure


def texts_of(figure):
    from matplotlib.text import Text

    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_clipped_or_too_small(name, width):
    spec = made(name)
    page = page_for(spec, width)
    for figure in painted(spec, page):
        renderer = figure._get_renderer()
        shown = [t for t in texts_of(figure) if _in_view(t)]
        assert shown
        for text in shown:
            box = text.get_window_extent(renderer)
            assert box.x0 >= -0.5, text
            assert box.y0 >= -0.5, text
            assert box.x1 <= page.width_pt + 0.5, text
            assert box.y1 <= page.height_pt + 0.5, text
            assert text.get_fontsize() >= 6.0


def _in_view(text):
    """Tick labels outside the view are kept by Matplotlib but not drawn."""
    axes = text.axes
    if axes is None or text not in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
        return True
    is_x = text in axes.get_xticklabels()
    low, high = axes.get_xlim() if is_x else axes.get_ylim()
    return low <= text.get_position()[0 if is_x else 1] <= high


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["curve", "curve_of_six"])
def test_axes_keep_most_of_the_width(name, width):
    spec = made(name)
    for figure in painted(spec, page_for(spec, width)):
        assert figure.axes[0].get_position().width >= 0.6


def test_names_at_line_ends_do_not_overlap():
    spec = made("curve")
    for figure in painted(spec, page_for(spec, 5.5)):
        names = set(spec.tables["lines"]["series"].tolist())
        boxes = [
            t.get_window_extent(figure._get_renderer())
            for t in texts_of(figure)
            if t.get_text() in names
        ]
        assert len(boxes) == 3
        boxes.sort(key=lambda box: box.y0)
        assert all(a.y1 <= b.y0 + 0.5 for a, b in pairwise(boxes))


def test_many_series_get_a_legend():
    spec = made("curve_of_six")
    for figure in painted(spec, page_for(spec, 5.5)):
        assert len(figure.axes[0].get_legend().get_texts()) == 6


def test_curve_vertices_are_the_data():
    spec = made("curve")
    for figure in painted(spec, page_for(spec, 5.5)):
        drawn = np.concatenate([line.get_xydata() for line in figure.axes[0].lines[:3]])
        assert drawn[:, 0].tolist() == spec.tables["lines"]["x"].tolist()
        assert drawn[:, 1].tolist() == spec.tables["lines"]["y"].tolist()


@pytest.mark.parametrize(
    ("name", "theme"), [*((name, "light") for name in NAMES), ("circuit_flow", "dark")]
)
def test_figure_is_readable_in_grey(name, theme):
    """Dark and light ink both cover enough of the page once colour is gone."""
    from matplotlib.image import imread

    spec = made(name)
    page = page_for(spec, 3.25, theme=theme, dpi=100)
    with blank(page) as figure:
        PAINTERS[spec.kind](spec, page, figure)
        png = to_bytes(figure, page, ".png", {})
    pixels = imread(io.BytesIO(png), format="png")[..., :3] @ np.array([0.2126, 0.7152, 0.0722])
    ground = pixels[0, 0]
    assert pixels.shape == (round(page.height * 100), round(3.25 * 100))
    assert (np.abs(pixels - ground) > 0.25).mean() > 0.005


@pytest.mark.parametrize("name", ["circuit", "circuit_flow", "curve"])
def test_resolution_changes_no_proportion(name):
    from matplotlib.image import imread

    spec, inks = made(name), []
    for dpi in (72, 288):
        page = page_for(spec, 5.5, dpi=dpi)
        with blank(page) as figure:
            PAINTERS[spec.kind](spec, page, figure)
            pixels = imread(io.BytesIO(to_bytes(figure, page, ".png", {})), format="png")
        inks.append(1 - pixels[..., :3].mean())
    assert inks[0] == pytest.approx(inks[1], rel=0.15)


def test_glyphs_stay_apart_and_on_the_page():
    from workbench.views.painters.node_link_page import Drawing

    for name in ("circuit", "circuit_flow", "tree"):
        spec = made(name)
        drawing = Drawing(spec, page_for(spec, 3.25))
        x, y = drawing.places
        radius = drawing.diameters / 2
        assert (x - radius >= 0).all()
        assert (x + radius <= drawing.page.width_pt).all()
        assert (y - radius >= drawing.legend_pt - 1).all()
        gaps = np.hypot(x[:, None] - x, y[:, None] - y) + np.eye(len(x)) * 1e9
        assert (gaps >= radius[:, None] + radius - 0.01).all()


@pytest.mark.parametrize(("name", "along"), [("circuit", 1), ("circuit_right", 0)])
def test_edges_leave_and_arrive_along_the_depth(name, along):
    spec = made(name)
    figure = next(painted(spec, page_for(spec, 5.5)))
    curves = [
        path
        for lines in figure.axes[0].collections
        if isinstance(lines, PathCollection)
        for path in lines.get_paths()
        if path.codes is not None and lines.get_zorder() < 2
    ]
    assert len(curves) == spec.tables["edges"].n_rows
    for path in curves:
        start, *_, end = path.vertices
        first, last = path.vertices[1] - start, end - path.vertices[-2]
        assert first[1 - along] == pytest.approx(0.0)
        assert last[1 - along] == pytest.approx(0.0)


def test_legend_lists_kinds_with_counts_and_transforms():
    spec = made("circuit_flow")
    for figure in painted(spec, page_for(spec, 5.5)):
        words = [t.get_text() for t in texts_of(figure)]
        assert {"sum 1", "product 2", "categorical leaf 4"} <= set(words)
        assert "flow: log scale, 0.001 to 1" in words


def test_every_glyph_of_the_style_table_can_be_drawn():
    names = list(STYLE.glyphs)
    n = len(names)
    nodes = Table(
        {
            "id": np.arange(n),
            "x": np.arange(n) % 5,
            "y": np.arange(n) // 5,
            "glyph": np.array(names, dtype=object),
            "size": np.ones(n),
            "value": np.full(n, np.nan),
            "label": np.array(names, dtype=object),
            "ring": np.array(([*STYLE.rings] * n)[:n], dtype=object),
        }
    )
    edges = Table(
        {
            "source": np.zeros(n - 1, np.int32),
            "target": np.arange(1, n, dtype=np.int32),
            "weight": np.full(n - 1, np.nan),
            "dashed": np.zeros(n - 1, np.bool_),
        }
    )
    spec = FigureSpec("circuit", {"nodes": nodes, "edges": edges})
    for theme in ("light", "dark"):
        for figure in painted(spec, page_for(spec, 5.5, theme=theme)):
            assert figure.axes


def test_shapes_and_marks_cover_the_style_table():
    assert {glyph.shape for glyph in STYLE.glyphs.values()} <= set(SHAPES)
    assert {glyph.mark for glyph in STYLE.glyphs.values()} - {""} <= set(MARKS)
    assert {hue.marker for hue in palette("light").hues} <= set(SHAPES)
    for shape in (*SHAPES.values(), *MARKS.values()):
        assert np.abs(shape().vertices).max() <= 1.0


def test_single_node_and_flat_values():
    spec = made("circuit")
    one = Table({name: spec.tables["nodes"][name][:1] for name in spec.tables["nodes"]})
    none = Table({name: spec.tables["edges"][name][:0] for name in spec.tables["edges"]})
    bends = Table({"edge": np.zeros(0, np.int32), "x": np.zeros(0), "y": np.zeros(0)})
    alone = replace(spec, tables={"nodes": one, "edges": none, "bends": bends})
    for figure in painted(alone, page_for(alone, 3.25)):
        assert figure.axes


def test_settings_of_the_user_do_not_matter():
    import matplotlib as mpl

    spec = made("theory")
    page = page_for(spec, 3.25)

    def file():
        with blank(page) as figure:
            PAINTERS[spec.kind](spec, page, figure)
            return to_bytes(figure, page, ".svg", {})

    plain = file()
    with mpl.rc_context({"font.size": 30.0, "lines.linewidth": 9.0, "svg.fonttype": "none"}):
        assert file() == plain
        assert mpl.rcParams["font.size"] == 30.0


def test_text_can_stay_text_in_svg():
    spec = made("theory")
    page = page_for(spec, 5.5, svg_text="text")
    with blank(page) as figure:
        PAINTERS[spec.kind](spec, page, figure)
        content = to_bytes(figure, page, ".svg", {})
    assert content.count(b">odor</text>") == 1


def test_unknown_suffix_lists_the_known():
    with pytest.raises(ParameterError, match=r"\.pdf.*\.svg.*\.png"):
        to_bytes(None, Page(1.0, 1.0), ".eps", {})


def test_ticks():
    assert log_ticks(np.array([1.0, 1024.0])).tolist() == [1, 4, 16, 64, 256, 1024]
    assert log_ticks(np.array([120.0, 21_000.0])).tolist()[:3] == [200, 500, 1000]
    assert log_ticks(np.array([5.0, 5.0])).tolist() == [5.0]
    assert log_ticks(np.array([1.0, 1e12])).max() <= 1e12


def test_heights_are_spread_no_more_than_needed():
    heights = np.array([0.1, 0.5, 0.52, 0.9])
    placed = spread_apart(heights, 0.1, 0.0, 1.0)
    assert placed[[0, 3]].tolist() == [0.1, 0.9]
    assert np.diff(placed).min() >= 0.1 - 1e-12
    assert spread_apart(np.array([1.0, 1.0]), 0.1, 0.0, 1.0).max() <= 1.0


def test_text_is_cut_to_its_room():
    assert text_width(fitted("a rather long label", 7.0, 40.0), 7.0) <= 40.0
    assert fitted("long", 7.0, 1.0) == ""


def test_shares_keep_missing_values_missing():
    assert np.isnan(share_of(np.array([np.nan, 0.0, 1.0]), "log")[:2]).all()
    assert share_of(np.array([3.0, 1.0, 3.0]), "rank").tolist() == [1.0, 0.0, 1.0]
    assert share_of(np.array([2.0, 2.0]), "linear").tolist() == [1.0, 1.0]
    assert np.isnan(share_of(np.array([np.nan]), "linear")).all()


def test_marks_contrast_with_every_fill():
    from test_style import contrast

    for theme in ("light", "dark"):
        for colour in palette(theme).ordinal:
            assert contrast(ink_on(colour), colour) >= 3.0


def test_failed_checks_have_a_cross_whatever_the_colours():
    circuit = small_circuit()
    ids = circuit.ids[-2:].tolist()
    plain, marked = (circuit_figure(circuit, failed=failed) for failed in ((), ids))
    counts = []
    for spec in (plain, marked):
        for figure in painted(spec, page_for(spec, 5.5)):
            cross = MARKS["cross"]().vertices
            counts.append(
                sum(
                    len(found.get_offsets())
                    for found in figure.findobj(PathCollection)
                    if np.array_equal(found.get_paths()[0].vertices, cross)
                )
            )
    assert counts == [0, 2]


def test_long_labels_at_the_margins_stay_whole():
    spec = made("circuit")
    nodes = spec.tables["nodes"]
    labels = np.array(["wide = 1"] * nodes.n_rows, dtype=object)
    spec = replace(spec, tables={**spec.tables, "nodes": Table({**nodes, "label": labels})})
    page = page_for(spec, 5.5)
    for figure in painted(spec, page):
        shown = [text for text in texts_of(figure) if text.get_text() == "wide = 1"]
        assert shown
        for text in shown:
            box = text.get_window_extent(figure._get_renderer())
            assert 0 <= box.x0 < box.x1 <= page.width_pt
