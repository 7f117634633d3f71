import itertools

import numpy as np
import pytest

from workbench.circuits import Builder, check
from workbench.circuits.reference import ReferenceEngine
from workbench.circuits.structures.cell_statistics import cell_statistics
from workbench.circuits.structures.forests import (
    ForestBuilder,
    best_forests,
    centred,
    forest_size,
)
from workbench.circuits.structures.pair_counts import Layout, flat_pairs, pairs_of, shares_of
from workbench.data.variables import categorical, continuous


def correlated(n_rows=200, seed=0):
    """Two groups of columns, a continuous one in each."""
    random = np.random.default_rng(seed)
    a = random.integers(3, size=n_rows)
    b = np.where(random.random(n_rows) < 0.8, a % 2, random.integers(2, size=n_rows))
    c = random.integers(2, size=n_rows)
    d = np.where(random.random(n_rows) < 0.7, c, 1 - c)
    x = 1000.0 + 5.0 * a + random.normal(size=n_rows)
    y = random.normal(size=n_rows)
    variables = (
        categorical("a", 3),
        categorical("b", 2),
        categorical("c", 2),
        categorical("d", 2),
        continuous("x"),
        continuous("y"),
    )
    return np.stack([a, b, c, d, x, y], axis=1).astype(float), variables


def learned(rows, variables, smoothing=1.0, price=0.0):
    cells = cell_statistics(rows, variables)
    layout = Layout(cells, np.arange(len(variables)))
    pairs = pairs_of(cells.values)
    smoothed = pairs + smoothing * flat_pairs(layout)
    return layout, pairs, smoothed, best_forests(layout, pairs[None], smoothed[None], price)


def circuit_of(layout, parents, smoothed):
    build = Builder(layout.cells.variables)
    return build.circuit(ForestBuilder(build).add(layout, parents, smoothed))


def forests_over(n_variables):
    """All parent arrays of forests, by their sets of edges."""
    edges = list(itertools.combinations(range(n_variables), 2))
    for size in range(n_variables):
        for chosen in itertools.combinations(edges, size):
            parents = oriented(n_variables, chosen)
            if parents is not None:
                yield parents


def oriented(n_variables, edges):
    parents, left = np.full(n_variables, -1), list(edges)
    reached: set[int] = set()
    for root in range(n_variables):
        if root in reached:
            continue
        reached.add(root)
        todo = [root]
        while todo:
            here = todo.pop()
            for edge in [edge for edge in left if here in edge]:
                other = edge[0] + edge[1] - here
                if other in reached:
                    return None
                left.remove(edge)
                parents[other] = here
                reached.add(other)
                todo.append(other)
    return parents


@pytest.mark.parametrize("price", [0.0, 2.0, 40.0])
def test_no_forest_is_better_by_enumeration(price):
    """All 38 forests of four variables, each scored by its circuit."""
    rows, variables = correlated()
    rows, variables = rows[:, :4], variables[:4]
    layout, _, smoothed, found = learned(rows, variables, price=price)
    scores = []
    for parents in forests_over(4):
        circuit = circuit_of(layout, parents, smoothed)
        free = layout.sizes - 1
        n_free = sum(
            free[v] * (layout.sizes[p] if p >= 0 else 1) for v, p in enumerate(parents.tolist())
        )
        score = ReferenceEngine(circuit).log_likelihood(rows).sum() - price * n_free
        scores.append(score)
    assert len(scores) == 38
    assert found.scores[0] == pytest.approx(max(scores), rel=1e-9)


def test_the_score_is_the_likelihood_of_the_circuit_also_of_continuous_variables():
    rows, variables = correlated()
    layout, _, smoothed, found = learned(rows, variables)
    circuit = circuit_of(layout, found.parents[0], smoothed)
    likelihood = ReferenceEngine(circuit).log_likelihood(rows).sum()
    in_own_unit = len(rows) * np.log(rows[:, 4:].std(axis=0)).sum()  # scores are in standard units
    assert found.scores[0] - in_own_unit == pytest.approx(likelihood, rel=1e-9)
    assert found.parents[0, 4] == 0
    assert check(circuit).deterministic
    assert check(circuit).smooth
    assert check(circuit).decomposable


def test_given_the_parent_a_gaussian_has_the_moments_of_its_rows():
    rows, variables = correlated()
    layout, pairs, _, found = learned(rows, variables)
    circuit = circuit_of(layout, found.parents[0], pairs + 1e-9 * flat_pairs(layout))
    tables = np.array([circuit.table_of(n) for n in np.flatnonzero(circuit.leaf_variables == 4)])
    expected = [[rows[rows[:, 0] == k, 4].mean(), rows[rows[:, 0] == k, 4].std()] for k in range(3)]
    found_moments = np.stack([tables[:, 0], np.exp(tables[:, 1])], axis=1)
    np.testing.assert_allclose(found_moments, expected, rtol=1e-6)


def test_an_absent_variable_is_left_out_as_if_it_had_no_column():
    rows, variables = correlated()
    layout, pairs, smoothed, _ = learned(rows, variables)
    stacked = (pairs[None], smoothed[None])
    for position in range(4):
        without = best_forests(layout, *stacked, 1.0, np.array([position]))
        smaller, keep = layout.without(position)
        alone = (table[:, keep][:, :, keep] for table in stacked)
        assert without.scores[0] == pytest.approx(best_forests(smaller, *alone, 1.0).scores[0])


def test_tables_do_not_depend_on_those_beside_them():
    rows, variables = correlated()
    tables = [learned(part, variables)[1:3] for part in (rows[:50], rows[50:120], rows[120:])]
    layout = learned(rows, variables)[0]
    together = best_forests(layout, *(np.stack(part) for part in zip(*tables, strict=True)), 0.5)
    for place, (pairs, smoothed) in enumerate(tables):
        alone = best_forests(layout, pairs[None], smoothed[None], 0.5)
        np.testing.assert_array_equal(together.parents[place], alone.parents[0])
        assert together.scores[place] == pytest.approx(alone.scores[0], rel=1e-12)


def test_sizes_are_exact_beside_shared_indicators():
    rows, variables = correlated()
    for price in (0.0, 2.0, 1e9):
        layout, _, smoothed, found = learned(rows, variables, price=price)
        circuit = circuit_of(layout, found.parents[0], smoothed)
        planned = forest_size(layout, found.parents[0])
        is_indicator = np.isneginf(circuit.leaf_parameters)
        n_indicators = sum(
            bool(is_indicator[circuit.leaf_offsets[n] : circuit.leaf_offsets[n + 1]].any())
            for n in range(circuit.n_nodes)
        )
        assert planned.n_nodes == circuit.n_nodes - n_indicators
        assert planned.n_edges == circuit.n_edges


def test_a_forest_is_rooted_at_its_centre_without_new_edges():
    tree = centred(np.array([-1, 0, 1, 2, -1, 4, 3, -1]), np.arange(8) < 6)
    edges = {frozenset((v, p)) for v, p in enumerate(tree.parents.tolist()) if p >= 0}
    assert edges == {frozenset(pair) for pair in ((0, 1), (1, 2), (2, 3), (4, 5), (3, 6))}
    assert tree.parents[6] == 3
    place = np.argsort(tree.order)
    inner = np.flatnonzero(tree.parents >= 0)
    assert (place[tree.parents[inner]] < place[inner]).all()
    assert tree.parents[[1, 2]].tolist() in ([-1, 1], [2, -1])


def test_shares_are_the_distribution_of_each_pair_and_the_moments_within():
    rows, variables = correlated()
    rows[:60, 1] = np.nan
    layout, pairs, _, _ = learned(rows, variables)
    shares = shares_of(layout, pairs)
    known = rows[60:]
    both = np.array(
        [[((known[:, 0] == i) & (known[:, 1] == j)).mean() for j in (0, 1)] for i in range(3)]
    )
    np.testing.assert_allclose(shares[layout.block(0), layout.block(1)], both)
    moments = shares[layout.block(0), layout.block(4)]
    np.testing.assert_allclose(moments[:, 0], [(rows[:, 0] == k).mean() for k in range(3)])
    assert moments[:, 1].sum() == pytest.approx(0.0, abs=1e-9)
    assert moments[:, 2].sum() == pytest.approx(1.0)
