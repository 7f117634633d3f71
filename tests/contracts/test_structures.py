"""What every registered structure promises.

A structure that cannot use the table of all kinds of columns has a table of its own in
`TABLES`; one whose circuits are the same for every seed is named in `WITHOUT_CHANCE`.
"""

import inspect
import itertools

import numpy as np
import pytest

from workbench.circuits import (
    DETERMINISTIC,
    STRUCTURES,
    Kind,
    build_structure,
    check,
    load,
    save,
)
from workbench.circuits.normalise import unnormalised_sums
from workbench.circuits.reference import ReferenceEngine
from workbench.data import Dataset, categorical, continuous
from workbench.errors import DataError, ParameterError
from workbench.learning import fit

VARIABLES = (
    categorical("colour", ["red", "green", "blue"]),
    categorical("size", 2),
    categorical("constant", 1),
    continuous("height"),
    continuous("weight"),
    categorical("shape", 4),
)


def mixed_table(n_rows=120, missing=0.1, seed=0):
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


def dependent_table(n_rows=120, missing=0.1, seed=0):
    """Every column tells much of the one before, so that rows come in clusters."""
    random = np.random.default_rng(seed)
    columns = [random.integers(5, size=n_rows)]
    for _ in range(5):
        other = random.integers(5, size=n_rows)
        columns.append(np.where(random.random(n_rows) < 0.2, other, columns[-1]))
    rows = np.stack(columns, axis=1).astype(float)
    rows[random.random(rows.shape) < missing] = np.nan
    return rows


TABLES = {  # name of a structure -> (variables, its mixed_table)
    "learn_spn": (tuple(categorical(f"x{k}", 5) for k in range(6)), dependent_table),
}
WITHOUT_CHANCE = {"chow_liu", "cutset"}


class Structure:
    """A structure with the table it is tried on, given only the options that it takes."""

    def __init__(self, name):
        self.name = name
        self.function = STRUCTURES[name]
        self.variables, self.table = TABLES.get(name, (VARIABLES, mixed_table))
        self.options = set(inspect.signature(self.function).parameters)

    def __call__(self, data, **options):
        n_columns = data.n_variables if isinstance(data, Dataset) else np.shape(data)[-1]
        if not isinstance(data, Dataset) and "shape" in self.options:
            options["shape"] = (1, n_columns)
        taken = {name: value for name, value in options.items() if name in self.options}
        return self.function(data, **taken)


@pytest.fixture(params=sorted(STRUCTURES))
def build(request):
    return Structure(request.param)


@pytest.fixture
def dataset(build):
    splits = (build.table(), build.table(20, seed=1), build.table(20, seed=2))
    return Dataset("table", build.variables, *splits, shape=(2, len(build.variables) // 2))


def children_scopes(circuit, node):
    return [set(circuit.scope_of(child)) for child in circuit.children_of(node).tolist()]


def test_is_smooth_and_decomposable_over_all_variables(build, dataset):
    circuit = build(dataset, latents=3)
    assert circuit.variables == build.variables
    assert circuit.scope == tuple(range(len(build.variables)))
    for node in np.flatnonzero(circuit.kinds == Kind.SUM).tolist():
        assert all(scope == set(circuit.scope_of(node)) for scope in children_scopes(circuit, node))
    for node in np.flatnonzero(circuit.kinds == Kind.PRODUCT).tolist():
        scopes = children_scopes(circuit, node)
        assert sum(map(len, scopes)) == len(set().union(*scopes))


def test_what_is_claimed_is_what_the_check_finds(build, dataset):
    found = check(build(dataset, latents=3))
    assert found.smooth
    assert found.decomposable
    if build.name in DETERMINISTIC:
        assert found.deterministic


def test_is_normalised(build, dataset):
    circuit = build(dataset, latents=3)
    assert not unnormalised_sums(circuit).any()
    nothing = np.full((1, len(build.variables)), np.nan)
    assert ReferenceEngine(circuit).log_likelihood(nothing)[0] == pytest.approx(0.0, abs=1e-9)


def test_all_rows_together_have_probability_one(build):
    columns = [column for column, v in enumerate(build.variables) if v.n_categories][:4]
    variables = tuple(build.variables[column] for column in columns)
    circuit = build(build.table()[:, columns], latents=2, variables=variables)
    every = np.array(list(itertools.product(*(range(v.n_categories) for v in variables))))
    total = np.logaddexp.reduce(ReferenceEngine(circuit).log_likelihood(every.astype(float)))
    assert total == pytest.approx(0.0, abs=1e-9)


def test_explains_every_row_that_fits(build, dataset):
    values = ReferenceEngine(build(dataset, latents=3)).log_likelihood(dataset.test)
    assert np.isfinite(values).all()


def test_a_step_of_learning_does_not_lower_the_likelihood(build, dataset):
    circuit, rows = build(dataset, latents=2), dataset.train
    engine = ReferenceEngine(circuit)
    before = engine.log_likelihood(rows).mean()
    learned = fit(circuit, rows, epochs=1, batch=len(rows), pseudocount=0, engine=engine).circuit
    assert ReferenceEngine(learned).log_likelihood(rows).mean() >= before - 1e-9


def test_seed_decides(build, dataset):
    first = build(dataset, latents=3, seed=1)
    assert first == build(dataset, latents=3, seed=1)
    assert (first == build(dataset, latents=3, seed=2)) == (build.name in WITHOUT_CHANCE)


def test_is_built_by_its_name(build, dataset):
    built = build_structure(build.name, dataset, latents=3, seed=1)
    assert built == build(dataset, latents=3, seed=1)


def test_comes_back_from_a_file(build, dataset, tmp_path):
    circuit = build(dataset, latents=2)
    assert load(save(circuit, tmp_path / "circuit.json")) == circuit


def test_one_latent_is_allowed(build, dataset):
    assert build(dataset, latents=1).scope == tuple(range(len(build.variables)))


def test_few_rows_are_enough(build, dataset):
    nothing = np.full((3, len(build.variables)), np.nan)
    for rows in (build.table(1, missing=0.0), build.table(2, missing=0.5), nothing):
        circuit = build(rows, latents=3, variables=build.variables)
        assert np.isfinite(ReferenceEngine(circuit).log_likelihood(dataset.test)).all()


def test_one_variable_is_enough(build):
    circuit = build(np.array([[0.0], [1.0], [1.0]]), latents=2)
    total = np.exp(ReferenceEngine(circuit).log_likelihood(np.array([[0.0], [1.0]]))).sum()
    assert total == pytest.approx(1.0)


def test_plain_rows_of_whole_numbers_are_categorical(build):
    second = 1.0 if build.name in TABLES else 0.5
    circuit = build(np.array([[0.0, second], [2.0, 0.0]]), latents=2)
    kinds = [variable.kind for variable in circuit.variables]
    assert kinds == ["categorical", "categorical" if build.name in TABLES else "continuous"]
    assert circuit.variables[0].n_categories == 3


def test_bad_requests_are_named(build, dataset):
    if "latents" in build.options:
        with pytest.raises(ParameterError, match="latents=0"):
            build(dataset, latents=0)
    with pytest.raises(DataError, match="no rows"):
        build(np.empty((0, len(build.variables))), variables=build.variables)
    with pytest.raises(DataError, match="shape"):
        build(np.zeros(4))
    with pytest.raises(DataError, match="infinite"):
        build(np.array([[0.0, np.inf]]))


def test_a_structure_is_only_given_what_it_takes():
    rows = np.eye(2)
    with pytest.raises(ParameterError, match=r"unknown structure: given 'ladder'; expected one of"):
        build_structure("ladder", rows)
    with pytest.raises(ParameterError, match=r"hclt does not take this: given \['trees'\]"):
        build_structure("hclt", rows, trees=2)
    assert build_structure("chow_liu", rows, latents=9, seed=9) == build_structure("chow_liu", rows)


def test_deterministic_structures_are_registered():
    assert set(STRUCTURES) >= DETERMINISTIC
