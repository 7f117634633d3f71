"""Max-product: the best induced tree over a query, and the values that it stands for.

Sums over queried variables take the largest term, others add: what is known or summed out
is summed before anything is maximised.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.determinism import sums_over
from workbench.compute.evaluation import Leaf, leaf_elements, leaf_of
from workbench.compute.schedule import schedule
from workbench.compute.semirings import MAX_PRODUCT
from workbench.core.arrays import FloatArray, IdArray

_LEAF, _SUM = int(Kind.LEAF), int(Kind.SUM)


def best_query(circuit: Circuit, row: FloatArray, query: IdArray) -> tuple[FloatArray, float]:
    """The values of the columns `query` by the best tree over them, and its log-value in nats.

    They are the most probable where the circuit is deterministic in the query. Of equal
    children and values the first is taken.

    Source: Wang, Mauá, Van den Broeck and Choi 2024, "A compositional atlas for algebraic
    circuits", marginal MAP.
    """
    is_over = sums_over(circuit, query)
    semiring = replace(
        MAX_PRODUCT, missing=lambda leaf: leaf.log_peak if leaf.column in query else 0.0
    )
    values = np.zeros((circuit.n_nodes, 1))
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        leaf = leaf_of(circuit, node)
        values[node] = leaf_elements(leaf, row[[leaf.column]], semiring)
    for group in schedule(circuit):
        terms = circuit.log_weights[group.edges] + values[circuit.children[group.edges], 0]
        if group.kind == Kind.PRODUCT:
            values[group.nodes, 0] = terms.sum(axis=0)
        else:
            added = np.logaddexp.reduce(terms, axis=0)
            values[group.nodes, 0] = np.where(is_over[group.nodes], terms.max(axis=0), added)
    filled, completed = row.copy(), _followed(circuit, row, values[:, 0])
    filled[query] = completed[query]
    return filled, float(values[-1, 0])


def _followed(circuit: Circuit, row: FloatArray, values: FloatArray) -> FloatArray:
    """`row` with the modes of the leaves that the largest terms lead to."""
    filled = row.copy()
    kinds, ends = circuit.kinds.tolist(), circuit.offsets.tolist()
    todo = [circuit.root]
    while todo:
        node = todo.pop()
        if kinds[node] == _LEAF:
            leaf = leaf_of(circuit, node)
            if np.isnan(filled[leaf.column]):
                filled[leaf.column] = mode_of(leaf)
            continue
        children = circuit.children[ends[node] : ends[node + 1]]
        if kinds[node] == _SUM and len(children) > 1:
            terms = circuit.log_weights[ends[node] : ends[node + 1]] + values[children]
            todo.append(int(children[terms.argmax()]))
        else:
            todo.extend(children.tolist())
    return filled


def mode_of(leaf: Leaf) -> float:
    """The most probable value of a leaf, the first of equal categories."""
    if leaf.variable.n_categories:
        return float(leaf.log_table.argmax())
    return leaf.family.mode(leaf.parameters)
