import numpy as np
from hypothesis import given, settings
from strategies import circuits

from workbench.circuits import Builder, Kind, hclt, without_edges
from workbench.circuits.leaves import CATEGORICAL
from workbench.compute.plan import DenseLayer, LeafLayer, ProductLayer, SparseLayer, plan
from workbench.data.variables import categorical


def layers_of(circuit, kind):
    return [layer for layer in plan(circuit).layers if isinstance(layer, kind)]


def random_rows(n_variables=6, n_rows=200):
    return np.random.default_rng(0).integers(2, size=(n_rows, n_variables)).astype(float)


@settings(max_examples=40)
@given(circuits(mixed=True))
def test_every_node_has_its_slot_and_children_come_first(circuit):
    planned = plan(circuit)
    assert len(np.unique(planned.slots)) == circuit.n_nodes
    assert planned.slots.min() >= 1
    assert planned.slots.max() < planned.n_slots
    assert (planned.slots[circuit.children] < planned.slots[circuit.edge_parents]).all()


@settings(max_examples=40)
@given(circuits(mixed=True))
def test_every_sum_edge_is_in_exactly_one_block(circuit):
    found = []
    for layer in plan(circuit).layers:
        if isinstance(layer, DenseLayer):
            found.append(layer.edges[layer.edges < circuit.n_edges])
        elif isinstance(layer, SparseLayer):
            found.append(layer.edges)
    assert sorted(np.concatenate(found).tolist()) == np.flatnonzero(circuit.is_sum_edge).tolist()


def test_a_dense_circuit_fills_its_blocks():
    circuit = hclt(random_rows(), latents=4)
    inner = [edges for layer in layers_of(circuit, DenseLayer) for edges in layer.edges]
    assert all((block < circuit.n_edges).all() for block in inner)
    assert plan(circuit).dense_cells == circuit.is_sum_edge.sum()


def test_blocks_of_one_shape_and_level_are_stacked():
    circuit = hclt(random_rows(12), latents=4)
    layers = layers_of(circuit, DenseLayer)
    levels = len(np.unique(circuit.levels[circuit.kinds == Kind.SUM]))
    assert len(layers) <= 2 * levels
    assert max(len(layer.edges) for layer in layers) > 1


def test_a_pruned_block_stays_dense_with_holes():
    circuit = hclt(random_rows(), latents=4)
    removed = np.zeros(circuit.n_edges, dtype=bool)
    removed[np.flatnonzero(circuit.is_sum_edge)[1]] = True
    pruned = without_edges(circuit, removed)
    edges = np.concatenate([layer.edges.ravel() for layer in layers_of(pruned, DenseLayer)])
    assert (edges == pruned.n_edges).sum() >= 1


def test_thin_blocks_become_edge_lists():
    build = Builder((categorical("x", 2),))
    leaves = build.leaves(0, CATEGORICAL, np.log(np.full((80, 2), 0.5)))
    ring = np.stack([leaves, np.roll(leaves, 1)], axis=1)
    sums = build.sums(ring, np.full((80, 2), 0.5))
    circuit = build.circuit(build.sum(sums.tolist(), np.ones(80) / 80))
    (thin,) = layers_of(circuit, SparseLayer)
    assert (thin.n_sums, len(thin.edges)) == (80, 160)


def test_parallel_edges_are_not_lost():
    build = Builder((categorical("x", 2),))
    leaf = build.categorical(0, [0.5, 0.5])
    circuit = build.circuit(build.sum([leaf, leaf], [0.25, 0.75]))
    (layer,) = layers_of(circuit, SparseLayer)
    assert layer.edges.tolist() == [0, 1]


def test_layers_by_kind():
    circuit = hclt(random_rows(), latents=3)
    assert isinstance(plan(circuit).layers[0], LeafLayer)
    assert layers_of(circuit, ProductLayer)
