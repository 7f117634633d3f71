"""Grow: duplicate every unit and let the copies drift apart, for circuits of twice the width."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind, with_parameters
from workbench.circuits.leaves import CATEGORICAL, indicated
from workbench.circuits.leaves.groups import leaf_groups
from workbench.circuits.normalise import log_totals
from workbench.core import dag
from workbench.core.arrays import AnyArray, BoolArray, FloatArray, IdArray, IntArray
from workbench.core.seeds import stream
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

LOG_2 = math.log(2.0)
LEAST_FACTOR = 0.1  # of a log-weight; smaller and negative draws are raised to it


def grow(circuit: Circuit, noise: float = 0.3, seed: int = 0) -> Circuit:
    """The circuit with two copies of every unit, each sum over both copies of its children.

    A log-weight is multiplied by a random factor for the edge to the one copy, and
    divided by it for the edge to the other, and the weights of each sum are scaled to
    the total that they had. Without noise the copies are equal, and so are all
    likelihoods. A sum over one child stays such in both copies, leaves that learn
    nothing (indicators, uniform leaves) are shared, and the root stays alone. What was
    there keeps its id.

    The publication gives both copies of a sum the same factors; here each draws its
    own, since copies with equal weights below and in proportion above never part.

    Parameters
    ----------
    noise
        Standard deviation of the factors about 1.

    Raises
    ------
    ParameterError
        When the noise is negative or not finite.
    LimitError
        When it would be larger than the limits allow; nothing of it was allocated.

    Source: Dang, Liu and Van den Broeck 2022, "Sparse probabilistic circuits via
    pruning and growing", section 4 and algorithm 1.

    Examples
    --------
    >>> from workbench.circuits import hclt
    >>> x = np.array([[0, 0], [1, 1], [0, 1], [1, 1]], dtype=float)
    >>> start = hclt(x, latents=2)
    >>> grown = grow(start, noise=0.0)
    >>> start.is_sum_edge.sum().item(), grown.is_sum_edge.sum().item()
    (2, 4)
    """
    if not 0.0 <= noise < np.inf:
        raise ParameterError("cannot grow", given=f"noise={noise}", expected="0 or more")
    copies = _Copies.of(circuit)
    require_within("nodes", copies.n_nodes, LIMITS.n_nodes, "Prune the circuit first.")
    require_within("edges", copies.n_edges, LIMITS.n_edges, "Prune the circuit first.")
    edges = copies.edges()
    log_weights = _perturbed(circuit, edges, noise, stream(seed, "grow"))
    return _reachable(copies, edges, log_weights)


@dataclass(frozen=True, eq=False)
class _Copies:
    """Which nodes have two copies, and where these are.

    Parameters
    ----------
    counts, first
        (n_nodes,) how many copies a node has, and the new position of its first.
    arities
        (n_nodes,) how many children each copy has.
    """

    circuit: Circuit
    counts: IdArray
    first: IdArray
    arities: IdArray

    @classmethod
    def of(cls, circuit: Circuit) -> _Copies:
        """Those of `circuit`."""
        counts = np.where(_doubles(circuit), 2, 1).astype(np.int64)
        has_both = _has_both(circuit)
        per_edge = np.where(has_both[circuit.edge_parents], counts[circuit.children], 1)
        arities = np.bincount(circuit.edge_parents, weights=per_edge, minlength=circuit.n_nodes)
        return cls(circuit, counts, np.cumsum(counts) - counts, arities.astype(np.int64))

    @property
    def n_nodes(self) -> int:
        """How many nodes there will be."""
        return int(self.counts.sum())

    @property
    def n_edges(self) -> int:
        """How many edges there will be."""
        return int((self.counts * self.arities).sum())

    @property
    def origins(self) -> IdArray:
        """(n_nodes,) the node that each new node is a copy of."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def numbers(self) -> IdArray:
        """(n_nodes,) 0 for each first copy and 1 for each second."""
        return np.arange(self.n_nodes) - self.first[self.origins]

    def edges(self) -> _Edges:
        """The new edges, by their parents."""
        circuit, origins, numbers = self.circuit, self.origins, self.numbers
        degrees = np.diff(circuit.offsets)[origins]
        parents = np.repeat(np.arange(self.n_nodes), degrees)
        edge = _ranges(circuit.offsets[origins], degrees)
        child = circuit.children[edge]
        is_cross = _has_both(circuit)[origins[parents]] & (self.counts[child] == 2)
        times = np.where(is_cross, 2, 1)
        pair = np.repeat(np.arange(len(edge)), times)
        own = np.minimum(numbers[parents], self.counts[child] - 1)
        which = np.where(is_cross[pair], _ranges(np.zeros_like(times), times), own[pair])
        below = self.first[child][pair] + which
        return _Edges(parents[pair], below, edge[pair], pair, np.where(is_cross[pair], which, -1))


@dataclass(frozen=True, eq=False)
class _Edges:
    """New edges, by their parents.

    Parameters
    ----------
    parents, children, origins
        (n_edges,) the ends, and the old edge of each.
    pairs
        (n_edges,) the same number where an edge leads to another copy only.
    copy
        (n_edges,) 0 or 1 where there is an edge to each copy, otherwise -1.
    """

    parents: IdArray
    children: IdArray
    origins: IdArray
    pairs: IdArray
    copy: IdArray


def _doubles(circuit: Circuit) -> BoolArray:
    """(n_nodes,) whether a node gets a second copy: all but the root and leaves that stay."""
    doubles = np.ones(circuit.n_nodes, dtype=np.bool_)
    doubles[circuit.root] = False
    for group in leaf_groups(circuit):
        stays = np.full(len(group.nodes), not group.family.is_learnt)
        if group.family.code == CATEGORICAL.code:
            stays |= indicated(circuit.leaf_parameters[group.parameters]) >= 0
        doubles[group.nodes[stays]] = False
    return doubles


def _has_both(circuit: Circuit) -> BoolArray:
    """(n_nodes,) whether a node's copies have both copies of each child: sums of several."""
    has_both: BoolArray = (circuit.kinds == Kind.SUM) & (np.diff(circuit.offsets) > 1)
    return has_both


def _ranges(begins: AnyArray, counts: AnyArray) -> IdArray:
    """The whole numbers from each begin on, as many as its count, one range after the other."""
    ends = np.cumsum(counts)
    found: IdArray = np.arange(int(counts.sum())) + np.repeat(begins - (ends - counts), counts)
    return found


def _perturbed(
    circuit: Circuit, edges: _Edges, noise: float, random: np.random.Generator
) -> FloatArray:
    """(n_edges,) log-weights of the new edges, not yet scaled."""
    n_pairs = int(edges.pairs.max(initial=-1)) + 1
    factors = np.maximum(random.normal(1.0, noise, n_pairs), LEAST_FACTOR)[edges.pairs]
    before = circuit.log_weights[edges.origins]
    by_copy = [before * factors - LOG_2, before / factors - LOG_2]
    found: FloatArray = np.select([edges.copy == 0, edges.copy == 1], by_copy, before)
    return found


def _reachable(copies: _Copies, edges: _Edges, log_weights: FloatArray) -> Circuit:
    """The circuit of the copies that the root reaches; each sum has the total it had."""
    circuit, origins = copies.circuit, copies.origins
    offsets = _ends(copies.arities[origins])
    keep = dag.reachable(offsets, edges.children.astype(np.int32), copies.n_nodes - 1)
    place, keep_edge, origins = np.cumsum(keep) - 1, keep[edges.parents], origins[keep]
    ids = np.where(copies.numbers == 0, circuit.ids[copies.origins], -1)[keep]
    is_new = ids < 0
    ids[is_new] = circuit.next_id + np.arange(is_new.sum())
    widths = np.diff(circuit.leaf_offsets)[origins]
    grown = Circuit(
        variables=circuit.variables,
        kinds=circuit.kinds[origins],
        offsets=_ends(np.diff(offsets)[keep]),
        children=place[edges.children[keep_edge]],
        log_weights=log_weights[keep_edge],
        leaf_variables=circuit.leaf_variables[origins],
        leaf_families=circuit.leaf_families[origins],
        leaf_offsets=_ends(widths),
        leaf_parameters=circuit.leaf_parameters[_ranges(circuit.leaf_offsets[origins], widths)],
        ids=ids,
        next_id=circuit.next_id + int(is_new.sum()),
    )
    shift = log_totals(circuit)[origins] - log_totals(grown)
    shift[np.isnan(shift)] = 0.0  # a sum whose weights are all zero
    return with_parameters(
        grown,
        log_weights=grown.log_weights + shift[grown.edge_parents],
        leaf_parameters=grown.leaf_parameters,
    )


def _ends(counts: AnyArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
