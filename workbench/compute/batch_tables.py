"""The parameters of a circuit as the batch executor's kernels read them, in the linear domain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.compute.batch_kernels import Precision, Tables
from workbench.compute.batch_maximise import largest_weights
from workbench.compute.interactive_leaves import MomentLeaves, TableLeaves, leaves_of
from workbench.compute.program import Program
from workbench.core.arrays import AnyArray, FloatArray, IdArray, IntArray
from workbench.core.compiled import compiled

BITS: dict[str, np.dtype[Any]] = {"float32": np.dtype(np.int32), "float64": np.dtype(np.int64)}
PRECISIONS = {
    "float32": Precision(23, 127, 100),
    "float64": Precision(52, 1023, 900),
}
DOUBTS = {"float32": 2.0**-70, "float64": 2.0**-850}  # of the largest weight of a unit


@dataclass(frozen=True, eq=False)
class Parameters:
    """What changes when a circuit learns.

    Parameters
    ----------
    tables
        For the kernels.
    formulas
        The leaves without a table of masses; their nodes are rows of values.
    """

    tables: Tables
    formulas: tuple[MomentLeaves, ...]


def read_parameters(program: Program, circuit: Circuit, dtype: str) -> Parameters:
    """The parameters of `circuit`, whose program is `program`, in the precision `dtype`.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.compute.lowering import lower
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> read_parameters(lower(coin), coin, "float64").tables.masses.tolist()
    [0.25, 0.75, 1.0]
    """
    units = program.units
    tiny = float(np.finfo(dtype).tiny)
    weights = np.zeros(program.n_weights, dtype=dtype)
    has_lost_weight = _fill_weights(
        circuit.log_weights, program.sum_edges, program.slots, weights, tiny
    )
    largest = np.empty(len(units.mode), dtype=dtype)
    largest_weights(units, weights, largest)
    tables = Tables(
        weights=weights,
        column_weights=weights[units.weights[-1] :][units.column_edges],
        masses=_masses(program, circuit, dtype),
        doubts=doubts(largest, dtype),
        has_lost_weight=has_lost_weight,
    )
    return Parameters(tables, _formulas(program, circuit))


@compiled
def _fill_weights(
    log_weights: FloatArray, edges: IntArray, slots: IntArray, weights: AnyArray, tiny: float
) -> bool:
    """Whether a positive weight is too small for the precision, after weights are filled."""
    has_lost_weight = False
    for k in range(len(edges)):
        weight = np.exp(log_weights[edges[k]])
        has_lost_weight |= weight < tiny and log_weights[edges[k]] > -np.inf
        weights[slots[k]] = weight
    return has_lost_weight


def doubts(largest: FloatArray, dtype: str) -> AnyArray:
    """(units,) the bits of the sum below which terms may be lost, from the largest weights.

    Examples
    --------
    >>> float(doubts(np.array([1.0]), "float32").view("float32")[0]) == 2.0**-70
    True
    """
    least = np.maximum(DOUBTS[dtype] * largest, float(np.finfo(dtype).tiny))
    bits: AnyArray = least.astype(dtype).view(BITS[dtype])
    return bits


def _formulas(program: Program, circuit: Circuit) -> tuple[MomentLeaves, ...]:
    found = leaves_of(circuit, "float64", program.formulas) if len(program.formulas) else ()
    return tuple(
        replace(leaves, nodes=np.searchsorted(program.formulas, leaves.nodes).astype(np.int32))
        for leaves in found
        if isinstance(leaves, MomentLeaves)
    )


def _masses(program: Program, circuit: Circuit, dtype: str) -> AnyArray:
    starts = program.units.leaf_starts
    masses = np.ones(int(starts[-1]), dtype=dtype)
    found = leaves_of(circuit, "float64", program.tables) if len(program.tables) else ()
    for leaves in found:
        if isinstance(leaves, TableLeaves):
            _exponentials(leaves.masses, leaves.starts, starts, masses, float(np.finfo(dtype).tiny))
    return masses


@compiled
def _exponentials(
    log_masses: AnyArray, places: IdArray, starts: IdArray, masses: AnyArray, tiny: float
) -> None:
    """Nothing; possible categories get at least the smallest number that is not 0."""
    for leaf in range(len(places)):
        for code in range(starts[leaf + 1] - starts[leaf] - 1):
            log_mass = log_masses[places[leaf] + code]
            if log_mass > -np.inf:
                masses[starts[leaf] + code] = max(np.exp(log_mass), tiny)
            else:
                masses[starts[leaf] + code] = 0.0
