import numpy as np
import pytest
from figure_samples import made

from workbench.uncertainty import Score, separation
from workbench.views import figure_of, separation_figure
from workbench.views.separation_figure import nice_ticks, panels

RANDOM = np.random.default_rng(0)
VALUES = {"own": RANDOM.normal(size=80), "other": RANDOM.normal(1.0, size=50)}


def test_panels_show_the_tables():
    found = separation({Score("x", "nats"): VALUES}, "own")
    spec = separation_figure(found)
    [panel] = panels(spec)
    assert panel.names == ("own", "other")
    assert panel.is_within == (True, False)
    assert panel.areas == ("", f"{found.groups['auroc'][1]:.2f}")
    low, high = found.bins["left"][0], found.bins["right"][-1]
    np.testing.assert_allclose(panel.medians * (high - low) + low, found.groups["q50"])
    shares = found.bins["share"].reshape(2, -1)
    uncut = panel.heights < 1
    ratio = panel.heights[uncut & (shares > 0)] / shares[uncut & (shares > 0)]
    np.testing.assert_allclose(ratio, ratio[0])  # one scale for all groups
    assert figure_of(found).hash == spec.hash


def test_gathered_scores_do_not_flatten_the_rest():
    values = {"own": [1e-9] * 90 + [0.1] * 10, "other": [1e-9] * 50 + [0.2] * 50}
    spec = separation_figure(
        separation({Score("s", scale="log", floor=1e-6): values}, "own", n_bins=10)
    )
    [panel] = panels(spec)
    assert panel.heights[:, 0].tolist() == [1.0, 1.0]
    assert panel.heights[0, 1:].max() > 0.2
    assert panel.tick_words[0].startswith("≤ 10⁻⁶")
    assert "gathers all scores up to 1e-06" in spec.caption


def test_the_caption_says_what_is_compared_and_its_error():
    caption = made("separation").caption
    assert "AUROC" in caption
    assert "test images" in caption
    errors = made("separation").tables["groups"]["standard_error"]
    assert f"up to {np.nanmax(errors):.3g}." in caption


@pytest.mark.parametrize(
    ("low", "high", "scale", "expected"),
    [
        (0.0, 1.0, "linear", [0.0, 0.5, 1.0]),
        (-3.2, 3.3, "linear", [-2.0, 0.0, 2.0]),
        (0.3, 1.4, "log", [0.5, 1.0]),
        (1e-6, 1.0, "log", [1e-6, 1e-3, 1.0]),
    ],
)
def test_ticks_are_round_and_few(low, high, scale, expected):
    np.testing.assert_allclose(nice_ticks(low, high, scale), expected)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_every_range_has_up_to_four_ticks_inside(scale):
    for low, high in RANDOM.uniform(1e-3, 1.0, (200, 2)) * [[1, 30]]:
        low, high = min(low, high), max(low, high) * 1.5  # noqa: PLW2901  # in order, and apart
        ticks = nice_ticks(low, high, scale)
        assert len(ticks) <= 4
        assert (ticks >= low * (1 - 1e-9)).all()
        assert (ticks <= high * (1 + 1e-9)).all()
