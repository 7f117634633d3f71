import numpy as np
import pytest
from deterministic import compatible_pairs
from hypothesis import given, settings
from strategies import circuits, every_row

from workbench.circuits import Builder, check, compatible, hclt
from workbench.circuits.leaves import (
    CATEGORICAL,
    POISSON,
    UNIFORM,
    poisson_parameters,
    uniform_parameters,
)
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, LimitError, ParameterError, StructureError
from workbench.inference import log_expectation, log_likelihood
from workbench.inference.expectation import _by_pairs


def by_hand(first, second):
    rows = every_row(first)
    return np.exp(
        ReferenceEngine(first).log_likelihood(rows) + ReferenceEngine(second).log_likelihood(rows)
    ).sum()


@settings(max_examples=30)
@given(compatible_pairs(deterministic=(False, False)))
def test_equals_enumeration(pair):
    for first, second in (pair, pair[::-1], pair[:1] * 2):
        found = np.exp(log_expectation(first, second))
        assert found == pytest.approx(by_hand(first, second), abs=1e-10)


@settings(max_examples=30)
@given(circuits(max_variables=4, normalised=False))
def test_a_circuit_with_itself_equals_enumeration_or_is_refused(circuit):
    try:
        found = np.exp(log_expectation(circuit, circuit))
    except StructureError:
        assert not check(circuit).structured
    else:
        assert found == pytest.approx(by_hand(circuit, circuit), abs=1e-10)


@settings(max_examples=30)
@given(compatible_pairs(max_variables=1, mixed=True, deterministic=(False, False)))
def test_products_of_gaussians_equal_quadrature(pair):
    first, second = pair
    if first.variables[0].n_categories:
        return
    grid = np.linspace(-12, 12, 40_001)[:, None]
    values = np.exp(log_likelihood(first, grid) + log_likelihood(second, grid))
    found = np.exp(log_expectation(first, second))
    assert found == pytest.approx(np.trapezoid(values, grid[:, 0]), rel=1e-8)


@pytest.mark.parametrize(
    "leaves",
    [
        (("u", -1.0, 1.0), ("u", 0.5, 3.0)),
        (("u", -1.0, 1.0), ("g", 0.5, 0.7)),
        (("g", 0.5, 0.7), ("u", -1.0, 1.0)),
    ],
)
def test_uniform_leaves_equal_quadrature(leaves):
    build = [Builder([continuous("x")]) for _ in leaves]
    circuits = [
        b.circuit(
            b.leaf(0, UNIFORM, uniform_parameters(*ends)) if kind == "u" else b.gaussian(0, *ends)
        )
        for b, (kind, *ends) in zip(build, leaves, strict=True)
    ]
    step = 1e-4
    grid = np.arange(-2, 4, step)[:, None] + step / 2
    by_sum = step * np.exp(sum(log_likelihood(c, grid) for c in circuits)).sum()
    assert np.exp(log_expectation(*circuits)) == pytest.approx(by_sum, rel=1e-6)


def test_poisson_leaves_equal_summation():
    circuits = []
    for rate in (2.0, 5.0):
        build = Builder([continuous("n")])
        circuits.append(build.circuit(build.leaf(0, POISSON, poisson_parameters(rate))))
    counts = np.arange(200.0)[:, None]
    by_sum = np.exp(sum(log_likelihood(c, counts) for c in circuits)).sum()
    assert np.exp(log_expectation(*circuits)) == pytest.approx(by_sum, rel=1e-10)


def test_flat_and_nested_products_are_compatible():
    build = Builder([categorical(f"x{k}", 2) for k in range(3)])
    leaves = [build.categorical(k, [0.3, 0.7]) for k in range(3)]
    flat = build.circuit(build.product(leaves))
    build = Builder(flat.variables)
    leaves = [build.categorical(k, [0.6, 0.4]) for k in range(3)]
    rest = build.sum([build.product(leaves[1:]), build.product(leaves[1:])], [0.5, 0.5])
    nested = build.circuit(build.product([leaves[0], rest]))
    assert np.exp(log_expectation(flat, nested)) == pytest.approx(by_hand(flat, nested))
    assert np.exp(log_expectation(nested, flat)) == pytest.approx(by_hand(flat, nested))


def test_a_learnt_structure_with_itself():
    rows = (np.random.default_rng(0).random((50, 8)) < 0.4).astype(float)
    circuit = hclt(rows, latents=3, seed=0)
    assert np.exp(log_expectation(circuit, circuit)) == pytest.approx(by_hand(circuit, circuit))


def crossing_pair():
    circuits = []
    for halves in (((0, 1), (2, 3)), ((0, 2), (1, 3))):
        build = Builder([categorical(f"x{k}", 2) for k in range(4)])

        def mixture(scope, build=build):
            pairs = [
                build.product([build.categorical(v, table) for v in scope])
                for table in ([0.2, 0.8], [0.7, 0.3])
            ]
            return build.sum(pairs, [0.5, 0.5])

        circuits.append(build.circuit(build.product([mixture(scope) for scope in halves])))
    return circuits


def test_circuits_that_split_differently_are_refused_with_the_nodes():
    message = r"not compatible: given the first splits into #6 \{x0, x1\} x #13 \{x2, x3\}"
    with pytest.raises(StructureError, match=message):
        log_expectation(*crossing_pair())


def test_bad_requests_are_errors(weather, never, monkeypatch):
    with pytest.raises(DataError, match="the same variables"):
        log_expectation(weather, never)
    build = Builder([continuous("x")])
    bell = build.circuit(build.gaussian(0, 0, 1))
    build = Builder([continuous("x")])
    counts = build.circuit(build.leaf(0, POISSON, poisson_parameters(1.0)))
    with pytest.raises(ParameterError, match="no products of gaussian with poisson leaves"):
        log_expectation(bell, counts)
    monkeypatch.setattr("workbench.inference.paired_blocks.MOST_ENTRIES", 2)
    monkeypatch.setattr("workbench.inference.paired.MOST_PAIRS", 2)
    with pytest.raises(LimitError, match="pairs of nodes"):
        log_expectation(weather, weather)


@settings(max_examples=40)
@given(compatible_pairs(deterministic=(False, True)))
def test_blocks_and_single_pairs_agree(pair):
    first, second = pair
    for one, two in ((first, second), (second, first), (first, first)):
        single = _by_pairs(one, two)
        assert log_expectation(one, two) == pytest.approx(single, abs=1e-10)
        assert compatible(one, two)


def test_blocks_keep_what_underflows():
    """Every term is far below the smallest positive number, next to one of weight zero."""
    build = Builder([categorical(f"x{k}", 2) for k in range(3)])
    tiny = [build.leaf(k, CATEGORICAL, [-900.0, -1500.0]) for k in range(3)]
    large = [build.categorical(k, [0.5, 0.5]) for k in range(3)]
    parts = [build.product(tiny), build.product(large)]
    circuit = build.circuit(build.sum(parts, [1.0, 0.0]))
    assert log_expectation(circuit, circuit) == pytest.approx(3 * (2 * -900.0), abs=1e-9)
    both = np.logaddexp(-900.0, -1500.0) + np.log(0.5)
    halves = build.circuit(build.sum(parts, [0.0, 1.0]))
    assert log_expectation(circuit, halves) == pytest.approx(3 * both, abs=1e-9)


def test_a_child_that_a_sum_has_twice_counts_twice():
    build = Builder([categorical("x", 2)])
    leaf = build.categorical(0, [0.25, 0.75])
    circuit = build.circuit(build.sum([leaf, leaf], [0.25, 0.5]))
    assert np.exp(log_expectation(circuit, circuit)) == pytest.approx(0.75**2 * 0.625)
