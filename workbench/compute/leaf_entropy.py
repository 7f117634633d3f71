"""The entropy of single leaves in closed form, by a table of families."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import gammaln, xlogy

from workbench.circuits.leaves import GAUSSIAN, POISSON, UNIFORM
from workbench.circuits.leaves.gaussian import LOG_ROOT_TWO_PI
from workbench.compute.evaluation import Leaf
from workbench.core.arrays import FloatArray
from workbench.errors import ParameterError
from workbench.limits import require_within

MOST_COUNTS = 10_000_000  # of a Poisson leaf that are summed over


def entropy_of(leaf: Leaf) -> float:
    """The entropy of a leaf in nats; differential when it has a density.

    Raises
    ------
    ParameterError
        When the leaf's family has no known entropy.

    Examples
    --------
    >>> from workbench.circuits.leaves import CATEGORICAL
    >>> from workbench.data.variables import categorical
    >>> coin = Leaf(categorical("x", 2), 0, CATEGORICAL, np.log([0.5, 0.5]))
    >>> round(entropy_of(coin) / math.log(2), 9)
    1.0
    """
    if leaf.variable.n_categories:
        probabilities = np.exp(leaf.log_table)
        return float(-xlogy(probabilities, probabilities).sum())
    if leaf.family.code not in _ENTROPIES:
        raise ParameterError(
            f"no entropies of {leaf.family.name} leaves", given=f"variable {leaf.variable.name!r}"
        )
    return _ENTROPIES[leaf.family.code](leaf.parameters)


def poisson_masses(log_rate: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Counts outside of which the mass is below rounding, their masses and log-factorials.

    Raises
    ------
    LimitError
        When there are more than ten million of them.

    Examples
    --------
    >>> counts, masses, _ = poisson_masses(0.0)
    >>> float(masses @ counts).__round__(12)
    1.0
    """
    rate = math.exp(log_rate)
    reach = 40.0 * math.sqrt(rate) + 60.0
    first, last = max(0, math.floor(rate - reach)), math.ceil(rate + reach)
    require_within("counts to sum over", last - first, MOST_COUNTS)
    counts = np.arange(first, last + 1, dtype=np.float64)
    factorials = gammaln(counts + 1.0)
    return counts, np.exp(counts * log_rate - rate - factorials), factorials


def _gaussian(parameters: FloatArray) -> float:
    return float(parameters[1]) + LOG_ROOT_TWO_PI + 0.5


def _poisson(parameters: FloatArray) -> float:
    log_rate = float(parameters[0])
    counts, masses, factorials = poisson_masses(log_rate)
    return -float(masses @ (counts * log_rate - math.exp(log_rate) - factorials))


def _uniform(parameters: FloatArray) -> float:
    return math.log(float(parameters[1]) - float(parameters[0]))


_ENTROPIES: dict[int, Callable[[FloatArray], float]] = {
    GAUSSIAN.code: _gaussian,
    POISSON.code: _poisson,
    UNIFORM.code: _uniform,
}
