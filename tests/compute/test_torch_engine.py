import numpy as np
import pytest
import torch

from workbench.circuits import Builder, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.compute import engine
from workbench.compute.torch_engine import running
from workbench.data.variables import categorical, continuous
from workbench.errors import DataError

DTYPES = ["float32", "float64"]
TOLERANCE = {"float32": 1e-4, "float64": 1e-10}


def far_apart():
    """One block whose children differ by more than any float's range, so scaling loses one."""
    build = Builder((continuous("x"), categorical("y", 2)))
    near, far = build.gaussian(0, 0.0, 1.0), build.gaussian(0, 100.0, 1.0)
    both = build.sum([near, far], [0.5, 0.5])
    only_far = build.sum([far], [1.0])
    faint = build.sum([near, far], [1e-60, 1.0])
    sides = [build.categorical(1, p) for p in ([0.5, 0.5], [0.1, 0.9], [0.8, 0.2])]
    pairs = [build.product(pair) for pair in zip((both, only_far, faint), sides, strict=True)]
    return build.circuit(build.sum(pairs, [0.2, 0.3, 0.5]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_sums_are_exact_however_far_apart_the_children(dtype):
    circuit = far_apart()
    rows = np.array([[0.0, 0.0], [0.0, 1.0], [100.0, 0.0], [50.0, 1.0], [-40.0, 1.0]])
    found, reference = engine(circuit, "cpu", dtype), ReferenceEngine(circuit)
    np.testing.assert_allclose(
        found.node_values(rows), reference.node_values(rows), rtol=TOLERANCE[dtype]
    )
    for row in rows:
        actual, expected = found.flows(row[None]), reference.flows(row[None])
        np.testing.assert_allclose(actual.edges, expected.edges, atol=TOLERANCE[dtype])
        np.testing.assert_allclose(actual.nodes, expected.nodes, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_row_may_be_unlikely_at_every_child_of_a_sum(dtype):
    """The posterior of a sum whose kept child lies far below its sister's is still certain."""
    circuit = far_apart()
    flows = engine(circuit, "cpu", dtype).flows(np.array([[0.0, 0.0]]))
    assert flows.nodes[-1] == 1.0
    assert flows.edges[circuit.is_sum_edge & (circuit.edge_parents == circuit.root)].sum() == (
        pytest.approx(1.0)
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_gaussian_statistics_survive_a_large_offset(dtype):
    build = Builder((continuous("x"),))
    circuit = build.circuit(build.gaussian(0, 1e6, 1.0))
    rows = 1e6 + np.random.default_rng(0).normal(size=(500, 1))
    found, reference = engine(circuit, "cpu", dtype), ReferenceEngine(circuit)
    np.testing.assert_allclose(
        found.log_likelihood(rows), reference.log_likelihood(rows), atol=1e-5
    )
    count, total, squares = found.flows(rows).leaf_statistics
    assert squares / count - (total / count) ** 2 == pytest.approx(rows.var(), rel=1e-3)


def test_settings_of_the_process_are_put_back():
    tiny = torch.tensor([1e-310], dtype=torch.float64)
    before = torch.get_num_threads()
    with running(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    assert (tiny * 1.0).item() > 0.0


def test_learning_sizes_agree_with_the_reference():
    rows = np.random.default_rng(1).integers(3, size=(300, 9)).astype(float)
    rows[::7, 2] = np.nan
    circuit = hclt(rows, latents=5)
    expected = ReferenceEngine(circuit).flows(rows)
    found = engine(circuit, "cpu", "float32", batch=64).flows(rows)
    np.testing.assert_allclose(found.edges, expected.edges, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(
        found.leaf_statistics, expected.leaf_statistics, rtol=1e-4, atol=1e-4
    )


def test_large_row_weights_do_not_overflow():
    circuit = far_apart()
    rows = np.array([[0.0, 0.0], [50.0, 1.0]])
    found = engine(circuit, "cpu", "float32").flows(rows, np.array([1e30, 1.0]))
    assert np.isfinite(found.edges).all()
    assert found.nodes[-1] == pytest.approx(1e30)


def test_rows_are_checked():
    with pytest.raises(DataError, match="shape"):
        engine(far_apart(), "cpu").log_likelihood(np.zeros((2, 5)))


@pytest.mark.gpu
@pytest.mark.parametrize("dtype", DTYPES)
def test_cuda_equals_reference(dtype):
    rows = np.random.default_rng(1).integers(3, size=(300, 9)).astype(float)
    rows[::7, 2] = np.nan
    for circuit, batch in ((hclt(rows, latents=5), rows), (far_apart(), np.zeros((2, 2)))):
        expected = ReferenceEngine(circuit).flows(batch)
        found = engine(circuit, "cuda", dtype).flows(batch)
        for name in ("log_likelihood", "edges", "nodes", "leaf_statistics"):
            np.testing.assert_allclose(
                getattr(found, name), getattr(expected, name), rtol=1e-3, atol=1e-3
            )
