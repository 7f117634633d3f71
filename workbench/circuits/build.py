"""Builder: make a circuit node by node or block by block; the only mutable thing in this room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN, Family
from workbench.core import dag
from workbench.core.arrays import AnyArray, FloatArray, IdArray, IntArray
from workbench.data.variables import Variable
from workbench.errors import ParameterError


@dataclass(frozen=True, eq=False)
class _Block:
    """Equal nodes: children and log-weights (nodes, arity), leaf tables (nodes, parameters)."""

    kind: Kind
    children: IdArray
    log_weights: FloatArray
    tables: FloatArray
    variable: int = -1
    family: int = -1


class Builder:
    """Collects nodes, children first, and freezes those below a root into a Circuit.

    `leaf`, `sum` and `product` add one node and return its position; `leaves`,
    `sums` and `products` add a block of nodes and return an array of positions.

    Examples
    --------
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> x = [build.categorical(0, p) for p in ([0.9, 0.1], [0.2, 0.8])]
    >>> y = [build.categorical(1, p) for p in ([0.5, 0.5], [0.1, 0.9])]
    >>> root = build.sum([build.product([x[0], y[0]]), build.product([x[1], y[1]])], [0.3, 0.7])
    >>> build.circuit(root).n_nodes
    7
    """

    def __init__(self, variables: Sequence[Variable]) -> None:
        self.variables = tuple(variables)
        self._blocks: list[_Block] = []
        self._n_nodes = 0

    def leaf(self, variable: int, family: Family, parameters: ArrayLike) -> int:
        """The position of a new leaf of `family` with its raw `parameters`."""
        return int(self.leaves(variable, family, np.asarray(parameters, np.float64)[None])[0])

    def categorical(self, variable: int, probabilities: ArrayLike) -> int:
        """The position of a new categorical leaf; `probabilities` are scaled to add to one.

        Raises
        ------
        ParameterError
            When they are not one non-negative number per category, or all zero.
        """
        values = np.asarray(probabilities, dtype=np.float64)
        expected = self.variables[variable].n_categories
        if values.shape != (expected,) or (values < 0).any() or values.sum() <= 0:
            raise ParameterError(
                f"cannot add a leaf of {self.variables[variable].name!r}",
                given=f"probabilities {values.tolist()}",
                expected=f"{expected} non-negative numbers, not all zero",
            )
        with np.errstate(divide="ignore"):  # an impossible category has log-probability -inf
            return self.leaf(variable, CATEGORICAL, np.log(values / values.sum()))

    def gaussian(self, variable: int, mean: float, deviation: float) -> int:
        """The position of a new Gaussian leaf."""
        return self.leaf(variable, GAUSSIAN, [mean, np.log(deviation)])

    def sum(self, children: Sequence[int], weights: ArrayLike) -> int:
        """The position of a new sum; `weights` are linear and need not add to one.

        Raises
        ------
        ParameterError
            When weights and children differ in number or a weight is negative.
        """
        values = np.asarray(weights, dtype=np.float64)
        return int(self.sums(np.asarray(children)[None], values[None])[0])

    def product(self, children: Sequence[int]) -> int:
        """The position of a new product."""
        return int(self.products(np.asarray(children)[None])[0])

    def leaves(self, variable: int, family: Family, tables: ArrayLike) -> IdArray:
        """(leaves,) positions of new leaves with raw parameters (leaves, n_parameters).

        Raises
        ------
        ParameterError
            When the tables do not fit the family and the variable.
        """
        values = np.asarray(tables, dtype=np.float64)
        expected = family.n_parameters(self.variables[variable])
        if values.ndim != 2 or values.shape[1] != expected:
            raise ParameterError(
                f"cannot add {family.name} leaves of {self.variables[variable].name!r}",
                given=f"parameters of shape {values.shape}",
                expected=f"{expected} for each leaf",
            )
        empty = np.empty((len(values), 0))
        block = _Block(Kind.LEAF, empty.astype(np.int64), empty, values, variable, family.code)
        return self._add(block, len(values))

    def sums(self, children: ArrayLike, weights: ArrayLike) -> IdArray:
        """(sums,) positions of new sums with children and linear weights (sums, arity).

        Raises
        ------
        ParameterError
            When weights and children differ in number or a weight is negative.
        """
        below, values = np.asarray(children), np.asarray(weights, dtype=np.float64)
        if values.shape != below.shape or (values < 0).any() or np.isnan(values).any():
            raise ParameterError(
                "cannot add a sum",
                given=f"children of shape {below.shape} and weights {values.tolist()}",
                expected="one non-negative weight per child",
            )
        with np.errstate(divide="ignore"):  # weight 0 is a legal dead edge
            log_weights = np.log(values)
        return self._add(self._inner(Kind.SUM, below, log_weights), len(values))

    def products(self, children: ArrayLike) -> IdArray:
        """(products,) positions of new products with children (products, arity)."""
        below = np.asarray(children)
        block = self._inner(Kind.PRODUCT, below, np.zeros(below.shape))
        return self._add(block, len(below))

    def circuit(self, root: int) -> Circuit:
        """The circuit of the nodes below `root`; ids are positions.

        Raises
        ------
        StructureError
            When the nodes do not describe a circuit.
        """
        offsets, children, log_weights = self._edges()
        keep = dag.reachable(offsets, children, root)
        keep[root + 1 :] = False
        keep_edge = keep[dag.edge_parents(offsets)]
        place = np.cumsum(keep) - 1
        leaf_offsets, leaf_parameters = self._tables()
        keep_entry = keep[dag.edge_parents(leaf_offsets)]
        n_nodes = int(keep.sum())
        return Circuit(
            variables=self.variables,
            kinds=self._per_node([block.kind for block in self._blocks])[keep],
            offsets=_ends(np.diff(offsets)[keep]),
            children=place[children[keep_edge]],
            log_weights=log_weights[keep_edge],
            leaf_variables=self._per_node([block.variable for block in self._blocks])[keep],
            leaf_families=self._per_node([block.family for block in self._blocks])[keep],
            leaf_offsets=_ends(np.diff(leaf_offsets)[keep]),
            leaf_parameters=leaf_parameters[keep_entry],
            ids=np.arange(n_nodes),
            next_id=n_nodes,
        )

    def _inner(self, kind: Kind, children: AnyArray, log_weights: FloatArray) -> _Block:
        if children.size and not (children.min() >= 0 and children.max() < self._n_nodes):
            raise ParameterError(
                f"cannot add a {kind.name.lower()}",
                given=f"children {children.tolist()}",
                expected=f"positions of nodes added before, below {self._n_nodes}",
            )
        return _Block(kind, children.astype(np.int64), log_weights, np.empty((len(children), 0)))

    def _add(self, block: _Block, n_nodes: int) -> IdArray:
        self._blocks.append(block)
        self._n_nodes += n_nodes
        return np.arange(self._n_nodes - n_nodes, self._n_nodes, dtype=np.int64)

    def _per_node(self, values: Sequence[int]) -> IntArray:
        counts = [len(block.tables) for block in self._blocks]
        return np.repeat(np.array(values, dtype=np.int32), counts)

    def _edges(self) -> tuple[IntArray, IntArray, FloatArray]:
        arities = self._per_node([block.children.shape[1] for block in self._blocks])
        children = np.concatenate([block.children.ravel() for block in self._blocks])
        log_weights = np.concatenate([block.log_weights.ravel() for block in self._blocks])
        return _ends(arities), children.astype(np.int32), log_weights

    def _tables(self) -> tuple[IntArray, FloatArray]:
        widths = self._per_node([block.tables.shape[1] for block in self._blocks])
        return _ends(widths), np.concatenate([block.tables.ravel() for block in self._blocks])


def _ends(counts: AnyArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
