"""Evaluate a circuit over any commutative semiring: one pass, vectorised over rows, no recursion.

Needs, for the result to be a sum over induced trees of the product of their
weights and leaves: nothing. For it to be a sum over *assignments* the circuit must
be smooth and decomposable, and deterministic unless plus is that of probabilities.
Source: Kimmig, Van den Broeck and De Raedt 2017, "Algebraic model counting",
theorems 1 to 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES, Family
from workbench.compute.schedule import schedule
from workbench.core.arrays import AnyArray, FloatArray, IntArray
from workbench.data.dataset import check_rows
from workbench.data.variables import Variable
from workbench.errors import ParameterError
from workbench.limits import LIMITS, require_within

_ENTRIES_AT_ONCE = 1 << 23
_DEEP = 2_000  # levels, from which the calls per level cost more than what they compute


@dataclass(frozen=True, eq=False)
class Leaf:
    """One leaf as a semiring sees it.

    Parameters
    ----------
    column
        The number of its variable.
    parameters
        (n_parameters,) as its family stores them.

    Examples
    --------
    >>> from workbench.circuits.leaves import CATEGORICAL
    >>> from workbench.data.variables import categorical
    >>> coin = Leaf(categorical("x", 2), 0, CATEGORICAL, np.log([0.25, 0.75]))
    >>> float(np.exp(coin.log_peak)), np.exp(coin.log_table).round(2).tolist()
    (0.75, [0.25, 0.75])
    """

    variable: Variable
    column: int
    family: Family
    parameters: FloatArray

    def log_density(self, values: FloatArray) -> FloatArray:
        """(rows,) nats of known `values` ``(rows,)``."""
        return self.family.log_density(self.parameters, values)

    @property
    def log_table(self) -> FloatArray:
        """(n_categories,) nats of every category; empty when continuous."""
        if not self.variable.n_categories:
            return np.empty(0)
        return self.log_density(np.arange(self.variable.n_categories, dtype=np.float64))

    @property
    def log_peak(self) -> float:
        """The log-density of the most probable value, in nats."""
        if self.variable.n_categories:
            return float(self.log_table.max())
        return float(self.log_density(np.array([self.family.mode(self.parameters)]))[0])


@dataclass(frozen=True, eq=False)
class Semiring:
    """What plus, times, a weight and a leaf mean; elements are arrays of one shape.

    Parameters
    ----------
    plus, times
        Elementwise on two arrays ``(..., *shape)``; associative and commutative,
        times distributes over plus.
    zero, one
        Their neutral elements. Edges of weight zero have `zero`.
    weight
        (n_edges, *shape) elements of all (n_edges,) log-weights, in nats. Those of
        dead edges and of products are given as 0 and not used.
    leaf
        (rows, *shape) elements of a leaf for known values (rows,).
    missing
        The element of a leaf whose value is missing; `one` when omitted.
    shape, dtype
        Of one element.

    Examples
    --------
    The depth of the deepest induced tree, a semiring of one's own:

    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> longest = Semiring("longest path", plus=np.maximum, times=np.maximum,
    ...     zero=-np.inf, one=0.0, weight=np.zeros_like, leaf=lambda leaf, values: values)
    >>> build = Builder((categorical("x", 4), categorical("y", 4)))
    >>> leaves = [build.categorical(v, [1, 1, 1, 1]) for v in (0, 1)]
    >>> evaluate(build.circuit(build.product(leaves)), [[1.0, 3.0]], longest).tolist()
    [3.0]
    """

    name: str
    plus: Callable[[AnyArray, AnyArray], AnyArray]
    times: Callable[[AnyArray, AnyArray], AnyArray]
    zero: ArrayLike
    one: ArrayLike
    weight: Callable[[FloatArray], AnyArray]
    leaf: Callable[[Leaf, FloatArray], AnyArray]
    missing: Callable[[Leaf], ArrayLike] | None = None
    shape: tuple[int, ...] = ()
    dtype: DTypeLike = np.float64

    @property
    def is_logarithmic(self) -> bool:
        """Whether elements are logarithms of numbers that are added and multiplied."""
        is_sum = self.plus is np.logaddexp and self.times is np.add
        return is_sum and self.shape == () and self.dtype is np.float64


def evaluate(circuit: Circuit, rows: ArrayLike, semiring: Semiring) -> AnyArray:
    """(batch, *shape) the element of the root for each of `rows` ``(batch, variable)``.

    Raises
    ------
    DataError
        When a row does not fit the circuit's variables.
    ParameterError
        When the semiring answers with arrays of another shape, with NaN, or with an
        infinity that neither its zero nor its one has.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.semirings import MAX_PRODUCT
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> np.exp(evaluate(coin, [[np.nan]], MAX_PRODUCT)).round(2).tolist()
    [0.75]
    """
    known = np.asarray(rows, dtype=np.float64)
    check_rows(known, circuit.variables)
    size = int(np.prod(semiring.shape, dtype=np.int64))
    step = max(1, _ENTRIES_AT_ONCE // (size * (circuit.n_nodes + circuit.n_edges)))
    parts = [
        node_elements(circuit, known[start : start + step], semiring)[-1]
        for start in range(0, max(len(known), 1), step)
    ]
    return np.concatenate(parts)


def node_elements(circuit: Circuit, rows: ArrayLike, semiring: Semiring) -> AnyArray:
    """(n_nodes, batch, *shape) the elements of all nodes; see :func:`evaluate`.

    Raises
    ------
    DataError
        When a row does not fit the circuit's variables.
    LimitError
        When they would need more memory than the limits allow.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.semirings import BOOLEAN
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [1, 0]), build.categorical(0, [0, 1])]
    >>> node_elements(build.circuit(build.sum(leaves, [1, 1])), [[0.0]], BOOLEAN).tolist()
    [[True], [False], [True]]
    """
    known = np.asarray(rows, dtype=np.float64)
    check_rows(known, circuit.variables)
    shape = (circuit.n_nodes, len(known), *semiring.shape)
    require_within(
        "bytes for the values of all nodes",
        8 * int(np.prod(shape, dtype=np.float64)),
        LIMITS.result_bytes,
        "Ask about fewer rows at a time.",
    )
    elements = np.empty(shape, semiring.dtype)
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        leaf = leaf_of(circuit, node)
        elements[node] = leaf_elements(leaf, known[:, leaf.column], semiring)
    with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused below
        add_inner_elements(circuit, elements, semiring)
    _require_sound(circuit, elements, semiring)
    return elements


def add_inner_elements(circuit: Circuit, elements: AnyArray, semiring: Semiring) -> None:
    """Nothing; writes the elements of inner nodes where those of the leaves are known.

    Raises
    ------
    ParameterError
        When the semiring's weights have another shape.
    """
    weights = _edge_elements(circuit, semiring)
    is_deep = semiring.is_logarithmic and circuit.levels[-1] > _DEEP
    if is_deep:
        _add_by_node(circuit, elements, weights)
    for group in () if is_deep else schedule(circuit):
        for nodes, edges in _pieces(group.nodes, group.edges, elements[0].size):
            terms = elements[circuit.children[edges]]
            if group.kind == Kind.SUM:
                terms = semiring.times(weights[edges][:, :, None], terms)
                elements[nodes] = _fold(semiring.plus, terms)
            else:
                elements[nodes] = _fold(semiring.times, terms)


def _add_by_node(circuit: Circuit, elements: AnyArray, weights: AnyArray) -> None:
    """As :func:`add_inner_elements`, in a walk that takes as long for deep circuits as for wide."""
    from workbench.circuits.passes import upward

    values = np.ascontiguousarray(elements.T)
    upward(circuit.kinds, circuit.offsets, circuit.children, weights, values)
    elements[...] = values.T


def leaf_of(circuit: Circuit, node: int) -> Leaf:
    """The leaf at position `node`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaf_of(build.circuit(build.categorical(0, [0.5, 0.5])), 0).variable.name
    'x'
    """
    column = int(circuit.leaf_variables[node])
    family = FAMILIES[int(circuit.leaf_families[node])]
    return Leaf(circuit.variables[column], column, family, circuit.table_of(node))


def leaf_elements(leaf: Leaf, values: FloatArray, semiring: Semiring) -> AnyArray:
    """(rows, *shape) the elements of one leaf for values ``(rows,)``, NaN where missing.

    Raises
    ------
    ParameterError
        When the semiring answers with an array of another shape.

    Examples
    --------
    >>> from workbench.circuits.leaves import CATEGORICAL
    >>> from workbench.compute.semirings import BOOLEAN
    >>> from workbench.data.variables import categorical
    >>> never = Leaf(categorical("x", 2), 0, CATEGORICAL, np.array([0.0, -np.inf]))
    >>> leaf_elements(never, np.array([0.0, 1.0, np.nan]), BOOLEAN).tolist()
    [True, False, True]
    """
    out = np.empty((len(values), *semiring.shape), semiring.dtype)
    is_missing = np.isnan(values)
    if is_missing.any():
        out[is_missing] = semiring.one if semiring.missing is None else semiring.missing(leaf)
    if not is_missing.all():
        known = semiring.leaf(leaf, values[~is_missing])
        _require_shape(semiring, "leaf", known, int((~is_missing).sum()))
        out[~is_missing] = known
    return out


def _edge_elements(circuit: Circuit, semiring: Semiring) -> AnyArray:
    is_dead = circuit.log_weights == -np.inf
    weights = semiring.weight(np.where(is_dead, 0.0, circuit.log_weights))
    _require_shape(semiring, "weight", weights, circuit.n_edges)
    elements = np.array(weights, dtype=semiring.dtype)
    elements[is_dead] = semiring.zero
    return elements


def _require_shape(semiring: Semiring, name: str, found: AnyArray, length: int) -> None:
    if np.shape(found) != (length, *semiring.shape):
        raise ParameterError(
            f"the {name} function of the semiring {semiring.name!r} does not fit",
            given=f"an answer of shape {np.shape(found)}",
            expected=f"shape {(length, *semiring.shape)}",
        )


def _require_sound(circuit: Circuit, elements: AnyArray, semiring: Semiring) -> None:
    """Nothing, or an error naming the first node with NaN, or an infinity of its own."""
    if semiring.dtype == object or not np.issubdtype(semiring.dtype, np.inexact):
        return
    bad = ~np.isfinite(elements)
    if not bad.any():
        return
    for neutral in (semiring.zero, semiring.one):
        bad &= elements != np.where(np.isinf(neutral), neutral, 0.0)
    if bad.any():
        place = tuple(np.argwhere(bad)[0].tolist())
        raise ParameterError(
            f"the semiring {semiring.name!r} has no answer for row {place[1]}",
            given=f"{elements[place]} at node {circuit.ids[place[0]]}",
            expected="finite numbers, or the infinities of its zero and one",
            remedy="The numbers are too large for float64, or plus and times disagree on zero.",
        )


def _pieces(nodes: AnyArray, edges: AnyArray, size: int) -> list[tuple[IntArray, IntArray]]:
    """The nodes in parts whose terms fit in memory at once."""
    step = max(1, _ENTRIES_AT_ONCE // max(1, size * len(edges)))
    starts = range(0, len(nodes), step)
    return [(nodes[start : start + step], edges[:, start : start + step]) for start in starts]


def _fold(operation: Callable[[AnyArray, AnyArray], AnyArray], terms: AnyArray) -> AnyArray:
    """All `terms` along the first axis in one, halving so that rounding stays small."""
    while len(terms) > 1:
        half = len(terms) // 2
        folded = operation(terms[:half], terms[half : 2 * half])
        terms = np.concatenate([folded, terms[2 * half :]]) if len(terms) % 2 else folded
    only: AnyArray = terms[0]
    return only
