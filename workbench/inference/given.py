"""Evidence as people give it: one value of a variable, or one of several.

Needs: smooth and decomposable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray, frozen
from workbench.core.units import number
from workbench.data.variables import Variable
from workbench.errors import DataError
from workbench.inference.box import allowed_by_column, box_probability
from workbench.inference.condition import condition, interval_text
from workbench.inference.likelihood import log_likelihood
from workbench.inference.rows import code_of, columns_of

Known = float | frozenset[int] | tuple[float, float]
Findings = Mapping[str | int, object]
_IMPOSSIBLE = "Nothing follows from an impossible event: take back one of these values."


@dataclass(frozen=True, eq=False)
class Given:
    """A circuit and what is known: ask any query of `circuit` with the evidence `row`.

    Parameters
    ----------
    known
        By column: a value or code, a set of codes, or the ends of an interval.
    circuit
        The circuit asked, restricted to the sets and intervals where there are any.
    row
        (variable,) the single values; NaN for all other variables.
    log_sets
        Log-probability of the sets and intervals, in nats. Values of `circuit` are
        given them: add it for joint ones.
    log_row
        Log-probability of the single values given the sets, in nats; a log-density
        where a continuous variable has one value.
    """

    known: Mapping[int, Known]
    circuit: Circuit
    row: FloatArray
    log_sets: float
    log_row: float

    @property
    def log_probability(self) -> float:
        """Of all the evidence, in nats; a log-density where a continuous one has a value."""
        return self.log_sets + self.log_row


def given(circuit: Circuit, evidence: Findings) -> Given:
    """What `evidence` makes of a circuit, for any query.

    Parameters
    ----------
    evidence
        By name or column: a category, a code or a number; a set or list of
        categories or codes; for a continuous variable also ``(low, high)``.

    Raises
    ------
    DataError
        When a variable or a value does not fit, or the evidence has probability zero.
    StructureError, ParameterError
        When sets cannot be weighed in this circuit.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("sky", ["clear", "grey", "red"]), categorical("rain", 2)))
    >>> leaves = [build.categorical(0, [0.5, 0.3, 0.2]), build.categorical(1, [0.9, 0.1])]
    >>> found = given(build.circuit(build.product(leaves)), {"sky": {"clear", "red"}, "rain": 1})
    >>> found.row.tolist(), round(float(np.exp(found.log_probability)), 6)
    ([nan, 1.0], 0.07)
    """
    known = known_values(circuit, evidence)
    restricted, row, log_sets = prepared(circuit, known)
    log_row = float(log_likelihood(restricted, row)[0])
    if log_row == -np.inf:
        raise impossible(circuit, known)
    return Given(MappingProxyType(known), restricted, row, log_sets, log_row)


def prepared(circuit: Circuit, known: Mapping[int, Known]) -> tuple[Circuit, FloatArray, float]:
    """The circuit restricted to sets, the row of single values, and the sets' log-probability.

    Raises
    ------
    DataError
        When the sets have probability zero.
    StructureError, ParameterError
        When sets cannot be weighed in this circuit.
    """
    single = {column: value for column, value in known.items() if isinstance(value, float)}
    row = np.full(len(circuit.variables), np.nan)
    row[list(single)] = list(single.values())
    box: Findings = {c: value for c, value in known.items() if c not in single}
    if not box:
        return circuit, frozen(row), 0.0
    log_sets = box_probability(circuit, box)
    if log_sets == -np.inf:
        raise impossible(circuit, known)
    return condition(circuit, box), frozen(row), log_sets


def known_values(circuit: Circuit, evidence: Findings) -> dict[int, Known]:
    """By column what is known, in one form; a set of one value is that value.

    Raises
    ------
    DataError
        When a variable is unknown or named twice, or a value does not fit.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 3),))
    >>> known_values(build.circuit(build.categorical(0, [0.2, 0.3, 0.5])), {"x": [2, "0"]})
    {0: frozenset({0, 2})}
    """
    if not isinstance(evidence, Mapping):
        raise DataError(
            "evidence is a mapping",
            given=f"a {type(evidence).__name__}",
            expected='such as {"x3": 1, "sky": {"clear", "red"}, "heat": (18.0, 25.0)}',
        )
    columns = {name: int(columns_of(circuit, [name])[0]) for name in evidence}
    if len(set(columns.values())) < len(columns):
        raise DataError("a variable has evidence twice", given=f"{list(evidence)}")
    return {
        columns[name]: _known(circuit, columns[name], value) for name, value in evidence.items()
    }


def _known(circuit: Circuit, column: int, value: object) -> Known:
    variable = circuit.variables[column]
    if not _is_many(value):
        return _single(variable, code_of(variable, value))
    allowed = allowed_by_column(circuit, {column: value})[column]
    if isinstance(allowed, tuple):
        low, high = allowed
        return low if low == high else (low, high)
    codes = np.flatnonzero(allowed).tolist()
    if not codes:
        raise DataError(f"no value of {variable.name!r} is allowed", expected="at least one")
    return float(codes[0]) if len(codes) == 1 else frozenset(codes)


def _is_many(value: object) -> bool:
    is_scalar = isinstance(value, (str, bytes)) or (
        isinstance(value, np.ndarray) and not value.ndim
    )
    return isinstance(value, Iterable) and not is_scalar


def _single(variable: Variable, value: float) -> float:
    fits = value in range(variable.n_categories) if variable.n_categories else np.isfinite(value)
    if not fits:
        last = variable.n_categories - 1
        raise DataError(
            f"no such value of {variable.name!r}",
            given=number(value, 6),
            expected=f"a code from 0 to {last}, or a category" if last >= 0 else "a finite number",
        )
    return value


def impossible(circuit: Circuit, known: Mapping[int, Known]) -> DataError:
    """The error that says that this evidence has probability zero."""
    texts = [known_text(circuit.variables[column], value) for column, value in known.items()]
    more = f" and {len(texts) - 8} more" if len(texts) > 8 else ""
    return DataError(
        "the evidence has probability zero",
        given=", ".join(texts[:8]) + more,
        remedy=_IMPOSSIBLE,
    )


def known_text(variable: Variable, value: Known) -> str:
    """What is known of a variable, in words.

    Examples
    --------
    >>> from workbench.data.variables import categorical, continuous
    >>> known_text(categorical("sky", ["clear", "grey", "red"]), frozenset({0, 2}))
    'sky = clear or red'
    >>> known_text(continuous("heat"), (18.0, 25.0))
    'heat = 18 to 25'
    """
    if isinstance(value, tuple):
        return f"{variable.name} = {interval_text(*value)}"
    if isinstance(value, frozenset):
        return f"{variable.name} = {' or '.join(variable.categories[k] for k in sorted(value))}"
    text = variable.categories[int(value)] if variable.n_categories else number(value, 6)
    return f"{variable.name} = {text}"
