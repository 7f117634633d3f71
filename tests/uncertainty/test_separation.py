import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.uncertainty import Score, auroc, separation

RANDOM = np.random.default_rng(0)
OWN, OTHER = RANDOM.normal(size=90), RANDOM.normal(1.0, size=60)
X = Score("x", "nats")


def test_groups_have_their_quantiles_and_areas():
    found = separation({X: {"own": OWN, "other": OTHER}}, within="own")
    groups = found.groups
    assert groups["group"].tolist() == ["own", "other"]
    assert groups["is_within"].tolist() == [True, False]
    assert groups["n"].tolist() == [90, 60]
    assert np.isnan(groups["auroc"][0])
    expected = auroc(OWN, OTHER)
    assert (groups["auroc"][1], groups["standard_error"][1]) == (
        expected.value,
        expected.standard_error,
    )
    assert groups["q50"][1] == np.median(OTHER)
    assert groups["q05"][0] == np.quantile(OWN, 0.05)


def test_bins_hold_every_row_once_on_common_edges():
    bins = separation({X: {"own": OWN, "other": OTHER}}, "own", n_bins=7).bins
    own, other = (bins["group"] == name for name in ("own", "other"))
    assert bins["share"][own].sum() == pytest.approx(1.0)
    assert bins["share"][other].sum() == pytest.approx(1.0)
    np.testing.assert_array_equal(bins["left"][own], bins["left"][other])
    assert bins["left"].min() == min(OWN.min(), OTHER.min())
    counts = np.histogram(OTHER, [*bins["left"][other], bins["right"].max()])[0]
    np.testing.assert_allclose(bins["share"][other], counts / 60)


def test_a_floor_gathers_what_is_below_it_but_leaves_the_area():
    small = Score("deviation", scale="log", floor=1e-3)
    values = {"own": [0.0, 1e-9, 0.5], "other": [1e-5, 0.2]}
    found = separation({small: values}, "own", n_bins=3)
    assert found.bins["left"].min() == pytest.approx(1e-3)
    assert found.bins["share"][0] == pytest.approx(2 / 3)
    ratio = found.bins["right"] / found.bins["left"]
    np.testing.assert_allclose(ratio, ratio[0])
    assert found.groups["auroc"][1] == pytest.approx(2 / 3)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_equal_values_still_have_bins(scale):
    found = separation({Score("x", scale=scale): {"own": [1.0, 1.0], "other": [1.0, 1.0]}}, "own")
    assert found.groups["auroc"][1] == 0.5
    assert found.bins["share"].sum() == pytest.approx(2.0)


def test_the_hash_follows_the_values():
    one, again, other = (
        separation({X: {"own": OWN, "other": OTHER + shift}}, "own").hash for shift in (0, 0, 1)
    )
    assert one == again != other


@pytest.mark.parametrize(
    ("values", "within", "message"),
    [
        ({}, "own", "a score"),
        ({X: {"own": OWN}}, "other", "compared with 'other'"),
        ({X: {"own": OWN}, Score("y"): {"other": OWN}}, "own", "the same groups"),
        ({Score("x", scale="log"): {"own": OWN}}, "own", "positive values, or a floor"),
    ],
)
def test_bad_requests_are_errors(values, within, message):
    with pytest.raises(ParameterError, match=message):
        separation(values, within)
