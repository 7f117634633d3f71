"""The batch executor against the reference, in both precisions and every kind of unit."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from strategies import circuits_and_rows
from wide import (
    DTYPES,
    FAR_ROWS,
    ODD_ROWS,
    TOLERANCE,
    assert_same,
    assert_same_flows,
    at_odds,
    far_apart,
    pruned,
    rows_with_gaps,
    tree,
)

from workbench.circuits import Builder, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import choose
from workbench.compute.batch_engine import BatchEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError, ParameterError


def batch_engine(circuit, dtype="float64", **options):
    return BatchEngine(circuit, choose(circuit, "cpu", dtype, **options))


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=60)
@given(case=circuits_and_rows(mixed=True))
def test_it_equals_the_reference_on_random_circuits(dtype, case):
    circuit, rows = case
    assert_same(batch_engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("latents", [3, 8, 21])
@pytest.mark.parametrize("keep", [1.0, 0.4, 0.1])
def test_dense_and_sparse_blocks_equal_the_reference(dtype, latents, keep):
    circuit = tree(latents)
    circuit = circuit if keep == 1.0 else pruned(circuit, keep)
    rows = rows_with_gaps()
    assert_same(batch_engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_gaussian_leaves_equal_the_reference(dtype):
    rows = np.random.default_rng(0).normal(size=(100, 5)) * [1.0, 10.0, 0.1, 1.0, 1.0]
    rows[::7, 2] = np.nan
    circuit = hclt(np.nan_to_num(rows), latents=4, seed=0)
    assert_same(batch_engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("make", "rows"), [(far_apart, FAR_ROWS), (at_odds, ODD_ROWS)])
def test_rows_beyond_the_range_of_the_numbers_are_evaluated_again(dtype, make, rows):
    circuit = make()
    assert_same(batch_engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_many_factors_keep_their_small_values(dtype):
    build = Builder([categorical(f"v{k}", 2) for k in range(200)])
    parts = [
        build.product([build.categorical(k, [p, 1 - p]) for k in range(200)])
        for p in (0.01, 0.5, 0.999)
    ]
    circuit = build.circuit(build.sum(parts, [0.2, 0.3, 0.5]))
    rows = np.vstack([np.zeros(200), np.ones(200), np.arange(200) % 2, np.full(200, np.nan)])
    assert_same(batch_engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


def test_weights_far_from_one_are_no_trouble():
    build = Builder([categorical("x", 2), categorical("y", 2)])
    sums = [
        build.sum([build.categorical(v, [0.5, 0.5]), build.categorical(v, [0.1, 0.9])], weights)
        for v, weights in ((0, [1e-30, 3e-30]), (1, [1e25, 2e25]))
    ]
    circuit = build.circuit(build.product(sums))
    rows = np.array([[0.0, 1.0], [1.0, np.nan]])
    for dtype in DTYPES:
        engine = batch_engine(circuit, dtype)
        assert_same(engine, ReferenceEngine(circuit), rows, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_densities_may_be_absurdly_small(dtype):
    build = Builder([continuous("x"), continuous("y")])
    parts = [
        build.product([build.gaussian(v, mean, deviation) for v in (0, 1)])
        for mean, deviation in ((0.0, 1e-6), (1.0, 2e-6))
    ]
    circuit = build.circuit(build.sum(parts, [0.3, 0.7]))
    rows = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [50.0, -50.0], [np.nan, 0.5]])
    assert_same(batch_engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


def test_a_circuit_of_one_leaf():
    for build, rows in (
        (Builder([categorical("x", 2)]), np.array([[1.0], [np.nan]])),
        (Builder([continuous("x")]), np.array([[0.3], [np.nan]])),
    ):
        is_code = build.variables[0].n_categories > 0
        leaf = build.categorical(0, [0.25, 0.75]) if is_code else build.gaussian(0, 1.0, 2.0)
        circuit = build.circuit(leaf)
        assert_same(batch_engine(circuit), ReferenceEngine(circuit), rows, 1e-10)


def test_parallel_edges_are_both_counted():
    build = Builder([categorical("x", 2)])
    leaf, other = build.categorical(0, [0.25, 0.75]), build.categorical(0, [0.5, 0.5])
    circuit = build.circuit(build.sum([leaf, leaf, other], [0.2, 0.3, 0.5]))
    assert_same(batch_engine(circuit), ReferenceEngine(circuit), np.array([[0.0], [1.0]]), 1e-12)


@pytest.mark.parametrize("threads", [1, 3])
def test_many_tiles_on_several_threads(threads):
    circuit = tree(8)
    rows = np.resize(rows_with_gaps(), (1500, 7))
    engine = batch_engine(circuit, threads=threads)
    expected = ReferenceEngine(circuit)
    np.testing.assert_allclose(
        engine.log_likelihood(rows), expected.log_likelihood(rows), rtol=1e-12, atol=1e-12
    )
    assert_same_flows(engine.flows(rows), expected.flows(rows), 1e-9)


def test_equal_calls_give_equal_bits():
    circuit, rows = tree(8), np.resize(rows_with_gaps(), (700, 7))
    engine = batch_engine(circuit, "float32", threads=2)
    first, again = engine.flows(rows), engine.flows(rows)
    assert (first.edges == again.edges).all()
    assert (first.leaf_statistics == again.leaf_statistics).all()


def test_two_callers_at_once_have_workspaces_of_their_own():
    circuit, rows = tree(8), np.resize(rows_with_gaps(), (600, 7))
    engine, expected = batch_engine(circuit), ReferenceEngine(circuit).log_likelihood(rows)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: engine.log_likelihood(rows), range(40)))
    for one in found:
        np.testing.assert_allclose(one, expected, atol=1e-10)


def test_workspaces_of_other_widths_are_not_kept():
    engine = batch_engine(tree(8))
    for n_rows in (16, 40, 70, 200, 16):
        engine.flows(np.resize(rows_with_gaps(), (n_rows, 7)))
    assert [space.width for space in engine._idle[True]] == [16]


def test_new_parameters_are_used():
    circuit, other = tree(5), tree(5)
    weights = np.where(other.is_sum_edge, other.log_weights - 0.5, 0.0)
    engine = batch_engine(circuit)
    engine.log_likelihood(rows_with_gaps())
    engine.set_parameters(weights, other.leaf_parameters)
    assert_same(engine, ReferenceEngine(engine.circuit), rows_with_gaps(), 1e-10)


def test_no_rows_give_no_numbers():
    engine = batch_engine(tree())
    assert engine.log_likelihood(np.empty((0, 7))).shape == (0,)
    assert engine.flows(np.empty((0, 7))).edges.sum() == 0.0


def test_bad_rows_and_weights_are_refused():
    engine = batch_engine(tree())
    with pytest.raises(DataError, match="shape"):
        engine.log_likelihood(np.zeros((2, 3)))
    with pytest.raises(DataError, match="category"):
        engine.flows(np.full((2, 7), 9.0))
    with pytest.raises(ParameterError, match="weights"):
        engine.flows(np.zeros((2, 7)), np.ones(3))
