import numpy as np
import pytest

from workbench.circuits import Builder, Kind, without_edges
from workbench.data.variables import categorical
from workbench.errors import ParameterError


@pytest.fixture
def circuit():
    """Two products under a sum, and one leaf that both share."""
    build = Builder((categorical("x", 2), categorical("y", 2)))
    x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    y = build.categorical(1, [0.5, 0.5])
    pairs = [build.product([leaf, y]) for leaf in x]
    return build.circuit(build.sum([*pairs, pairs[1]], [0.2, 0.3, 0.5]))


def gone(circuit, *edges):
    removed = np.zeros(circuit.n_edges, dtype=bool)
    removed[list(edges)] = True
    return removed


def test_loose_nodes_go_shared_ones_stay(circuit):
    smaller = without_edges(circuit, gone(circuit, 4))
    assert smaller.ids.tolist() == [1, 2, 4, 5]
    np.testing.assert_allclose(np.exp(smaller.log_weights[smaller.is_sum_edge]), [0.375, 0.625])


def test_removing_nothing_gives_an_equal_circuit(circuit):
    assert without_edges(circuit, gone(circuit)) == circuit


def test_ids_survive_repeated_removal(circuit):
    once = without_edges(circuit, gone(circuit, 4))
    twice = without_edges(once, gone(once, int(np.flatnonzero(once.is_sum_edge)[0])))
    assert twice.ids.tolist() == [1, 2, 4, 5]
    assert twice.next_id == circuit.next_id
    assert twice.kinds[-1] == Kind.SUM


def test_bad_removals_are_named(circuit):
    with pytest.raises(ParameterError, match="edge of a product"):
        without_edges(circuit, gone(circuit, 0))
    with pytest.raises(ParameterError, match="all edges of sum #5"):
        without_edges(circuit, gone(circuit, 4, 5, 6))
    with pytest.raises(ParameterError, match="shape"):
        without_edges(circuit, np.zeros(3, dtype=bool))
