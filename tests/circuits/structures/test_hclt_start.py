"""Hidden trees that start from clusters of whole rows."""

import numpy as np
import pytest

from workbench.circuits import Kind, check, hclt
from workbench.circuits.reference import ReferenceEngine
from workbench.data.variables import categorical, continuous
from workbench.errors import ParameterError


def rows_of(n_rows=300):
    """Columns that follow one of three groups of rows, with gaps."""
    random = np.random.default_rng(0)
    group = random.integers(3, size=n_rows)
    rows = np.where(random.random((n_rows, 5)) < 0.1, random.integers(3, size=(n_rows, 5)), 0)
    rows = (rows + group[:, None]) % 3.0
    rows[random.random(rows.shape) < 0.05] = np.nan
    return rows


VARIABLES = [*(categorical(name, 3) for name in "abcd"), continuous("e")]


def begun(latents=3, seed=0):
    return hclt(rows_of(), latents=latents, seed=seed, variables=VARIABLES, start="rows")


def test_transitions_keep_the_state_most_of_the_time():
    circuit = begun()
    sums = np.flatnonzero(circuit.kinds == Kind.SUM)
    inner = sums[:-1]  # the root has no state above it
    weights = np.exp(np.stack([circuit.log_weights[circuit.edge_parents == n] for n in inner]))
    blocks = weights.reshape(-1, 3, 3)
    assert (np.diagonal(blocks, axis1=1, axis2=2) >= 0.6).all()
    np.testing.assert_allclose(blocks.sum(axis=2), 1.0)


def test_leaves_are_the_clusters_columns():
    circuit, rows = begun(), rows_of()
    assert ReferenceEngine(circuit).log_likelihood(rows).mean() > -8.5
    tables = [circuit.table_of(n) for n in np.flatnonzero(circuit.leaf_variables == 0)]
    assert (np.exp(tables).max(axis=1) > 0.7).all()


def test_it_is_a_distribution_that_the_seed_decides():
    circuit = begun()
    nothing = np.full((1, 5), np.nan)
    assert ReferenceEngine(circuit).log_likelihood(nothing)[0] == pytest.approx(0.0, abs=1e-9)
    assert check(circuit).smooth
    assert begun() == circuit != begun(seed=1)


def test_latents_of_different_numbers_go_together():
    circuit = begun(latents=[2, 3, 2, 4, 3])
    nothing = np.full((1, 5), np.nan)
    assert ReferenceEngine(circuit).log_likelihood(nothing)[0] == pytest.approx(0.0, abs=1e-9)


def test_an_unknown_start_is_named():
    with pytest.raises(ParameterError, match="'luck'"):
        hclt(rows_of(), variables=VARIABLES, start="luck")
