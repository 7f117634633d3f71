"""Max-product: the best induced tree, and the row that it stands for."""

from __future__ import annotations

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.compute.evaluation import Leaf, leaf_of, node_elements
from workbench.compute.semirings import MAX_PRODUCT
from workbench.core.arrays import FloatArray


def best_tree(circuit: Circuit, row: FloatArray) -> tuple[FloatArray, float]:
    """The completion of `row` by the best induced tree, and the tree's log-value in nats.

    It is the most probable completion where the circuit is deterministic. Of equal
    children and values the first is taken.
    """
    values = node_elements(circuit, row[None], MAX_PRODUCT)[:, 0]
    filled = row.copy()
    todo = [circuit.root]
    while todo:
        node = todo.pop()
        if circuit.kinds[node] == Kind.LEAF:
            leaf = leaf_of(circuit, node)
            if np.isnan(filled[leaf.column]):
                filled[leaf.column] = mode_of(leaf)
        elif circuit.kinds[node] == Kind.PRODUCT:
            todo.extend(circuit.children_of(node).tolist())
        else:
            span = slice(circuit.offsets[node], circuit.offsets[node + 1])
            terms = circuit.log_weights[span] + values[circuit.children[span]]
            todo.append(int(circuit.children[span][terms.argmax()]))
    return filled, float(values[-1])


def mode_of(leaf: Leaf) -> float:
    """The most probable value of a leaf, the first of equal categories."""
    if leaf.variable.n_categories:
        return float(leaf.log_table.argmax())
    return leaf.family.mode(leaf.parameters)
