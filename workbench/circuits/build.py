"""Builder: make a circuit node by node or block by block; the only mutable thing in this room."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import CATEGORICAL, GAUSSIAN, Family
from workbench.core import dag
from workbench.core.arrays import AnyArray, FloatArray, IdArray, IntArray
from workbench.data.variables import Variable
from workbench.errors import ParameterError

_SUM, _PRODUCT = int(Kind.SUM), int(Kind.PRODUCT)
_SHOWN = 32  # numbers in a message


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
        self._kinds, self._families = array("B"), array("b")
        self._leaf_variables = array("i")
        self._arities, self._children = array("i"), array("i")
        self._weights = array("d")  # linear
        self._widths, self._parameters = array("i"), array("d")

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
        below, values = np.asarray(children, dtype=np.int64), np.asarray(weights, dtype=np.float64)
        if below.ndim != 1 or values.shape != below.shape:
            return int(self.sums(below[None], values[None])[0])
        return self._add_one(_SUM, below.tolist(), values.tolist())

    def product(self, children: Sequence[int]) -> int:
        """The position of a new product."""
        below = np.asarray(children, dtype=np.int64)
        if below.ndim != 1:
            return int(self.products(below[None])[0])
        return self._add_one(_PRODUCT, below.tolist(), [1.0] * len(below))

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
        none = np.empty((len(values), 0))
        added = self._add(Kind.LEAF, none.astype(np.int64), none, variable, family.code)
        self._widths.extend(array("i", [expected]) * len(values))
        self._parameters.frombytes(values.tobytes())
        return added

    def sums(self, children: ArrayLike, weights: ArrayLike) -> IdArray:
        """(sums,) positions of new sums with children and linear weights (sums, arity).

        Raises
        ------
        ParameterError
            When weights and children differ in number or a weight is negative.
        """
        below, values = np.asarray(children, dtype=np.int64), np.asarray(weights, dtype=np.float64)
        return self._add_inner(Kind.SUM, below, values)

    def products(self, children: ArrayLike) -> IdArray:
        """(products,) positions of new products with children (products, arity)."""
        below = np.asarray(children, dtype=np.int64)
        return self._add_inner(Kind.PRODUCT, below, np.ones(below.shape))

    def circuit(self, root: int) -> Circuit:
        """The circuit of the nodes below `root`; ids are positions.

        Raises
        ------
        StructureError
            When the nodes do not describe a circuit.
        """
        arrays = self._arrays()
        is_used = dag.used(arrays["children"], len(self._kinds))
        if root != len(is_used) - 1 or not is_used[:-1].all():
            arrays = _below(arrays, root)
        n_nodes = len(arrays["kinds"])
        with np.errstate(divide="ignore"):  # weight 0 is a legal dead edge
            np.log(arrays["log_weights"], out=arrays["log_weights"])
        for values in arrays.values():
            values.flags.writeable = False  # they are the circuit's own from here
        return Circuit(variables=self.variables, ids=np.arange(n_nodes), next_id=n_nodes, **arrays)

    def _arrays(self) -> dict[str, AnyArray]:
        """The arrays of a circuit of all nodes; weights are still linear."""
        return {
            "kinds": np.array(self._kinds),
            "offsets": _ends(np.array(self._arities)),
            "children": np.array(self._children),
            "log_weights": np.array(self._weights),
            "leaf_variables": np.array(self._leaf_variables),
            "leaf_families": np.array(self._families),
            "leaf_offsets": _ends(np.array(self._widths)),
            "leaf_parameters": np.array(self._parameters),
        }

    def _add_one(self, kind: int, children: list[int], weights: list[float]) -> int:
        """As :meth:`_add_inner`, in plain Python, which is faster for a few numbers."""
        n_nodes = len(self._kinds)
        known = not children or (min(children) >= 0 and max(children) < n_nodes)
        positive = not weights or (min(weights) >= 0.0 and sum(weights) >= 0.0)  # no sum: NaN
        if not known or not positive:
            return int(self._add_inner(Kind(kind), np.array([children]), np.array([weights]))[0])
        self._kinds.append(kind)
        self._families.append(-1)
        self._leaf_variables.append(-1)
        self._arities.append(len(children))
        self._widths.append(0)
        self._children.extend(children)
        self._weights.extend(weights)
        return n_nodes

    def _add_inner(self, kind: Kind, children: IdArray, weights: FloatArray) -> IdArray:
        self._require_weights(children, weights)
        self._require_known(kind, children)
        self._widths.extend(array("i", [0]) * len(children))
        return self._add(kind, children, weights)

    def _add(
        self,
        kind: Kind,
        children: IdArray,
        weights: FloatArray,
        variable: int = -1,
        family: int = -1,
    ) -> IdArray:
        n_before, n_nodes = len(self._kinds), len(children)
        self._kinds.extend(array("B", [kind]) * n_nodes)
        self._families.extend(array("b", [family]) * n_nodes)
        self._leaf_variables.extend(array("i", [variable]) * n_nodes)
        self._arities.extend(array("i", [children.shape[1]]) * n_nodes)
        self._children.frombytes(children.astype(np.int32).tobytes())
        self._weights.frombytes(weights.tobytes())
        return np.arange(n_before, n_before + n_nodes, dtype=np.int64)

    def _require_weights(self, children: IdArray, weights: FloatArray) -> None:
        if weights.shape != children.shape or not (weights >= 0).all():
            raise ParameterError(
                "cannot add a sum",
                given=f"children of shape {children.shape} and weights {_shown(weights)}",
                expected="one non-negative weight per child",
            )

    def _require_known(self, kind: Kind, children: IdArray) -> None:
        n_nodes = len(self._kinds)
        if children.ndim != 2 or (
            children.size and not (children.min() >= 0 and children.max() < n_nodes)
        ):
            raise ParameterError(
                f"cannot add a {kind.name.lower()}",
                given=f"children {_shown(children)}",
                expected=f"for each node positions of nodes added before, below {n_nodes}",
            )


def _below(arrays: dict[str, AnyArray], root: int) -> dict[str, AnyArray]:
    """The arrays of the nodes that can be reached from `root`."""
    offsets, entries = arrays["offsets"], arrays["leaf_offsets"]
    keep = dag.reachable(offsets, arrays["children"], root)
    keep_edge, keep_entry = keep[dag.edge_parents(offsets)], keep[dag.edge_parents(entries)]
    place = np.cumsum(keep, dtype=np.int32) - 1
    return {
        "kinds": arrays["kinds"][keep],
        "offsets": _ends(np.diff(offsets)[keep]),
        "children": place[arrays["children"][keep_edge]],
        "log_weights": arrays["log_weights"][keep_edge],
        "leaf_variables": arrays["leaf_variables"][keep],
        "leaf_families": arrays["leaf_families"][keep],
        "leaf_offsets": _ends(np.diff(entries)[keep]),
        "leaf_parameters": arrays["leaf_parameters"][keep_entry],
    }


def _ends(counts: AnyArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)


def _shown(values: AnyArray) -> Any:
    return values.tolist() if values.size <= _SHOWN else f"of shape {values.shape}"
