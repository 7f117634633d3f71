"""Curve figures: what is in the tables is what was computed."""

import numpy as np
import pytest
from figure_samples import made, token_curve

from workbench.budgets import band, pass_at_k, pass_hat_k
from workbench.core.tables import Table
from workbench.errors import ParameterError
from workbench.views.curve_figure import band_figure, curve_figure, marker_places, series_of

COUNTS = [(16, 4), (16, 0), (16, 9), (16, 1)]


def test_tables_hold_the_curve_and_its_band():
    curve = pass_at_k(COUNTS)
    limits = band(curve)
    spec = curve_figure(curve, limits)
    assert spec.tables["lines"]["y"].tolist() == curve.value.tolist()
    assert spec.tables["lines"]["x"].tolist() == curve.ks.tolist()
    assert spec.tables["bands"]["low"].tolist() == limits.low.tolist()
    assert spec.caption == limits.statement
    assert spec.provenance.inputs == (("pass@k", curve.hash),)
    assert spec.hash == band_figure(limits).hash


def test_tokens_are_the_axis_of_token_curves_unless_samples_are_asked_for():
    curve = token_curve("one", 80)
    on_tokens, on_samples = curve_figure(curve), curve_figure(curve, axis="samples")
    assert on_tokens.tables["lines"]["x"].tolist() == curve.tokens.tolist()
    assert on_samples.tables["lines"]["x"].tolist() == curve.curve.ks.tolist()
    assert "Tokens" in on_tokens.encoding("x").label


def test_series_keep_their_order():
    spec = made("curve")
    assert [name for name, _ in series_of(spec.tables["lines"])] == [
        "best of n",
        "beam search",
        "tree search",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (({},), "1 to 6"),
        (({str(i): pass_at_k(COUNTS) for i in range(7)},), "small multiples"),
        (({"a": pass_at_k(COUNTS), "b": pass_hat_k(COUNTS)},), "different things"),
        ((pass_at_k(COUNTS), band(pass_at_k([(4, 1), (4, 2)]))), "belongs to no curve"),
        (({"a": pass_at_k(COUNTS)}, {"b": band(pass_at_k(COUNTS))}), "belongs to no curve"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments, message):
    with pytest.raises(ParameterError, match=message):
        curve_figure(*arguments)


def test_unknown_tokens_and_axes_are_said():
    with pytest.raises(ParameterError, match="curve_against_tokens"):
        curve_figure(pass_at_k(COUNTS), axis="tokens")
    with pytest.raises(ParameterError, match="samples"):
        curve_figure(pass_at_k(COUNTS), axis="seconds")


def test_markers_stand_at_both_ends():
    places = marker_places(np.arange(1.0, 257.0))
    assert places[0] == 0
    assert places[-1] == 255
    assert len(places) == 6


def test_series_of_splits_columns():
    table = Table({"series": ["b", "a", "b"], "x": [1, 2, 3]})
    assert {name: columns["x"].tolist() for name, columns in series_of(table)} == {
        "b": [1, 3],
        "a": [2],
    }
