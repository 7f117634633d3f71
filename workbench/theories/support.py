"""What is left of a circuit after pruning by significance: its support as a formula.

Source: significance of an edge as the probability that ancestral sampling uses it,
and circuit flow as its counterpart on rows: Dang, Liu and Van den Broeck, "Sparse
Probabilistic Circuits via Pruning and Growing", NeurIPS 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal as OneOf

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL
from workbench.core import dag
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IntArray
from workbench.errors import StructureError
from workbench.theories.boxes import upward
from workbench.theories.nodes import TRUE, And, Literal, Node, Or

LeafRule = OneOf["value", "mass"]


@dataclass(frozen=True, eq=False)
class Support:
    """The edges and leaf values of `circuit` that survive pruning.

    Parameters
    ----------
    edges
        (n_edges,) which edges survive; those of products always do.
    values
        (n_leaf_parameters,) which values of the leaves survive.
    """

    circuit: Circuit
    edges: BoolArray
    values: BoolArray

    @cached_property
    def reached(self) -> IntArray:
        """The nodes still below the root, children first."""
        circuit = self.circuit
        seen = np.zeros(circuit.n_nodes, dtype=np.bool_)
        seen[circuit.root] = True
        for node in range(circuit.root, -1, -1):
            if seen[node]:
                seen[self.children_of(node)] = True
        return np.flatnonzero(seen).astype(np.int32)

    def children_of(self, node: int) -> IntArray:
        """The surviving children of `node`."""
        start, stop = self.circuit.offsets[node : node + 2]
        return self.circuit.children[start:stop][self.edges[start:stop]]

    def allowed(self, leaf: int) -> BoolArray:
        """(n_categories,) the surviving values of `leaf`."""
        start, stop = self.circuit.leaf_offsets[leaf : leaf + 2]
        return self.values[start:stop]


def require_categorical(circuit: Circuit) -> None:
    """Nothing, or :class:`StructureError` naming the first leaf that is not categorical."""
    is_leaf = circuit.kinds == Kind.LEAF
    odd = np.flatnonzero(is_leaf & (circuit.leaf_families != CATEGORICAL.code))
    if len(odd):
        name = circuit.variables[int(circuit.leaf_variables[odd[0]])].name
        raise StructureError(
            "cannot read a theory off leaves that are not categorical",
            given=f"node {int(circuit.ids[odd[0]])} on variable {name!r}",
            expected="categorical leaves",
            remedy="Bin the continuous columns (bins=) and learn the circuit on the bins.",
        )


def significance(circuit: Circuit) -> FloatArray:
    """(n_edges,) the probability that ancestral sampling uses each edge.

    The root has significance 1 and an edge n -> c of a sum the share
    ``theta Z(c) / Z(n)`` of that of n, Z being the mass below a node.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> significance(build.circuit(build.sum(leaves, [0.25, 0.75]))).tolist()
    [0.25, 0.75]
    """
    mass = upward(circuit, None)[:, 0]
    share = np.ones(circuit.n_edges)
    sums = np.flatnonzero(circuit.is_sum_edge)
    parents, children = circuit.edge_parents[sums], circuit.children[sums]
    share[sums] = np.exp(circuit.log_weights[sums]) * mass[children] / mass[parents]
    return downward(circuit, share)


def downward(circuit: Circuit, share: FloatArray) -> FloatArray:
    """(n_edges,) what flows over each edge when the root gets 1 and edges take their `share`."""
    flow = np.zeros(circuit.n_nodes)
    flow[circuit.root] = 1.0
    edges = np.zeros(circuit.n_edges)
    heights = circuit.levels[circuit.edge_parents]
    order = np.argsort(-heights, kind="stable")
    starts = np.flatnonzero(np.diff(heights[order], prepend=-1))
    for group in np.split(order, starts[1:]):
        edges[group] = flow[circuit.edge_parents[group]] * share[group]
        np.add.at(flow, circuit.children[group], edges[group])
    return edges


def kept_edges(circuit: Circuit, scores: FloatArray, threshold: float) -> BoolArray:
    """(n_edges,) edges with a score of at least `threshold`, and the best one of every sum.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> circuit = build.circuit(build.sum(leaves, [0.25, 0.75]))
    >>> kept_edges(circuit, significance(circuit), 0.9).tolist()
    [False, True]
    """
    kept: BoolArray = ~circuit.is_sum_edge | (scores >= threshold)
    sums = np.flatnonzero(circuit.is_sum_edge)
    order = sums[np.lexsort((-scores[sums], circuit.edge_parents[sums]))]
    first = np.diff(circuit.edge_parents[order], prepend=-1) > 0
    kept[order[first]] = True
    return kept


def kept_values(circuit: Circuit, threshold: float, rule: LeafRule = "value") -> BoolArray:
    """(n_leaf_parameters,) leaf values that survive, at least the most probable one of each leaf.

    By "value" those with a probability of at least `threshold`; by "mass" the fewest
    values of a leaf that hold a probability of at least ``1 - threshold``.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 3),))
    >>> leaf = build.circuit(build.categorical(0, [0.5, 0.4, 0.1]))
    >>> kept_values(leaf, 0.2).tolist(), kept_values(leaf, 0.55, "mass").tolist()
    ([True, True, False], [True, False, False])
    """
    owners = dag.edge_parents(circuit.leaf_offsets)
    order = np.lexsort((-circuit.leaf_parameters, owners))
    probabilities = np.exp(circuit.leaf_parameters[order])
    total = np.add.reduceat(probabilities, np.unique(owners[order], return_index=True)[1])
    sizes = np.unique(owners, return_counts=True)[1]
    probabilities = probabilities / np.repeat(total, sizes)
    first = np.diff(owners[order], prepend=-1) > 0
    kept = np.zeros(len(order), dtype=np.bool_)
    if rule == "value":
        kept[order] = first | (probabilities >= threshold)
    else:
        before = np.cumsum(probabilities) - probabilities
        before -= np.repeat(before[first], sizes)
        # Sums of probabilities are exact to rounding only.
        kept[order] = first | ((before < 1.0 - threshold - 1e-12) & (probabilities > 0))
    return kept


def leaf_bits(circuit: Circuit, values: BoolArray, codes: IntArray) -> AnyArray:
    """(n_nodes, ceil(rows / 8)) which rows each leaf lets through, as bits; other nodes are 0.

    A leaf that keeps all of its values lets missing ones through too.
    """
    bits = np.zeros((circuit.n_nodes, (len(codes) + 7) // 8), dtype=np.uint8)
    leaf_variables = np.where(circuit.kinds == Kind.LEAF, circuit.leaf_variables, -1)
    for variable in np.unique(leaf_variables[leaf_variables >= 0]).tolist():
        leaves = np.flatnonzero(leaf_variables == variable)
        size = circuit.variables[variable].n_categories
        table = values[circuit.leaf_offsets[leaves][:, None] + np.arange(size)]
        table = np.concatenate([table, table.all(axis=1, keepdims=True)], axis=1)
        bits[leaves] = np.packbits(table[:, codes[:, variable]], axis=1)
    return bits


def root_bits(support: Support, leaves: AnyArray) -> AnyArray:
    """(ceil(rows / 8),) which rows lie in the support, as bits, given its `leaf_bits`."""
    kinds = support.circuit.kinds
    bits = leaves.copy()
    for node in support.reached.tolist():
        if kinds[node] == Kind.SUM:
            np.bitwise_or.reduce(bits[support.children_of(node)], axis=0, out=bits[node])
        elif kinds[node] == Kind.PRODUCT:
            np.bitwise_and.reduce(bits[support.children_of(node)], axis=0, out=bits[node])
    root: AnyArray = bits[support.circuit.root]
    return root


def tree_of(support: Support) -> Node:
    """The support as an AND/OR tree: sums are OR, products AND, leaves literals.

    A leaf that keeps all of its values is TRUE. Units are stable node ids.
    """
    circuit = support.circuit
    trees: dict[int, Node] = {}
    for node in support.reached.tolist():
        units = (int(circuit.ids[node]),)
        if circuit.kinds[node] == Kind.LEAF:
            trees[node] = _leaf_tree(support, node, units)
        else:
            branch = Or if circuit.kinds[node] == Kind.SUM else And
            children = support.children_of(node).tolist()
            trees[node] = branch(tuple(trees[child] for child in children), units)
    return trees[circuit.root]


def _leaf_tree(support: Support, node: int, units: tuple[int, ...]) -> Node:
    allowed = support.allowed(node)
    if allowed.all():
        return TRUE
    variable = int(support.circuit.leaf_variables[node])
    return Literal(variable, frozenset(np.flatnonzero(allowed).tolist()), units)
