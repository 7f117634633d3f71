"""Samples, given evidence or not. Needs: smooth and decomposable."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.circuits.leaves import FAMILIES
from workbench.core.arrays import FloatArray, IdArray
from workbench.core.seeds import stream
from workbench.errors import DataError, ParameterError
from workbench.inference.conditional import require_possible
from workbench.inference.engines import engine_of
from workbench.inference.requirements import require
from workbench.inference.rows import Evidence, as_rows
from workbench.limits import LIMITS, require_within


def sample(circuit: Circuit, n: int, evidence: Evidence | None = None, seed: int = 0) -> FloatArray:
    """(n, variable) exact samples; variables outside the circuit's scope stay NaN.

    Parameters
    ----------
    evidence
        What every sample has to agree with: one row for all, or n rows, one
        for each sample.

    Raises
    ------
    ParameterError
        When `n` is negative.
    LimitError
        When `n` is beyond the cap on rows.
    DataError
        When the evidence does not fit or has probability zero.
    StructureError
        When the circuit is not smooth or not decomposable.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2), categorical("y", 2)))
    >>> leaves = [build.categorical(0, [0.5, 0.5]), build.categorical(1, [0, 1])]
    >>> sample(build.circuit(build.product(leaves)), 2, evidence={"x": 0}).tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """
    if n < 0:
        raise ParameterError("cannot sample", given=f"n={n}", expected="0 or more")
    require_within("rows", n, LIMITS.n_rows, "Draw samples in several calls.")
    given = as_rows(
        circuit, np.full(len(circuit.variables), np.nan) if evidence is None else evidence
    )
    if len(given) not in {1, n}:
        raise DataError(
            "evidence does not fit the samples",
            given=f"{len(given)} rows",
            expected=f"one row, or {n}",
        )
    require(circuit, "samples", "smooth", "decomposable")
    values = engine_of(circuit).node_values(given)
    require_possible(values[-1])
    drawing = _Drawing(circuit, np.repeat(given, n, axis=0) if len(given) != n else given.copy())
    drawing.run(values, stream(seed, "sample"))
    return drawing.rows


class _Drawing:
    """Walks down from the root; each node knows which samples have come to it."""

    def __init__(self, circuit: Circuit, rows: FloatArray) -> None:
        self.circuit = circuit
        self.rows = rows
        self.visits: dict[int, list[IdArray]] = {circuit.root: [np.arange(len(rows))]}

    def run(self, values: FloatArray, random: np.random.Generator) -> None:
        for node in range(self.circuit.root, -1, -1):
            if node in self.visits:
                samples = np.concatenate(self.visits.pop(node))
                _DRAW[Kind(self.circuit.kinds[node])](self, node, samples, values, random)

    def visit(self, node: int, samples: IdArray) -> None:
        if len(samples):
            self.visits.setdefault(node, []).append(samples)


def _draw_leaf(
    drawing: _Drawing,
    node: int,
    samples: IdArray,
    values: FloatArray,
    random: np.random.Generator,
) -> None:
    column = drawing.circuit.leaf_variables[node]
    missing = samples[np.isnan(drawing.rows[samples, column])]
    family = FAMILIES[int(drawing.circuit.leaf_families[node])]
    table = drawing.circuit.table_of(node)
    drawing.rows[missing, column] = family.sample(table, len(missing), random)


def _draw_product(
    drawing: _Drawing,
    node: int,
    samples: IdArray,
    values: FloatArray,
    random: np.random.Generator,
) -> None:
    for child in drawing.circuit.children_of(node).tolist():
        drawing.visit(child, samples)


def _draw_sum(
    drawing: _Drawing,
    node: int,
    samples: IdArray,
    values: FloatArray,
    random: np.random.Generator,
) -> None:
    circuit = drawing.circuit
    children = circuit.children_of(node)
    log_weights = circuit.log_weights[circuit.offsets[node] : circuit.offsets[node + 1]]
    below = values[children] if values.shape[1] == 1 else values[np.ix_(children, samples)]
    terms = log_weights[:, None] + below
    steps = np.cumsum(np.exp(terms - terms.max(axis=0)), axis=0)
    height = random.random(len(samples)) * steps[-1]
    height = np.minimum(height, np.nextafter(steps[-1], 0.0))  # a product may round up to the top
    picked = (height >= steps).sum(axis=0)
    for place, child in enumerate(children.tolist()):
        drawing.visit(child, samples[picked == place])


_Draw = Callable[[_Drawing, int, IdArray, FloatArray, np.random.Generator], None]
_DRAW: dict[Kind, _Draw] = {
    Kind.LEAF: _draw_leaf,
    Kind.SUM: _draw_sum,
    Kind.PRODUCT: _draw_product,
}
