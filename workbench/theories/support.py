"""What is left of a circuit after pruning by significance: its support as a formula.

Source: significance of an edge as the probability that ancestral sampling uses it,
and circuit flow as its counterpart on rows: Dang, Liu and Van den Broeck, "Sparse
Probabilistic Circuits via Pruning and Growing", NeurIPS 2022.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal as OneOf

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray, IntArray
from workbench.errors import StructureError
from workbench.theories.boxes import upward
from workbench.theories.layers import Layer
from workbench.theories.nodes import TRUE, And, Literal, Node, Or
from workbench.theories.rows import is_ordered

LeafRule = OneOf["value", "mass"]
_BYTES = 2**26  # held at once by an upward pass over bits
_MANY = 1e280  # stands for any larger number of rules


@dataclass(frozen=True, eq=False)
class Support:
    """The edges and leaf values of `circuit` that survive pruning.

    Parameters
    ----------
    edges
        (n_edges,) which edges survive; those of products always do.
    values
        (n_leaf_parameters,) which values of the leaves survive.
    layers
        The layers of the circuit.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.layers import layers_of
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> support = Support(circuit, np.zeros(0, bool), np.array([False, True]), layers_of(circuit))
    >>> support.allowed(0).tolist(), support.reached.tolist()
    ([False, True], [0])
    """

    circuit: Circuit
    edges: BoolArray
    values: BoolArray
    layers: Sequence[Layer] = field(repr=False)

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


def kept_values(
    circuit: Circuit, threshold: float, rule: LeafRule = "value", *, intervals: bool = True
) -> BoolArray:
    """(n_leaf_parameters,) leaf values that survive, at least the most probable one of each leaf.

    By "value" those with a positive probability of at least `threshold`; by "mass" the fewest
    values of a leaf that hold a probability of at least ``1 - threshold``. With
    `intervals`, values between two kept ones of an ordered variable are kept too.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", ["a", "b", "c"]),))
    >>> leaf = build.circuit(build.categorical(0, [0.5, 0.1, 0.4]))
    >>> kept_values(leaf, 0.2).tolist(), kept_values(leaf, 0.55, "mass").tolist()
    ([True, False, True], [True, False, False])
    """
    kept = np.zeros(len(circuit.leaf_parameters), dtype=np.bool_)
    for variable, _, places in leaf_tables(circuit):
        table = np.exp(circuit.leaf_parameters[places])
        chosen = _LEAF_RULES[rule](table / table.sum(axis=1, keepdims=True), threshold)
        if intervals and is_ordered(circuit.variables[variable]):
            chosen = _hull(chosen)
        kept[places] = chosen
    return kept


def leaf_tables(circuit: Circuit) -> Iterator[tuple[int, IntArray, IdArray]]:
    """For each variable: its number, its leaves, and where their parameters lie, (leaves, D)."""
    leaf_variables = np.where(circuit.kinds == Kind.LEAF, circuit.leaf_variables, -1)
    for variable in np.unique(leaf_variables[leaf_variables >= 0]).tolist():
        leaves = np.flatnonzero(leaf_variables == variable).astype(np.int32)
        size = circuit.variables[variable].n_categories
        yield (
            int(variable),
            leaves,
            circuit.leaf_offsets[leaves].astype(np.int64)[:, None] + np.arange(size),
        )


def _by_value(table: FloatArray, threshold: float) -> BoolArray:
    best = np.arange(table.shape[1]) == table.argmax(axis=1)[:, None]
    return np.asarray(best | ((table >= threshold) & (table > 0)))


def _by_mass(table: FloatArray, threshold: float) -> BoolArray:
    order = np.argsort(-table, axis=1, kind="stable")
    ranked = np.take_along_axis(table, order, axis=1)
    before = np.cumsum(ranked, axis=1) - ranked
    # Sums of probabilities are exact to rounding only.
    chosen = (before < 1.0 - threshold - 1e-12) & (ranked > 0)
    chosen[:, 0] = True
    kept = np.zeros_like(chosen)
    np.put_along_axis(kept, order, chosen, axis=1)
    return kept


def _hull(kept: BoolArray) -> BoolArray:
    up = np.logical_or.accumulate(kept, axis=1)
    down = np.logical_or.accumulate(kept[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(up & down)


_LEAF_RULES: dict[LeafRule, Callable[[FloatArray, float], BoolArray]] = {
    "value": _by_value,
    "mass": _by_mass,
}


def leaf_bits(circuit: Circuit, values: BoolArray, codes: IntArray) -> AnyArray:
    """(n_nodes, ceil(rows / 8)) which rows each leaf lets through, as bits; other nodes are 0.

    A leaf that keeps all of its values lets missing ones through too.
    """
    bits = np.zeros((circuit.n_nodes, (len(codes) + 7) // 8), dtype=np.uint8)
    for variable, leaves, places in leaf_tables(circuit):
        table = values[places]
        table = np.concatenate([table, table.all(axis=1, keepdims=True)], axis=1)
        bits[leaves] = np.packbits(table[:, codes[:, variable]], axis=1)
    return bits


def root_bits(support: Support, leaves: AnyArray) -> AnyArray:
    """(ceil(rows / 8),) which rows lie in the support, as bits, given its `leaf_bits`."""
    layers = support.layers
    width = max(1, _BYTES // max((len(layer.edges) for layer in layers), default=1))
    slices = (slice(start, start + width) for start in range(0, leaves.shape[1], width))
    parts = [_root_bits(support, leaves[:, part]) for part in slices]
    return np.concatenate(parts)


def _root_bits(support: Support, leaves: AnyArray) -> AnyArray:
    circuit = support.circuit
    bits = leaves.copy()
    for layer in support.layers:
        terms = bits[circuit.children[layer.edges]]
        if layer.is_sum:
            terms[~support.edges[layer.edges]] = 0
            bits[layer.nodes] = np.bitwise_or.reduceat(terms, layer.starts, axis=0)
        else:
            bits[layer.nodes] = np.bitwise_and.reduceat(terms, layer.starts, axis=0)
    root: AnyArray = bits[circuit.root]
    return root


def written_size(support: Support) -> tuple[float, float]:
    """How many rules, and how many literals of the tree, the support writes out to.

    What has one variable below counts as one literal; nothing else is simplified.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> from workbench.theories.layers import layers_of
    >>> support = Support(circuit, np.zeros(0, bool), np.array([False, True]), layers_of(circuit))
    >>> written_size(support)
    (1.0, 1.0)
    """
    circuit = support.circuit
    is_single = np.bitwise_count(circuit.packed_scopes).sum(axis=1) == 1
    rules, literals = np.ones(circuit.n_nodes), np.zeros(circuit.n_nodes)
    for _, leaves, places in leaf_tables(circuit):
        literals[leaves] = ~support.values[places].all(axis=1)
    for layer in support.layers:
        children, nodes = circuit.children[layer.edges], layer.nodes
        alive = support.edges[layer.edges]
        added = np.add.reduceat(np.where(alive, literals[children], 0.0), layer.starts)
        literals[nodes] = np.where(is_single[nodes], np.minimum(added, 1.0), added)
        rules[nodes] = _written_rules(layer, rules[children], alive)
        rules[nodes[is_single[nodes]]] = 1.0
    return float(rules[circuit.root]), float(literals[circuit.root])


def _written_rules(layer: Layer, below: FloatArray, alive: BoolArray) -> FloatArray:
    if layer.is_sum:
        return np.asarray(np.add.reduceat(np.where(alive, below, 0.0), layer.starts))
    with np.errstate(over="ignore"):
        return np.minimum(np.multiply.reduceat(below, layer.starts), _MANY)


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
