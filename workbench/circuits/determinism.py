"""Determinism, of all variables or of some, decided on supports and shown by a common row.

Source: Wang, Mauá, Van den Broeck and Choi, "A Compositional Atlas for Algebraic
Circuits" (NeurIPS 2024), definition of X-determinism: at most one child of every sum
over some of the variables X accepts any one assignment of X.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.scopes import decomposable
from workbench.circuits.supports import (
    Known,
    Supports,
    common_values,
    overlap,
    supports,
    value_text,
)
from workbench.circuits.witness import Property, Witness, fails, ids_of
from workbench.core.arrays import BoolArray, IdArray
from workbench.errors import LimitError, ParameterError

_SHOWN = 4  # variables named in a sentence


def deterministic(circuit: Circuit) -> Property:
    """Whether at most one child of every sum gives a row positive probability.

    It is never claimed wrongly; where supports are too entangled to compare it is left
    undecided.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.0, 1.0])]
    >>> str(deterministic(build.circuit(build.sum(leaves, [0.5, 0.5]))).witness)
    'sum 2: children 0 and 1 both accept x=1'
    """
    return _decided(circuit, None)


def x_deterministic(circuit: Circuit, variables: Sequence[str | int]) -> Property:
    """Whether the values of `variables` alone tell the child at every sum over some of them.

    With all variables it is determinism; with fewer it is stronger at the sums over
    them and asks nothing of the others.

    Parameters
    ----------
    variables
        By name or column.

    Raises
    ------
    ParameterError
        When the circuit has no such variable.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> y = [build.categorical(1, p) for p in ([1, 0], [0, 1])]
    >>> pairs = [build.product([build.categorical(0, [0.5, 0.5]), leaf]) for leaf in y]
    >>> circuit = build.circuit(build.sum(pairs, [0.5, 0.5]))
    >>> bool(x_deterministic(circuit, ["y"]))
    True
    >>> str(x_deterministic(circuit, ["x"]).witness)
    'sum 6 is not {x}-deterministic: children 3 and 5 both accept every x'
    """
    of = columns_in(circuit, variables)
    separable = decomposable(circuit)
    if not separable:  # what a product accepts is then not what its factors accept
        return fails(_name(circuit, of), separable.witness, decided=False)
    return _decided(circuit, of)


def columns_in(circuit: Circuit, variables: Sequence[str | int]) -> IdArray:
    """(variables,) columns of variables given by name or column.

    Raises
    ------
    ParameterError
        When the circuit has no such variable.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> columns_in(build.circuit(build.categorical(0, [0.5, 0.5])), ["y", 0]).tolist()
    [0, 1]
    """
    columns = {variable.name: column for column, variable in enumerate(circuit.variables)}
    asked = [variables] if isinstance(variables, str) else list(variables)
    unknown = [name for name in asked if name not in columns and name not in columns.values()]
    if unknown:
        raise ParameterError(
            "no such variable", given=f"{unknown[:5]}", expected=f"some of {list(columns)[:20]}"
        )
    found = {columns[name] if isinstance(name, str) else int(name) for name in asked}
    return np.array(sorted(found), dtype=np.int64)


def sums_over(circuit: Circuit, of: IdArray | None) -> BoolArray:
    """(n_nodes,) the sums that have some of the variables in the columns `of`; all if None.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> mixture = build.sum([build.categorical(0, [0.5, 0.5])], [1.0])
    >>> sums_over(build.circuit(mixture), np.array([1])).tolist()
    [False, False]
    """
    is_sum: BoolArray = np.asarray(circuit.kinds == Kind.SUM)
    if of is None:
        return is_sum
    inside = np.zeros(len(circuit.variables), dtype=np.bool_)
    inside[of] = True
    touched = np.any(circuit.packed_scopes & np.packbits(inside), axis=1)
    return np.asarray(is_sum & touched)


def meeting_pairs(found: Supports, node: int) -> Iterator[tuple[int, int]]:
    """Pairs of live children of a sum whose boxes meet."""
    children = found.live_children(node)
    for position, child in enumerate(children.tolist()):
        later = children[position + 1 :]
        for other in later[found.meets(child, later)].tolist():
            yield child, other


def _name(circuit: Circuit, of: IdArray | None) -> str:
    if of is None:
        return "deterministic"
    names = [circuit.variables[v].name for v in of.tolist()]
    shown = [*names[:_SHOWN], "..."] if len(names) > _SHOWN else names
    return f"{{{', '.join(shown)}}}-deterministic"


def _decided(circuit: Circuit, of: IdArray | None) -> Property:
    name, is_decomposable = _name(circuit, of), bool(decomposable(circuit))
    try:
        found = supports(circuit, of)
    except LimitError as error:
        return fails(name, Witness(ids_of(circuit, circuit.root), str(error)), decided=False)
    known: Known = {}
    doubtful: Witness | None = None
    for node in np.flatnonzero(sums_over(circuit, of) & ~found.separated).tolist():
        for child, other in meeting_pairs(found, node):
            common = _overlap(found, child, other, known, is_decomposable=is_decomposable)
            if common:
                return fails(name, _both_accept(found, node, child, other, known, of))
            if common is None:
                doubtful = doubtful or _doubt(circuit, node, child, other)
                break
    if doubtful:
        return fails(name, doubtful, decided=False)
    return Property(name, holds=True)


def _overlap(
    found: Supports, child: int, other: int, known: Known, *, is_decomposable: bool
) -> bool | None:
    if found.exact[child] and found.exact[other]:
        return True
    return overlap(found, child, other, known) if is_decomposable else None


def _both_accept(
    found: Supports, node: int, child: int, other: int, known: Known, of: IdArray | None
) -> Witness:
    circuit = found.circuit
    ids = ids_of(circuit, node, child, other)
    values = common_values(found, child, other, known)
    inside = set(circuit.scope_of(child)) & set(range(len(circuit.variables)) if of is None else of)
    everything = f"every {circuit.variables[min(inside or circuit.scope_of(child))].name}"
    shown = [value_text(circuit, v, values[v]) for v in sorted(values)[:_SHOWN]] or [everything]
    fault = "" if of is None else f" is not {_name(circuit, of)}"
    return Witness(
        ids, f"sum {ids[0]}{fault}: children {ids[1]} and {ids[2]} both accept {', '.join(shown)}"
    )


def _doubt(circuit: Circuit, node: int, child: int, other: int) -> Witness:
    ids = ids_of(circuit, node, child, other)
    return Witness(
        ids, f"sum {ids[0]}: whether children {ids[1]} and {ids[2]} overlap cannot be told"
    )
