"""What an evidence panel is told of its answers: small JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.circuits.circuit import Circuit
from workbench.core.arrays import FloatArray
from workbench.core.units import number
from workbench.data.variables import Variable
from workbench.errors import WorkbenchError
from workbench.inference import Answer, Given, Mpe
from workbench.inference.requirements import properties_of

SHOWN_COLUMNS = 48  # of samples and completions in words


def badges(circuit: Circuit) -> list[dict[str, Any]]:
    """The properties of `circuit` as the view shows them, each with its witness.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> leaves = [build.categorical(0, p) for p in ([0.5, 0.5], [0.0, 1.0])]
    >>> [badge["state"] for badge in badges(build.circuit(build.sum(leaves, [0.5, 0.5])))]
    ['yes', 'yes', 'no', 'yes']
    """
    return [
        {
            "name": found.name,
            "state": "yes" if found else "no" if found.decided else "undecided",
            "sentence": "" if found.witness is None else found.witness.sentence,
            "nodes": [] if found.witness is None else list(found.witness.nodes),
        }
        for found in vars(properties_of(circuit)).values()
    ]


def state_of(answer: Answer, seq: int) -> dict[str, Any]:
    """How probable the evidence numbered `seq` is."""
    is_density = any(
        isinstance(value, float) and not answer.asked.variables[column].n_categories
        for column, value in answer.given.known.items()
    )
    return {
        "seq": seq,
        "log_probability": answer.log_probability,
        "is_density": is_density,
        "n_known": len(answer.given.known),
        "n_variables": len(answer.asked.scope),
    }


def error_of(error: WorkbenchError) -> dict[str, str]:
    """What was wrong, and what to do."""
    remedy = error.remedy or ""
    return {"what": str(error).removesuffix(remedy).strip(), "remedy": remedy}


def searching(given: Given, bounds: Mapping[str, float], state: str) -> dict[str, Any]:
    """A search that has no completion yet, or was stopped before: the bounds so far.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> from workbench.inference import given
    >>> build = Builder((categorical("x", 2),))
    >>> nothing = given(build.circuit(build.categorical(0, [0.5, 0.5])), {})
    >>> searching(nothing, {"lower": -math.inf, "upper": -0.5}, "running")["high"]
    -0.5
    """
    return {"state": state, **_ends(given, bounds["lower"], bounds["upper"])}


def completed(given: Given, found: Mpe) -> dict[str, Any]:
    """A completion with its bounds, said to be exact only where they meet."""
    return {
        "state": "exact" if found.exact else "bounded",
        "reason": found.reason,
        "names": names_of(given),
        "row": row_numbers(found.assignment),
        "words": row_words(given, found.assignment),
        **_ends(given, found.lower, found.upper),
    }


def _ends(given: Given, lower: float, upper: float) -> dict[str, Any]:
    """Joint log-probabilities of evidence and completion; None where there is no bound yet."""
    scope = given.circuit.scope
    ends = {"low": float(lower + given.log_sets), "high": float(upper + given.log_sets)}
    told = {name: end if math.isfinite(end) else None for name, end in ends.items()}
    return {**told, "is_density": any(not given.circuit.variables[c].n_categories for c in scope)}


def names_of(given: Given) -> list[str]:
    """The names of the first variables."""
    scope = given.circuit.scope[:SHOWN_COLUMNS]
    return [given.circuit.variables[column].name for column in scope]


def row_numbers(row: FloatArray) -> list[float | None]:
    """A row as numbers, None where missing.

    Examples
    --------
    >>> import numpy as np
    >>> row_numbers(np.array([1.0, np.nan]))
    [1.0, None]
    """
    return [None if math.isnan(value) else value for value in row.tolist()]


def row_words(given: Given, row: FloatArray) -> list[str]:
    """The first values of a row as words, in the order of :func:`names_of`."""
    columns: Sequence[int] = given.circuit.scope[:SHOWN_COLUMNS]
    return [_word(given.circuit.variables[column], float(row[column])) for column in columns]


def _word(variable: Variable, value: float) -> str:
    if math.isnan(value):
        return "missing"
    return variable.categories[int(value)] if variable.n_categories else number(value, 4)
