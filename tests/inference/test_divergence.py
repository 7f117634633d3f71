import numpy as np
import pytest
from deterministic import Mixtures, compatible_pairs
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import circuits, every_row

from workbench.circuits import Builder, check, hclt, normalised
from workbench.circuits.leaves import POISSON, UNIFORM, poisson_parameters, uniform_parameters
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, StructureError
from workbench.inference import cross_entropy, kl, log_likelihood
from workbench.inference.divergence import _by_single_pairs, _Terms
from workbench.inference.paired_blocks import paired_value


def brute_force(first, second):
    """(cross-entropy, divergence) by summing over all rows."""
    rows = every_row(first)
    logs = [ReferenceEngine(circuit).log_likelihood(rows) for circuit in (first, second)]
    live = logs[0] > -np.inf
    if np.isneginf(logs[1][live]).any():
        return np.inf, np.inf
    chances = np.exp(logs[0][live])
    return -chances @ logs[1][live], chances @ (logs[0][live] - logs[1][live])


@settings(max_examples=40)
@given(compatible_pairs(deterministic=(False, True)))
def test_cross_entropy_with_a_deterministic_second_equals_enumeration(pair):
    found = cross_entropy(*pair, rows=0)
    assert found.value == pytest.approx(brute_force(*pair)[0], abs=1e-10)


@settings(max_examples=40)
@given(compatible_pairs(deterministic=(True, True)))
def test_kl_of_two_deterministic_circuits_equals_enumeration(pair):
    for first, second in (pair, pair[::-1]):
        found = kl(first, second, rows=0)
        assert found.value == pytest.approx(brute_force(first, second)[1], abs=1e-10)
        assert kl(first, first, rows=0).value == pytest.approx(0.0, abs=1e-10)


@settings(max_examples=40)
@given(compatible_pairs(deterministic=(False, True)))
def test_kl_bounds_hold_when_the_first_is_not_deterministic(pair):
    by_hand = brute_force(*pair)[1]
    found = kl(*pair, rows=0)
    assert found.lower - 1e-10 <= by_hand <= found.upper + 1e-10
    assert kl(*pair).value == pytest.approx(by_hand, abs=1e-10)


@settings(max_examples=30)
@given(circuits(max_variables=4, normalised=False), st.integers(0, 1000))
def test_few_joint_values_need_neither_determinism_nor_compatibility(first, seed):
    random = np.random.default_rng(seed)
    second = Mixtures(random, first.variables, free=False).circuit()
    expected = brute_force(normalised(first), second)
    assert cross_entropy(first, second).value == pytest.approx(expected[0], abs=1e-10)
    assert kl(first, second).value == pytest.approx(expected[1], abs=1e-10)


def test_few_joint_values_of_a_deterministic_second_that_is_not_compatible():
    circuits = []
    for halves in (((0, 1), (2, 3)), ((0, 2), (1, 3))):
        build = Builder([categorical(f"x{k}", 2) for k in range(4)])
        parts = []
        for a, b in halves:
            pairs = [
                build.product([build.categorical(a, table), build.categorical(b, other)])
                for table, other in (([1, 0], [0.2, 0.8]), ([0, 1], [0.7, 0.3]))
            ]
            parts.append(build.sum(pairs, [0.4, 0.6]))
        circuits.append(build.circuit(build.product(parts)))
    assert kl(*circuits).value == pytest.approx(brute_force(*circuits)[1], abs=1e-10)
    with pytest.raises(StructureError, match="not compatible"):
        kl(*circuits, rows=0)


def single(*leaf):
    build = Builder([continuous("x")])
    kind, *parameters = leaf
    if kind == "gaussian":
        return build.circuit(build.gaussian(0, *parameters))
    family, make = {
        "uniform": (UNIFORM, uniform_parameters),
        "poisson": (POISSON, poisson_parameters),
    }[kind]
    return build.circuit(build.leaf(0, family, make(*parameters)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("gaussian", 0.3, 0.7), ("gaussian", -1.0, 2.0)),
        (("uniform", -1.0, 1.0), ("gaussian", 0.5, 0.7)),
        (("uniform", -1.0, 1.0), ("uniform", -2.0, 3.0)),
    ],
)
def test_densities_equal_quadrature(first, second):
    one, two = single(*first), single(*second)
    step = 1e-4
    grid = np.arange(-6, 7, step)[:, None] + step / 2
    logs, others = log_likelihood(one, grid), log_likelihood(two, grid)
    live = logs > -np.inf
    by_sum = step * np.exp(logs[live]) @ (logs[live] - others[live])
    assert kl(one, two).value == pytest.approx(by_sum, abs=1e-6)


def test_poisson_leaves_have_their_textbook_divergence():
    found = kl(single("poisson", 3.0), single("poisson", 5.0)).value
    assert found == pytest.approx(3 * np.log(3 / 5) + 5 - 3, abs=1e-10)


def test_mass_where_the_second_is_impossible_is_infinite():
    found = kl(single("gaussian", 0.0, 1.0), single("uniform", -1.0, 1.0))
    assert found.value == np.inf
    assert "0.317 of the mass impossible" in found.reason
    assert kl(single("uniform", 0.0, 1.0), single("uniform", 0.5, 2.0)).value == np.inf


def test_a_second_that_is_not_deterministic_is_refused_with_the_witness():
    rows = (np.random.default_rng(0).random((50, 6)) < 0.4).astype(float)
    first, second = (hclt(rows, latents=2, seed=0) for _ in range(2))
    with pytest.raises(StructureError, match=r"deterministic: given sum \d+: children .* accept"):
        cross_entropy(first, second, rows=10)


def test_different_variables_are_an_error(weather, never):
    with pytest.raises(DataError, match="cannot give the cross-entropy"):
        kl(weather, never)


def test_a_circuit_that_is_not_decomposable_is_refused():
    build = Builder([categorical("x", 2)])
    twice = build.circuit(build.product([build.categorical(0, [0.5, 0.5])] * 2))
    with pytest.raises(StructureError, match="not known to be decomposable"):
        cross_entropy(twice, twice)


@settings(max_examples=30)
@given(compatible_pairs())
def test_blocks_and_single_pairs_agree(pair):
    first, second = pair
    if not check(second).deterministic:
        return
    first, second = normalised(first), normalised(second)
    found = paired_value(first, second, _Terms())
    np.testing.assert_allclose(found, _by_single_pairs(first, second), atol=1e-10)
