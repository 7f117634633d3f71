"""Circuits as Boolean formulas: what .nnf and .sdd share when they are written.

A smooth, decomposable and deterministic circuit is a formula when every node is
a constant times the indicator of the rows it accepts. The uniform distribution
over the models of a formula is one; the constant is not written.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.formats.expressible import leaf_masses, refusal, require
from workbench.circuits.leaves import indicated
from workbench.circuits.properties import check
from workbench.core.arrays import BoolArray, FloatArray, IntArray

CLOSE = 1e-9  # nats between constants that count as equal


class Script:
    """Lines of a file, each with the numbers of earlier lines it mentions; equal lines are one.

    Examples
    --------
    >>> script = Script()
    >>> first, _, last = script.add("L 1"), script.add("L 2"), script.add("A 1", [0])
    >>> script.below(last)
    [('L 1', ()), ('A 1', (0,))]
    """

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, tuple[int, ...]], int] = {}

    def add(self, head: str, mentioned: Sequence[int] = ()) -> int:
        """The number of the line."""
        return self._numbers.setdefault((head, tuple(mentioned)), len(self._numbers))

    def below(self, root: int) -> list[tuple[str, tuple[int, ...]]]:
        """The lines that the line `root`, which comes last, needs, numbered anew."""
        lines = list(self._numbers)[: root + 1]
        needed = [False] * root + [True]
        for number in range(root, -1, -1):
            if needed[number]:
                for mentioned in lines[number][1]:
                    needed[mentioned] = True
        place = list(accumulate(needed))
        return [
            (head, tuple(place[number] - 1 for number in mentioned))
            for (head, mentioned), is_needed in zip(lines, needed, strict=True)
            if is_needed
        ]


def require_formula(circuit: Circuit, suffix: str) -> tuple[BoolArray, IntArray]:
    """(n_nodes,) which nodes accept every row, and the literal of each literal leaf, else 0.

    Raises
    ------
    StructureError
        When the circuit is no formula: with the node that is the reason.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(0, [0, 1]), build.categorical(1, [1, 1])]
    >>> is_true, literals = require_formula(build.circuit(build.product(leaves)), ".nnf")
    >>> is_true.tolist(), literals.tolist()
    ([False, True, False], [1, 0, 0])
    """
    found = check(circuit)
    require((found.smooth, found.decomposable, found.deterministic), suffix)
    constants = np.zeros(circuit.n_nodes)
    is_true = np.zeros(circuit.n_nodes, dtype=np.bool_)
    literals = np.zeros(circuit.n_nodes, dtype=np.int32)
    for node in range(circuit.n_nodes):
        children = circuit.children_of(node)
        if circuit.kinds[node] == Kind.LEAF:
            literals[node], constants[node] = _leaf(circuit, node, suffix)
            is_true[node] = literals[node] == 0
        elif circuit.kinds[node] == Kind.PRODUCT:
            constants[node] = constants[children].sum()
            is_true[node] = is_true[children].all()
        else:
            live, constants[node] = _sum(circuit, node, constants, suffix)
            is_true[node] = len(live) == 1 and is_true[live[0]]
    return is_true, literals


def live_children(circuit: Circuit, node: int) -> IntArray:
    """The children of a sum whose edges have a positive weight.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, [0, 1]), build.categorical(0, [1, 1])]
    >>> live_children(build.circuit(build.sum(leaves, [0, 1])), 2).tolist()
    [1]
    """
    edges = slice(circuit.offsets[node], circuit.offsets[node + 1])
    live: IntArray = circuit.children[edges][circuit.log_weights[edges] > -np.inf]
    return live


def _leaf(circuit: Circuit, node: int, suffix: str) -> tuple[int, float]:
    """The literal of a leaf, 0 when it accepts both values, and its constant."""
    masses = leaf_masses(circuit, node, suffix)
    variable = int(circuit.leaf_variables[node])
    if len(masses) != 2:
        raise refusal(circuit, suffix, node, f"{circuit.variables[variable].name!r} is not binary")
    code = int(indicated(masses[None])[0])
    if code >= 0:
        return (variable + 1 if code else -variable - 1), 0.0
    if not abs(float(masses[0]) - float(masses[1])) <= CLOSE:
        raise refusal(circuit, suffix, node, "it prefers a value: this is no Boolean formula")
    return 0, float(masses[0])


def _sum(circuit: Circuit, node: int, constants: FloatArray, suffix: str) -> tuple[IntArray, float]:
    edges = slice(circuit.offsets[node], circuit.offsets[node + 1])
    weights = circuit.log_weights[edges]
    live = live_children(circuit, node)
    if not len(live):
        raise refusal(circuit, suffix, node, "all its edges have weight zero")
    found = weights[weights > -np.inf] + constants[live]
    if np.ptp(found) > CLOSE:
        first, last = (int(circuit.ids[live[place]]) for place in (found.argmin(), found.argmax()))
        reason = f"it prefers child {last} to child {first}: this is no Boolean formula"
        raise refusal(circuit, suffix, node, reason)
    return live, float(found[0])
