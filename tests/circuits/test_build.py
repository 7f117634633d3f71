import numpy as np
import pytest

from workbench.circuits import Builder, Kind
from workbench.circuits.leaves import CATEGORICAL
from workbench.data.variables import categorical
from workbench.errors import ParameterError, StructureError


@pytest.fixture
def build():
    return Builder((categorical("x", 2), categorical("y", 3)))


def test_blocks_equal_single_nodes():
    one, many = (Builder((categorical("x", 2),)) for _ in range(2))
    leaves = [one.categorical(0, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    sums = [one.sum(leaves, w) for w in ([0.3, 0.7], [0.6, 0.4])]
    block = many.leaves(0, CATEGORICAL, np.log([[0.5, 0.5], [0.1, 0.9]]))
    pair = many.sums(np.tile(block, (2, 1)), [[0.3, 0.7], [0.6, 0.4]])
    first = one.circuit(one.sum(sums, [0.5, 0.5]))
    assert first == many.circuit(many.sum(pair.tolist(), [0.5, 0.5]))


def test_blocks_and_single_nodes_may_follow_each_other(build):
    x = build.leaves(0, CATEGORICAL, np.log([[0.5, 0.5], [0.1, 0.9]]))
    y = build.categorical(1, [1, 2, 1])
    pairs = build.products(np.stack([x, [y, y]], axis=1))
    mixture = build.sum(pairs.tolist(), [0.3, 0.7])
    circuit = build.circuit(build.sums([[mixture, pairs[0]]], [[0.25, 0.75]])[0])
    assert circuit.kinds.tolist() == [0, 0, 0, 2, 2, 1, 1]
    assert circuit.children.tolist() == [0, 2, 1, 2, 3, 4, 5, 3]
    assert circuit.leaf_offsets.tolist() == [0, 2, 4, 7, 7, 7, 7, 7]
    np.testing.assert_allclose(
        np.exp(circuit.log_weights), [1, 1, 1, 1, 0.3, 0.7, 0.25, 0.75], rtol=1e-15
    )


def test_a_builder_may_be_asked_for_several_circuits(build):
    leaf = build.categorical(0, [1, 1])
    first = build.circuit(leaf)
    build.sum([leaf], [1.0])
    assert build.circuit(leaf) == first


def test_only_what_hangs_below_the_root_is_kept(build):
    build.categorical(1, [1, 1, 1])
    kept = build.categorical(0, [0.25, 0.75])
    build.categorical(0, [0.5, 0.5])
    circuit = build.circuit(build.sum([kept], [1.0]))
    assert circuit.kinds.tolist() == [Kind.LEAF, Kind.SUM]
    np.testing.assert_allclose(np.exp(circuit.table_of(0)), [0.25, 0.75])


def test_the_root_need_not_be_the_last_node(build):
    leaf = build.categorical(0, [1, 1])
    root = build.sum([leaf], [1.0])
    build.sum([root], [1.0])
    assert build.circuit(root).n_nodes == 2


def test_probabilities_are_scaled(build):
    circuit = build.circuit(build.categorical(1, [1, 2, 1]))
    np.testing.assert_allclose(np.exp(circuit.table_of(0)), [0.25, 0.5, 0.25])


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda b: b.categorical(0, [0.5, 0.3, 0.2]), "cannot add a leaf of 'x'"),
        (lambda b: b.categorical(0, [0.5, -0.5]), "2 non-negative numbers"),
        (lambda b: b.categorical(0, [0.0, 0.0]), "not all zero"),
        (lambda b: b.leaf(0, CATEGORICAL, [0.0]), "2 for each leaf"),
        (lambda b: b.sum([b.categorical(0, [1, 1])], [0.5, 0.5]), "one non-negative weight"),
        (lambda b: b.sum([b.categorical(0, [1, 1])], [-1.0]), "one non-negative weight"),
        (lambda b: b.sum([b.categorical(0, [1, 1])] * 2, [1.0, np.nan]), "one non-negative weight"),
        (lambda b: b.sum([b.categorical(0, [1, 1])] * 2, [np.nan, 1.0]), "one non-negative weight"),
        (lambda b: b.sum([[b.categorical(0, [1, 1])]], [[0.5]]), "cannot add a sum"),
        (lambda b: b.product([5]), "positions of nodes added before"),
        (lambda b: b.product([-1]), "positions of nodes added before"),
        (lambda b: b.product([[b.categorical(0, [1, 1])]]), "cannot add a product"),
        (lambda b: b.sums(np.zeros((2, 1)), -np.ones((2, 1))), "one non-negative weight"),
    ],
)
def test_bad_nodes_are_named(build, add, message):
    with pytest.raises(ParameterError, match=message):
        add(build)


def test_an_inner_node_without_children_is_no_circuit(build):
    with pytest.raises(StructureError, match="has none"):
        build.circuit(build.product([]))
