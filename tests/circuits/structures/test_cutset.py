import numpy as np
import pytest

from workbench.circuits import Kind, check
from workbench.circuits.memory import size_of
from workbench.circuits.reference import ReferenceEngine, enumerate_log_likelihood
from workbench.circuits.structures.cell_statistics import cell_statistics
from workbench.circuits.structures.cutset import _Growth, _Options, _size, cutset
from workbench.core import memory
from workbench.data.variables import categorical, continuous
from workbench.errors import LimitError, ParameterError


def parity(n_rows=400, noise=0.0, seed=0):
    """Two bits, and whether they differ: no pair of columns tells anything."""
    random = np.random.default_rng(seed)
    a, b = random.integers(2, size=(2, n_rows))
    c = np.where(random.random(n_rows) < noise, 1 - (a ^ b), a ^ b)
    return np.stack([a, b, c], axis=1).astype(float)


def likelihood(circuit, rows):
    return ReferenceEngine(circuit).log_likelihood(rows)


def n_divisions(circuit):
    """Sums whose products have one leaf that is an indicator of a variable they divide by."""
    return int((circuit.kinds == Kind.SUM).sum())


def test_parity_is_learned_exactly_by_one_division():
    rows = parity()
    circuit = cutset(rows, smoothing=1e-9)
    every = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=float)
    expected = [(rows == row).all(axis=1).mean() for row in every]
    np.testing.assert_allclose(np.exp(likelihood(circuit, every)), expected, atol=1e-9)
    assert check(circuit).deterministic


def test_without_a_division_that_pays_it_is_a_forest():
    random = np.random.default_rng(0)
    rows = random.integers(2, size=(300, 4)).astype(float)
    circuit = cutset(rows)
    shares = (rows.sum(axis=0) + 0.5) / (len(rows) + 1.0)
    expected = np.log(np.where(rows == 1, shares, 1 - shares)).sum(axis=1)
    np.testing.assert_allclose(likelihood(circuit, rows), expected)


def test_the_division_is_the_best_of_all_by_enumeration():
    """Every first division, made by hand of circuits without one."""
    random = np.random.default_rng(3)
    a = random.integers(3, size=600)
    b = random.integers(2, size=600)
    c = np.where(a == 2, b, random.integers(2, size=600))
    d = np.where(a == 0, b, np.where(random.random(600) < 0.9, 1 - c, c))
    rows = np.stack([b, a, c, d], axis=1).astype(float)
    variables = (categorical("b", 2), categorical("a", 3), categorical("c", 2), categorical("d", 2))
    tiny, price = 1e-9, 0.5 * np.log(len(rows))
    options = _Options(price, 20, 4, tiny)
    parts = _Growth(cell_statistics(rows, variables), rows, options).parts()
    scores = [divided_by_hand(rows, variables, k, price) for k in range(4)]
    assert parts[0].variable == int(np.argmax(scores))


def divided_by_hand(rows, variables, column, price):
    """Penalised likelihood of forests in the parts of one column."""
    rest = [k for k in range(len(variables)) if k != column]
    n_categories = variables[column].n_categories
    total = -price * (n_categories - 1)
    for code in range(n_categories):
        part = rows[rows[:, column] == code]
        share = len(part) / len(rows)
        total += len(part) * np.log(share)
        options = _Options(price, 10**9, 4, 1e-9)  # so many rows are never divided
        inside = tuple(variables[k] for k in rest)
        growth = _Growth(cell_statistics(part[:, rest], inside), part[:, rest], options)
        (forest,) = growth.parts()
        free = np.array([v.n_categories for v in inside]) - 1
        above = [inside[p].n_categories if p >= 0 else 1 for p in forest.parents.tolist()]
        score = likelihood(cutset_of(part[:, rest], inside), part[:, rest]).sum()
        total += score - price * (free * above).sum()
    return total


def cutset_of(rows, variables):
    return cutset(
        rows, min_rows=10**9, smoothing=1e-9, penalty=len_penalty(rows), variables=variables
    )


def len_penalty(rows):
    """The penalty that gives the price of 600 rows."""
    return np.log(600) / np.log(len(rows))


def test_penalty_and_rows_bound_the_divisions():
    rows = parity(noise=0.1)
    assert n_divisions(cutset(rows)) > n_divisions(cutset(rows, penalty=1000.0))
    assert n_divisions(cutset(rows, min_rows=401)) == n_divisions(cutset(rows, penalty=1000.0))


def test_missing_cells_are_shared_among_the_parts_and_summed_out():
    rows = parity()
    rows[np.random.default_rng(1).random(rows.shape) < 0.2] = np.nan
    circuit = cutset(rows, variables=[categorical(name, 2) for name in "abc"])
    assert check(circuit).deterministic
    evidence = np.array([[np.nan, 1, 0], [np.nan, np.nan, np.nan], [1, 1, 1]])
    found = likelihood(circuit, evidence)
    np.testing.assert_allclose(found, enumerate_log_likelihood(circuit, evidence), atol=1e-12)
    whole = np.exp(likelihood(circuit, np.array([[0, 1, 1], [0, 1, 0]], dtype=float)))
    assert whole[0] > 10 * whole[1]


def test_a_category_that_never_came_with_another_is_possible():
    rows = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]] * 30, dtype=float)
    circuit = cutset(rows, variables=[categorical(name, 3) for name in "abc"])
    assert np.isfinite(likelihood(circuit, np.full((1, 3), 2.0))).all()


def test_continuous_variables_depend_on_categories_and_on_divisions():
    random = np.random.default_rng(0)
    a, b = random.integers(2, size=(2, 600))
    height = np.where(a ^ b, 100.0, -100.0) + random.normal(size=600)
    rows = np.stack([a, b, height], axis=1)
    variables = (categorical("a", 2), categorical("b", 2), continuous("height"))
    circuit = cutset(rows, smoothing=1e-3, variables=variables)
    assert check(circuit).deterministic
    best = np.log(0.25) - 0.5 * np.log(2 * np.pi) - 0.5
    assert likelihood(circuit, rows).mean() == pytest.approx(best, abs=0.1)
    alone = cutset(rows[:, 2:], variables=variables[2:])
    assert alone.n_nodes == 1


def test_the_planned_size_is_never_too_small():
    rows = parity(noise=0.2)
    known = tuple(categorical(name, 2) for name in "abc")
    options = _Options(0.5, 5, 3, 1.0)
    planned = _size(_Growth(cell_statistics(rows, known), rows, options).parts(), known)
    real = size_of(cutset(rows, penalty=1.0 / np.log(len(rows)), min_rows=5, candidates=3))
    assert real.n_nodes <= planned.n_nodes
    assert real.n_edges <= planned.n_edges
    assert real.n_parameters <= planned.n_parameters


def test_tables_that_do_not_fit_are_refused(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 100 * 2**20)
    variables = [categorical(f"x{k}", 256) for k in range(20)]
    with pytest.raises(LimitError, match="compare 20 variables of 5,120 categories in pairs"):
        cutset(np.zeros((20, 20)), variables=variables)


@pytest.mark.parametrize(
    "option", [{"penalty": -1.0}, {"min_rows": 0}, {"candidates": 0}, {"smoothing": 0.0}],
    ids=["penalty", "min_rows", "candidates", "smoothing"],
)  # fmt: skip
def test_options_out_of_range_are_named(option):
    (name,) = option
    with pytest.raises(ParameterError, match=f"cannot learn a cutset network: given {name}="):
        cutset(parity(), **option)
