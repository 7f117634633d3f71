"""Cross-entropy and Kullback-Leibler divergence of two circuits.

Needs: both smooth, decomposable and compatible, and the second deterministic; the
divergence is exact when the first is deterministic too and bounded by the bounds
of its entropy otherwise. Circuits over few joint values need none but the first two.

For a pair of parts n, m let S be the mass of n where m is positive and T the integral
there of n log m. A sum in the first place mixes both. A deterministic sum in the
second has log m = log w_c + log m_c where child c is positive, so T adds
T_c + S_c log w_c. Factors give S = S_1 S_2 and T = T_1 S_2 + S_1 T_2.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from workbench.circuits.circuit import Circuit
from workbench.circuits.normalise import normalised
from workbench.circuits.reference import completions
from workbench.compute.evaluation import Leaf, leaf_of
from workbench.core.arrays import FloatArray
from workbench.errors import StructureError
from workbench.inference.bounded import Bounded, exactly
from workbench.inference.engines import engine_of
from workbench.inference.entropy import ROWS, entropy
from workbench.inference.leaf_queries import cross_term
from workbench.inference.paired import Split, Step, require_same_variables, splits
from workbench.inference.paired_blocks import Mixing, paired_value, tables
from workbench.inference.parts import Pair
from workbench.inference.requirements import property_of

LEAST_OUTSIDE = 1e-12  # mass outside the second circuit's support that is told from rounding

_Term = tuple[float, float]


def cross_entropy(first: Circuit, second: Circuit, rows: int = ROWS) -> Bounded:
    """Minus the mean of log second(x) when x is drawn from `first`, in nats; exact.

    Infinite when `first` gives mass to rows that `second` holds for impossible (more
    than 1e-12 of it). Circuits that are not normalised are normalised first.

    Parameters
    ----------
    rows
        Categorical circuits with at most so many joint values are summed over all of
        them when `second` is not deterministic or the two are not compatible.

    Raises
    ------
    StructureError
        When a circuit is not smooth or not decomposable; when `second` is not known to
        be deterministic or the two are not compatible. Carries the witness.
    DataError
        When the circuits have different variables.
    ParameterError
        When two leaves have no known cross-entropy.
    LimitError
        When there are more than two million pairs of nodes.

    Source: Vergari, Choi, Liu, Teso and Van den Broeck 2021, "A compositional atlas of
    tractable circuit operations", section 4.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> fair, bent = (build.categorical(0, p) for p in ([0.5, 0.5], [0.25, 0.75]))
    >>> round(cross_entropy(build.circuit(fair), build.circuit(bent)).value, 4)
    0.837
    """
    require_same_variables(first, second, "cross-entropy")
    first, second = normalised(first), normalised(second)
    try:
        return _by_pairs(first, second)
    except StructureError:
        if _n_rows(first) <= rows:
            return _by_rows(first, second)
        raise


def kl(first: Circuit, second: Circuit, rows: int = ROWS) -> Bounded:
    """The Kullback-Leibler divergence of `second` from `first` in nats, exact or bounded.

    Needs what :func:`cross_entropy` needs; exact when the entropy of `first` is. It is
    the difference of the two, so that about 1e-15 of their size is lost to rounding.

    Raises
    ------
    StructureError
        As for :func:`cross_entropy`.
    DataError
        When the circuits have different variables.
    ParameterError
        When leaves have no known entropy or cross-entropy.
    LimitError
        When there are more than two million pairs of nodes.

    Source: Vergari, Choi, Liu, Teso and Van den Broeck 2021, "A compositional atlas of
    tractable circuit operations", section 4.

    Examples
    --------
    >>> from workbench.circuits.build import Builder
    >>> from workbench.data.variables import categorical
    >>> build = Builder((categorical("x", 2),))
    >>> fair, bent = (build.categorical(0, p) for p in ([0.5, 0.5], [0.25, 0.75]))
    >>> round(kl(build.circuit(fair), build.circuit(bent)).value, 4)
    0.1438
    """
    crossed = cross_entropy(first, second, rows)
    if crossed.upper == math.inf:
        return crossed
    own = entropy(first, rows=rows)
    lower, upper = (max(crossed.value - end, 0.0) for end in (own.upper, own.lower))
    return Bounded(lower, upper, f"{crossed.reason}; entropy: {own.reason}")


def _by_pairs(first: Circuit, second: Circuit) -> Bounded:
    found = property_of(second, "deterministic")
    if not found:
        raise StructureError(
            "cannot give the cross-entropy: the second circuit is not known to be deterministic",
            given=found.witness,
            remedy="Estimate it from samples of the first with log_likelihood of the second.",
        )
    terms = paired_value(first, second, _Terms())
    mass, integral = _by_single_pairs(first, second) if terms is None else terms.tolist()
    return _answer(1.0 - mass, -integral, "the second circuit is deterministic")


class _Terms:
    """The mass and the integral of two nodes."""

    def leaves(self, first: list[Leaf], second: list[Leaf]) -> FloatArray:
        if not first[0].variable.n_categories:
            pairs = [[cross_term(one, two) for two in second] for one in first]
            return np.moveaxis(np.array(pairs), -1, 0)
        chances, logs = np.exp(tables(first)), tables(second).T
        live = logs > -np.inf
        return np.stack([chances @ live, chances @ np.where(live, logs, 0.0)])

    def factors(self, parts: list[FloatArray]) -> FloatArray:
        def times(one: FloatArray, two: FloatArray) -> FloatArray:
            return np.stack([one[0] * two[0], one[1] * two[0] + one[0] * two[1]])

        return functools.reduce(times, parts)

    def first_sums(self, mixing: Mixing, below: FloatArray) -> FloatArray:
        return np.stack([mixing.weights @ field for field in below])

    def second_sums(self, mixing: Mixing, below: FloatArray) -> FloatArray:
        masses, integrals = below[0].T, below[1].T
        added = [mixing.live @ masses, mixing.live @ integrals + mixing.log_weights @ masses]
        return np.stack([field.T for field in added])


def _by_single_pairs(first: Circuit, second: Circuit) -> _Term:
    """Also of circuits that split alike in a roundabout way."""
    terms: dict[Pair, _Term] = {}
    for split in splits(first, second, "cross-entropy"):
        below = np.array([terms[part] for part in split.parts]).reshape(-1, 2)
        terms[split.pair] = _TERMS[split.step](first, second, split, below)
    return terms[split.pair]


def _leaves(first: Circuit, second: Circuit, split: Split, below: FloatArray) -> _Term:
    [[node], [other]] = split.pair
    return cross_term(leaf_of(first, node), leaf_of(second, other))


def _mixed(first: Circuit, second: Circuit, split: Split, below: FloatArray) -> _Term:
    mass, integral = (np.exp(split.log_weights) @ below).tolist()
    return mass, integral


def _decided(first: Circuit, second: Circuit, split: Split, below: FloatArray) -> _Term:
    masses, integrals = below.T
    return float(masses.sum()), float(integrals.sum() + masses @ split.log_weights)


def _factors(first: Circuit, second: Circuit, split: Split, below: FloatArray) -> _Term:
    mass, integral = 1.0, 0.0
    for other_mass, other_integral in below.tolist():
        mass, integral = mass * other_mass, integral * other_mass + mass * other_integral
    return mass, integral


_TERMS = {
    Step.LEAVES: _leaves,
    Step.FIRST_SUM: _mixed,
    Step.SECOND_SUM: _decided,
    Step.FACTORS: _factors,
}


def _by_rows(first: Circuit, second: Circuit) -> Bounded:
    everything = completions(first, np.full(len(first.variables), np.nan))
    chances = np.exp(engine_of(first).log_likelihood(everything))
    logs = engine_of(second).log_likelihood(everything)
    live = logs > -np.inf
    reason = f"summed over {len(everything):,} joint values"
    return _answer(float(chances[~live].sum()), float(-(chances[live] @ logs[live])), reason)


def _answer(outside: float, inside: float, reason: str) -> Bounded:
    if outside > LEAST_OUTSIDE:
        return exactly(math.inf, f"the second circuit holds {outside:.3g} of the mass impossible")
    return exactly(inside, reason)


def _n_rows(circuit: Circuit) -> float:
    """How many joint values there are; infinitely many when a variable is continuous."""
    sizes = [circuit.variables[v].n_categories for v in circuit.scope]
    return math.prod(sizes) if all(sizes) else math.inf
