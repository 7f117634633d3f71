import importlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.circuits import Kind, check, chow_liu
from workbench.circuits.memory import size_of
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.chow_liu import Tree, mutual_information
from workbench.circuits.structures.tree_distribution import fitted_tree, likeliest_tree
from workbench.core import memory
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError


def table(variables, n_rows=200, missing=0.0, seed=0):
    """Columns that lean on the one before."""
    random = np.random.default_rng(seed)
    columns, last = [], random.integers(3, size=n_rows)
    for variable in variables:
        chance = random.integers(max(1, variable.n_categories), size=n_rows)
        if variable.n_categories:
            column = np.where(random.random(n_rows) < 0.7, last % variable.n_categories, chance)
            last = column
        else:
            column = last + random.normal(size=n_rows)
        columns.append(column)
    rows = np.stack(columns, axis=1).astype(float)
    rows[random.random(rows.shape) < missing] = np.nan
    return rows


def sizes(*numbers):
    return tuple(
        categorical(f"x{k}", n) if n else continuous(f"x{k}") for k, n in enumerate(numbers)
    )


def entropy(*columns):
    counts = np.unique(np.stack(columns), axis=1, return_counts=True)[1]
    return -(counts / counts.sum() * np.log(counts / counts.sum())).sum()


def test_the_likelihood_is_the_information_of_the_tree_less_the_entropies():
    """Chow and Liu 1968, equation 9: with empirical frequencies nothing else is left."""
    variables = sizes(3, 2, 4, 2, 3)
    rows = table(variables)
    found = fitted_tree(rows, variables, smoothing=0.0)
    edges = [(v, p) for v, p in enumerate(found.tree.parents.tolist()) if p >= 0]
    own = [entropy(rows[:, v]) for v in range(5)]
    shared = [own[v] + own[p] - entropy(rows[:, v], rows[:, p]) for v, p in edges]
    level = ReferenceEngine(chow_liu(rows, 0.0, variables)).log_likelihood(rows).mean()
    assert level == pytest.approx(sum(shared) - sum(own), abs=1e-9)


def test_a_row_has_the_product_of_its_conditional_probabilities():
    variables = sizes(3, 2, 4)
    rows = table(variables)
    known = fitted_tree(rows, variables)
    every = np.array(list(itertools.product(range(3), range(2), range(4))), dtype=float)
    expected = np.zeros(len(every))
    for variable, parent in enumerate(known.tree.parents.tolist()):
        above = every[:, parent].astype(int) if parent >= 0 else 0
        expected += known.tables[variable][above, every[:, variable].astype(int)]
    circuit = chow_liu(rows, variables=variables)
    np.testing.assert_allclose(ReferenceEngine(circuit).log_likelihood(every), expected, atol=1e-12)
    assert np.logaddexp.reduce(expected) == pytest.approx(0.0, abs=1e-12)


def test_conditional_probabilities_are_counted_and_smoothed():
    rows = np.array([[0, 0], [0, 0], [0, 1], [1, 1]], dtype=float)
    known = fitted_tree(rows, sizes(2, 2), smoothing=1.0)
    child, parent = (0, 1) if known.tree.parents[0] == 1 else (1, 0)
    alike = (np.bincount(rows[:, child].astype(int)) + 0.5) / 5
    for state in range(2):
        own = rows[rows[:, parent] == state, child]
        counts = np.bincount(own.astype(int), minlength=2) + alike
        np.testing.assert_allclose(np.exp(known.tables[child][state]), counts / counts.sum())


def test_no_tree_is_likelier():
    """Against all 16 trees of four variables."""
    variables = sizes(2, 3, 2, 2)
    rows = table(variables, n_rows=60, seed=3)
    best = fitted_tree(rows, variables, smoothing=0.0).log_likelihood(rows).mean()
    own = [entropy(column) for column in rows.T]
    for edges in itertools.combinations(itertools.combinations(range(4), 2), 3):
        if len(set(itertools.chain(*edges))) == 4:
            shared = [own[a] + own[b] - entropy(rows[:, a], rows[:, b]) for a, b in edges]
            assert sum(shared) - sum(own) <= best + 1e-9


def test_it_is_deterministic_so_that_one_state_explains_a_row():
    variables = sizes(3, 2, 4, 0, 2)
    assert check(chow_liu(table(variables), variables=variables)).deterministic


@settings(max_examples=30)
@given(
    numbers=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    missing=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 99),
)
def test_the_circuit_says_what_the_tree_says(numbers, missing, seed):
    variables = sizes(*numbers)
    rows = table(variables, n_rows=40, missing=missing, seed=seed)
    known = fitted_tree(rows, variables)
    circuit = chow_liu(rows, variables=variables)
    engine = ReferenceEngine(circuit)
    np.testing.assert_allclose(
        engine.log_likelihood(rows), known.log_likelihood(rows), rtol=1e-9, atol=1e-9
    )
    assert size_of(circuit) == known.size()


def test_a_continuous_variable_has_a_gaussian_for_each_state():
    random = np.random.default_rng(0)
    group = random.integers(2, size=4000)
    rows = np.stack([random.integers(3, size=4000), group, random.normal(size=4000)], axis=1)
    rows[:, 2] += 10 * group
    known = fitted_tree(rows, sizes(3, 2, 0), smoothing=0.0)
    assert known.tree.parents[2] == 1
    for state in range(2):
        mean, log_deviation = known.tables[2][state]
        own = rows[group == state, 2]
        assert (mean, np.exp(log_deviation)) == pytest.approx((own.mean(), own.std()))


def test_nothing_depends_on_a_continuous_variable():
    information = np.ones((4, 4)) + 9 * np.eye(4)[::-1]
    tree = likeliest_tree(information, sizes(0, 2, 2, 0))
    assert tree.parents.tolist() == [1, 2, -1, 1]
    assert sorted(tree.order[:2].tolist()) == [1, 2]


def test_continuous_columns_alone_are_apart():
    rows = np.random.default_rng(0).normal(size=(50, 3))
    circuit = chow_liu(rows)
    assert (circuit.kinds == Kind.PRODUCT).sum() == 1
    assert circuit.n_edges == 3
    assert chow_liu(rows[:, :1]).n_nodes == 1


def test_a_pair_counts_where_both_are_known():
    rows = table(sizes(3, 2), seed=1)
    holes = rows.copy()
    holes[::3, 0], holes[1::3, 1] = np.nan, np.nan
    known = fitted_tree(holes, sizes(3, 2), smoothing=0.0)
    both = fitted_tree(holes[2::3], sizes(3, 2), smoothing=0.0)
    child = int(np.flatnonzero(known.tree.parents >= 0)[0])
    np.testing.assert_allclose(known.tables[child], both.tables[child])


def test_weights_are_repetitions():
    variables = sizes(3, 2, 2, 4)
    rows, times = table(variables, n_rows=30), np.arange(30) % 4
    weighted = fitted_tree(rows, variables, weights=times.astype(float))
    repeated = fitted_tree(np.repeat(rows, times, axis=0), variables)
    assert weighted.tree.parents.tolist() == repeated.tree.parents.tolist()
    for one, other in zip(weighted.tables, repeated.tables, strict=True):
        np.testing.assert_allclose(one, other)


def test_information_is_counted_in_groups_of_variables():
    """More categories than are counted at once, beside a variable with more than that."""
    variables = sizes(*([40] * 20), 300)
    rows = table(variables, n_rows=50)
    found = mutual_information(rows, variables)
    for i, j in ((0, 1), (7, 20), (19, 3)):
        pair = mutual_information(rows[:, [i, j]], [variables[i], variables[j]])
        np.testing.assert_allclose(found[[i, j], [j, i]], pair[[0, 1], [1, 0]], rtol=1e-6)


@pytest.mark.parametrize("smoothing", [-1.0, np.nan, np.inf])
def test_smoothing_is_a_number_from_zero(smoothing):
    with pytest.raises(ParameterError, match="expected a number from 0"):
        chow_liu(np.eye(2), smoothing=smoothing)


def test_what_does_not_fit_in_memory_is_refused_before_it_is_counted(monkeypatch):
    variables = sizes(*([900] * 5))
    rows = table(variables, n_rows=20)
    monkeypatch.setattr(memory, "available_memory", lambda: 90 * 2**20)
    module = importlib.import_module("workbench.circuits.structures.tree_distribution")
    monkeypatch.setattr(module, "_table", None)
    with pytest.raises(LimitError, match=r"too little memory to build .* into fewer bins, or take"):
        fitted_tree(rows, variables)


def test_a_tree_knows_its_order():
    variables = sizes(2, 2, 2)
    tree = fitted_tree(table(variables), variables).tree
    assert isinstance(tree, Tree)
    place = np.argsort(tree.order)
    inner = np.flatnonzero(tree.parents >= 0)
    assert (place[tree.parents[inner]] < place[inner]).all()


def test_published_figures_are_reached(data_folder):
    """NLTCS: -6.76 nats with a Chow-Liu tree, in Meila and Jordan's and many later tables."""
    train, test = (
        np.loadtxt(data_folder / "debd" / f"nltcs.{part}.data", delimiter=",")
        for part in ("train", "test")
    )
    known = fitted_tree(train, sizes(*([2] * 16)))
    assert known.log_likelihood(test).mean() == pytest.approx(-6.76, abs=0.005)
