"""Screen: the plots hold the same numbers as the specification, in both themes."""

import numpy as np
import pytest
from figure_samples import made

from workbench.budgets import pass_at_k
from workbench.errors import ParameterError
from workbench.views.curve_figure import curve_figure, series_of
from workbench.views.painters.screen import PAINTERS, paint
from workbench.views.style import palette

THEMES = ("light", "dark")


def glyphs(plot, name):
    return [r for r in plot.renderers if type(r.glyph).__name__ == name]


@pytest.mark.parametrize("theme", THEMES)
def test_curve_lines_and_bands_are_the_tables(theme):
    spec = made("curve")
    plot = paint(spec, theme)
    for line, (_, columns), hue in zip(
        glyphs(plot, "Line"), series_of(spec.tables["lines"]), palette(theme).hues, strict=False
    ):
        assert line.data_source.data["y"].tolist() == columns["y"].tolist()
        assert line.glyph.line_color == hue.colour
    areas = glyphs(plot, "VArea")
    lows = np.concatenate([area.data_source.data["y1"] for area in areas])
    assert lows.tolist() == spec.tables["bands"]["low"].tolist()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["curve", "theory", "pictures", "bounds", "separation"])
def test_plots_wear_the_theme_and_serialize_without_complaint(theme, name, caplog):
    from bokeh.embed import json_item

    plot = paint(made(name), theme)
    json_item(plot)
    assert plot.background_fill_color == palette(theme).surfaces.canvas
    assert plot.outline_line_color is None
    assert not caplog.records


def test_few_series_are_named_at_their_ends_and_many_in_a_legend():
    few, many = paint(made("curve")), paint(made("curve_of_six"))
    assert len(glyphs(few, "Text")) == 3
    assert not few.legend
    assert len(many.legend[0].items) == 6


def test_hover_tells_value_and_band():
    from bokeh.models import HoverTool

    tooltips = dict(paint(made("curve")).select({"type": HoverTool})[0].tooltips)
    assert tooltips["band"] == "@low{0.0000} to @high{0.0000}"
    plain = paint(curve_figure(pass_at_k([(4, 1), (4, 2)])))
    assert "band" not in dict(plain.select({"type": HoverTool})[0].tooltips)


def test_theory_bars_are_the_cells():
    spec = made("theory")
    bars = glyphs(paint(spec), "Quad")[-1].data_source.data
    allowed = bars["word"] == "allowed"
    assert allowed.tolist() == spec.tables["cells"]["allowed"].tolist()
    assert (bars["right"] > bars["left"]).all()


def test_pictures_have_a_square_per_literal():
    spec = made("pictures")
    squares = glyphs(paint(spec), "Quad")[-1].data_source.data
    assert len(squares["left"]) == spec.tables["pixels"].n_rows


@pytest.mark.parametrize("theme", THEMES)
def test_stairs_hold_the_bounds_of_every_step(theme):
    steps = made("bounds").tables["bounds"]
    plot = paint(made("bounds"), theme)
    upper, lower = (line.data_source.data for line in glyphs(plot, "Line"))
    assert upper["upper"][::2].tolist() == steps["upper"].tolist()
    assert lower["lower"][::2].tolist() == steps["lower"].tolist()
    assert (np.diff(upper["nodes"]) >= 0).all()
    assert "met after" in glyphs(plot, "Text")[-1].data_source.data["text"][0]


@pytest.mark.parametrize("theme", THEMES)
def test_ridges_lie_in_their_panels_and_rows(theme):
    spec = made("separation")
    patches = glyphs(paint(spec, theme), "Patches")
    assert len(patches) == len(spec.encodings)
    for place, panel in enumerate(patches):
        data = panel.data_source.data
        assert data["group"].tolist() == ["test images", "rotated 15°", "photographs"]
        assert [np.max(ys) for ys in data["ys"]] == [1, 2, 3]
        assert all(np.ptp(xs) == pytest.approx(1.0) for xs in data["xs"])
        before = patches[place - 1].data_source.data["xs"] if place else [np.array([-1.0])]
        assert min(xs.min() for xs in data["xs"]) > max(xs.max() for xs in before)
        assert data["colour"][0] == palette(theme).surfaces.edge
        assert data["colour"][1] == palette(theme).hues[0].colour


def test_width_is_fixed_or_follows_the_page():
    assert paint(made("curve"), width=500).width == 500
    assert paint(made("curve")).sizing_mode == "stretch_width"


def test_canvas_figures_are_sent_to_their_canvas():
    assert set(PAINTERS) == {"curve", "theory", "bounds", "separation", "rates"}
    with pytest.raises(ParameterError, match="widgets"):
        paint(made("circuit"))
    with pytest.raises(ParameterError, match="dark"):
        paint(made("curve"), theme="sepia")
