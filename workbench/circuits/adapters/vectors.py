"""Vectors of nodes that other packages evaluate as one: nodes of one kind, level and scope."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES
from workbench.circuits.normalise import TOLERANCE, unnormalised_sums
from workbench.circuits.properties import decomposable, smooth
from workbench.core.arrays import AnyArray, FloatArray, IdArray
from workbench.errors import MissingDependency, StructureError


@dataclass(frozen=True, eq=False)
class Vector:
    """Nodes that share their kind, their level and the vectors of their children.

    Parameters
    ----------
    nodes
        Positions, ascending.
    parts
        Numbers of earlier vectors: of products one for each factor, of sums all that
        their children lie in.
    """

    kind: Kind
    nodes: IdArray
    parts: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Vectors:
    """The vectors of a circuit, children first, and where each node lies.

    Parameters
    ----------
    vector_of, place_of
        (n_nodes,) the number of a node's vector and its place in it.
    """

    vectors: tuple[Vector, ...]
    vector_of: IdArray
    place_of: IdArray


def vectors(circuit: Circuit) -> Vectors:
    """The nodes of `circuit` as vectors; the last one is the root alone.

    Examples
    --------
    >>> from workbench.circuits.structures import hclt
    >>> rows = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=float)
    >>> [(vector.kind.name, len(vector.nodes)) for vector in vectors(hclt(rows, 2)).vectors]
    [('LEAF', 2), ('LEAF', 2), ('LEAF', 2), ('PRODUCT', 2), ('SUM', 1)]
    """
    made: list[Vector] = []
    vector_of = np.full(circuit.n_nodes, -1, dtype=np.int64)
    place_of = np.full(circuit.n_nodes, -1, dtype=np.int64)
    order = np.argsort(circuit.levels, kind="stable")
    starts = np.flatnonzero(np.diff(circuit.levels[order])) + 1
    for level in np.split(order, starts):
        groups: dict[tuple[Any, ...], list[int]] = {}
        for node in level.tolist():
            groups.setdefault(_key(circuit, node, vector_of), []).append(node)
        for key, nodes in groups.items():
            members = np.array(nodes, dtype=np.int64)
            vector_of[members], place_of[members] = len(made), np.arange(len(members))
            made.append(Vector(Kind(key[0]), members, _parts(circuit, key, members, vector_of)))
    return Vectors(tuple(made), vector_of, place_of)


def _key(circuit: Circuit, node: int, vector_of: IdArray) -> tuple[Any, ...]:
    kind = int(circuit.kinds[node])
    if kind == Kind.LEAF:
        return kind, int(circuit.leaf_variables[node]), int(circuit.leaf_families[node])
    if kind == Kind.SUM:
        return kind, circuit.packed_scopes[node].tobytes()
    return kind, tuple(sorted(vector_of[circuit.children_of(node)].tolist()))


def _parts(
    circuit: Circuit, key: tuple[Any, ...], members: IdArray, vector_of: IdArray
) -> tuple[int, ...]:
    if key[0] == Kind.PRODUCT:
        parts: tuple[int, ...] = key[1]
        return parts
    if key[0] == Kind.LEAF:
        return ()
    found = np.concatenate([circuit.children_of(node) for node in members.tolist()])
    return tuple(np.unique(vector_of[found]).tolist())


def factors(circuit: Circuit, known: Vectors, vector: Vector) -> IdArray:
    """(nodes, factors) the place, in each of its parts, of the factor of each product."""
    children = np.stack([circuit.children_of(node) for node in vector.nodes.tolist()])
    order = np.argsort(known.vector_of[children], axis=1, kind="stable")
    sorted_children = np.take_along_axis(children, order, axis=1)
    places: IdArray = known.place_of[sorted_children]
    return places


def edges(circuit: Circuit, vector: Vector) -> Iterator[tuple[int, AnyArray, FloatArray]]:
    """Place, children and log-weights of each sum of a vector."""
    for place, node in enumerate(vector.nodes.tolist()):
        chosen = slice(circuit.offsets[node], circuit.offsets[node + 1])
        yield place, circuit.children[chosen], circuit.log_weights[chosen]


def require_distribution(circuit: Circuit, package: str) -> None:
    """Nothing, where every sum and leaf adds to one and scopes are as packages expect them.

    Raises
    ------
    StructureError
        Naming what is in the way: a property with its witness, a sum, or a leaf.
    """
    for found in (smooth(circuit), decomposable(circuit)):
        if not found:
            raise refused(package, f"it is not {found.name}: {found.witness}")
    wrong = np.flatnonzero(unnormalised_sums(circuit))
    if len(wrong):
        raise refused(
            package,
            f"the weights of sum #{circuit.ids[wrong[0]]} do not add to one",
            remedy="Call workbench.circuits.normalised(circuit) first.",
        )
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        masses = FAMILIES[int(circuit.leaf_families[node])].log_masses
        if masses is not None:
            total = float(np.exp(masses(circuit.table_of(node)[None])).sum())
            if not abs(total - 1.0) <= TOLERANCE:
                raise refused(package, f"leaf #{circuit.ids[node]} adds to {total:.6g}")


def refused(package: str, reason: str, remedy: str = "") -> StructureError:
    """The error that says why a circuit cannot become an object of `package`.

    Examples
    --------
    >>> print(refused("SPFlow", "it is not smooth"))
    cannot hand this circuit to SPFlow: it is not smooth
    """
    return StructureError(f"cannot hand this circuit to {package}: {reason}", remedy=remedy)


def unreadable(package: str, reason: str, remedy: str = "") -> StructureError:
    """The error that says why an object of `package` cannot become a circuit.

    Examples
    --------
    >>> print(unreadable("pyjuice", "it has two roots"))
    cannot take this circuit from pyjuice: it has two roots
    """
    return StructureError(f"cannot take this circuit from {package}: {reason}", remedy=remedy)


def imported(module: str, extra: str) -> Any:
    """The module of an optional package.

    Raises
    ------
    MissingDependency
        When the package is not installed.

    Examples
    --------
    >>> imported("math", "peers").pi > 3
    True
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependency(module.partition(".")[0], extra) from error


def numbers(tensor: Any) -> FloatArray:
    """The cells of a tensor of PyTorch as float64."""
    array: FloatArray = tensor.detach().cpu().double().numpy()
    return array
