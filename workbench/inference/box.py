"""The probability of a box: a set of values for each variable. Needs: smooth and decomposable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from workbench.circuits.circuit import Circuit, Kind
from workbench.compute.evaluation import add_inner_elements, leaf_of
from workbench.compute.semirings import SUM_PRODUCT
from workbench.core.arrays import BoolArray
from workbench.data.variables import Variable
from workbench.errors import DataError
from workbench.inference.leaf_queries import Interval, log_mass
from workbench.inference.requirements import require
from workbench.inference.rows import code_of, columns_of

Box = Mapping[str | int, object]


def box_probability(circuit: Circuit, box: Box) -> float:
    """The log-probability, in nats, that every variable of `box` has one of its values.

    Parameters
    ----------
    box
        By name or column: for a categorical variable its allowed categories or codes
        (a set, list or single one); for a continuous one ``(low, high)``, both
        ends included, infinite where open. Other variables may have any value.

    Raises
    ------
    StructureError
        When the circuit is not smooth or not decomposable.
    DataError
        When a variable, a category or an interval does not fit.
    ParameterError
        When a leaf's family has no probabilities of intervals.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical, continuous
    >>> build = Builder((categorical("sky", ["clear", "grey", "red"]), continuous("heat")))
    >>> leaves = [build.categorical(0, [0.5, 0.3, 0.2]), build.gaussian(1, 20.0, 5.0)]
    >>> box = {"sky": {"clear", "red"}, "heat": (20.0, np.inf)}
    >>> np.exp(box_probability(build.circuit(build.product(leaves)), box)).round(6).item()
    0.35
    """
    require(circuit, "probability of a box", "smooth", "decomposable")
    allowed = allowed_by_column(circuit, box)
    elements = np.zeros((circuit.n_nodes, 1))
    for node in np.flatnonzero(circuit.kinds == Kind.LEAF).tolist():
        leaf = leaf_of(circuit, node)
        if leaf.column in allowed:
            elements[node] = log_mass(leaf, allowed[leaf.column])
    add_inner_elements(circuit, elements, SUM_PRODUCT)
    return float(elements[-1, 0])


def allowed_by_column(circuit: Circuit, box: Box) -> dict[int, BoolArray | Interval]:
    """By column what `box` allows: (n_categories,) flags, or the ends of an interval.

    Raises
    ------
    DataError
        When a variable, a category or an interval does not fit.
    """
    columns = {name: int(columns_of(circuit, [name])[0]) for name in box}
    if len(set(columns.values())) < len(columns):
        raise DataError("a variable is in the box twice", given=f"{list(box)}")
    return {
        column: _allowed(circuit.variables[column], box[name]) for name, column in columns.items()
    }


def _allowed(variable: Variable, given: object) -> BoolArray | Interval:
    if not variable.n_categories:
        return _interval(variable, given)
    allowed = np.zeros(variable.n_categories, dtype=np.bool_)
    is_many = isinstance(given, Iterable) and not isinstance(given, str)
    for value in given if is_many else [given]:  # type: ignore[attr-defined]  # just checked
        code = code_of(variable, value)
        if code not in range(variable.n_categories):
            raise DataError(
                f"no such category of {variable.name!r}",
                given=repr(value),
                expected=f"a code from 0 to {variable.n_categories - 1}, or a category",
            )
        allowed[int(code)] = True
    return allowed


def _interval(variable: Variable, given: object) -> Interval:
    ends = np.asarray(given if isinstance(given, (tuple, list)) else (), dtype=np.float64)
    if ends.shape != (2,) or not ends[0] <= ends[1]:
        raise DataError(
            f"cannot bound {variable.name!r}",
            given=repr(given),
            expected="(low, high) with low <= high",
        )
    return float(ends[0]), float(ends[1])
