"""Recorded passes: nothing waits, and replays see what is written into the buffers."""

import numpy as np
import pytest
import torch
from taping import Tapes
from wide import (
    DTYPES,
    FAMILY_ROWS,
    ODD_ROWS,
    TOLERANCE,
    assert_same_flows,
    at_odds,
    every_family,
    need_triton,
    pruned,
    rows_with_gaps,
    tree,
)

from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN, POISSON
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import choose
from workbench.compute.cuda.capture import Eager, recorder
from workbench.compute.cuda.engine import CudaEngine

MOVABLE = [family.code for family in (CATEGORICAL, GAUSSIAN, POISSON)]


def engine(circuit, dtype="float64", batch=16, **options):
    return CudaEngine(circuit, choose(circuit, "cpu", dtype, batch=batch), **options)


def test_without_a_gpu_passes_run_step_by_step():
    assert isinstance(recorder(torch.device("cpu")), Eager)


@pytest.mark.parametrize("kernels", ["torch", "triton"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_replays_equal_the_reference_for_other_rows_and_other_parameters(dtype, kernels):
    if kernels == "triton":
        need_triton()
    circuit, rows = pruned(tree(12, n_variables=4), 0.5), rows_with_gaps(34, n_variables=4)
    tapes = Tapes()
    found = engine(circuit, dtype, kernels=kernels, recorder=tapes)
    tolerance = TOLERANCE[dtype]
    for chosen in (rows[:20], rows[20:]):
        expected = ReferenceEngine(circuit).flows(chosen)
        assert_same_flows(found.flows(chosen), expected, tolerance)
        values = found.log_likelihood(chosen)
        np.testing.assert_allclose(values, expected.log_likelihood, rtol=tolerance, atol=tolerance)
    weights = np.where(circuit.is_sum_edge, circuit.log_weights * 1.1, 0.0)
    found.set_parameters(weights, circuit.leaf_parameters * 0.9)
    assert_same_flows(found.flows(rows), ReferenceEngine(found.circuit).flows(rows), tolerance)
    assert tapes.recorded == 2  # both passes, once each


def test_leaves_of_every_family_are_replayed():
    circuit = every_family()
    found = engine(circuit, recorder=Tapes())
    for chosen in (FAMILY_ROWS[:1], FAMILY_ROWS):
        assert_same_flows(found.flows(chosen), ReferenceEngine(circuit).flows(chosen), 1e-10)
    moved = circuit.leaf_parameters.copy()
    for leaf in np.flatnonzero(np.isin(circuit.leaf_families, MOVABLE)):
        moved[circuit.leaf_offsets[leaf] : circuit.leaf_offsets[leaf + 1]] *= 0.9
    found.set_parameters(circuit.log_weights, moved)
    expected = ReferenceEngine(found.circuit).flows(FAMILY_ROWS)
    assert_same_flows(found.flows(FAMILY_ROWS), expected, 1e-10)


def test_doubtful_rows_are_left_out_of_replays():
    circuit = at_odds()
    found = engine(circuit, recorder=Tapes())
    expected = ReferenceEngine(circuit).flows(ODD_ROWS)
    for _ in range(2):
        assert_same_flows(found.flows(ODD_ROWS), expected, 1e-10)


def test_tapes_refuse_what_waits():
    """The stand-in is as strict as a capture."""
    numbers = torch.ones(3)
    for waiting in (
        lambda: float(numbers.sum()),
        lambda: numbers[numbers > 0],
        numbers.nonzero,
    ):
        with pytest.raises(AssertionError, match="wait"):
            Tapes().record(waiting)
