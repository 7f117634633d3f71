"""Builder: make a circuit node by node; the only mutable thing in this room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN, Family
from workbench.core import dag
from workbench.core.arrays import FloatArray
from workbench.data.variables import Variable
from workbench.errors import ParameterError


class Builder:
    """Collects nodes, children first, and freezes those below a root into a Circuit.

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
        self._kinds: list[Kind] = []
        self._children: list[Sequence[int]] = []
        self._log_weights: list[FloatArray] = []
        self._leaves: list[tuple[int, int, FloatArray]] = []

    def leaf(self, variable: int, family: Family, parameters: ArrayLike) -> int:
        """The position of a new leaf of `family` with its raw `parameters`."""
        self._leaves.append((variable, family.code, np.asarray(parameters, dtype=np.float64)))
        return self._add(Kind.LEAF, (), np.empty(0))

    def categorical(self, variable: int, probabilities: ArrayLike) -> int:
        """The position of a new categorical leaf with these probabilities."""
        with np.errstate(divide="ignore"):
            return self.leaf(variable, CATEGORICAL, np.log(np.asarray(probabilities, np.float64)))

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
        if values.shape != (len(children),) or (values < 0).any():
            raise ParameterError(
                "cannot add a sum",
                given=f"{len(children)} children and weights {values.tolist()}",
                expected="one non-negative weight per child",
            )
        with np.errstate(divide="ignore"):
            return self._add(Kind.SUM, children, np.log(values))

    def product(self, children: Sequence[int]) -> int:
        """The position of a new product."""
        return self._add(Kind.PRODUCT, children, np.zeros(len(children)))

    def circuit(self, root: int) -> Circuit:
        """The circuit of the nodes below `root`; ids are positions.

        Raises
        ------
        StructureError
            When the nodes do not describe a circuit.
        """
        offsets = np.concatenate([[0], np.cumsum([len(c) for c in self._children])])
        children = np.array([c for group in self._children for c in group], dtype=np.int32)
        keep = np.flatnonzero(dag.reachable(offsets.astype(np.int32), children, root))
        place = np.full(len(self._kinds), -1, dtype=np.int32)
        place[keep] = np.arange(len(keep))
        kinds = np.array(self._kinds, dtype=np.uint8)
        leaves = dict(zip(np.flatnonzero(kinds == Kind.LEAF).tolist(), self._leaves, strict=True))
        empty = (-1, -1, np.empty(0))
        kept_leaves = [leaves.get(node, empty) for node in keep.tolist()]
        kept_children = [self._children[node] for node in keep.tolist()]
        tables = [parameters for _, _, parameters in kept_leaves]
        return Circuit(
            variables=self.variables,
            kinds=kinds[keep],
            offsets=np.concatenate([[0], np.cumsum([len(c) for c in kept_children])]),
            children=place[[c for group in kept_children for c in group]]
            if any(kept_children)
            else np.empty(0, dtype=np.int32),
            log_weights=np.concatenate([self._log_weights[node] for node in keep.tolist()]),
            leaf_variables=np.array([variable for variable, _, _ in kept_leaves]),
            leaf_families=np.array([family for _, family, _ in kept_leaves]),
            leaf_offsets=np.concatenate([[0], np.cumsum([len(table) for table in tables])]),
            leaf_parameters=np.concatenate(tables),
            ids=np.arange(len(keep)),
            next_id=len(keep),
        )

    def _add(self, kind: Kind, children: Sequence[int], log_weights: FloatArray) -> int:
        self._kinds.append(kind)
        self._children.append(tuple(children))
        self._log_weights.append(log_weights)
        return len(self._kinds) - 1
