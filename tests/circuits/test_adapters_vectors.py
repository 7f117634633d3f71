"""Vectors of nodes: every node once, children first, factors where they are said to be."""

import numpy as np
from hypothesis import given, settings
from strategies import circuits

from workbench.circuits.adapters.vectors import edges, factors, vectors
from workbench.circuits.circuit import Kind


@settings(max_examples=40, deadline=None)
@given(circuits())
def test_every_node_lies_once_below_its_parents_with_one_kind_and_scope(circuit):
    known = vectors(circuit)
    everything = np.concatenate([vector.nodes for vector in known.vectors])
    assert sorted(everything.tolist()) == list(range(circuit.n_nodes))
    assert known.vectors[-1].nodes.tolist() == [circuit.root]
    for number, vector in enumerate(known.vectors):
        assert (known.vector_of[vector.nodes] == number).all()
        assert vector.nodes[np.argsort(known.place_of[vector.nodes])].tolist() == sorted(
            vector.nodes.tolist()
        )
        assert {circuit.scope_of(node) for node in vector.nodes.tolist()} == {
            circuit.scope_of(int(vector.nodes[0]))
        }
        assert set(circuit.kinds[vector.nodes].tolist()) == {int(vector.kind)}
        assert all(part < number for part in vector.parts)


@settings(max_examples=40, deadline=None)
@given(circuits())
def test_children_are_found_again_from_parts_and_places(circuit):
    known = vectors(circuit)
    for vector in known.vectors:
        if vector.kind == Kind.PRODUCT:
            for node, places in zip(vector.nodes, factors(circuit, known, vector), strict=True):
                found = [
                    known.vectors[part].nodes[place]
                    for part, place in zip(vector.parts, places, strict=True)
                ]
                assert sorted(found) == sorted(circuit.children_of(int(node)).tolist())
        if vector.kind == Kind.SUM:
            for place, children, logs in edges(circuit, vector):
                node = int(vector.nodes[place])
                assert children.tolist() == circuit.children_of(node).tolist()
                assert len(logs) == len(children)
                assert set(known.vector_of[children].tolist()) <= set(vector.parts)
