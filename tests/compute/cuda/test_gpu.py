"""On a GPU: every kernel in both precisions, graphs and their replays, memory.

Elsewhere these tests skip; what they compare is compared on the CPU by their neighbours.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from strategies import circuits_and_rows
from wide import (
    DTYPES,
    FAMILY_ROWS,
    FAR_ROWS,
    ODD_ROWS,
    TOLERANCE,
    assert_same_flows,
    at_odds,
    chain,
    every_family,
    far_apart,
    pruned,
    rows_with_gaps,
    tree,
)

from workbench.circuits.reference import ReferenceEngine
from workbench.compute import choose
from workbench.compute.cuda import cuda_lines, formats
from workbench.compute.cuda.capture import Eager, Graphs
from workbench.compute.cuda.engine import CudaEngine
from workbench.compute.torch_engine import TorchEngine
from workbench.learning.em import FlowLearner
from workbench.learning.maximise import prior_of

pytestmark = pytest.mark.gpu
KERNELS = ("torch", "triton")


def engine(circuit, dtype="float64", kernels="auto", batch=32, **options):
    return CudaEngine(circuit, choose(circuit, "cuda", dtype, batch), kernels=kernels, **options)


def by_logs(circuit):
    return TorchEngine(circuit, choose(circuit, "cpu", "float64"))


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("circuit", "rows"),
    [
        (tree(5), rows_with_gaps()),
        (tree(64), rows_with_gaps()),
        (tree(300), rows_with_gaps()),
        (chain(96), rows_with_gaps(n_variables=3)),
        (chain(96, 0.05), rows_with_gaps(n_variables=3)),
        (chain(128, 0.2, 16), rows_with_gaps(n_variables=3)),
        (chain(256, 0.2, 64), rows_with_gaps(n_variables=3)),
        (pruned(tree(96), 0.2), rows_with_gaps()),
        (every_family(), FAMILY_ROWS),
        (far_apart(), FAR_ROWS),
        (at_odds(), ODD_ROWS),
    ],
)
def test_likelihoods_and_flows_equal_the_log_domain(circuit, rows, dtype, kernels):
    expected = by_logs(circuit).flows(rows)
    found = engine(circuit, dtype, kernels)
    assert_same_flows(found.flows(rows), expected, TOLERANCE[dtype])
    values = found.log_likelihood(rows)
    np.testing.assert_allclose(
        values, expected.log_likelihood, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype]
    )


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("cheap", ["EDGE_COST", "TILE_COST"])
def test_sparse_kernels_run_blocks_of_any_size(cheap, kernels, monkeypatch):
    monkeypatch.setattr(formats, "LEAST_CELLS", 0)
    monkeypatch.setattr(formats, cheap, 0.01)
    circuit, rows = chain(50, 0.5), rows_with_gaps(n_variables=3)
    found = engine(circuit, kernels=kernels).flows(rows)
    assert_same_flows(found, by_logs(circuit).flows(rows), 1e-10)


@pytest.mark.parametrize("kernels", KERNELS)
@settings(max_examples=15)
@given(case=circuits_and_rows(mixed=True, normalised=False))
def test_random_circuits_equal_the_reference(kernels, case):
    circuit, rows = case
    found = engine(circuit, kernels=kernels, recorder=Eager()).flows(rows)
    assert_same_flows(found, ReferenceEngine(circuit).flows(rows), 1e-10)


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_graphs_replay_for_other_rows_and_other_parameters(dtype, kernels):
    circuit, rows = pruned(tree(70), 0.5), rows_with_gaps(90)
    found = engine(circuit, dtype, kernels)
    assert isinstance(found._recorder, Graphs)
    for chosen in (rows[:40], rows[40:]):
        expected = by_logs(circuit).flows(chosen)
        assert_same_flows(found.flows(chosen), expected, TOLERANCE[dtype])
    weights = np.where(circuit.is_sum_edge, circuit.log_weights * 1.1, 0.0)
    found.set_parameters(weights, circuit.leaf_parameters * 0.9)
    expected = by_logs(found.circuit).flows(rows)
    assert_same_flows(found.flows(rows), expected, TOLERANCE[dtype])


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_learning_equals_that_from_flows(dtype, kernels):
    rows = rows_with_gaps(200)
    for circuit in (tree(64), pruned(tree(96), 0.2)):
        prior = prior_of(circuit, rows, 2.0)
        ours = engine(circuit, dtype, kernels, batch=64).learner(prior)
        theirs = FlowLearner(by_logs(circuit), prior)
        for learner in (ours, theirs):
            learner.start(rows)
            for size in (0.7, 0.4, 0.2):
                learner.step(rows, size)
        one, other = (np.exp(learner.snapshot()().log_weights) for learner in (ours, theirs))
        np.testing.assert_allclose(one, other, rtol=10 * TOLERANCE[dtype], atol=TOLERANCE[dtype])


def test_one_shape_is_held_at_a_time():
    circuit = tree(64)
    found, rows = engine(circuit, batch=4096), rows_with_gaps(5000)
    found.flows(rows[:1])
    small = torch.cuda.memory_allocated()
    found.flows(rows)
    assert torch.cuda.memory_allocated() > small
    found.flows(rows[:1])
    torch.cuda.empty_cache()
    assert torch.cuda.memory_allocated() <= 1.1 * small + 2**20


def test_short_memory_halves_the_batch():
    circuit, rows = tree(64), rows_with_gaps(40_000)
    total = torch.cuda.get_device_properties(0).total_memory
    found = engine(circuit, batch=32_768, kernels="torch")
    wanted = 32_768 * found._passes.row_bytes()
    torch.cuda.empty_cache()
    allowed = torch.cuda.memory_reserved() + wanted // 2
    torch.cuda.set_per_process_memory_fraction(allowed / total)
    try:
        values = found.log_likelihood(rows)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert found._batch < 32_768
    np.testing.assert_allclose(values[:50], by_logs(circuit).log_likelihood(rows[:50]), rtol=1e-10)


def test_coarse_products_are_asked_for_by_name():
    circuit, rows = tree(128), rows_with_gaps()
    exact = by_logs(circuit).log_likelihood(rows)
    fine = engine(circuit, "float32").log_likelihood(rows)
    coarse = engine(circuit, "float32", tf32=True).log_likelihood(rows)
    assert np.abs(fine - exact).max() < 1e-4
    assert np.abs(coarse - exact).max() < 0.05
    assert torch.backends.cuda.matmul.fp32_precision != "tf32"


def test_the_doctor_names_the_card():
    assert torch.cuda.get_device_name(0) in cuda_lines()[0]
