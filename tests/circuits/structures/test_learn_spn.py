import numpy as np
import pytest
from scipy.stats import chi2_contingency

from workbench.circuits import Kind, check
from workbench.circuits.memory import size_of
from workbench.circuits.reference import ReferenceEngine, enumerate_log_likelihood
from workbench.circuits.structures.cell_statistics import cell_statistics
from workbench.circuits.structures.chow_liu import indicator
from workbench.circuits.structures.learn_spn import (
    _codes,
    _Growth,
    _Options,
    _size,
    dependent,
    learn_spn,
)
from workbench.circuits.structures.row_clusters import row_clusters
from workbench.core import memory
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError


def groups(n_rows=1000, seed=0):
    """Two pairs of columns, each pair dependent in itself, and one column alone."""
    random = np.random.default_rng(seed)
    a, c, alone = random.integers(2, size=(3, n_rows))
    b = np.where(random.random(n_rows) < 0.1, 1 - a, a)
    d = np.where(random.random(n_rows) < 0.1, 2, c)
    return np.stack([a, c, b, d, alone], axis=1).astype(float)


def likelihood(circuit, rows):
    return ReferenceEngine(circuit).log_likelihood(rows)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_test_of_independence_is_the_g_test(missing):
    random = np.random.default_rng(0)
    rows = groups(80)
    rows[random.random(rows.shape) < missing] = np.nan
    sizes = np.array([2, 2, 2, 3, 2])
    variables = [categorical(f"x{k}", int(n)) for k, n in enumerate(sizes)]
    codes = np.concatenate(
        [indicator(c, v) for c, v in zip(rows.T, variables, strict=True)], axis=1
    )
    begins = np.cumsum(sizes) - sizes
    for i in range(5):
        for j in range(i):
            table = codes[:, begins[i] :][:, : sizes[i]].T @ codes[:, begins[j] :][:, : sizes[j]]
            table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
            found = chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
            assert dependent(codes, sizes, found * 1.001)[i, j]
            assert not dependent(codes, sizes, found * 0.999)[i, j]


def test_constant_columns_depend_on_nothing():
    codes = np.array([[1, 0, 1, 0], [1, 0, 0, 1]] * 50, dtype=float)
    assert not dependent(codes, np.array([2, 2]), 0.5).any()


def test_groups_of_variables_become_the_factors_of_a_product():
    rows = groups()
    circuit = learn_spn(rows)
    assert circuit.kinds[circuit.root] == Kind.PRODUCT
    scopes = {circuit.scope_of(child) for child in circuit.children_of(circuit.root).tolist()}
    assert scopes == {(0, 2), (1, 3), (4,)}


def test_few_rows_make_independent_leaves_in_closed_form():
    rows = groups(40)
    circuit = learn_spn(rows, min_rows=41)
    assert (circuit.kinds == Kind.SUM).sum() == 0
    expected = np.zeros(len(rows))
    for column in rows.T:
        counts = np.bincount(column.astype(int))
        prior = (counts + 1 / len(counts)) / (len(rows) + 1)
        shares = (counts + prior) / (len(rows) + 1)
        expected += np.log(shares[column.astype(int)])
    np.testing.assert_allclose(likelihood(circuit, rows), expected)


def test_two_kinds_of_rows_are_a_mixture_of_two_points():
    rows = np.repeat([[0, 1, 0, 1], [1, 0, 0, 0]], [30, 70], axis=0).astype(float)
    circuit = learn_spn(rows, smoothing=1e-9, variables=[categorical(n, 2) for n in "abcd"])
    found = np.exp(likelihood(circuit, rows[[0, 99]]))
    np.testing.assert_allclose(found, [0.3, 0.7], rtol=1e-6)


def test_gaussian_clusters_have_the_moments_of_their_rows():
    random = np.random.default_rng(0)
    group = np.repeat([0, 1], [300, 100])
    rows = np.array([[0.0, 5.0], [100.0, -5.0]])[group] + random.normal(size=(400, 2))
    circuit = learn_spn(rows, smoothing=1e-9, min_rows=399)
    tables = np.array([circuit.table_of(n) for n in np.flatnonzero(circuit.leaf_variables == 0)])
    found = sorted(np.stack([tables[:, 0], np.exp(tables[:, 1])], axis=1).tolist())
    expected = [[rows[group == k, 0].mean(), rows[group == k, 0].std()] for k in (0, 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_clusters_raise_the_likelihood_of_what_depends():
    rows = groups()
    together = likelihood(learn_spn(rows), rows).mean()
    apart = likelihood(learn_spn(rows, min_rows=len(rows) + 1), rows).mean()
    assert together > apart + 0.3


def test_rows_are_where_they_are_most_likely():
    rows = groups(500)
    variables = tuple(categorical(f"x{k}", n) for k, n in enumerate((2, 2, 2, 3, 2)))
    cells = cell_statistics(rows, variables)
    codes = row_clusters(cells, np.arange(5), cells.values, 3, np.random.default_rng(0))
    sums = np.eye(3)[codes].T @ cells.values
    whole = cells.values.sum(axis=0)
    scores = np.log(np.bincount(codes) / len(codes)) * np.ones((len(rows), 1))
    for k in range(5):
        block = slice(cells.begins[k], cells.begins[k + 1])
        like_all = (whole[block] + 1 / variables[k].n_categories) / (len(rows) + 1)
        tables = sums[:, block] + like_all
        scores += np.log(tables / tables.sum(axis=1, keepdims=True))[:, rows[:, k].astype(int)].T
    np.testing.assert_array_equal(codes, scores.argmax(axis=1))


def test_missing_cells_decide_nothing_and_are_summed_out():
    rows = groups(600)
    rows[np.random.default_rng(1).random(rows.shape) < 0.2] = np.nan
    variables = [categorical(f"x{k}", n) for k, n in enumerate((2, 2, 2, 3, 2))]
    circuit = learn_spn(rows, variables=variables)
    found = check(circuit)
    assert found.smooth
    assert found.decomposable
    evidence = np.array([[0, np.nan, 1, 2, np.nan], [np.nan] * 5])
    expected = enumerate_log_likelihood(circuit, evidence)
    np.testing.assert_allclose(likelihood(circuit, evidence), expected, atol=1e-12)


def test_the_planned_size_is_never_too_small():
    rows = groups(300)
    known = tuple(categorical(f"x{k}", n) for k, n in enumerate((2, 2, 2, 3, 2)))
    options = _Options(3, 0.1, 20, seed=0)
    parts = _Growth(cell_statistics(rows, known), _codes(rows, known), options).parts()
    planned = _size(parts, known)
    real = size_of(learn_spn(rows, 3, 0.1, 20, variables=known))
    assert real.n_nodes <= planned.n_nodes
    assert real.n_edges <= planned.n_edges
    assert real.n_parameters == planned.n_parameters


def test_tables_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100 * 2**20)
    variables = [categorical(f"x{k}", 256) for k in range(20)]
    with pytest.raises(LimitError, match="compare 20 variables of 5,120 categories over 20 rows"):
        learn_spn(np.zeros((20, 20)), variables=variables)


@pytest.mark.parametrize(
    "option", [{"clusters": 1}, {"significance": 0.0}, {"min_rows": 0}, {"smoothing": 0.0}],
    ids=["clusters", "significance", "min_rows", "smoothing"],
)  # fmt: skip
def test_options_out_of_range_are_named(option):
    (name,) = option
    with pytest.raises(ParameterError, match=f"cannot learn an SPN: given {name}="):
        learn_spn(groups(50), **option)


def test_continuous_columns_are_tested_in_bins():
    random = np.random.default_rng(0)
    x = random.normal(size=500)
    rows = np.stack([x, x + 0.1 * random.normal(size=500), random.normal(size=500)], axis=1)
    circuit = learn_spn(rows, variables=[continuous(name) for name in "abc"])
    scopes = {circuit.scope_of(child) for child in circuit.children_of(circuit.root).tolist()}
    assert scopes == {(0, 1), (2,)}
