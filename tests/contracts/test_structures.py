"""What every registered structure promises."""

import numpy as np
import pytest

from workbench.circuits import STRUCTURES, Kind
from workbench.circuits.normalise import unnormalised_sums
from workbench.circuits.reference import ReferenceEngine
from workbench.data import Dataset, categorical, continuous
from workbench.errors import DataError, ParameterError

VARIABLES = (
    categorical("colour", ["red", "green", "blue"]),
    categorical("size", 2),
    categorical("constant", 1),
    continuous("height"),
    continuous("weight"),
    categorical("shape", 4),
)


def table(n_rows=120, missing=0.1, seed=0):
    random = np.random.default_rng(seed)
    rows = np.stack(
        [
            random.integers(3, size=n_rows),
            random.integers(2, size=n_rows),
            np.zeros(n_rows),
            random.normal(size=n_rows) * 30 + 1000,
            random.exponential(size=n_rows),
            random.integers(4, size=n_rows),
        ],
        axis=1,
    ).astype(float)
    rows[random.random(rows.shape) < missing] = np.nan
    return rows


@pytest.fixture(params=sorted(STRUCTURES))
def build(request):
    return STRUCTURES[request.param]


@pytest.fixture
def dataset():
    return Dataset("table", VARIABLES, table(), table(20, seed=1), table(20, seed=2))


def children_scopes(circuit, node):
    return [set(circuit.scope_of(child)) for child in circuit.children_of(node).tolist()]


def test_is_smooth_and_decomposable_over_all_variables(build, dataset):
    circuit = build(dataset, latents=3)
    assert circuit.scope == tuple(range(len(VARIABLES)))
    for node in np.flatnonzero(circuit.kinds == Kind.SUM).tolist():
        assert all(scope == set(circuit.scope_of(node)) for scope in children_scopes(circuit, node))
    for node in np.flatnonzero(circuit.kinds == Kind.PRODUCT).tolist():
        scopes = children_scopes(circuit, node)
        assert sum(map(len, scopes)) == len(set().union(*scopes))


def test_is_normalised(build, dataset):
    circuit = build(dataset, latents=3)
    assert not unnormalised_sums(circuit).any()
    nothing = np.full((1, len(VARIABLES)), np.nan)
    assert ReferenceEngine(circuit).log_likelihood(nothing)[0] == pytest.approx(0.0, abs=1e-9)


def test_explains_every_row_that_fits(build, dataset):
    values = ReferenceEngine(build(dataset, latents=3)).log_likelihood(dataset.test)
    assert np.isfinite(values).all()


def test_seed_decides(build, dataset):
    first = build(dataset, latents=3, seed=1)
    assert first == build(dataset, latents=3, seed=1)
    assert first != build(dataset, latents=3, seed=2)


def test_one_latent_is_allowed(build, dataset):
    assert build(dataset, latents=1).scope == tuple(range(len(VARIABLES)))


def test_few_rows_are_enough(build, dataset):
    for rows in (table(1, missing=0.0), table(2, missing=0.5), np.full((3, 6), np.nan)):
        circuit = build(rows, latents=3, variables=VARIABLES)
        assert np.isfinite(ReferenceEngine(circuit).log_likelihood(dataset.test)).all()


def test_one_variable_is_enough(build):
    circuit = build(np.array([[0.0], [1.0], [1.0]]), latents=2)
    total = np.exp(ReferenceEngine(circuit).log_likelihood(np.array([[0.0], [1.0]]))).sum()
    assert total == pytest.approx(1.0)


def test_plain_rows_of_whole_numbers_are_categorical(build):
    circuit = build(np.array([[0, 0.5], [2, 1.5]]), latents=2)
    assert [variable.kind for variable in circuit.variables] == ["categorical", "continuous"]
    assert circuit.variables[0].n_categories == 3


def test_bad_requests_are_named(build, dataset):
    with pytest.raises(ParameterError, match="latents=0"):
        build(dataset, latents=0)
    with pytest.raises(DataError, match="no rows"):
        build(np.empty((0, 6)), variables=VARIABLES)
    with pytest.raises(DataError, match="shape"):
        build(np.zeros(4))
    with pytest.raises(DataError, match="infinite"):
        build(np.array([[0.0, np.inf]]))
