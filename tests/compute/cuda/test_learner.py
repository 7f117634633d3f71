"""Learning on the device beside learning from flows: the same steps, the same circuits."""

import numpy as np
import pytest
from taping import Tapes
from wide import (
    DTYPES,
    FAMILY_ROWS,
    ODD_ROWS,
    at_odds,
    chain,
    every_family,
    need_triton,
    pruned,
    rows_with_gaps,
    tree,
)

from workbench.circuits import Builder
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import Learns, choose
from workbench.compute.cuda import formats
from workbench.compute.cuda.engine import CudaEngine
from workbench.data.variables import categorical
from workbench.learning.em import FlowLearner
from workbench.learning.maximise import prior_of

CLOSE = {"float64": 1e-9, "float32": 2e-4}


def engine(circuit, dtype="float64", batch=16, **options):
    return CudaEngine(circuit, choose(circuit, "cpu", dtype, batch=batch), **options)


def assert_learns_alike(found, rows, tolerance, sizes=(0.7, 0.4, 0.2), is_relative=False):
    circuit = found.circuit
    prior = prior_of(circuit, rows, 2.0, is_relative=is_relative)
    ours, theirs = found.learner(prior), FlowLearner(ReferenceEngine(circuit), prior)
    half = len(rows) // 2
    batches = [
        (rows, None),
        *((part, size) for size in sizes for part in (rows[:half], rows[half:])),
    ]
    for part, size in batches:
        one, other = (
            learner.start(part) if size is None else learner.step(part, size)
            for learner in (ours, theirs)
        )
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)
    learnt, expected = ours.snapshot()(), theirs.snapshot()()
    for name in ("log_weights", "leaf_parameters"):
        one, other = (np.exp(getattr(c, name)) for c in (learnt, expected))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance, err_msg=name)
    return learnt


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("circuit", "rows"),
    [
        (tree(12), rows_with_gaps(40)),
        (pruned(tree(20), 0.4), rows_with_gaps(40)),
        (every_family(), FAMILY_ROWS),
    ],
)
def test_steps_equal_those_from_flows(circuit, rows, dtype):
    assert_learns_alike(engine(circuit, dtype), rows, CLOSE[dtype])


def test_a_prior_relative_to_flow_is_the_same_on_the_device():
    for circuit, rows in ((tree(12), rows_with_gaps(40)), (every_family(), FAMILY_ROWS)):
        assert_learns_alike(engine(circuit), rows, 1e-9, is_relative=True)


@pytest.mark.parametrize("cheap", ["EDGE_COST", "TILE_COST"])
def test_every_layout_of_edges_learns(cheap, monkeypatch):
    monkeypatch.setattr(formats, "LEAST_CELLS", 0)
    monkeypatch.setattr(formats, cheap, 0.01)
    circuit = chain(40, 0.5, 16)
    assert_learns_alike(engine(circuit), rows_with_gaps(20, n_variables=3), 1e-9)


def test_doubtful_rows_count():
    found = engine(at_odds())
    assert found._forward(ODD_ROWS)[1].any()
    assert_learns_alike(found, ODD_ROWS, 1e-9, sizes=(0.5,))


def test_recorded_steps_see_every_size():
    found = engine(tree(12), recorder=Tapes())
    assert_learns_alike(found, rows_with_gaps(40), 1e-9)


def test_kernels_of_triton_learn_alike():
    need_triton()
    circuit = tree(6, n_variables=4)
    found = engine(circuit, kernels="triton")
    assert_learns_alike(found, rows_with_gaps(20, n_variables=4), 1e-9, sizes=(0.5,))


def test_sums_that_nothing_reaches_stay():
    build = Builder([categorical("a", 2), categorical("b", 2)])
    sums = []
    for sure in (0, 1):
        leaves = [build.categorical(1, p) for p in ([0.2, 0.8], [0.6, 0.4])]
        sums.append(
            build.product([build.categorical(0, np.eye(2)[sure]), build.sum(leaves, [3, 1])])
        )
    circuit = build.circuit(build.sum(sums, [0.5, 0.5]))
    rows = np.zeros((4, 2))
    found = engine(circuit)
    learner = found.learner(prior_of(circuit, rows, 0.0))
    learner.start(rows)
    learner.step(rows, 1.0)
    learnt = np.exp(learner.snapshot()().log_weights)
    unreached = 1 + np.flatnonzero(np.diff(circuit.offsets))[0]
    assert np.isfinite(learnt).all()
    assert np.isin([3.0, 1.0], learnt.round(9)).all(), unreached


def test_the_engine_has_what_was_learnt():
    circuit, rows = tree(12), rows_with_gaps(40)
    found = engine(circuit)
    assert isinstance(found, Learns)
    learnt = assert_learns_alike(found, rows, 1e-9)
    assert found.circuit == learnt
    expected = ReferenceEngine(learnt)
    np.testing.assert_allclose(found.log_likelihood(rows), expected.log_likelihood(rows), atol=1e-9)
    np.testing.assert_allclose(found.node_values(rows), expected.node_values(rows), atol=1e-8)
    found.set_parameters(circuit.log_weights, circuit.leaf_parameters)
    assert found.circuit == circuit
