"""The part of a circuit around one unit, small enough to draw unit by unit."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from workbench.circuits import Circuit, Kind
from workbench.core.arrays import IdArray
from workbench.core.dag import edge_parents


def excerpt(
    circuit: Circuit,
    node_id: int,
    widths: tuple[int, ...] = (4, 2),
    keep: Collection[int] = (),
) -> Circuit:
    """The circuit of the unit `node_id` and its heaviest descendants; ids are kept.

    The first sums below the unit keep their ``widths[0]`` heaviest children, the
    next ones ``widths[1]``, and so on; all others keep one. Children whose ids are in
    `keep` stay whatever their weight. Weights are those of
    the whole circuit, so what is left out shows as missing mass.

    Raises
    ------
    ParameterError
        When no unit has that id.

    Examples
    --------
    >>> from workbench.circuits import Builder
    >>> from workbench.data import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [p, 1 - p]) for p in (0.1, 0.5, 0.9)]
    >>> mixture = build.circuit(build.sum(leaves, [0.2, 0.5, 0.3]))
    >>> excerpt(mixture, mixture.root, widths=(2,)).n_nodes
    3
    """
    top = circuit.position(node_id)
    edges = _kept_edges(circuit, top, widths, keep)
    parents = edge_parents(circuit.offsets)[edges]
    nodes = np.unique(np.concatenate([[top], parents, circuit.children[edges]]))
    place = np.full(circuit.n_nodes, -1, dtype=np.int32)
    place[nodes] = np.arange(len(nodes))
    counts = np.bincount(place[parents], minlength=len(nodes))
    tables = [circuit.table_of(int(node)) for node in nodes]
    sizes = [len(table) for table in tables]
    return Circuit(
        variables=circuit.variables,
        kinds=circuit.kinds[nodes],
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        children=place[circuit.children[edges]],
        log_weights=circuit.log_weights[edges],
        leaf_variables=circuit.leaf_variables[nodes],
        leaf_families=circuit.leaf_families[nodes],
        leaf_offsets=np.concatenate([[0], np.cumsum(sizes)]),
        leaf_parameters=np.concatenate(tables),
        ids=circuit.ids[nodes],
        next_id=circuit.next_id,
    )


def _kept_edges(
    circuit: Circuit, top: int, widths: tuple[int, ...], keep: Collection[int]
) -> IdArray:
    """The edges to keep, ascending; breadth counts the sums above a unit."""
    is_kept = np.isin(circuit.ids, list(keep))
    n_sums = np.full(circuit.n_nodes, -1)
    n_sums[top] = 0
    kept: list[IdArray] = []
    for node in range(top, -1, -1):
        if n_sums[node] < 0 or circuit.kinds[node] == Kind.LEAF:
            continue
        edges = np.arange(circuit.offsets[node], circuit.offsets[node + 1])
        depth = int(n_sums[node])
        if circuit.kinds[node] == Kind.SUM:
            width = widths[depth] if depth < len(widths) else 1
            heaviest = np.argsort(-circuit.log_weights[edges], kind="stable")[:width]
            wanted = edges[is_kept[circuit.children[edges]]]
            edges, depth = np.union1d(edges[heaviest], wanted), depth + 1
        below = circuit.children[edges]
        n_sums[below] = np.where(n_sums[below] < 0, depth, np.minimum(n_sums[below], depth))
        kept.append(edges)
    return np.concatenate(kept[::-1]) if kept else np.empty(0, dtype=np.int64)
