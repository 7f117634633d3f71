"""Structural properties of circuits, each with a witness where it fails.

Source: Vergari, Choi, Liu, Teso and Van den Broeck, "A Compositional Atlas of
Tractable Circuit Operations" (NeurIPS 2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.supports import (
    Known,
    Supports,
    common_values,
    overlap,
    supports,
    value_text,
)
from workbench.core.arrays import AnyArray, IdArray, IntArray
from workbench.errors import LimitError

_CHUNK = 1 << 18  # edges compared at once
_SHOWN = 4  # variables named in a sentence


@dataclass(frozen=True)
class Witness:
    """Why a property fails: the stable ids of the nodes concerned, and a sentence.

    Examples
    --------
    >>> str(Witness((41, 12, 15), "sum 41: children 12 and 15 both accept x3=1"))
    'sum 41: children 12 and 15 both accept x3=1'
    """

    nodes: tuple[int, ...]
    sentence: str

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True)
class Property:
    """Whether a circuit has a property; true in a condition when it is known to hold.

    Parameters
    ----------
    holds
        True only when it was shown.
    witness
        Why it does not hold, or why that cannot be told; None when it holds.
    decided
        False when the test could not tell.

    Examples
    --------
    >>> bool(Property("smooth", holds=True))
    True
    """

    name: str
    holds: bool
    witness: Witness | None = None
    decided: bool = True

    def __bool__(self) -> bool:
        return self.holds

    def __str__(self) -> str:
        state = "yes" if self.holds else "no" if self.decided else "undecided"
        return f"{self.name}: {state}" + (f" ({self.witness})" if self.witness else "")


@dataclass(frozen=True)
class Properties:
    """The four properties on which exact inference rests.

    Parameters
    ----------
    smooth
        The children of every sum have equal scopes.
    decomposable
        The children of every product have disjoint scopes.
    deterministic
        At most one child of every sum gives a row positive probability.
    structured
        All products split variables along one tree of variables (products with
        more than two factors are read as nested ones).
    """

    smooth: Property
    decomposable: Property
    deterministic: Property
    structured: Property

    def __str__(self) -> str:
        return "\n".join(str(value) for value in vars(self).values())


def check(circuit: Circuit) -> Properties:
    """The properties of `circuit`, each true or with a witness of its failure.

    Determinism is decided on supports: impossible categories (log-probability
    -inf) and edges of weight zero count, small numbers do not. It is never
    claimed wrongly; where supports are too entangled to compare it is left
    undecided and `decided` is False.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.0, 1.0])]
    >>> found = check(build.circuit(build.sum(leaves, [0.5, 0.5])))
    >>> bool(found.smooth), str(found.deterministic.witness)
    (True, 'sum 2: children 0 and 1 both accept x=1')
    """
    smooth, decomposable = _smooth(circuit), _decomposable(circuit)
    return Properties(
        smooth=smooth,
        decomposable=decomposable,
        deterministic=_deterministic(circuit, decomposable),
        structured=_structured(circuit, smooth, decomposable),
    )


def _smooth(circuit: Circuit) -> Property:
    edges = np.flatnonzero(circuit.is_sum_edge)
    scopes = circuit.packed_scopes
    for start in range(0, len(edges), _CHUNK):
        part = edges[start : start + _CHUNK]
        parents, children = circuit.edge_parents[part], circuit.children[part]
        differs = (scopes[parents] != scopes[children]).any(axis=1)
        if differs.any():
            first = int(np.argmax(differs))
            return _fails("smooth", _not_smooth(circuit, int(parents[first]), int(children[first])))
    return Property("smooth", holds=True)


def _not_smooth(circuit: Circuit, node: int, child: int) -> Witness:
    lacking = sorted(set(circuit.scope_of(node)) - set(circuit.scope_of(child)))
    name, child_name = _ids(circuit, node, child)
    variable = circuit.variables[lacking[0]].name
    sentence = f"sum {name}: child {child_name} lacks {variable}, which another child has"
    return Witness((name, child_name), sentence)


def _decomposable(circuit: Circuit) -> Property:
    sizes = _scope_sizes(circuit)
    edges = np.flatnonzero(~circuit.is_sum_edge)
    below = np.bincount(
        circuit.edge_parents[edges],
        weights=sizes[circuit.children[edges]],
        minlength=circuit.n_nodes,
    )
    shares = (circuit.kinds == Kind.PRODUCT) & (below > sizes)
    if not shares.any():
        return Property("decomposable", holds=True)
    return _fails("decomposable", _not_decomposable(circuit, int(np.argmax(shares))))


def _not_decomposable(circuit: Circuit, node: int) -> Witness:
    children = circuit.children_of(node)
    below = np.unpackbits(circuit.packed_scopes[children], axis=1)
    variable = int(np.argmax(below.sum(axis=0) > 1))
    first, second = children[np.flatnonzero(below[:, variable])[:2]].tolist()
    ids = _ids(circuit, node, first, second)
    shared = circuit.variables[variable].name
    return Witness(ids, f"product {ids[0]}: children {ids[1]} and {ids[2]} share {shared}")


def _structured(circuit: Circuit, smooth: Property, decomposable: Property) -> Property:
    for needed in (decomposable, smooth):
        if not needed:
            decided = needed is decomposable
            return Property("structured", holds=False, witness=needed.witness, decided=decided)
    scopes, first = _distinct_scopes(circuit)
    owner = np.full(len(circuit.variables), -1, dtype=np.int64)
    for index, scope in enumerate(scopes):
        inside = np.flatnonzero(np.unpackbits(scope, count=len(owner)))
        owners = owner[inside]
        if (owners != owners[0]).any():
            return _fails("structured", _crossing(circuit, int(first[index]), first[owners.max()]))
        owner[inside] = index
    return Property("structured", holds=True)


def _distinct_scopes(circuit: Circuit) -> tuple[AnyArray, IdArray]:
    """The different scopes, largest first, and a node that has each."""
    scopes, first = np.unique(circuit.packed_scopes, axis=0, return_index=True)
    order = np.argsort(-_scope_sizes(circuit)[first], kind="stable")
    return scopes[order], first[order].astype(np.int64)


def _crossing(circuit: Circuit, node: int, other: int) -> Witness:
    mine, theirs = set(circuit.scope_of(node)), set(circuit.scope_of(int(other)))
    ids = _ids(circuit, node, int(other))
    names = [
        circuit.variables[min(part)].name for part in (mine & theirs, mine - theirs, theirs - mine)
    ]
    return Witness(
        ids,
        f"nodes {ids[0]} and {ids[1]} have crossing scopes: both have {names[0]}, "
        f"only {ids[0]} has {names[1]}, only {ids[1]} has {names[2]}",
    )


def _deterministic(circuit: Circuit, decomposable: Property) -> Property:
    try:
        found = supports(circuit)
    except LimitError as error:
        return _undecided(Witness((int(circuit.ids[circuit.root]),), str(error)))
    known: Known = {}
    doubtful: Witness | None = None
    for node in np.flatnonzero(circuit.kinds == Kind.SUM).tolist():
        for child, other in _meeting_pairs(found, node):
            common = _overlap(found, child, other, known, decomposable)
            if common:
                return _fails("deterministic", _both_accept(found, node, child, other, known))
            if common is None:
                doubtful = doubtful or _doubt(circuit, node, child, other)
                break
    return _undecided(doubtful) if doubtful else Property("deterministic", holds=True)


def _overlap(
    found: Supports, child: int, other: int, known: Known, decomposable: Property
) -> bool | None:
    if found.exact[child] and found.exact[other]:
        return True
    return overlap(found, child, other, known) if decomposable else None


def _meeting_pairs(found: Supports, node: int) -> Iterator[tuple[int, int]]:
    children = found.live_children(node)
    for position, child in enumerate(children.tolist()):
        later = children[position + 1 :]
        for other in later[found.meets(child, later)].tolist():
            yield child, other


def _both_accept(found: Supports, node: int, child: int, other: int, known: Known) -> Witness:
    circuit = found.circuit
    ids = _ids(circuit, node, child, other)
    values = common_values(found, child, other, known)
    shown = [value_text(circuit, v, values[v]) for v in sorted(values)[:_SHOWN]] or [
        f"every {circuit.variables[circuit.scope_of(child)[0]].name}"
    ]
    return Witness(
        ids, f"sum {ids[0]}: children {ids[1]} and {ids[2]} both accept {', '.join(shown)}"
    )


def _undecided(witness: Witness) -> Property:
    return Property("deterministic", holds=False, witness=witness, decided=False)


def _doubt(circuit: Circuit, node: int, child: int, other: int) -> Witness:
    ids = _ids(circuit, node, child, other)
    return Witness(
        ids, f"sum {ids[0]}: whether children {ids[1]} and {ids[2]} overlap cannot be told"
    )


def _scope_sizes(circuit: Circuit) -> IntArray:
    sizes: IntArray = np.bitwise_count(circuit.packed_scopes).sum(axis=1, dtype=np.int32)
    return sizes


def _ids(circuit: Circuit, *nodes: int) -> tuple[int, ...]:
    return tuple(int(circuit.ids[node]) for node in nodes)


def _fails(name: str, witness: Witness) -> Property:
    return Property(name, holds=False, witness=witness)
