"""The engine of the GPU, run on the CPU: the same steps, without graphs."""

import weakref

import numpy as np
import pytest
import torch
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

from workbench.circuits import Builder
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import choose
from workbench.compute.cuda.engine import CudaEngine
from workbench.compute.cuda.shape import Shape
from workbench.compute.torch_engine import TorchEngine
from workbench.data.variables import categorical
from workbench.errors import DataError, ParameterError


def engine(circuit, dtype="float64", batch=None, **options):
    return CudaEngine(circuit, choose(circuit, "cpu", dtype, batch=batch), **options)


def doubtful(found, rows):
    return found._forward(rows)[1]


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=15)
@given(case=circuits_and_rows(mixed=True, normalised=False))
def test_random_circuits_equal_the_reference(dtype, case):
    circuit, rows = case
    assert_same(engine(circuit, dtype), ReferenceEngine(circuit), rows, TOLERANCE[dtype])


@settings(max_examples=12)
@given(circuits_and_rows(zeros=True, missing=0.0))
def test_impossible_rows_have_minus_infinity_and_no_flow(case):
    circuit, rows = case
    expected = ReferenceEngine(circuit)
    for dtype in DTYPES:
        assert_same_flows(
            engine(circuit, dtype).flows(rows), expected.flows(rows), TOLERANCE[dtype]
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("latents", "keep", "size"), [(5, 1.0, 1), (40, 1.0, 1), (70, 0.2, 1), (96, 0.2, 16)]
)
def test_trees_equal_the_log_domain(dtype, latents, keep, size):
    circuit, rows = pruned(tree(latents), keep, size), rows_with_gaps()
    expected = TorchEngine(circuit, choose(circuit, "cpu", "float64"))
    found = engine(circuit, dtype, batch=32)
    assert_same(found, expected, rows, TOLERANCE[dtype])
    assert not doubtful(found, rows).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_whose_terms_vanish_are_computed_again(dtype):
    circuit = at_odds()
    found = engine(circuit, dtype)
    assert doubtful(found, ODD_ROWS).tolist() == [False, True, True, False]
    assert_same(found, ReferenceEngine(circuit), ODD_ROWS, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_terms_that_vanish_beside_likely_ones_need_no_second_pass(dtype):
    circuit = far_apart()
    found = engine(circuit, dtype)
    assert not doubtful(found, FAR_ROWS).any()
    assert_same(found, ReferenceEngine(circuit), FAR_ROWS, TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_products_of_many_factors_keep_their_range(dtype):
    build = Builder([categorical(f"v{k}", 2) for k in range(300)])
    sides = [
        build.product([build.categorical(k, [q, 1 - q]) for k in range(300)]) for q in (0.1, 0.3)
    ]
    circuit = build.circuit(build.sum(sides, [0.4, 0.6]))
    rows = (np.random.default_rng(0).random((20, 300)) < 0.8).astype(float)
    found = engine(circuit, dtype)
    assert not doubtful(found, rows).any()
    assert_same_flows(
        found.flows(rows), ReferenceEngine(circuit).flows(rows), 10 * TOLERANCE[dtype]
    )


@pytest.mark.parametrize(("circuit", "rows"), [(far_apart(), FAR_ROWS), (at_odds(), ODD_ROWS)])
def test_the_bound_on_what_vanishes_is_kept(circuit, rows):
    """In float32, exact values lie between the computed ones and these plus their errors."""
    found = engine(circuit, "float32")
    found._forward(rows)
    work, lowered = found._live.work, found._passes.lowered
    exact = ReferenceEngine(circuit).node_values(rows)
    groups = lowered.groups[lowered.slots]
    values = work.values.double().numpy()[lowered.slots][:, : len(rows)]
    errors = work.errors.double().numpy()[groups][:, : len(rows)]
    scaled = np.exp(exact - work.scales.numpy()[groups][:, : len(rows)])
    assert (scaled <= values * (1 + 1e-5) + errors).all()
    assert (scaled >= values * (1 - 1e-5)).all()


def test_small_batches_are_filled_up_and_change_nothing():
    circuit, rows = tree(), rows_with_gaps()
    expected = ReferenceEngine(circuit).flows(rows)
    for batch in (1, 16, 64, 100):
        assert_same_flows(engine(circuit, batch=batch).flows(rows), expected, 1e-10)


def test_buffers_serve_smaller_batches_again():
    circuit, rows = tree(), rows_with_gaps()
    found = engine(circuit, batch=64)
    found.log_likelihood(rows)
    live = found._live
    found.log_likelihood(rows[:20])
    assert found._live is live
    found.log_likelihood(rows[:1])
    assert found._live.batch == 1


def test_buffers_go_before_others_come():
    """Nothing but the engine holds a shape, so memory is free at once, without a collection."""
    found, rows = engine(tree(), batch=64), rows_with_gaps()
    found.flows(rows)
    old = weakref.ref(found._live.work)
    found.flows(rows[:1])
    assert old() is None


def test_no_rows_give_empty_answers():
    circuit = tree()
    found, nothing = engine(circuit), np.empty((0, 7))
    assert found.log_likelihood(nothing).shape == (0,)
    assert found.node_values(nothing).shape == (circuit.n_nodes, 0)
    assert not found.flows(nothing).edges.any()


def test_new_parameters_are_written_where_the_old_ones_were():
    circuit, rows = pruned(tree(40), 0.5), rows_with_gaps()
    found = engine(circuit)
    found.log_likelihood(rows)
    before = addresses(found)
    weights = np.where(circuit.is_sum_edge, circuit.log_weights - 0.5, 0.0)
    found.set_parameters(weights, circuit.leaf_parameters * 0.9)
    assert addresses(found) == before
    assert_same_flows(found.flows(rows), ReferenceEngine(found.circuit).flows(rows), 1e-10)


def addresses(found):
    """Where every tensor that the steps hold lies."""
    held = {}
    for number, runner in enumerate(found._passes.runners):
        owners = [runner, getattr(runner, "matrix", None), getattr(runner, "runner", None)]
        for owner in filter(None, owners):
            for name, value in vars(owner).items():
                if isinstance(value, torch.Tensor):
                    held[number, type(owner).__name__, name] = value.data_ptr()
    return held


def test_large_row_weights_do_not_overflow():
    found = engine(far_apart(), "float32").flows(FAR_ROWS[:4], np.array([1e30, 1.0, 0.0, 1.0]))
    assert np.isfinite(found.edges).all()
    assert found.nodes[-1] == pytest.approx(1e30)


def test_many_batches_keep_their_digits():
    circuit = tree()
    rows = np.tile(rows_with_gaps(), (8, 1))
    found = engine(circuit, "float32", batch=4).flows(rows)
    assert_same_flows(found, ReferenceEngine(circuit).flows(rows), 1e-4)


def test_short_memory_halves_the_batch(monkeypatch):
    circuit, rows = tree(), rows_with_gaps()
    make, tried = Shape.__init__, []

    def scarce(self, passes, circuit, batch, recorder):
        tried.append(batch)
        if batch > 8:
            raise torch.OutOfMemoryError
        make(self, passes, circuit, batch, recorder)

    monkeypatch.setattr(Shape, "__init__", scarce)
    found = engine(circuit, batch=64)
    assert_same_flows(found.flows(rows), ReferenceEngine(circuit).flows(rows), 1e-10)
    assert tried == [64, 32, 16, 8]


def test_one_row_that_does_not_fit_is_refused(monkeypatch):
    def scarce(*_):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(Shape, "__init__", scarce)
    with pytest.raises(ParameterError, match=r"does not fit.*bytes for each row.*prune"):
        engine(tree(), batch=4).log_likelihood(rows_with_gaps())


def test_rows_are_checked():
    with pytest.raises(DataError, match="shape"):
        engine(far_apart()).log_likelihood(np.zeros((2, 5)))
