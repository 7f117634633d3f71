import numpy as np
import pytest

from workbench.circuits import Kind, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import ParameterError


def clusters(n_rows=600):
    """Six columns that all say which of two groups a row is in."""
    random = np.random.default_rng(0)
    group = random.integers(2, size=n_rows)
    rows = np.where(random.random((n_rows, 6)) < 0.1, 1 - group[:, None], group[:, None])
    return rows.astype(float)


def test_sizes_follow_the_tree():
    random = np.random.default_rng(0)
    rows = random.integers(2, size=(200, 9)).astype(float)
    circuit = hclt(rows, latents=4)
    n_inner = int((circuit.kinds == Kind.PRODUCT).sum()) // 4
    assert (circuit.kinds == Kind.LEAF).sum() == 9 * 4
    assert (circuit.kinds == Kind.SUM).sum() == (n_inner - 1) * 4 + 1


def test_a_continuous_branch_end_has_its_own_latent():
    rows = np.random.default_rng(0).normal(size=(100, 2))
    circuit = hclt(rows, latents=3, variables=[continuous("a"), continuous("b")])
    assert (circuit.kinds == Kind.SUM).sum() == 3 + 1


def test_each_latent_may_have_its_own_number_of_states():
    rows = np.random.default_rng(0).normal(size=(100, 3))
    rows[:, 1] += rows[:, 0]
    rows[:, 2] += rows[:, 1]
    circuit = hclt(rows, latents=[2, 3, 5])
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    assert np.bincount(circuit.leaf_variables[leaves]).tolist() == [2, 3, 5]
    assert (circuit.kinds == Kind.SUM).sum() == 3 + 3 + 1  # two ends below the three of the root


def test_a_branch_end_hangs_on_the_states_of_its_parent():
    rows = np.repeat(np.array([[0.0, 0, 0], [1, 1, 1], [1, 1, 0], [0, 1, 1]]), [9, 9, 3, 3], axis=0)
    circuit = hclt(rows, latents=[7, 4, 7])
    leaves = np.flatnonzero(circuit.kinds == Kind.LEAF)
    assert np.bincount(circuit.leaf_variables[leaves]).tolist() == [4, 4, 4]


@pytest.mark.parametrize("latents", [[2, 2], [2, 0, 2], []])
def test_latents_of_each_variable_are_checked(latents):
    with pytest.raises(ParameterError, match="1 or more for all, or for each of 3 variables"):
        hclt(np.zeros((4, 3)), latents=latents)


def test_start_is_better_than_independence():
    rows = clusters()
    start = ReferenceEngine(hclt(rows, latents=2)).log_likelihood(rows).mean()
    assert start > 6 * np.log(0.5) + 1.0


def test_starting_gaussians_have_the_scale_of_their_column():
    random = np.random.default_rng(0)
    group = random.integers(2, size=500)
    rows = np.stack([group, 1e5 + 1e4 * group + random.normal(size=500) * 100], axis=1)
    variables = [categorical("group", 2), continuous("price")]
    circuit = hclt(rows, latents=2, variables=variables)
    tables = np.array([circuit.table_of(k) for k in np.flatnonzero(circuit.leaf_variables == 1)])
    assert sorted(tables[:, 0].tolist()) == pytest.approx([1e5, 1.1e5], rel=0.01)


def test_rows_beyond_the_training_rows_do_not_matter():
    rows = clusters()
    assert hclt(rows, latents=2) == hclt(rows.copy(), latents=2)
