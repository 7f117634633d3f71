"""Exact probability of a theory under a circuit, by disjoint cubes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import BoolArray, FloatArray
from workbench.errors import ParameterError
from workbench.limits import LIMITS
from workbench.theories.boxes import upward
from workbench.theories.cubes import CubeSpace, disjoint
from workbench.theories.support import Support
from workbench.theories.theory import Theory

_CELLS = 2**24  # node values held at once


def mass(theory: Theory, circuit: Circuit) -> float:
    """The exact probability that a complete row drawn from `circuit` satisfies `theory`.

    Raises
    ------
    LimitError
        When the rules or the disjoint cubes that they split into are too many.
    ParameterError
        When theory and circuit have different variables.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.nodes import Literal
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> mass(Theory(circuit.variables, Literal(0, frozenset({1}))), circuit)
    0.75
    """
    _require_same_variables(theory, circuit)
    cubes = [_without_missing(theory, literals) for literals in _rule_literals(theory)]
    ordered = sorted(cubes, key=lambda bits: -bits.bit_count())
    pieces = disjoint(ordered, _complete_space(theory), LIMITS.n_cubes)
    return float(cube_masses(circuit, pieces, _complete_space(theory)).sum())


def rule_masses(theory: Theory, circuit: Circuit) -> FloatArray:
    """(n_rules,) the exact probability of each rule; overlaps count more than once.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.nodes import Literal
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> rule_masses(Theory(circuit.variables, Literal(0, frozenset({0}))), circuit).tolist()
    [0.25]
    """
    _require_same_variables(theory, circuit)
    cubes = [_without_missing(theory, literals) for literals in _rule_literals(theory)]
    return cube_masses(circuit, cubes, _complete_space(theory))


def cube_masses(circuit: Circuit, cubes: Sequence[int], space: CubeSpace) -> FloatArray:
    """(cubes,) the exact probability of each cube under the normalised circuit."""
    total = float(upward(circuit, None)[circuit.root, 0])
    step = max(1, _CELLS // circuit.n_nodes)
    parts = [
        upward(circuit, _boxes(cubes[i : i + step], space))[circuit.root]
        for i in range(0, len(cubes), step)
    ]
    return np.concatenate(parts) / total if parts else np.zeros(0)


def support_mass(support: Support) -> float:
    """The mass of the pruned, not renormalised circuit.

    It is at most the probability of the theory of that support, and equal to it when
    the circuit is deterministic.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.theories.layers import layers_of
    >>> build = Builder((categorical("x", 2),))
    >>> circuit = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> kept = np.array([False, True])
    >>> support_mass(Support(circuit, np.zeros(0, bool), kept, layers_of(circuit)))
    0.75
    """
    circuit = support.circuit
    kept = upward(circuit, None, edges=support.edges, values=support.values)
    return float(kept[circuit.root, 0] / upward(circuit, None)[circuit.root, 0])


def _require_same_variables(theory: Theory, circuit: Circuit) -> None:
    if theory.variables != circuit.variables:
        raise ParameterError(
            "theory and circuit describe different variables",
            given=[variable.name for variable in theory.variables],
            expected=[variable.name for variable in circuit.variables],
        )


def _rule_literals(theory: Theory) -> list[list[tuple[int, frozenset[int]]]]:
    return [[(lit.variable, lit.allowed) for lit in rule.literals] for rule in theory.rules]


def _complete_space(theory: Theory) -> CubeSpace:
    """Fields without a bit for missing values: rows of a circuit are complete."""
    return CubeSpace(theory.space.sizes, has_missing=False)


def _without_missing(theory: Theory, literals: Sequence[tuple[int, frozenset[int]]]) -> int:
    space = _complete_space(theory)
    bits = space.full
    for variable, allowed in literals:
        bits &= space.restricted(variable, allowed)
    return bits


def _boxes(cubes: Sequence[int], space: CubeSpace) -> list[BoolArray]:
    """For each variable (cubes, n_categories) the values that each cube allows."""
    width = space.offsets[-1]
    size = (width + 7) // 8
    packed = np.frombuffer(b"".join(bits.to_bytes(size, "little") for bits in cubes), np.uint8)
    flags = np.unpackbits(
        packed.reshape(len(cubes), size), axis=1, count=width, bitorder="little"
    ).astype(np.bool_)
    return np.split(flags, space.offsets[1:-1], axis=1)
