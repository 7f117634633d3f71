"""The expectation of one circuit under another. Needs: compatible circuits."""

from __future__ import annotations

import functools

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.compute.evaluation import Leaf, leaf_of
from workbench.core.arrays import FloatArray
from workbench.inference.leaf_queries import log_overlap
from workbench.inference.paired import Step, require_same_variables, splits
from workbench.inference.paired_blocks import (
    Mixing,
    log_products,
    mixed_logs,
    paired_value,
    tables,
)
from workbench.inference.parts import Pair


def log_expectation(circuit: Circuit, function: Circuit) -> float:
    """The log of the sum (integral) of circuit(x) function(x) over all rows, in nats.

    For normalised circuits it is the expected value of `function` under `circuit`, and
    of a circuit with itself the probability that two samples agree.

    Raises
    ------
    StructureError
        When a circuit is not smooth or not decomposable, or the two are not compatible;
        carries the witness.
    DataError
        When the circuits have different variables.
    ParameterError
        When the product of two leaves has no known integral.
    LimitError
        When there are more than two million pairs of nodes.

    Source: Vergari, Choi, Liu, Teso and Van den Broeck 2021, "A compositional atlas of
    tractable circuit operations", theorem 3.2.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> coin = build.circuit(build.categorical(0, [0.25, 0.75]))
    >>> np.exp(log_expectation(coin, coin)).round(6).item()
    0.625
    """
    require_same_variables(circuit, function, "expectation of a circuit")
    found = paired_value(circuit, function, _Expectation())
    return float(found[0]) if found is not None else _by_pairs(circuit, function)


class _Expectation:
    """The log of the summed product of two nodes."""

    def leaves(self, first: list[Leaf], second: list[Leaf]) -> FloatArray:
        if first[0].variable.n_categories:
            return log_products(tables(first), tables(second).T)[None]
        return np.array([[[log_overlap(one, two) for two in second] for one in first]])

    def factors(self, parts: list[FloatArray]) -> FloatArray:
        return functools.reduce(np.add, parts)

    def first_sums(self, mixing: Mixing, below: FloatArray) -> FloatArray:
        return mixed_logs(mixing, below[0])[None]

    def second_sums(self, mixing: Mixing, below: FloatArray) -> FloatArray:
        return mixed_logs(mixing, below[0].T).T[None]


def _by_pairs(circuit: Circuit, function: Circuit) -> float:
    """By single pairs, which also follows circuits that split alike in a roundabout way."""
    values: dict[Pair, float] = {}
    for split in splits(circuit, function, "expectation of a circuit"):
        below = [values[part] for part in split.parts]
        if split.step is Step.LEAVES:
            [[first], [second]] = split.pair
            values[split.pair] = log_overlap(leaf_of(circuit, first), leaf_of(function, second))
        elif split.step is Step.FACTORS:
            values[split.pair] = sum(below)
        else:
            terms = split.log_weights + np.array(below)
            values[split.pair] = float(np.logaddexp.reduce(terms, initial=-np.inf))
    return values[split.pair]
