import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from workbench.circuits.structures.chow_liu import (
    chow_liu_tree,
    mutual_information,
    rooted_at_centre,
)
from workbench.data.variables import categorical, continuous


def chain(n_rows=3000, length=7, noise=0.2):
    """Binary columns, each a noisy copy of the one before."""
    random = np.random.default_rng(0)
    columns = [random.integers(2, size=n_rows)]
    for _ in range(length - 1):
        columns.append(np.where(random.random(n_rows) < noise, 1 - columns[-1], columns[-1]))
    return np.stack(columns, axis=1).astype(float), [categorical(f"x{k}", 2) for k in range(length)]


def test_mutual_information_equals_counting():
    rows, variables = chain()
    found = mutual_information(rows, variables)
    for i, j in ((0, 1), (2, 6), (3, 3)):
        expected = mutual_info_score(rows[:, i], rows[:, j])
        assert found[i, j] == pytest.approx(expected, abs=1e-3)
    np.testing.assert_allclose(found, found.T)


def test_rows_with_a_missing_cell_do_not_count_for_its_pairs():
    rows, variables = chain()
    holes = rows.copy()
    holes[:1500, 0] = np.nan
    found = mutual_information(holes, variables)
    assert found[0, 1] == pytest.approx(mutual_info_score(rows[1500:, 0], rows[1500:, 1]), abs=1e-3)
    assert found[1, 2] == pytest.approx(mutual_information(rows, variables)[1, 2])


def test_a_continuous_column_is_binned():
    random = np.random.default_rng(0)
    x = random.normal(size=4000)
    rows = np.stack([x, x + 0.1 * random.normal(size=4000), random.normal(size=4000)], axis=1)
    found = mutual_information(rows, [continuous(name) for name in "abc"])
    assert found[0, 1] > 1.0
    assert found[0, 2] < 0.05


def test_a_chain_is_found_and_rooted_in_its_middle():
    rows, variables = chain()
    tree = chow_liu_tree(rows, variables)
    assert tree.parents.tolist() == [1, 2, 3, -1, 3, 4, 5]
    assert tree.order[0] == 3
    assert tree.children()[3] == (2, 4)


def test_order_puts_parents_first():
    tree = rooted_at_centre(np.array([-1, 0, 0, 1, 3, 4, 2], dtype=np.int32))
    place = np.argsort(tree.order)
    inner = tree.parents >= 0
    assert (place[tree.parents[inner]] < place[np.flatnonzero(inner)]).all()


def test_tree_has_the_greatest_total_information():
    """Against every spanning tree of four variables (Cayley: 16, by Prüfer sequences)."""
    random = np.random.default_rng(4)
    rows = random.integers(2, size=(40, 4)).astype(float)
    variables = [categorical(f"x{k}", 2) for k in range(4)]
    information = mutual_information(rows, variables)
    tree = chow_liu_tree(rows, variables)
    inner = np.flatnonzero(tree.parents >= 0)
    best = max(
        sum(information[i, j] for i, j in pruefer([a, b])) for a in range(4) for b in range(4)
    )
    assert information[inner, tree.parents[inner]].sum() == pytest.approx(best)


def pruefer(sequence):
    degree = np.bincount(sequence, minlength=4) + 1
    edges = []
    for node in sequence:
        leaf = int(np.flatnonzero(degree == 1)[0])
        edges.append((leaf, node))
        degree[[leaf, node]] -= 1
    return [*edges, tuple(np.flatnonzero(degree == 1).tolist())]
