"""One circuit with leaves of every family."""

import numpy as np

from workbench.circuits import Builder
from workbench.circuits.leaves import (
    BINOMIAL,
    DISCRETISED_LOGISTIC,
    POISSON,
    UNIFORM,
    binomial_parameters,
    logistic_parameters,
    poisson_parameters,
    uniform_parameters,
)
from workbench.data.variables import categorical, continuous


def every_family():
    """Two mixtures of products whose leaves come from six families, and rows with gaps."""
    variables = (
        categorical("colour", 3),
        categorical("heads", 3),
        categorical("grey", 5),
        continuous("height"),
        continuous("calls"),
        continuous("place"),
    )
    build = Builder(variables)
    parts = []
    for shift in (0.0, 1.0):
        leaves = [
            build.categorical(0, [0.2 + 0.1 * shift, 0.3, 0.5]),
            build.leaf(1, BINOMIAL, binomial_parameters(variables[1], 0.3 + 0.4 * shift)),
            build.leaf(2, DISCRETISED_LOGISTIC, logistic_parameters(variables[2], 1 + shift, 0.8)),
            build.gaussian(3, shift, 0.5 + shift),
            build.leaf(4, POISSON, poisson_parameters(2.0 + shift)),
            build.leaf(5, UNIFORM, uniform_parameters(-shift, 2.0)),
        ]
        parts.append(build.product(leaves))
    circuit = build.circuit(build.sum(parts, [0.4, 0.6]))
    random = np.random.default_rng(3)
    rows = np.stack(
        [
            random.integers(3, size=40),
            random.integers(3, size=40),
            random.integers(5, size=40),
            random.normal(size=40),
            random.poisson(2.0, size=40),
            random.uniform(0, 2, size=40),
        ],
        axis=1,
    )
    return circuit, np.where(random.random(rows.shape) < 0.2, np.nan, rows)
